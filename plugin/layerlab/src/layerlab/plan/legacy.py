"""The legacy builder's plan (Docker 20.10): every instruction is a step, every stage up to the target is built."""

from __future__ import annotations

from dataclasses import replace

from layerlab.dockerfile.checks.facts import InstructionFacts
from layerlab.dockerfile.instructions import Arg, Instruction
from layerlab.dockerfile.syntax import StageSyntax
from layerlab.image.config import ImageConfig
from layerlab.plan.dispatch import dispatch
from layerlab.plan.effects import with_labels
from layerlab.plan.expand import Expander, ExpansionError
from layerlab.plan.failure import PlanFailure, failure
from layerlab.plan.legacyrun import LegacyRun, begin_stage, links_of
from layerlab.plan.links import Command
from layerlab.plan.model import (
    Bases,
    Need,
    Needed,
    NotNeeded,
    Plan,
    PlanError,
    PlannedStage,
    PlanRequest,
)
from layerlab.plan.oldforms import as_legacy
from layerlab.plan.oldsyntax import old_problem, unknown_flag
from layerlab.plan.oldtexts import DAEMON, syntax_text
from layerlab.plan.operations import (
    ConfigOperation,
    StepFacts,
)
from layerlab.plan.scope import PROXIES, SCAN_ARGUMENTS
from layerlab.plan.stages import read_globals
from layerlab.plan.stagework import StageWork
from layerlab.plan.wording.legacy import LEGACY

FLAG_PROBLEMS = frozenset(
    f"syntax.{name}" for name in ("duplicate-flag", "flag-value", "flag-boolean", "unknown-flag", "misspelt-flag")
)


def plan_legacy(request: PlanRequest, bases: Bases) -> Plan:
    """The legacy builder's plan; its error stands at a step, and what comes before it is planned."""
    file = request.dockerfile
    if request.ignore and request.ignore.error:
        message = f"error checking context: {request.ignore.error}"
        return Plan(error=PlanError("plan.ignore-file", message, phase="read"), flavour="legacy")
    error = _syntax_error(request)
    if error is not None:
        return Plan(error=error, flavour="legacy")
    try:
        target = _target(request)
        read_globals(request)
    except PlanFailure as stop:
        return Plan(error=stop.error, flavour="legacy")
    stages = file.stages[: target + 1]
    total = len(file.global_args) + sum(1 + len(stage.instructions) for stage in stages) + len(request.labels)
    run = LegacyRun(request, bases, target, total, {})  # it knows no platform arguments
    try:
        _steps(run, stages)
    except PlanFailure as stop:
        error = replace(stop.error, step=run.number or None, step_label=run.label)
    return _finish(run, error)


def _syntax_error(request: PlanRequest) -> PlanError | None:
    """The first problem of the text; what only 20.10 refuses comes after what no parser can split into lines."""
    problem = next(iter(request.dockerfile.errors), None)
    old = old_problem(request.dockerfile)
    if problem is not None and problem.phase == "instruction" and old and problem.span:
        problem = problem if problem.span.start_line < old[0] else None
    if problem is None:
        return old and PlanError("plan.old-syntax", f"{DAEMON}dockerfile parse error line {old[0]}: {old[1]}")
    spans = (problem.span,) if problem.span else ()
    flag = next((unknown_flag(it) for it in request.dockerfile.statements if it.problem == problem), None)
    if flag and problem.span and problem.code in FLAG_PROBLEMS:
        return PlanError(problem.code, f"{DAEMON}dockerfile parse error line {problem.span.start_line}: {flag}", spans)
    return PlanError(problem.code, syntax_text(problem), spans)


def _target(request: PlanRequest) -> int:
    stages = request.dockerfile.stages
    if not request.target:
        return len(stages) - 1
    name = request.target.lower()
    found = next((stage.index for stage in stages if stage.name == name), None)  # the first of several
    if found is None and request.target.isdigit() and int(request.target) < len(stages):
        found = int(request.target)
    if found is None:
        raise failure("target", f"{DAEMON}failed to reach build target {request.target} in Dockerfile", phase="stages")
    return found


def _steps(run: LegacyRun, stages: tuple[StageSyntax, ...]) -> None:
    for arg in run.request.dockerfile.global_args:
        run.begin(arg)
        _global_argument(run, arg)
    for stage in stages:
        if stage.name in run.names:
            run.number, run.label = run.total + 1, ""  # refused before its FROM becomes a step
            raise failure("stage-name-used", f"{stage.name} stage name already used", phase="stages")
        run.begin(stage.base)
        work, planned, triggers = begin_stage(run, stage)
        run.works[stage.index], run.planned[stage.index] = work, planned
        try:
            for place, trigger in enumerate(triggers):
                _step(run, work, trigger, stage.base, place)
            for instruction in stage.instructions:
                run.begin(instruction)
                _step(run, work, instruction, instruction, None)
            if stage.index == run.target:
                _labels(run, work)
        finally:
            run.planned[stage.index] = replace(planned, config=work.config, operations=tuple(work.operations))
        if stage.name:
            run.names[stage.name] = stage.index


def _global_argument(run: LegacyRun, arg: Arg) -> None:
    for item in arg.items:
        value = run.request.build_args.get(item.name)
        if value is None and item.value is not None:
            try:
                value = Expander(run.values, run.request.dockerfile.directives.escape).word(item.value)
            except ExpansionError as error:
                raise failure("expansion", str(error), arg.span, phase="stages") from error
        if value is not None and item.name not in SCAN_ARGUMENTS:
            run.values[item.name] = value
    nothing = ImageConfig()
    run.preamble.append(_facts(run, arg, arg, -1, nothing, nothing))


def _facts(
    run: LegacyRun, instruction: Instruction, at: Instruction, stage: int, before: ImageConfig, after: ImageConfig
) -> StepFacts:
    text = instruction.original.strip()
    return StepFacts(
        stage=stage,
        instruction=at.index,
        span=at.span,
        trigger=None,
        keyword=instruction.keyword.upper(),
        text=text,
        number=run.number,
        total=run.total,
        label=text,
        before=before,
        after=after,
        variables=(),
        arguments=(),
        created_by=None,
        makes_layer=False,
    )


def _step(run: LegacyRun, work: StageWork, instruction: Instruction, at: Instruction, trigger: int | None) -> None:
    command = Command(as_legacy(instruction), at.span, at.index, trigger, links_of(run, instruction))
    dispatch(work, command, _unobserved)
    _renumber(run, work, instruction.original.strip(), is_trigger=trigger is not None)


def _unobserved(_: InstructionFacts) -> None:
    """The legacy builder has no linter."""


def _renumber(run: LegacyRun, work: StageWork, text: str, *, is_trigger: bool) -> None:
    """BuildKit's numbering is replaced: every instruction is a step, triggers belong to their FROM."""
    last = work.operations[-1]
    number = None if is_trigger else run.number
    facts = replace(last.facts, number=number, total=run.total, label="" if is_trigger else text)
    work.operations[-1] = replace(last, facts=facts)


def _labels(run: LegacyRun, work: StageWork) -> None:
    for name, value in run.request.labels:
        run.number += 1
        after = with_labels(work.config, [(name, value)])
        text = f"LABEL {name}={value}"
        base = run.request.dockerfile.stages[run.target].base
        facts = replace(
            _facts(run, base, base, run.target, work.config, after),
            instruction=None,
            keyword="LABEL",
            text=text,
            label=text,
            created_by=LEGACY.metadata(text, after.shell or ()),
        )
        work.config = after
        work.operations.append(ConfigOperation(facts))


def _finish(run: LegacyRun, error: PlanError | None) -> Plan:
    if run.needs:
        error = None
    file = run.request.dockerfile
    stages = tuple(_stage(run, stage) for stage in file.stages)
    last = run.planned.get(run.target)
    return Plan(
        stages=stages,
        target=run.target,
        order=tuple(sorted(run.planned)),
        config=last.config if last and error is None and not run.needs else None,
        images=tuple(run.images.values()),
        error=error,
        needs=tuple(run.needs),
        preamble=tuple(run.preamble),
        unused_arguments=_unused(run),
        total_steps=run.total,
        flavour="legacy",
    )


def _unused(run: LegacyRun) -> tuple[str, ...]:
    declared = {item.name for arg in run.request.dockerfile.global_args for item in arg.items}
    for work in run.works.values():
        declared |= work.scope.names_declared
    names = (name for name in run.request.build_args if name not in declared)
    return tuple(sorted(name for name in names if name.upper() not in PROXIES))


def _stage(run: LegacyRun, stage: StageSyntax) -> PlannedStage:
    known = run.planned.get(stage.index)
    if known is not None:
        return known
    need: Need = NotNeeded(run.target, after=True) if stage.index > run.target else Needed(run.target, "order")
    nothing = ImageConfig()
    return PlannedStage(
        stage.index,
        stage.name,
        stage.display_name,
        stage.base.image.text,
        None,
        need,
        stage.base.span,
        stage.base.index,
        "",
        nothing,
        nothing,
        (),
        "",
        None,
        run.total,
        (),
        ignores_cache=False,
    )
