"""The examples on the reference pages of our rules: the bad one is what the rule reports, the good one isn't."""

import re
import tomllib
from pathlib import Path

import pytest

from layerlab.advice import RULES, advise
from layerlab.build.context import Context
from layerlab.lab import Lab

DOCS = Path(__file__).resolve().parents[3] / "docs"
EXAMPLES = tomllib.loads((DOCS / "reference/advice.toml").read_text(encoding="utf-8"))


def codes(example, kind):
    name = re.search(r'context="([\w-]+)"', example.get("options", ""))
    context = Context.from_directory(DOCS / "labs" / name[1]) if name else Context()
    record = Lab().build(example[kind].strip() + "\n", context=context, tag="demo")
    assert record.ok is (example.get("fails") != kind)
    return {advice.rule for advice in advise(record)}


def test_every_rule_has_its_examples():
    assert EXAMPLES.keys() == RULES.keys()


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_rule_reports_the_bad_one(code):
    assert code in codes(EXAMPLES[code], "bad")


@pytest.mark.parametrize("code", EXAMPLES)
def test_nothing_is_left_to_say_of_the_good_one(code):
    assert codes(EXAMPLES[code], "good") == set()
