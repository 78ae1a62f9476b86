"""Every recorded case against real Docker, in three flavours; what differs is listed with its reason, both ways."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from oracle.compare import FLAVOURS, HERE, cases, compare

ASPECTS = {
    "containerd": {"ok", "error", "warnings", "history", "config", "layers", "layer_sizes", "steps", "cache"},
    "classic": {"ok", "error", "history", "config", "layers", "layer_sizes", "steps", "cache"},
    "legacy": {"ok", "error", "history", "config", "layers", "layer_sizes", "steps", "cache"},
}
KNOWN = json.loads((HERE / "known_differences.json").read_text())
ALL = [(flavour, folder) for flavour in FLAVOURS for folder in cases(flavour)]


def known(case: str, flavour: str) -> set[str]:
    """Aspects of a case that are listed to differ."""
    return {
        item["aspect"]
        for item in KNOWN
        if item["case"] == case and item.get("flavour") in (None, flavour) and item["aspect"] in ASPECTS[flavour]
    }


@pytest.mark.oracle
@pytest.mark.parametrize(("flavour", "folder"), [pytest.param(*pair, id=f"{pair[0]}-{pair[1].name}") for pair in ALL])
def test_case_is_dockers_but_for_the_listed_differences(flavour: str, folder: Path) -> None:
    rows = [row for row in compare(folder, flavour) if row.aspect in ASPECTS[flavour]]
    different = {row.aspect for row in rows if not row.equal}
    listed = known(folder.name, flavour)
    details = {row.aspect: (row.docker, row.ours) for row in rows if row.aspect in different - listed}
    assert not details, "differs from Docker"
    assert listed <= different, f"no longer differs, take it off the list: {sorted(listed - different)}"


def test_every_listed_difference_names_a_case_and_a_reason() -> None:
    names = {folder.name for flavour in FLAVOURS for folder in cases(flavour)}
    names |= {file.stem for file in (HERE / "transcripts").glob("*.json")}
    for item in KNOWN:
        assert item["case"] in names
        assert item["reason"].strip("? ")
        assert item.get("flavour") in (None, *FLAVOURS)
