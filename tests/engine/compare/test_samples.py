"""The samples of the playground: each builds, has a title in both languages, and its context is there."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from layerlab.build.context import Context
from layerlab.lab import Lab

LABS = Path(__file__).parents[3] / "docs" / "labs"
SAMPLES = {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in (LABS / "samples").glob("*.toml")}


def build(sample):
    context = Context.from_directory(LABS / sample["context"]) if "context" in sample else Context()
    return Lab(now=1_790_000_000_000_000_000).build(sample["dockerfile"], context=context, tag=sample["tag"])


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
class TestEachSample:
    def test_it_builds(self, sample):
        assert build(sample).ok

    def test_it_is_titled_and_described_in_both_languages(self, sample):
        for field in ("title", "summary"):
            assert set(sample[field]) == {"ko", "en"}
            assert all(sample[field].values())

    def test_what_it_is_compared_with_is_there(self, sample):
        assert sample.get("compare", "post") in SAMPLES

    def test_it_stands_in_one_of_the_lists_groups(self, sample):
        assert sample["group"] in {"start", "languages", "pairs"}

    def test_it_has_no_other_fields(self, sample):
        assert set(sample) <= {"order", "group", "context", "tag", "compare", "dockerfile", "title", "summary"}


def test_the_asked_for_samples_are_there_in_an_order_of_their_own():
    assert {"post", "stages", "node", "python", "go", "order", "secret"} <= set(SAMPLES)
    assert sorted(sample["order"] for sample in SAMPLES.values()) == list(range(1, len(SAMPLES) + 1))


def test_the_leaked_secret_is_in_the_history():
    history = build(SAMPLES["secret"]).image.history
    assert any("do-not-do-this" in entry.created_by for entry in history)


def test_cleaning_up_in_the_same_step_makes_the_smaller_image():
    def size(name):
        return sum(layer.size.bytes for layer in build(SAMPLES[name]).image.layers)

    assert size("cleanup-in-one") < size("cleanup")
