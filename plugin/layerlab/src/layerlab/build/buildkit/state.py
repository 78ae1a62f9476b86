"""How far a stage has come, and which labels equal steps of several stages share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from layerlab.build.cache import Snapshot
from layerlab.filesystem.tree import EMPTY
from layerlab.image.config import HistoryEntry
from layerlab.plan.model import Plan, StageBase
from layerlab.plan.operations import CopyOperation, ImageSource, Operation, RunOperation, Source, StageSource


@dataclass(slots=True)
class State:
    """A stage on its way.

    Attributes:
        key: Cache key of what it holds.
        result: Files and layers.
        history: Its entries, base's first; those of this build without a time where they have no layer.
        tainted: Whether a forced step lies behind: then the key must not be offered to look-ups.
        origin: Index of the step that started the present cascade of misses, or None.
        through: Index of the last step, or None on a base.
        base: Name of the base.
    """

    key: str = ""
    result: Snapshot = field(default_factory=lambda: Snapshot(EMPTY))
    history: tuple[HistoryEntry, ...] = ()
    tainted: bool = False
    origin: int | None = None
    through: int | None = None
    base: str = ""

    def copy(self) -> State:
        """A state that goes its own way from here."""
        return State(self.key, self.result, self.history, self.tainted, self.origin, self.through, self.base)


def is_step(operation: Operation) -> bool:
    """Whether an operation is a vertex of BuildKit's graph."""
    return operation.facts.makes_layer


def sources_of(operation: Operation) -> tuple[Source, ...]:
    """What an operation takes in besides what it stands on."""
    match operation:
        case CopyOperation(from_=source):
            return (source,)
        case RunOperation(mounts=mounts):
            return tuple(mount.from_ for mount in mounts if mount.from_ is not None)
        case _:
            return ()


Place = tuple[int, int]
"""Stage and position of an operation in it; position -1 is the stage's base."""


def walk(plan: Plan, seen: Callable[[Place | ImageSource], None]) -> None:
    """Meet every operation the target needs, each once, from the target back: what it stands on before its sources.

    Images that steps take something from are met too, as stages of their own.
    """
    if plan.target is None:
        return
    done: set[Place | ImageSource] = set()
    pending: list[Place | ImageSource] = [(plan.target, len(plan.stages[plan.target].operations) - 1)]
    while pending:
        place = pending.pop()
        if place in done:
            continue
        done.add(place)
        if isinstance(place, ImageSource):
            seen(place)
            continue
        index, position = place
        stage = plan.stages[index]
        if position < 0:
            if isinstance(stage.base, StageBase):
                above = stage.base.index
                pending.append((above, len(plan.stages[above].operations) - 1))
            else:
                seen(place)
            continue
        operation = stage.operations[position]
        if is_step(operation):
            seen(place)
        for source in reversed(sources_of(operation)):
            if isinstance(source, StageSource):
                pending.append((source.index, len(plan.stages[source.index].operations) - 1))
            elif isinstance(source, ImageSource):
                pending.append(source)
        pending.append((index, position - 1))
