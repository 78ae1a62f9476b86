"""What a build would run and what it would find in the cache, without running anything; and which order keeps more.

Keys of RUN don't depend on what earlier steps leave, so they can be told beforehand. What a stage hands over by
`COPY --from` or a bind mount can't be told before the stage has run: such steps, and those on them, may go either way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from layerlab.build import build
from layerlab.build.cache import BuildCache
from layerlab.build.ports import BuildRequest, Command, Images, Ran
from layerlab.build.reasons import CacheDecision, Hit, Miss, NoCacheRequested, ParentChanged, SourceStageChanged
from layerlab.build.record import BuildRecord, Step
from layerlab.filesystem import Editor
from layerlab.image.store import ImageStore
from layerlab.plan.model import Plan, StageBase
from layerlab.plan.operations import CopyOperation, Operation, RunOperation, StageSource

Outcome: TypeAlias = Literal["cached", "runs", "depends", "skipped"]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would become of a step.

    Attributes:
        step: With its place, label and lines; what it prints and leaves isn't known.
        outcome: `depends` means: on whether a stage before it leaves the same files as last time.
        decision: The decision with its reason; None for a step that isn't looked up.
        waits_for: Name of the stage it depends on; empty otherwise.
    """

    step: Step
    outcome: Outcome
    decision: CacheDecision | None
    waits_for: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """Steps that would have stayed cached, had they stood before the one that started the cascade.

    Attributes:
        origin: Index of the step that started it.
        kept: Indices of RUN steps after it that are unchanged themselves. Whether they need what the origin leaves
            is for the reader to judge.
    """

    origin: int
    kept: tuple[int, ...]


def preview(
    request: BuildRequest, plan: Plan, cache: BuildCache, store: ImageStore, images: Images
) -> tuple[Foreseen, ...]:
    """What a build would do on a host, step by step in the Dockerfile's order. Nothing is run or kept.

    Args:
        request: As for `build`; with the legacy builder everything after the first miss is known to run.
        plan: Of the Dockerfile to be built.
        cache: Of the host.
        store: Of the host.
        images: Base images with their files.
    """
    record, _, _ = build(_dry(request), plan, cache, store, images, _nothing)
    foreseen = _Foresight(record, plan)
    return tuple(foreseen.of(step) for step in record.steps)


def better_orders(record: BuildRecord) -> tuple[Order, ...]:
    """Which steps of a build ran only because of a step before them that changed.

    Args:
        record: Of a build with the change.
    """
    kept: dict[int, list[int]] = {}
    for step in record.steps:
        match step.cache:
            case Miss(because=ParentChanged(step=origin), also=()) if step.instruction == "RUN":
                if _is_change(record.steps[origin].cache):
                    kept.setdefault(origin, []).append(step.index)
            case _:
                continue
    return tuple(Order(origin, tuple(steps)) for origin, steps in sorted(kept.items()))


def _is_change(decision: CacheDecision | None) -> bool:
    return isinstance(decision, Miss) and not isinstance(decision.because, NoCacheRequested)


def _dry(request: BuildRequest) -> BuildRequest:
    return replace(request, dry=True)


def _nothing(view: Editor, command: Command) -> Ran:
    _ = view, command
    return Ran(0)


class _Foresight:
    """Tells what of a dry build's record can be relied on."""

    def __init__(self, record: BuildRecord, plan: Plan) -> None:
        self._plan = plan
        self._uncertain: dict[int, str] = {}
        self._unknown: set[int] = set()
        self._operations = {
            index: operation
            for stage, places in zip(plan.stages, record.stages, strict=True)
            for index, operation in zip(places.steps[1:], stage.operations, strict=False)
        }

    def of(self, step: Step) -> Foreseen:
        """The next step in the Dockerfile's order."""
        if step.instruction == "FROM" and step.index not in self._operations:
            self._begin(step.stage)
        if step.status in {"skipped", "canceled", "done"}:
            return Foreseen(step, "skipped", step.cache)
        waits_for = self._waits_for(step)
        if waits_for and not isinstance(step.cache, Miss | None):
            self._uncertain[step.stage] = waits_for
            return Foreseen(step, "depends", step.cache, waits_for)
        if waits_for and isinstance(step.cache, Miss) and _only_by_source(step.cache):
            self._uncertain[step.stage] = waits_for
            self._unknown.add(step.stage)
            return Foreseen(step, "depends", None, waits_for)
        if isinstance(step.cache, Hit):
            return Foreseen(step, "cached", step.cache)
        self._unknown.add(step.stage)
        self._uncertain.pop(step.stage, None)
        return Foreseen(step, "runs", step.cache)

    def _begin(self, stage: int) -> None:
        base = self._plan.stages[stage].base if 0 <= stage < len(self._plan.stages) else None
        if isinstance(base, StageBase):
            if base.index in self._unknown:
                self._unknown.add(stage)
            if base.index in self._uncertain:
                self._uncertain[stage] = self._uncertain[base.index]

    def _waits_for(self, step: Step) -> str:
        """The stage whose files decide on a step, or on one it stands on; empty if none does."""
        if step.stage in self._uncertain:
            return self._uncertain[step.stage]
        operation = self._operations.get(step.index)
        for index in _stages(operation):
            if index in self._unknown or index in self._uncertain:
                return self._plan.stages[index].display_name
        return ""


def _only_by_source(miss: Miss) -> bool:
    if isinstance(miss.because, ParentChanged):
        return not miss.also
    return isinstance(miss.because, SourceStageChanged) and not miss.also


def _stages(operation: Operation | None) -> tuple[int, ...]:
    match operation:
        case CopyOperation(from_=StageSource(index=index)):
            return (index,)
        case RunOperation(mounts=mounts):
            return tuple(mount.from_.index for mount in mounts if isinstance(mount.from_, StageSource))
        case _:
            return ()
