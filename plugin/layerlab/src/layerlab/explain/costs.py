"""What an edit of a line can cost: the steps that stand on it, and the layers they made."""

from __future__ import annotations

from dataclasses import dataclass

from layerlab.build.reasons import Hit, Miss
from layerlab.build.record import BuildRecord
from layerlab.filesystem.layer import NO_SIZE, Size


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
    """What a change of each step costs, by its index: itself, all after it in its stage, all stages that stand on it.

    What copies from the stage isn't counted: it runs again only if the files differ.
    """
    above: dict[str, Again] = {}
    found: dict[int, Again] = {}
    for stage in reversed(record.stages):
        steps, written = _both(above.get(stage.name))
        for index in reversed(stage.steps):
            step = record.steps[index]
            if isinstance(step.cache, Hit | Miss):
                steps, written = steps + 1, written + (step.size or NO_SIZE)
                found[index] = Again(steps, written)
        before = _both(above.get(stage.base))
        above[stage.base] = Again(before[0] + steps, before[1] + written)
    return found


def _both(cost: Again | None) -> tuple[int, Size]:
    return (cost.steps, cost.written) if cost is not None else (0, NO_SIZE)
