"""A stage while its instructions are dispatched, and what one instruction comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from layerlab.dockerfile.ignorefile import Ignore
from layerlab.image.config import ImageConfig
from layerlab.plan.habits import Habits
from layerlab.plan.links import Command, Link
from layerlab.plan.operations import ConfigOperation, Operation, Source, StepFacts, Variables
from layerlab.plan.scope import Scope
from layerlab.plan.wording import Worded


class LaterStage(LookupError):  # noqa: N818  # a condition its catcher words
    """Files are wanted of a stage that isn't dispatched yet."""


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """What holds for all stages of one plan.

    Attributes:
        habits: The builder's.
        escape: Escape character of the file.
        build_args: Of `--build-arg`.
        global_values: Platform arguments and global ARGs.
        proxies: Proxy variables RUN gets.
        context: The main build context.
        ignore: Rules of `.dockerignore`, or None.
        source: Where a link leads; raises `LaterStage` when its stage isn't dispatched yet.
    """

    habits: Habits
    escape: str
    build_args: Mapping[str, str]
    global_values: Mapping[str, str]
    proxies: Variables
    context: Source
    ignore: Ignore | None
    source: Callable[[Link], Source]


@dataclass(slots=True)
class StageWork:
    """One stage, instruction by instruction.

    Attributes:
        facts: Of the whole plan.
        index: Of the stage.
        log_name: As in `[NAME 1/2]`; empty where the name is left out.
        config: So far.
        scope: So far.
        total: The `n` of step names.
        number: The last number given.
        workdir_set: Whether a WORKDIR stood in the chain of stages.
        operations: So far.
        last: Last CMD, ENTRYPOINT and HEALTHCHECK of this stage.
    """

    facts: BuildFacts
    index: int
    log_name: str
    config: ImageConfig
    scope: Scope
    total: int
    number: int
    workdir_set: bool = False
    operations: list[Operation] = field(default_factory=list)
    last: dict[type, Command] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one instruction comes to.

    Attributes:
        config: After it.
        scope: After it.
        worded: Text of its history entry, or None for no entry.
        operation: Makes the operation of its facts.
        makes_layer: Whether it makes a layer.
        is_step: Whether BuildKit shows it as a step.
        keeps_quotes: RUN's kind of step name.
        note: Behind the step name, such as ` (set -e...)`.
        secrets: Variables whose value the step name hides.
        checked: What the checks look at: expanded sources, ports or path.
    """

    config: ImageConfig
    scope: Scope
    worded: Worded | None
    operation: Callable[[StepFacts], Operation] = ConfigOperation
    makes_layer: bool = False
    is_step: bool = False
    keeps_quotes: bool = False
    note: str = ""
    secrets: tuple[str, ...] = ()
    checked: tuple[str, ...] = ()
