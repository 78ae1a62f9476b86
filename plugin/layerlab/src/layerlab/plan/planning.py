"""A BuildKit plan while it is made, and what a stage starts with before its first instruction."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from layerlab.dockerfile.instructions import Add, Copy, Run, Workdir
from layerlab.dockerfile.span import Span
from layerlab.image.config import ImageConfig
from layerlab.memo import Memo
from layerlab.plan.effects import empty_config, with_path
from layerlab.plan.failure import failure
from layerlab.plan.findings import Findings
from layerlab.plan.habits import HABITS, Habits
from layerlab.plan.labels import bracket
from layerlab.plan.links import Link, Node, ToImage, ToNothing, ToStage
from layerlab.plan.model import (
    Base,
    Bases,
    FilesBase,
    Flavour,
    ImageBase,
    Need,
    PlannedStage,
    PlanRequest,
    ScratchBase,
    StageBase,
)
from layerlab.plan.operations import ContextSource, EmptySource, ImageSource, Source, StageSource
from layerlab.plan.platforms import Platform
from layerlab.plan.resolve import Resolver
from layerlab.plan.scope import Scope, proxies, start_scope
from layerlab.plan.stages import Globals, StageDraft
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
        memory: Of earlier plans.
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
    memory: Memo = field(default_factory=Memo)


def begin_stage(
    planning: Planning, known: Globals, draft: StageDraft, base: Base, node: Node, *, is_single: bool
) -> tuple[StageWork, PlannedStage]:
    """The stage before its first instruction."""
    request, syntax = planning.request, draft.syntax
    habits = HABITS[planning.flavour]
    parent = planning.works.get(base.index) if isinstance(base, StageBase) else None
    platform = draft.platform or known.target
    start, scope = _start(planning.memory, habits, base, parent, platform)
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
        lambda target: _source(planning, target, syntax.base.span),
    )
    work = StageWork(facts, syntax.index, log_name, start, scope, total, number or 0)
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
    """The step of a base image, named before its triggers are counted; an image without layers has none.

    What a named context brings has a step, but no number.
    """
    if isinstance(base, ImageBase | FilesBase) and base.label:
        return base.label, None
    if not isinstance(base, ImageBase) or not base.facts.layers:
        return "", None
    name = base.log_name if shows_digest else base.log_name.partition("@")[0]
    return f"{bracket(log_name, 1, own)}FROM {name}", 1


def _start(
    memory: Memo, habits: Habits, base: Base, parent: StageWork | None, platform: Platform
) -> tuple[ImageConfig, Scope]:
    """Configuration and variables before the first instruction; the same ones as in the plan before, if they can be."""
    match base:
        case ImageBase(facts=facts):
            known: ImageConfig | None = facts.config
        case StageBase() if parent is not None:
            known = parent.config
        case _:
            known = None
    inherited = parent.scope if parent and habits.inherits_values else None

    def make() -> tuple[ImageConfig, Scope]:
        start = with_path(empty_config(platform) if known is None else replace(known, on_build=()))
        given = inherited if inherited is None or habits.inherits_arguments else Scope(inherited.values)
        return start, start_scope(given, start.env)

    return memory.get((habits, known, inherited), ("start", platform), make)


def _source(planning: Planning, target: Link, span: Span) -> Source:
    match target:
        case ToStage(index=index):
            if index not in planning.works:
                raise LaterStage(index)
            return StageSource(index)
        case ToNothing():
            return EmptySource()
        case ToImage(reference=reference):
            return _outside(planning, reference, span)


def _outside(planning: Planning, reference: str, span: Span) -> Source:
    """What `--from` names; it was looked up before."""
    resolver = planning.resolver
    found = resolver.image(reference, resolver.platform, span) if resolver else None
    match found:
        case ImageBase(facts=facts, log_name=name, label=label):
            return ImageSource(facts.reference, name, label)
        case FilesBase(name=name):
            return ContextSource(name)
        case ScratchBase():
            return EmptySource()
        case None:
            raise failure("no-such-image", f"{reference}: not found", phase="resolve")
