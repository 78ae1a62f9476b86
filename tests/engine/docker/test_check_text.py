"""`docker build --check` and the excerpts below errors, as recorded."""

from __future__ import annotations

import json
import re

import pytest
from engine.docker.docker_recordings import CASES, recordings

from layerlab.build.context import Context
from layerlab.catalogue.bases import load_bases
from layerlab.docker.excerpt import excerpt
from layerlab.lab import Lab
from layerlab.personality import Personality

OFFLINE = "error-07-from-missing-image"
"""Recorded without a network, where Docker couldn't ask the registry."""

GIT_MISSING = re.compile(r"WARNING: current commit information was not captured.*\n?")
"""The recording machine had contexts with a `.git` and no git; buildx says so."""

CHECKS = [
    (case, data["check"])
    for case, flavour, data in recordings()
    if flavour == "expect.json" and "text" in data.get("check", {}) and case != OFFLINE
]
BASES = load_bases(CASES.parent / "bases")


@pytest.mark.parametrize(("case", "check"), CHECKS, ids=[check[0] for check in CHECKS])
def test_a_recorded_check_is_met(case, check):
    args = json.loads((CASES / case / "args.json").read_text())
    context = Context.from_entries(json.loads((CASES / case / "context.json").read_text()))
    words = ["build", "--check", "."]
    for name, value in (args.get("build_args") or {}).items():
        words += ["--build-arg", f"{name}={value}"]
    words += ["--target", args["target"]] if args.get("target") else []
    words += ["-f", args["file"]] if args.get("file") else []
    lab = Lab(bases=BASES, personality=Personality("29", "buildkit", "containerd"))
    output = lab.docker(words, contexts=lambda _: context)
    assert output.stdout == check["text"]
    assert output.stderr.strip() == GIT_MISSING.sub("", check.get("text_stderr", "")).strip()
    assert output.exit_code == check["text_exit_code"]


def test_the_excerpt_keeps_two_lines_on_each_side_of_one():
    rows = excerpt("Dockerfile", "\n".join("abcdefg"), 4, 4).splitlines()
    assert rows[0] == "Dockerfile:4"
    assert [row[7:] for row in rows[2:-1]] == ["    b", "    c", ">>> d", "    e", "    f"]


def test_the_excerpt_keeps_one_line_on_each_side_of_several():
    rows = excerpt("Dockerfile", "\n".join("abcdefg"), 3, 4).splitlines()
    assert [row[7:] for row in rows[2:-1]] == ["    b", ">>> c", ">>> d", "    e"]
