"""`SOURCE_DATE_EPOCH` in what a build leaves."""

from __future__ import annotations

import pytest
from engine.build.build_lab import SECOND, Bench


@pytest.mark.parametrize("seconds", [5, 9_000_000_000])
def test_new_entries_and_working_directories_get_the_time_and_the_bases_keep_theirs(seconds: int) -> None:
    record = Bench().build(
        "FROM base\nWORKDIR /w\nENV A=1\nRUN nothing\n", build_args={"SOURCE_DATE_EPOCH": str(seconds)}
    )
    image = record.image
    moment = seconds * SECOND
    assert [entry.created for entry in image.history[1:]] == [moment] * 3
    assert image.history[0].created != moment
    assert image.created == moment
    assert image.tree.lookup("/w").meta.mtime == moment
