"""Which stage or image each COPY, ADD and RUN takes files from, and the graph these links make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from layerlab.dockerfile.instructions import Add, Copy, Instruction, Run
from layerlab.dockerfile.span import Span
from layerlab.plan.failure import failure
from layerlab.plan.model import Need, Needed, NotNeeded
from layerlab.plan.mounts import origin_of

SCRATCH = "scratch"
FROM_VARIABLE = (
    "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope "
    "as a workaround"
)
_INTEGER = re.compile(r"[+-]?[0-9]+")
_SPECIAL = re.compile(r"""[$"'\\]""")


@dataclass(frozen=True, slots=True)
class ToStage:
    """Files of a stage, by index."""

    index: int


@dataclass(frozen=True, slots=True)
class ToImage:
    """Files of an image (or named context) that no stage of the file has as its name."""

    reference: str


@dataclass(frozen=True, slots=True)
class ToNothing:
    """An empty file system: `from=scratch`, and a mount without `from`."""


Link: TypeAlias = ToStage | ToImage | ToNothing


@dataclass(frozen=True, slots=True)
class Command:
    """An instruction of a stage, linked.

    Attributes:
        instruction: What is to be done.
        span: Where errors point: of the FROM for a trigger.
        index: Among the file's instructions: of the FROM for a trigger.
        trigger: Position among the stage's triggers; None for an ordinary instruction.
        links: One for `--from`, one for each mount; empty for all others.
    """

    instruction: Instruction
    span: Span
    index: int
    trigger: int | None
    links: tuple[Link, ...]


def link(
    instruction: Instruction, names: Mapping[str, int], stages: int, *, at: Instruction, trigger: int | None = None
) -> Command:
    """Look up where an instruction takes files from.

    Args:
        instruction: Of a stage, or a trigger.
        names: Stage index by lower-case name; the last of equal names counts.
        stages: How many stages there are.
        at: The instruction itself, or the FROM that fires a trigger.
        trigger: Position among the triggers, or None.

    Raises:
        PlanFailure: For a bad `--from`.
    """
    links: tuple[Link, ...] = ()
    match instruction:
        case Copy(from_=str(origin)) if origin:
            links = (_copy_link(origin, names, stages),)
        case Run(mounts=mounts):
            links = tuple(_named(origin_of(mount) or SCRATCH, names) for mount in mounts)
        case _:
            pass
    return Command(instruction, at.span, at.index, trigger, links)


def _copy_link(origin: str, names: Mapping[str, int], stages: int) -> Link:
    if _SPECIAL.search(origin):
        raise failure("from-variable", FROM_VARIABLE, phase="stages")
    if _INTEGER.fullmatch(origin):
        index = int(origin)
        if not 0 <= index < stages:
            raise failure("stage-index", f"invalid stage index {index}", phase="stages")
        return ToStage(index)
    return _named(origin, names)


def _named(origin: str, names: Mapping[str, int]) -> Link:
    index = names.get(origin.lower())
    if index is not None:
        return ToStage(index)
    return ToNothing() if origin == SCRATCH else ToImage(origin)


@dataclass(frozen=True, slots=True)
class Node:
    """A stage in the graph.

    Attributes:
        parent: Index of the stage it is `FROM`, or None.
        commands: Linked instructions, in order.
        display_name: For messages.
    """

    parent: int | None
    commands: tuple[Command, ...]
    display_name: str

    def inputs(self) -> dict[int, Command]:
        """Stages it takes files from, each with the last command that does, in order of first use."""
        found: dict[int, Command] = {}
        for command in self.commands:
            for target in command.links:
                if isinstance(target, ToStage):
                    found[target.index] = command
        return found

    def outside(self) -> Iterator[tuple[ToImage | ToNothing, Command]]:
        """What it takes files from that is no stage."""
        for command in self.commands:
            for target in command.links:
                if not isinstance(target, ToStage):
                    yield target, command


def check_circles(nodes: Sequence[Node]) -> None:
    """Refuse stages that copy from each other in a circle.

    Raises:
        PlanFailure: Naming the first stage in file order from which a circle is reached; its excerpts come last first.
    """
    seen: set[int] = set()
    for start, node in enumerate(nodes):
        circle = _circle(nodes, start, seen)
        if circle:
            message = f"circular dependency detected on stage: {node.display_name}"
            raise failure("circle", message, *(command.span for command in reversed(circle)), phase="stages")


def _circle(nodes: Sequence[Node], start: int, seen: set[int]) -> list[Command]:
    if start in seen:
        return []
    seen.add(start)
    trail: list[Command] = []
    on_path = {start}
    stack = [(start, iter(nodes[start].inputs().items()))]
    while stack:
        index, rest = stack[-1]
        found = next(rest, None)
        if found is None:
            stack.pop()
            on_path.discard(index)
            if trail:
                trail.pop()
            continue
        other, command = found
        if other in on_path:
            return [*trail, command]
        if other not in seen:
            seen.add(other)
            on_path.add(other)
            trail.append(command)
            stack.append((other, iter(nodes[other].inputs().items())))
    return []


def needs(nodes: Sequence[Node], target: int) -> tuple[Need, ...]:
    """Which stages the target needs, and why; one answer for each stage."""
    answers: dict[int, Needed] = {target: Needed(None, "target")}
    waiting = [target]
    while waiting:
        index = waiting.pop(0)
        for other, how in _wanted(nodes[index]):
            if other not in answers:
                answers[other] = Needed(index, how)
                waiting.append(other)
    return tuple(answers.get(index, NotNeeded(target, index > target)) for index in range(len(nodes)))


def _wanted(node: Node) -> Iterable[tuple[int, Literal["from", "copy", "mount"]]]:
    if node.parent is not None:
        yield node.parent, "from"
    for other, command in node.inputs().items():
        yield other, "copy" if isinstance(command.instruction, Copy | Add) else "mount"
