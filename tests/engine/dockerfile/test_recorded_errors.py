"""What real Docker said of broken files, word for word with its excerpt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from layerlab.dockerfile import excerpt, parse

CASES = Path(__file__).parents[2] / "oracle" / "cases"
OURS = (
    "dockerfile parse error",
    "file with no instructions",
    "the Dockerfile cannot be empty",
    "dockerfile contains no stages",
    "no build stage in current context",
    "unterminated heredoc",
    "Syntax error - can't find =",
    "when using JSON array syntax",
    "only one ",
    "invalid escape token",
)


def recorded():
    """(name, text, error) of every case Docker built or refused to build."""
    for folder in sorted(CASES.iterdir()):
        expect = json.loads((folder / "expect.json").read_text(encoding="utf-8"))
        file = folder / "Dockerfile"
        if file.exists():
            yield folder.name, file.read_bytes(), expect.get("error") or ""


def message(error):
    return error.rpartition("failed to solve: ")[2]


ALL = list(recorded())
REFUSED = [case for case in ALL if message(case[2]).startswith(OURS) or "must have two arguments" in message(case[2])]
READ = [case for case in ALL if case not in REFUSED]


@pytest.mark.oracle
@pytest.mark.parametrize(("name", "text", "error"), REFUSED, ids=[case[0] for case in REFUSED])
def test_the_first_error_is_dockers(name, text, error):
    file = parse(text)
    first = file.errors[0]
    shown = excerpt(file.source, [first.span]) if first.span else ""
    assert f"{shown}ERROR: failed to build: failed to solve: {first.docker_text}" == error, name


@pytest.mark.oracle
def test_there_are_recorded_refusals():
    assert len(REFUSED) >= 30


@pytest.mark.oracle
@pytest.mark.parametrize(("name", "text", "error"), READ, ids=[case[0] for case in READ])
def test_what_docker_reads_is_read(name, text, error):
    assert [problem.message for problem in parse(text).errors] == [], (name, error)
