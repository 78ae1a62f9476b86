"""Bytes a reader pays, file by file, packed as servers pack them: a larger file needs a reason and a new number here."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

BUDGETS = {  # bytes after gzip -6; the snapshot is packed already
    "layerlab-*.js": 8_000,
    "layerlab-*.css": 9_500,
    "element-*.js": 28_000,  # builds, containers and archives came to it; it travels on the first touch
    "chunk-*.js": 160_000,
    "runtime-*/worker.js": 4_500,
    "runtime-*/pyodide.mjs": 8_000,
    "runtime-*/pyodide.asm.mjs": 290_000,
    "runtime-*/pyodide.asm.wasm": 3_700_000,
    "runtime-*/zstd.wasm": 25_000,
    "runtime-*/snapshot.bin": 4_800_000,
    "runtime-*/stdlib-trimmed.zip": 1_600_000,
}
"""The only table of its kind: what a reader can be made to fetch, pattern by pattern."""

FIRST_START = 8_700_000


def packed(path: Path) -> int:
    """Bytes that travel."""
    return path.stat().st_size if path.name == "snapshot.bin" else len(gzip.compress(path.read_bytes(), 6))


@pytest.fixture(scope="module")
def assets(site_folder: Path) -> Path:
    """The browser part as the site has it."""
    return site_folder / "assets/layerlab"


@pytest.mark.parametrize("pattern", BUDGETS)
def test_a_file_keeps_to_its_budget(assets: Path, pattern: str) -> None:
    found = list(assets.glob(pattern))
    assert found
    assert sum(packed(path) for path in found) <= BUDGETS[pattern]


def test_all_that_a_first_start_fetches_has_a_budget(assets: Path) -> None:
    budgeted = {path for pattern in BUDGETS for path in assets.glob(pattern)}
    assert first_start(assets) <= budgeted


def test_the_first_start_keeps_to_its_budget(assets: Path) -> None:
    assert sum(packed(path) for path in first_start(assets)) <= FIRST_START


def first_start(assets: Path) -> set[Path]:
    """What the first touch of a block fetches to start the engine."""
    [manifest] = assets.glob("runtime-*/manifest.json")
    names = json.loads(manifest.read_text(encoding="utf-8"))["strategies"]["snapshot"]
    return {manifest.parent / name for name in (*names, "worker.js")}


def test_both_languages_share_one_runtime(site_folder: Path) -> None:
    assert len(list(site_folder.rglob("pyodide.asm.wasm"))) == 1
