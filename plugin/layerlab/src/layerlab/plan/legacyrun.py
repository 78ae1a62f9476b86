"""Stages and images of a legacy build (Docker 20.10): where a FROM and a `--from` lead."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from layerlab.dockerfile.instructions import Add, Copy, Instruction, Run
from layerlab.dockerfile.syntax import StageSyntax
from layerlab.image.config import ImageConfig
from layerlab.image.reference import InvalidReferenceError, parse_reference
from layerlab.plan.effects import empty_config, with_path
from layerlab.plan.expand import Expander, ExpansionError
from layerlab.plan.failure import PlanFailure, failure
from layerlab.plan.habits import HABITS
from layerlab.plan.links import SCRATCH, Link, ToImage, ToNothing, ToStage
from layerlab.plan.model import (
    Base,
    BaseFacts,
    Bases,
    ImageBase,
    Missing,
    Need,
    Needed,
    NotLoaded,
    PlannedStage,
    PlanRequest,
    ScratchBase,
    StageBase,
)
from layerlab.plan.operations import (
    ContextSource,
    EmptySource,
    ImageSource,
    Source,
    StageSource,
    StepFacts,
)
from layerlab.plan.platforms import PlatformError, parse_platform
from layerlab.plan.resolve import parsed_triggers
from layerlab.plan.scope import proxies, start_scope
from layerlab.plan.stages import read_globals
from layerlab.plan.stagework import BuildFacts, StageWork

DENIED = "pull access denied"
REQUESTED = (
    "repository does not exist or may require 'docker login': denied: requested access to the resource is denied"
)


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
        values: Global ARGs so far.
        works: Stages reached, by index.
        planned: The same, as values.
        names: Index by lower-case name, of the stages reached.
        images: By reference.
        preamble: Steps of global ARGs.
        needs: Images whose facts are missing yet.
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

    def begin(self, instruction: Instruction) -> None:
        """Go on to the next step."""
        self.number += 1
        self.label = instruction.original.strip()


def links_of(run: LegacyRun, instruction: Instruction) -> tuple[Link, ...]:
    """Where an instruction takes files from.

    Raises:
        PlanFailure: For a bad `--from`, or a mount.
    """
    match instruction:
        case Run(mounts=[_, *_]):
            raise _needs_buildkit("mount")
        case Copy(chmod=str(mode)) | Add(chmod=str(mode)) if mode:
            raise _needs_buildkit("chmod")
        case Copy(from_=str(origin)) if origin:
            return (_copy_link(run, origin),)
        case _:
            return ()


def _needs_buildkit(flag: str) -> PlanFailure:
    message = (
        f"the --{flag} option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to "
        "build images with BuildKit enabled"
    )
    return failure("needs-buildkit", message, phase="dispatch")


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


def begin_stage(run: LegacyRun, stage: StageSyntax) -> tuple[StageWork, PlannedStage, tuple[Instruction, ...]]:
    """A stage before its first instruction, and the triggers that come first.

    Raises:
        PlanFailure: When its base can't be had.
    """
    _check_platform(run, stage)
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


def _check_platform(run: LegacyRun, stage: StageSyntax) -> None:
    written = stage.base.platform
    if written is None or not written.text:
        return
    try:
        text = Expander(run.values, run.request.dockerfile.directives.escape).word(written.text)
    except ExpansionError as error:
        message = f"failed to process arguments for platform : {error}"
        raise failure("expansion", message, stage.base.span, phase="stages") from error
    try:
        parse_platform(text)
    except PlatformError as error:
        message = f"failed to parse platform {text}: {error}".replace("_.-]+$", "_-]+$")
        raise failure("platform", message, stage.base.span, phase="stages") from error


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
    platform = run.request.platform or run.request.host_platform
    match run.bases.resolve(name, platform):
        case BaseFacts() as facts:
            run.images[name] = ImageBase(facts, full)
            return run.images[name]
        case NotLoaded(name=missing):
            run.needs.append(missing)
            raise failure("not-loaded", f"{name} is not loaded", at.span, phase="resolve")
        case Missing(reason=reason):
            familiar = parse_reference(name).familiar_name
            if reason.startswith(DENIED):
                reason = f"{DENIED} for {familiar}, {REQUESTED}"
            raise failure("no-such-image", reason, at.span, phase="resolve")


def _source(run: LegacyRun, target: Link) -> Source:
    match target:
        case ToStage(index=index):
            return StageSource(index)
        case ToNothing():
            return EmptySource()
        case ToImage(reference=reference):
            current = run.request.dockerfile.stages[max(run.works)].base
            try:
                return ImageSource(reference, _image(run, reference, current).log_name)
            except PlanFailure as stop:
                message = f"invalid from flag value {reference}: {stop.error.message}"
                raise PlanFailure(replace(stop.error, message=message)) from stop
