"""Which operations of a build are the same one: equal definitions on equal grounds are one vertex with one label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from layerlab.build.buildkit.state import Place, is_step, sources_of
from layerlab.plan.model import ImageBase, Plan, StageBase, lineage
from layerlab.plan.operations import Operation, StageSource


class Identities:
    """A number for each operation with all it depends on, by definition alone: equal ones have the same."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._known: dict[Place, int] = {}
        self._labels: dict[int, str] = {}
        self._numbers: dict[Hashable, int] = {}
        self._alone = _alone(plan)

    def label_all(self, places: list[Place]) -> None:
        """Give equal operations the label of the one met last on the way from the target."""
        for stage, position in places:
            if position >= 0:
                operation = self._plan.stages[stage].operations[position]
                self._labels[self.of(stage, position)] = operation.facts.label

    def label(self, stage: int, position: int) -> str:
        """The label an operation is shown with."""
        operation = self._plan.stages[stage].operations[position]
        return self._labels.get(self.of(stage, position), operation.facts.label)

    def of(self, stage: int, position: int) -> int:
        """The number of an operation; position -1 is the stage's base."""
        known = self._known.get((stage, position))
        if known is not None:
            return known
        missing: list[Place] = []
        at: Place | None = (stage, position)
        while at is not None and at not in self._known:
            missing.append(at)
            at = self._below(*at)
        below = self._known.get(at, 0) if at is not None else 0
        for place in reversed(missing):
            below = self._next(place, below)
            self._known[place] = below
        return self._known[stage, position]

    def _next(self, place: Place, below: int) -> int:
        planned = self._plan.stages[place[0]]
        if place[1] < 0:
            return below or self._number(("base", repr(planned.base), planned.platform))
        operation = planned.operations[place[1]]
        if not is_step(operation):
            return below
        return self._number((below, place if place[0] in self._alone else self._definition(operation)))

    def _number(self, value: Hashable) -> int:
        return self._numbers.setdefault(value, len(self._numbers) + 1)

    def _below(self, stage: int, position: int) -> Place | None:
        if position >= 0:
            return stage, position - 1
        base = self._plan.stages[stage].base
        return self._end(base.index) if isinstance(base, StageBase) else None

    def _end(self, stage: int) -> Place:
        return stage, len(self._plan.stages[stage].operations) - 1

    def _definition(self, operation: Operation) -> Hashable:
        """Everything of an operation but its place, its configuration and its texts."""
        sources = tuple(
            self.of(*self._end(source.index)) for source in sources_of(operation) if isinstance(source, StageSource)
        )
        bare = tuple(getattr(operation, name) for name in operation.__slots__ if name != "facts")
        return type(operation), bare, sources


def _alone(plan: Plan) -> frozenset[int]:
    """The needed stages whose base no other one comes from: no step elsewhere can equal one of theirs."""
    roots = {index: lineage(plan, index)[0].base for index in plan.order}
    grounds = {
        index: root.log_name if isinstance(root, ImageBase) else type(root).__name__ for index, root in roots.items()
    }
    counts = Counter(grounds.values())
    return frozenset(index for index, ground in grounds.items() if counts[ground] == 1)
