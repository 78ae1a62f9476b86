"""BuildKit's plan of a build, phase by phase; the first failure ends it, with all that was found until then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from layerlab.dockerfile.checks.facts import InstructionFacts
from layerlab.dockerfile.instructions import Add, Copy, Instruction, Run, Workdir
from layerlab.dockerfile.syntax import SyntaxProblem
from layerlab.image.config import ImageConfig
from layerlab.plan.dispatch import dispatch
from layerlab.plan.effects import empty_config, with_labels, with_path
from layerlab.plan.epoch import source_date_epoch
from layerlab.plan.failure import PlanFailure, failure
from layerlab.plan.findings import Findings, start_findings
from layerlab.plan.habits import HABITS
from layerlab.plan.labels import bracket
from layerlab.plan.links import Link, Node, ToImage, ToNothing, ToStage, check_circles, link, needs
from layerlab.plan.model import (
    Base,
    Bases,
    ContextFiles,
    Flavour,
    ImageBase,
    Need,
    Needed,
    NotNeeded,
    Plan,
    PlanError,
    PlannedStage,
    PlanRequest,
    ScratchBase,
    StageBase,
)
from layerlab.plan.oldforms import as_old
from layerlab.plan.oldtexts import old_buildkit_text
from layerlab.plan.operations import ContextSource, EmptySource, ImageSource, RunOperation, Source, StageSource
from layerlab.plan.resolve import Resolution, Resolver, resolve_stages
from layerlab.plan.scope import Scope, proxies, start_scope
from layerlab.plan.stages import Globals, StageDraft, draft_stages, find_target, read_globals, stage_names
from layerlab.plan.stagework import BuildFacts, LaterStage, StageWork

COUNTED = (Run, Copy, Add, Workdir)
"""Instructions that count in the `n` of step names."""


@dataclass(slots=True)
class Planning:
    """A plan while it is made.

    Attributes:
        request: What is asked for.
        bases: Where base images come from.
        flavour: Whose rules apply.
        stages: Finished ones by index.
        works: Dispatched ones by index.
        target: Index of the target, once found.
        needs: Why each stage is built, once known.
        drafts: Stages with expanded FROMs, once known.
        resolver: Once images are asked for.
        findings: The linter, once its options are read.
        epoch: Of `SOURCE_DATE_EPOCH`.
    """

    request: PlanRequest
    bases: Bases
    flavour: Flavour
    stages: dict[int, PlannedStage] = field(default_factory=dict)
    works: dict[int, StageWork] = field(default_factory=dict)
    target: int | None = None
    needs: tuple[Need, ...] = ()
    drafts: tuple[StageDraft, ...] = ()
    resolver: Resolver | None = None
    findings: Findings | None = None
    epoch: int | None = None


def plan_buildkit(request: PlanRequest, bases: Bases, flavour: Flavour) -> Plan:
    """BuildKit's plan; never raises for what a Dockerfile can hold."""
    planning = Planning(request, bases, flavour)
    try:
        _run(planning)
    except PlanFailure as stop:
        error = stop.error
        if flavour == "buildkit-20.10":
            line = error.spans[0].start_line if error.spans else 0
            error = replace(error, message=old_buildkit_text(error.message, line), spans=())
        return _finish(planning, error)
    return _finish(planning, None)


def syntax_error(problem: SyntaxProblem) -> PlanError:
    """The plan's error for the first problem of the text."""
    phase = "read" if problem.phase == "source" else "parse"
    spans = (problem.span,) if problem.span else ()
    return PlanError(problem.code, problem.docker_text, spans, phase)  # type: ignore[arg-type]


def _run(planning: Planning) -> None:
    request = planning.request
    planning.findings = findings = start_findings(request)
    findings.syntax(request.dockerfile)
    if request.dockerfile.errors:
        raise PlanFailure(syntax_error(request.dockerfile.errors[0]))
    known = read_globals(request)
    planning.epoch = source_date_epoch(known.values, request.build_args, stage_names(request.dockerfile.stages))
    findings.default_names(request, known)
    planning.drafts = drafts = draft_stages(request, known)
    for draft in drafts:
        findings.from_line(draft, known)
    planning.target = target = find_target(request)
    nodes = link_stages(drafts, planning.flavour)
    check_circles(nodes)
    is_single = len(nodes) == 1 and not any(True for _ in nodes[0].outside())
    planning.needs = needs(nodes, target)
    hints = tuple(draft.syntax.name for draft in drafts if draft.syntax.name)
    planning.resolver = resolver = Resolver(planning.bases, request.contexts, hints, known.target.text)
    everything = request.check and request.target is None
    resolution = resolve_stages(resolver, drafts, nodes, target, all_stages=everything)
    planning.needs = resolution.needs
    for draft, base in zip(drafts, resolution.bases, strict=True):
        if isinstance(base, ImageBase):
            findings.base_platform(draft, base.facts, draft.platform or known.target)
    if resolver.needs:
        return
    if request.ignore and request.ignore.error and planning.flavour == "buildkit":
        raise failure("ignore-file", request.ignore.error, phase="resolve")
    for draft in drafts:
        index = draft.syntax.index
        if everything or isinstance(resolution.needs[index], Needed):
            _dispatch_stage(planning, known, draft, resolution, is_single=is_single)
    findings.fail_on_warnings()
    _check_commands(planning)


def _check_commands(planning: Planning) -> None:
    """`RUN []` is met only when the finished graph is written down: after the checks, and without a place."""
    for stage in planning.stages.values():
        if stage.needed and any(isinstance(item, RunOperation) and not item.argv for item in stage.operations):
            raise failure("no-arguments", "arguments are required", phase="check")


def link_stages(drafts: Sequence[StageDraft], flavour: Flavour) -> tuple[Node, ...]:
    """Look up all sources of all stages.

    Raises:
        PlanFailure: For a bad `--from`.
    """
    reading = as_old if flavour == "buildkit-20.10" else _as_written
    names = stage_names([draft.syntax for draft in drafts])
    return tuple(
        Node(
            draft.parent,
            tuple(link(reading(item), names, len(drafts), at=item) for item in draft.syntax.instructions),
            draft.syntax.display_name,
        )
        for draft in drafts
    )


def _as_written(instruction: Instruction) -> Instruction:
    return instruction


def _dispatch_stage(
    planning: Planning, known: Globals, draft: StageDraft, resolution: Resolution, *, is_single: bool
) -> None:
    index = draft.syntax.index
    base, node = resolution.bases[index], resolution.nodes[index]
    if base is None:
        return
    work, planned = begin_stage(planning, known, draft, base, node, is_single=is_single)
    planning.works[index] = work
    planning.stages[index] = planned
    try:
        for command in node.commands:
            dispatch(work, command, planning.findings.instruction if planning.findings else _unobserved)
    finally:
        planning.stages[index] = replace(planned, config=work.config, operations=tuple(work.operations))


def _unobserved(_: InstructionFacts) -> None:
    """Without a linter nobody looks."""


def begin_stage(
    planning: Planning, known: Globals, draft: StageDraft, base: Base, node: Node, *, is_single: bool
) -> tuple[StageWork, PlannedStage]:
    """The stage before its first instruction."""
    request, syntax = planning.request, draft.syntax
    habits = HABITS[planning.flavour]
    parent = planning.works.get(base.index) if isinstance(base, StageBase) else None
    platform = draft.platform or known.target
    start = with_path(_start_config(base, parent, empty_config(platform)))
    inherited = parent.scope if parent and habits.inherits_values else None
    if inherited and not habits.inherits_arguments:
        inherited = Scope(inherited.values)
    own = int(not isinstance(base, ScratchBase | StageBase)) + sum(
        command.trigger is None and isinstance(command.instruction, COUNTED) for command in node.commands
    )
    total = own + (sum(command.trigger is not None for command in node.commands) if habits.counts_triggers else 0)
    log_name = "" if is_single else syntax.display_name
    label, number = _from_step(base, log_name, own, shows_digest=habits.shows_digest)
    facts = BuildFacts(
        habits,
        request.dockerfile.directives.escape,
        request.build_args,
        known.values,
        proxies(request.build_args),
        ContextSource(),
        request.ignore,
        lambda target: _source(planning, target),
    )
    work = StageWork(facts, syntax.index, log_name, start, start_scope(inherited, start.env), total, number or 0)
    work.workdir_set = bool(parent and parent.workdir_set)
    planned = PlannedStage(
        index=syntax.index,
        name=syntax.name,
        display_name=syntax.display_name,
        base_name=draft.base_name,
        base=base,
        need=planning.needs[syntax.index],
        span=syntax.base.span,
        instruction=syntax.base.index,
        platform=platform.text,
        start=start,
        config=start,
        base_history=base.facts.history if isinstance(base, ImageBase) else (),
        from_label=label,
        from_number=number,
        total=total,
        operations=(),
        ignores_cache=request.no_cache or syntax.name in {name.lower() for name in request.no_cache_filter if name},
    )
    return work, planned


def _from_step(base: Base, log_name: str, own: int, *, shows_digest: bool) -> tuple[str, int | None]:
    """The step of a base image, named before its triggers are counted; an image without layers has none."""
    if not isinstance(base, ImageBase) or not base.facts.layers:
        return "", None
    name = base.log_name if shows_digest else base.log_name.partition("@")[0]
    return f"{bracket(log_name, 1, own)}FROM {name}", 1


def _start_config(base: Base, parent: StageWork | None, empty: ImageConfig) -> ImageConfig:
    match base:
        case ImageBase(facts=facts):
            return replace(facts.config, on_build=())
        case StageBase() if parent is not None:
            return replace(parent.config, on_build=())
        case _:
            return empty


def _source(planning: Planning, target: Link) -> Source:
    match target:
        case ToStage(index=index):
            if index not in planning.works:
                raise LaterStage(index)
            return StageSource(index)
        case ToNothing():
            return EmptySource()
        case ToImage(reference=reference):
            return _image_source(planning, reference)


def _image_source(planning: Planning, reference: str) -> Source:
    resolver = planning.resolver
    if isinstance(planning.request.contexts.get(reference), ContextFiles):
        return ContextSource(reference)
    found = resolver.found.get((reference, resolver.platform)) if resolver else None
    if found is None:
        raise failure("no-such-image", f"{reference}: not found", phase="resolve")
    return ImageSource(reference, found.log_name)


def _finish(planning: Planning, error: PlanError | None) -> Plan:
    target, resolver = planning.target, planning.resolver
    stages = tuple(_stage(planning, draft) for draft in planning.drafts) if planning.needs else ()
    last = planning.stages.get(target) if target is not None else None
    config = with_labels(last.config, planning.request.labels) if last and not error else None
    return Plan(
        stages=stages,
        target=target,
        warnings=tuple(planning.findings.warnings) if planning.findings and planning.flavour == "buildkit" else (),
        order=tuple(index for index in sorted(planning.stages) if planning.stages[index].needed),
        config=config,
        metadata=tuple(resolver.metadata) if resolver else (),
        images=_images(resolver),
        error=error,
        needs=tuple(resolver.needs) if resolver else (),
        source_date_epoch=planning.epoch,
        flavour=planning.flavour,
    )


def _images(resolver: Resolver | None) -> tuple[ImageBase, ...]:
    return tuple(resolver.found.values()) if resolver else ()


def _stage(planning: Planning, draft: StageDraft) -> PlannedStage:
    syntax = draft.syntax
    known = planning.stages.get(syntax.index)
    if known is not None:
        return known
    need = planning.needs[syntax.index] if planning.needs else NotNeeded(planning.target or 0, after=False)
    return PlannedStage(
        syntax.index,
        syntax.name,
        syntax.display_name,
        draft.base_name,
        None,
        need,
        syntax.base.span,
        syntax.base.index,
        draft.platform.text if draft.platform else "",
        ImageConfig(),
        ImageConfig(),
        (),
        "",
        None,
        0,
        (),
        ignores_cache=False,
    )

