"""The steps of a build before anything has happened: one per instruction, in the Dockerfile's order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from layerlab.build.ports import BuildRequest
from layerlab.build.reasons import BuildStopped, NotALayer, Skipped, StageNotNeeded
from layerlab.build.record import BuildRecord, Failure, Lines, StageRecord, Step
from layerlab.dockerfile.span import Span
from layerlab.memo import Memo
from layerlab.plan.model import FilesBase, ImageBase, NotNeeded, Plan, PlannedStage, ScratchBase, StageBase
from layerlab.plan.operations import Operation, StepFacts

SKIPPED = Skipped(BuildStopped(None))
METADATA = Skipped(NotALayer())


@dataclass(slots=True)
class Skeleton:
    """Steps that are filled in as the build goes on.

    Attributes:
        steps: All of them.
        first: Index of a stage's FROM step.
        places: Index of a step by stage and position of its operation.
    """

    steps: list[Step]
    first: dict[int, int]
    places: dict[tuple[int, int], int]


def lines_of(span: Span) -> Lines:
    """First and last line of a span."""
    return span.start_line, span.end_line


def base_text(plan: Plan, stage: PlannedStage) -> str:
    """What a stage starts from, for people."""
    match stage.base:
        case ScratchBase():
            return "scratch"
        case ImageBase(facts=facts):
            return facts.canonical_name or facts.reference
        case StageBase(index=index):
            return plan.stages[index].display_name
        case FilesBase(name=name):
            return name
        case None:
            return stage.base_name


def skeleton(plan: Plan, memory: Memo | None = None) -> Skeleton:
    """Steps of all stages; those of stages that aren't needed say so.

    Args:
        plan: What is to be built.
        memory: Of earlier builds; a step is the same one as long as its operation is.
    """
    made, memory = Skeleton([], {}, {}), memory or Memo()
    for facts in plan.preamble:
        made.steps.append(_preamble(facts, len(made.steps)))
    for stage in plan.stages:
        made.first[stage.index] = len(made.steps)
        made.steps.append(_from_step(plan, stage, len(made.steps)))
        unneeded = _cache(plan, stage)
        for position, operation in enumerate(stage.operations):
            index = made.places[stage.index, position] = len(made.steps)
            cache = unneeded
            if stage.needed and not operation.facts.makes_layer and plan.flavour != "legacy":
                cache = METADATA
            make = partial(_step, stage.index, operation, index, cache)
            made.steps.append(memory.get((operation,), ("step", stage.index, index, cache), make))
    return made


def _preamble(facts: StepFacts, index: int) -> Step:
    """Legacy: a global ARG is a step before all stages."""
    return Step(
        index,
        -1,
        facts.number,
        facts.total,
        facts.label,
        facts.keyword,
        facts.text,
        lines_of(facts.span),
        facts.instruction,
        status="done",
    )


def _cache(plan: Plan, stage: PlannedStage) -> Skipped:
    if isinstance(stage.need, NotNeeded):
        return Skipped(StageNotNeeded(plan.stages[stage.need.target].display_name))
    return SKIPPED


def _from_step(plan: Plan, stage: PlannedStage, index: int) -> Step:
    return Step(
        index,
        stage.index,
        stage.from_number,
        stage.total if stage.from_number is not None else None,
        stage.from_label or f"FROM {stage.base_name}",
        "FROM",
        f"FROM {stage.base_name}" + (f" AS {stage.name}" if stage.name else ""),
        lines_of(stage.span),
        stage.instruction,
        cache=_cache(plan, stage),
    )


def _step(stage: int, operation: Operation, index: int, cache: Skipped) -> Step:
    facts = operation.facts
    return Step(
        index,
        stage,
        facts.number,
        facts.total if facts.number is not None else None,
        facts.label,
        facts.keyword,
        facts.text,
        lines_of(facts.span) if facts.span.start_line else None,
        facts.instruction,
        facts.trigger is not None,
        cache=cache,
        created_by=facts.created_by,
        empty_layer=not facts.makes_layer,
    )


def account(
    request: BuildRequest, plan: Plan, steps: Sequence[Step], failure: Failure | None, number: int
) -> BuildRecord:
    """What the record of either builder says.

    Args:
        request: What was asked for.
        plan: What was to be done.
        steps: As they ended.
        failure: How the build ended; None for well.
        number: Of the build on its host.
    """
    return BuildRecord(
        ok=failure is None,
        exit_code=0 if failure is None else failure.exit_code,
        failure=failure,
        personality=request.personality,
        name=request.name,
        source=request.source,
        tags=request.tags,
        target=target_name(plan),
        number=number,
        stages=stage_records(plan, steps),
        steps=tuple(steps),
        started=request.now,
    )


def target_name(plan: Plan) -> str | None:
    """The target's name where it has one."""
    if plan.target is None or plan.target >= len(plan.stages):
        return None
    return plan.stages[plan.target].name or None


def stage_records(plan: Plan, steps: Iterable[Step]) -> tuple[StageRecord, ...]:
    """The stages with their steps."""
    by_stage: dict[int, list[int]] = {}
    for step in steps:
        by_stage.setdefault(step.stage, []).append(step.index)
    return tuple(
        StageRecord(
            stage.index,
            stage.display_name,
            bool(stage.name),
            base_text(plan, stage),
            stage.needed,
            lines_of(stage.span),
            tuple(by_stage.get(stage.index, ())),
        )
        for stage in plan.stages
    )
