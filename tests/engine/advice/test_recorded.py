"""Advice on every recorded build: it can be said in both languages, and no fix breaks a build that worked."""

import json
from functools import cache
from pathlib import Path

import pytest

from layerlab.advice import advise
from layerlab.build.context import Context
from layerlab.catalogue.bases import load_bases
from layerlab.dockerfile import parse
from layerlab.dockerfile.edits import apply_edits
from layerlab.lab import Lab
from layerlab.messages import LANGUAGES, load
from layerlab.session.problems import problems_in

ORACLE = Path(__file__).resolve().parents[2] / "oracle"
CASES = sorted(
    folder.parent for folder in ORACLE.glob("cases/*/context.json") if (folder.parent / "Dockerfile").exists()
)


@cache
def bases():
    return load_bases(ORACLE / "bases")


def build(text, context):
    return Lab(bases=bases()).build(text, context=context, tag="demo")


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_problems_are_explained_and_fixes_keep_the_build_going(folder):
    context = Context.from_entries(json.loads((folder / "context.json").read_text(encoding="utf-8")))
    data = (folder / "Dockerfile").read_bytes()
    record = build(data, context)
    for language in LANGUAGES:
        problems = problems_in(record, load(language))
        assert [problem["code"] for problem in problems if not problem["explanation"]] == []
    for advice in advise(record):
        if advice.found.fix is not None and record.ok:
            after = build(apply_edits(parse(data).source, advice.found.fix.edits), context)
            assert after.ok
            if advice.rule != "LL010":
                assert (advice.rule, advice.found.span.start_line) not in {
                    (other.rule, other.found.span.start_line) for other in advise(after)
                }


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("error-09-copy-missing-similar", "copy.missing"),
        ("error-61-mount-of-a-missing-path", "source.missing"),
        ("error-62-mount-of-an-empty-stage", "source.missing"),
        ("error-63-mount-below-a-file-of-the-base", "source.missing"),
        ("stage-09-missing-in-another", "source.missing"),
        ("stage-10-missing-in-its-own", "source.missing"),
        ("stage-12-missing-in-empty-stage", "source.missing"),
    ],
)
def test_a_path_that_is_missing_in_a_stage_is_not_said_to_be_missing_in_the_context(name, code):
    folder = ORACLE / "cases" / name
    context = Context.from_entries(json.loads((folder / "context.json").read_text(encoding="utf-8")))
    problems = problems_in(build((folder / "Dockerfile").read_bytes(), context), load("en"))
    assert next(problem["code"] for problem in problems if problem["severity"] == "error") == code
