"""The image a build ends with: history with its times, configuration, layers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from layerlab.build.buildkit.state import State, is_step
from layerlab.build.ports import BuildRequest
from layerlab.image.assemble import dated, make_image
from layerlab.image.config import HistoryEntry
from layerlab.image.image import Image
from layerlab.plan.model import FilesBase, ImageBase, Plan, PlannedStage, StageBase, lineage
from layerlab.plan.operations import RunOperation

NANOS = 1_000_000_000
EXPORTER_COMMENT = "buildkit.exporter.image.v0"


@dataclass(frozen=True, slots=True)
class Result:
    """What came out.

    Attributes:
        image: The image.
    """

    image: Image


def finished_image(request: BuildRequest, plan: Plan, state: State) -> Result:
    """Assemble the image of the target stage.

    With SOURCE_DATE_EPOCH the new entries get that time, be it past or future; the base's keep theirs.
    """
    history = state.history
    if plan.source_date_epoch is not None:
        inherited, moment = _inherited(plan, plan.stages[plan.target or 0]), plan.source_date_epoch * NANOS
        history = (*history[:inherited], *(replace(entry, created=moment) for entry in history[inherited:]))
    history = dated((*history, *_unaccounted(plan, state)))
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


def _unaccounted(plan: Plan, state: State) -> tuple[HistoryEntry, ...]:
    """The entry that the exporter adds where a stage stands on a context's files: they are a layer without one.

    It tells of the last layer, as the exporter takes the first entries for the first layers.
    """
    rows = sum(not entry.empty_layer for entry in state.history)
    if rows >= len(state.result.layers):
        return ()
    chain = lineage(plan, plan.target or 0)
    steps = [operation for stage in chain for operation in stage.operations if is_step(operation)]
    match steps[-1:], chain[0].base:
        case [RunOperation(argv=argv)], _:
            text = f"mount / from exec {' '.join(argv)}"
        case [operation], _:
            text = operation.facts.label
        case _, FilesBase(name=name):
            text = f"local source for {name}"
        case _:
            return ()
    created, moment = state.result.layers[-1].created, plan.source_date_epoch
    if moment is not None:
        created = moment * NANOS if created is None else min(created, moment * NANOS)
    return (HistoryEntry(created, text, EXPORTER_COMMENT),)


def _inherited(plan: Plan, stage: PlannedStage) -> int:
    match stage.base:
        case StageBase(index=index):
            return _inherited(plan, plan.stages[index])
        case ImageBase():
            return len(stage.base_history)
        case _:
            return 0
