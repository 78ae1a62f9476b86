"""Dispatch with a memory: an instruction that stands where it stood before comes to what it came to then.

What an instruction comes to is a function of the instruction, of the configuration and the variables before it, of its
number and of what holds for its whole stage. All of these keep their identity from one plan to the next where an edit
left them alone, so that planning anew costs what follows the edit. An instruction that is refused isn't remembered.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from layerlab.dockerfile.checks.facts import Warning as CheckWarning
from layerlab.dockerfile.instructions import Workdir
from layerlab.image.config import ImageConfig
from layerlab.memo import Memo
from layerlab.plan.dispatch import ONCE, dispatch
from layerlab.plan.failure import PlanFailure
from layerlab.plan.findings import Findings
from layerlab.plan.links import Command
from layerlab.plan.operations import Operation
from layerlab.plan.scope import Scope
from layerlab.plan.stagework import LaterStage, StageWork


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What one instruction came to.

    Attributes:
        config: After it.
        scope: After it.
        number: The last one given after it.
        operation: What it became.
        warnings: The linter's.
    """

    config: ImageConfig
    scope: Scope
    number: int
    operation: Operation
    warnings: tuple[CheckWarning, ...]


def stage_ground(memory: Memo, work: StageWork, findings: Findings) -> object:
    """A value that is the same one whenever everything that holds for a whole stage is equal."""
    facts = work.facts
    key = (
        "ground",
        facts.escape,
        tuple(facts.build_args.items()),
        tuple(facts.global_values.items()),
        work.index,
        work.log_name,
        work.total,
        findings.options,
    )
    return memory.get((facts.habits, facts.ignore), key, object)


def dispatch_remembered(memory: Memo, ground: object, work: StageWork, command: Command, findings: Findings) -> None:
    """Dispatch one instruction, as `dispatch` does, or do again what it did.

    Args:
        memory: Of earlier plans.
        ground: Of the stage.
        work: The stage so far; changed.
        command: The instruction with its links.
        findings: The linter; told of the instruction.

    Raises:
        PlanFailure: For what Docker refuses at dispatch.
    """
    instruction = command.instruction
    is_once = isinstance(instruction, ONCE)
    key: Hashable = (work.number, work.workdir_set)
    if is_once or command.links or command.trigger is not None:
        try:
            key = (key, _beside(work, command))
        except (LaterStage, PlanFailure):  # it is refused, or isn't: dispatch knows where that matters
            dispatch(work, command, findings.instruction)
            return

    def dispatched() -> Dispatched:
        before = len(findings.warnings)
        dispatch(work, command, findings.instruction)
        warnings = tuple(findings.warnings[before:])
        del findings.warnings[before:]
        return Dispatched(work.config, work.scope, work.number, work.operations.pop(), warnings)

    known = memory.get((ground, instruction, work.config, work.scope), key, dispatched)
    findings.warnings += known.warnings
    work.config, work.scope, work.number = known.config, known.scope, known.number
    work.workdir_set |= isinstance(instruction, Workdir)
    if is_once:
        work.last[type(instruction)] = command
    work.operations.append(known.operation)


def _beside(work: StageWork, command: Command) -> Hashable:
    """What else counts for some: where files come from, the FROM that fires a trigger, earlier ones of the same kind.

    Raises:
        LaterStage: For files of a stage that isn't dispatched yet.
        PlanFailure: For files of an image that can't be had.
    """
    sources = tuple(work.facts.source(link) for link in command.links)
    fired = None if command.trigger is None else (command.trigger, command.index, command.span)
    earlier = tuple((kind, one.index, one.span) for kind, one in work.last.items())
    return sources, fired, earlier
