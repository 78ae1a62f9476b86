"""BuildKit's plan of a build, phase by phase; the first failure ends it, with all that was found until then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from layerlab.dockerfile.instructions import Instruction
from layerlab.dockerfile.syntax import SyntaxProblem
from layerlab.image.config import ImageConfig
from layerlab.memo import Memo
from layerlab.plan.effects import with_labels
from layerlab.plan.epoch import source_date_epoch, without_epoch
from layerlab.plan.failure import PlanFailure, failure
from layerlab.plan.findings import Findings, start_findings
from layerlab.plan.links import Node, check_circles, link, needs
from layerlab.plan.model import (
    Bases,
    Flavour,
    ImageBase,
    Needed,
    NotNeeded,
    Plan,
    PlanError,
    PlannedStage,
    PlanRequest,
)
from layerlab.plan.oldforms import as_old
from layerlab.plan.oldtexts import old_buildkit_text
from layerlab.plan.operations import RunOperation
from layerlab.plan.planning import Planning, begin_stage
from layerlab.plan.remembered import dispatch_remembered, stage_ground
from layerlab.plan.resolve import Resolution, Resolver, resolve_stages
from layerlab.plan.stages import Globals, StageDraft, draft_stages, find_target, read_globals, stage_names


def plan_buildkit(request: PlanRequest, bases: Bases, flavour: Flavour, memory: Memo) -> Plan:
    """BuildKit's plan; never raises for what a Dockerfile can hold. It is the same whatever `memory` holds."""
    planning = Planning(request, bases, flavour, memory=memory)
    try:
        _run(planning)
    except PlanFailure as stop:
        error = stop.error
        if flavour == "buildkit-20.10":
            line = error.spans[0].start_line if error.spans else 0
            error = replace(error, message=old_buildkit_text(error.message, line), spans=())
        return _finish(planning, error)
    else:
        return _finish(planning, None)
    finally:
        planning.works.clear()  # each knows the planning: a circle that would wait for the collector


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
    epoch = source_date_epoch(known.values, request.build_args, request.dockerfile, request.contexts)
    planning.epoch = epoch.seconds
    known = replace(known, values=without_epoch(known.values, epoch))
    planning.request = request = replace(request, build_args=without_epoch(request.build_args, epoch))
    findings.default_names(request, known)
    told = partial(findings.from_line, known=known)
    planning.drafts = drafts = draft_stages(request, known, planning.flavour, told)
    planning.target = target = find_target(request)
    nodes = link_stages(drafts, planning.flavour)
    check_circles(nodes)
    is_single = len(nodes) == 1 and not any(True for _ in nodes[0].outside())
    planning.needs = needs(nodes, target)
    hints = tuple(draft.syntax.name for draft in drafts if draft.syntax.name)
    planning.resolver = resolver = Resolver(planning.bases, request.contexts, hints, known.target.text)
    resolver.metadata += [epoch.lookup] if epoch.lookup else []
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
            _dispatch_stage(planning, findings, known, draft, resolution, is_single=is_single)
    findings.fail_on_warnings()
    _check_commands(planning)


def _check_commands(planning: Planning) -> None:
    """What is met only when the finished graph is written down (`RUN []`) or read by the daemon: without a place.

    What `network.host` and `security.insecure` stand for needs `--allow`.
    """
    commands = [
        item
        for stage in planning.stages.values()
        if stage.needed
        for item in stage.operations
        if isinstance(item, RunOperation)
    ]
    if not planning.request.check and not all(item.argv for item in commands):
        raise failure("no-arguments", "failed to marshal LLB definition: arguments are required", phase="check")
    for item in commands:
        for asked, entitlement in ((item.network, "network.host"), (item.security, "security.insecure")):
            if entitlement.endswith(f".{asked}") and planning.flavour == "buildkit" and not planning.request.check:
                raise failure("entitlement", f"failed to load LLB: {entitlement} is not allowed", phase="check")


def link_stages(drafts: Sequence[StageDraft], flavour: Flavour) -> tuple[Node, ...]:
    """Look up all sources of all stages; one that a named context replaces does nothing.

    Raises:
        PlanFailure: For a bad `--from`.
    """
    reading = as_old if flavour == "buildkit-20.10" else _as_written
    names = stage_names([draft.syntax for draft in drafts])
    commands = [
        tuple(link(reading(item), names, len(drafts), at=item) for item in draft.syntax.instructions)
        for draft in drafts
    ]
    return tuple(
        Node(
            draft.parent,
            () if draft.context else linked,
            draft.syntax.display_name,
        )
        for draft, linked in zip(drafts, commands, strict=True)
    )


def _as_written(instruction: Instruction) -> Instruction:
    return instruction


def _dispatch_stage(
    planning: Planning,
    findings: Findings,
    known: Globals,
    draft: StageDraft,
    resolution: Resolution,
    *,
    is_single: bool,
) -> None:
    index = draft.syntax.index
    base, node = resolution.bases[index], resolution.nodes[index]
    if base is None:
        return
    work, planned = begin_stage(planning, known, draft, base, node, is_single=is_single)
    planning.works[index] = work
    planning.stages[index] = planned
    ground = stage_ground(planning.memory, work, findings)
    try:
        for command in node.commands:
            dispatch_remembered(planning.memory, ground, work, command, findings)
    finally:
        planning.stages[index] = replace(planned, config=work.config, operations=tuple(work.operations))


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
