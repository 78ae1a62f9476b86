"""What an edit of a line can cost: the steps that stand on it, and the layers they made."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from layerlab.build.reasons import Hit, Miss
from layerlab.build.record import BuildRecord, StageRecord
from layerlab.filesystem.layer import NO_SIZE, Size

FROM = re.compile(r"(?:--from=|--mount=\S*\bfrom=)([^\s,]+)")
"""The stage or image that a COPY or a mount takes files from."""


@dataclass(frozen=True, slots=True)
class Again:
    """What runs again at most when a step changes. A step may be spared, as a COPY with `--link` is.

    Attributes:
        steps: How many steps, the changed one among them.
        written: Sizes of their layers as they are now.
    """

    steps: int
    written: Size


def costs_of_change(record: BuildRecord) -> dict[int, Again]:
    """What a change of each step costs at most, by its index.

    It costs the step itself, all after it in its stage, all stages that stand on it, and in stages that take files from
    any of these everything from there on, as if the files were other ones then.
    """
    after: dict[int, frozenset[int]] = {}
    found: dict[int, Again] = {}
    for stage in reversed(record.stages):
        reached = [_in(record, later, stage) | after[later.index] for later in _on(record, stage)]
        again = frozenset[int]().union(*reached)
        after[stage.index] = again
        for index in reversed(stage.steps):
            if isinstance(record.steps[index].cache, Hit | Miss):
                again |= {index}
                found[index] = _sum(record, again)
    return found


def _on(record: BuildRecord, stage: StageRecord) -> list[StageRecord]:
    """The stages after one that need it."""
    return [later for later in record.stages[stage.index + 1 :] if _in(record, later, stage)]


def _in(record: BuildRecord, later: StageRecord, stage: StageRecord) -> frozenset[int]:
    """The steps of a stage that a change of an earlier one reaches."""
    if later.base == stage.name:
        return _counted(record, later.steps)
    names = {stage.name, str(stage.index)}
    for place, index in enumerate(later.steps):
        if not names.isdisjoint(name.lower() for name in FROM.findall(record.steps[index].text)):
            return _counted(record, later.steps[place:])
    return frozenset()


def _counted(record: BuildRecord, steps: Iterable[int]) -> frozenset[int]:
    return frozenset(index for index in steps if isinstance(record.steps[index].cache, Hit | Miss))


def _sum(record: BuildRecord, steps: frozenset[int]) -> Again:
    written = NO_SIZE
    for index in steps:
        written += record.steps[index].size or NO_SIZE
    return Again(len(steps), written)
