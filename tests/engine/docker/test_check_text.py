"""`docker build --check` and the excerpts below errors, as recorded."""

from __future__ import annotations

import json

import pytest
from engine.docker.docker_recordings import CASES, dockerfile, recordings

from layerlab.build.record import Warned
from layerlab.docker.excerpt import excerpt
from layerlab.docker.progress.check import check_text

CHECKS = [
    (case, data["check"])
    for case, flavour, data in recordings()
    if flavour == "expect.json" and "text" in data.get("check", {}) and data["check"]["warnings"] is not None
]


@pytest.mark.parametrize(("case", "check"), CHECKS, ids=[check[0] for check in CHECKS])
def test_a_recorded_check_is_met(case, check):
    name, source = dockerfile(CASES / case, json.loads((CASES / case / "args.json").read_text()))
    found = [
        Warned(item["rule"], item["description"], item["url"], item["detail"], tuple(map(tuple, item["ranges"])))
        for item in check["warnings"] or ()
    ]
    assert check_text(name.rpartition("/")[2], source, found, failed="build_error" in check) == check["text"]


def test_the_excerpt_keeps_two_lines_on_each_side_of_one():
    rows = excerpt("Dockerfile", "\n".join("abcdefg"), 4, 4).splitlines()
    assert rows[0] == "Dockerfile:4"
    assert [row[7:] for row in rows[2:-1]] == ["    b", "    c", ">>> d", "    e", "    f"]


def test_the_excerpt_keeps_one_line_on_each_side_of_several():
    rows = excerpt("Dockerfile", "\n".join("abcdefg"), 3, 4).splitlines()
    assert [row[7:] for row in rows[2:-1]] == ["    b", ">>> c", ">>> d", "    e"]
