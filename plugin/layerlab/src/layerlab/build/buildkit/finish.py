"""The image a build ends with: history with its times, configuration, layers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from layerlab.build.buildkit.state import State
from layerlab.build.ports import BuildRequest
from layerlab.image.assemble import dated, make_image
from layerlab.image.config import HistoryEntry
from layerlab.image.image import Image
from layerlab.plan.model import ImageBase, Plan, PlannedStage, StageBase

NANOS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Result:
    """What came out.

    Attributes:
        image: The image.
    """

    image: Image


def finished_image(request: BuildRequest, plan: Plan, state: State) -> Result:
    """Assemble the image of the target stage.

    With SOURCE_DATE_EPOCH the new entries get at most that time; the base's keep theirs.
    """
    history = dated(state.history)
    if plan.source_date_epoch is not None:
        inherited = _inherited(plan, plan.stages[plan.target or 0])
        history = (
            *history[:inherited],
            *(_clamped(entry, plan.source_date_epoch * NANOS) for entry in history[inherited:]),
        )
    if plan.config is None:
        raise AssertionError
    image = make_image(
        plan.config,
        history,
        state.result.layers,
        state.result.tree,
        containerd=request.personality.store == "containerd",
    )
    return Result(image)


def _inherited(plan: Plan, stage: PlannedStage) -> int:
    match stage.base:
        case StageBase(index=index):
            return _inherited(plan, plan.stages[index])
        case ImageBase():
            return len(stage.base_history)
        case _:
            return 0


def _clamped(entry: HistoryEntry, most: int) -> HistoryEntry:
    return replace(entry, created=most if entry.created is None else min(entry.created, most))
