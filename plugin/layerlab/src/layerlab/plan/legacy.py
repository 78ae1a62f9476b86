"""The legacy builder's plan (Docker 20.10): every instruction is a step, every stage up to the target is built."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from layerlab.dockerfile.checks.facts import InstructionFacts
from layerlab.dockerfile.instructions import Arg, Copy, Instruction, Run
from layerlab.dockerfile.syntax import StageSyntax
from layerlab.image.config import ImageConfig
from layerlab.image.reference import InvalidReferenceError, parse_reference
from layerlab.plan.dispatch import dispatch
from layerlab.plan.effects import empty_config, with_labels, with_path
from layerlab.plan.expand import Expander, ExpansionError
from layerlab.plan.failure import PlanFailure, failure
from layerlab.plan.habits import HABITS
from layerlab.plan.links import SCRATCH, Command, Link, ToImage, ToNothing, ToStage
from layerlab.plan.model import (
    Base,
    BaseFacts,
    Bases,
    ImageBase,
    Missing,
    Need,
    Needed,
    NotLoaded,
    NotNeeded,
    Plan,
    PlanError,
    PlannedStage,
    PlanRequest,
    ScratchBase,
    StageBase,
)
from layerlab.plan.oldforms import as_legacy
from layerlab.plan.oldtexts import DAEMON, syntax_text
from layerlab.plan.operations import (
    ConfigOperation,
    ContextSource,
    EmptySource,
    ImageSource,
    Source,
    StageSource,
    StepFacts,
)
from layerlab.plan.resolve import parsed_triggers
from layerlab.plan.scope import PROXIES, SCAN_ARGUMENTS, proxies, start_scope
from layerlab.plan.stages import read_globals, stage_names
from layerlab.plan.stagework import BuildFacts, StageWork
from layerlab.plan.wording.legacy import LEGACY


@dataclass(slots=True)
class LegacyRun:
    """A legacy build while it is planned, step by step.

    Attributes:
        request: What is asked for.
        bases: Where base images come from.
        target: Index of the target.
        total: Number of steps.
        number: Of the step reached.
        label: Text of the step reached.
        values: Platform arguments and global ARGs so far.
        works: Stages reached, by index.
        planned: The same, as values.
        names: Index by lower-case name, of the stages reached.
        images: By reference.
        preamble: Steps of global ARGs.
        needs: Images whose facts are missing yet.
        metadata: Images asked for.
    """

    request: PlanRequest
    bases: Bases
    target: int
    total: int
    values: dict[str, str]
    number: int = 0
    label: str = ""
    works: dict[int, StageWork] = field(default_factory=dict)
    planned: dict[int, PlannedStage] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    images: dict[str, ImageBase] = field(default_factory=dict)
    preamble: list[StepFacts] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    metadata: list[str] = field(default_factory=list)

    def begin(self, instruction: Instruction) -> None:
        """Go on to the next step."""
        self.number += 1
        self.label = instruction.original.strip()


def plan_legacy(request: PlanRequest, bases: Bases) -> Plan:
    """The legacy builder's plan; its error stands at a step, and what comes before it is planned."""
    file = request.dockerfile
    if request.ignore and request.ignore.error:
        message = f"error checking context: {request.ignore.error}"
        return Plan(error=PlanError("plan.ignore-file", message, phase="read"), flavour="legacy")
    if file.errors:
        return Plan(error=_syntax_error(request), flavour="legacy")
    try:
        target = _target(request)
        known = read_globals(request)
    except PlanFailure as stop:
        return Plan(error=stop.error, flavour="legacy")
    stages = file.stages[: target + 1]
    total = len(file.global_args) + sum(1 + len(stage.instructions) for stage in stages) + len(request.labels)
    platform_values = {name: value for name, value in known.values.items() if name not in known.declared}
    run = LegacyRun(request, bases, target, total, platform_values)
    error = None
    try:
        _steps(run, stages)
    except PlanFailure as stop:
        error = replace(stop.error, step=run.number or None, step_label=run.label)
    return _finish(run, error)


def _syntax_error(request: PlanRequest) -> PlanError:
    problem = request.dockerfile.errors[0]
    spans = (problem.span,) if problem.span else ()
    return PlanError(problem.code, syntax_text(problem), spans)


def _target(request: PlanRequest) -> int:
    stages = request.dockerfile.stages
    if not request.target:
        return len(stages) - 1
    found = stage_names(stages).get(request.target.lower())
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
        run.begin(stage.base)
        work, planned, triggers = _begin(run, stage)
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
    command = Command(as_legacy(instruction), at.span, at.index, trigger, _links(run, instruction))
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


def _links(run: LegacyRun, instruction: Instruction) -> tuple[Link, ...]:
    match instruction:
        case Run(mounts=[_, *_]):
            raise failure(
                "needs-buildkit",
                "the --mount option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to "
                "build images with BuildKit enabled",
                phase="dispatch",
            )
        case Copy(from_=str(origin)) if origin:
            return (_copy_link(run, origin),)
        case _:
            return ()


def _copy_link(run: LegacyRun, origin: str) -> Link:
    current = max(run.works)
    if origin.lstrip("+-").isdigit():
        index = int(origin)
        if index == current:
            message = f"invalid from flag value {origin}: refers to current build stage"
            raise failure("stage-index", message, phase="dispatch")
        if not 0 <= index < current:
            raise failure("stage-index", f"invalid from flag value {origin}: index out of bounds", phase="dispatch")
        return ToStage(index)
    found = run.names.get(origin.lower())
    return ToImage(origin) if found is None else ToStage(found)


def _begin(run: LegacyRun, stage: StageSyntax) -> tuple[StageWork, PlannedStage, tuple[Instruction, ...]]:
    name = _base_name(run, stage)
    base = _base(run, stage, name)
    config = _start(run, base)
    triggers = tuple(parsed_triggers(config.on_build, stage.base))
    start = replace(config, on_build=())
    request = run.request
    facts = BuildFacts(
        HABITS["legacy"],
        request.dockerfile.directives.escape,
        request.build_args,
        dict(run.values),
        proxies(request.build_args),
        ContextSource(),
        request.ignore,
        lambda target: _source(run, target),
    )
    work = StageWork(facts, stage.index, "", start, start_scope(None, start.env), run.total, run.number)
    need: Need = Needed(None, "target") if stage.index == run.target else Needed(run.target, "order")
    planned = PlannedStage(
        index=stage.index,
        name=stage.name,
        display_name=stage.display_name,
        base_name=name,
        base=base,
        need=need,
        span=stage.base.span,
        instruction=stage.base.index,
        platform=request.platform or request.host_platform,
        start=start,
        config=start,
        base_history=base.facts.history if isinstance(base, ImageBase) else (),
        from_label=stage.base.original.strip(),
        from_number=run.number,
        total=run.total,
        operations=(),
        ignores_cache=request.no_cache,
    )
    return work, planned, triggers


def _start(run: LegacyRun, base: Base) -> ImageConfig:
    match base:
        case ImageBase(facts=facts):
            return with_path(facts.config)
        case StageBase(index=index):
            return run.works[index].config
        case _:
            empty = empty_config(read_globals(run.request).target)
            return replace(empty, working_dir="")


def _base_name(run: LegacyRun, stage: StageSyntax) -> str:
    try:
        name = Expander(run.values, run.request.dockerfile.directives.escape).word(stage.base.image.text)
    except ExpansionError as error:
        raise failure("expansion", str(error), stage.base.span, phase="stages") from error
    if not name:
        message = f"base name ({stage.base.image.text}) should not be blank"
        raise failure("blank-base", message, stage.base.span, phase="stages")
    return name


def _base(run: LegacyRun, stage: StageSyntax, name: str) -> Base:
    index = run.names.get(name.lower())
    if index is not None:
        return StageBase(index)
    return ScratchBase() if name == SCRATCH else _image(run, name, stage.base)


def _image(run: LegacyRun, name: str, at: Instruction) -> ImageBase:
    if name in run.images:
        return run.images[name]
    try:
        full = parse_reference(name).tagged().full
    except InvalidReferenceError as error:
        message = re.sub(r" \(.*\)", "", str(error))  # 20.10 doesn't name the repository
        raise failure("invalid-reference", message, at.span, phase="resolve") from error
    run.metadata.append(full)
    platform = run.request.platform or run.request.host_platform
    match run.bases.resolve(name, platform):
        case BaseFacts() as facts:
            run.images[name] = ImageBase(facts, full)
            return run.images[name]
        case NotLoaded(name=missing):
            run.needs.append(missing)
            raise failure("not-loaded", f"{name} is not loaded", at.span, phase="resolve")
        case Missing(reason=reason):
            raise failure("no-such-image", reason, at.span, phase="resolve")


def _source(run: LegacyRun, target: Link) -> Source:
    match target:
        case ToStage(index=index):
            return StageSource(index)
        case ToNothing():
            return EmptySource()
        case ToImage(reference=reference):
            current = run.request.dockerfile.stages[max(run.works)].base
            return ImageSource(reference, _image(run, reference, current).log_name)


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
        metadata=tuple(run.metadata),
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
        stage.index, stage.name, stage.display_name, stage.base.image.text, None, need, stage.base.span,
        stage.base.index, "", nothing, nothing, (), "", None, run.total, (), ignores_cache=False,
    )

