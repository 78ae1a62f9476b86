"""Bytes a reader pays, file by file, packed as servers pack them: a larger file needs a reason and a new number here."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

BUDGETS = {  # bytes after gzip -6
    "layerlab-*.js": 8_000,
    "layerlab-*.css": 8_000,
    "element-*.js": 20_000,
    "chunk-*.js": 160_000,
    "runtime-*/worker.js": 4_500,
    "runtime-*/pyodide.mjs": 8_000,
    "runtime-*/pyodide.asm.mjs": 290_000,
    "runtime-*/pyodide.asm.wasm": 3_700_000,
    "runtime-*/snapshot.bin.gz": 6_500_000,
    "runtime-*/stdlib-trimmed.zip": 1_500_000,
}
FIRST_START = 10_500_000


def packed(path: Path) -> int:
    """Bytes that travel."""
    return path.stat().st_size if path.suffix == ".gz" else len(gzip.compress(path.read_bytes(), 6))


@pytest.mark.parametrize("pattern", BUDGETS)
def test_a_file_keeps_to_its_budget(site_folder: Path, pattern: str) -> None:
    found = list((site_folder / "assets/layerlab").glob(pattern))
    assert found
    assert sum(packed(path) for path in found) <= BUDGETS[pattern]


def test_the_first_start_keeps_to_its_budget(site_folder: Path) -> None:
    [manifest] = (site_folder / "assets/layerlab").glob("runtime-*/manifest.json")
    about = json.loads(manifest.read_text(encoding="utf-8"))
    assert sum(about["files"][name]["gzip"] for name in about["strategies"]["snapshot"]) <= FIRST_START


def test_both_languages_share_one_runtime(site_folder: Path) -> None:
    assert len(list(site_folder.rglob("pyodide.asm.wasm"))) == 1
