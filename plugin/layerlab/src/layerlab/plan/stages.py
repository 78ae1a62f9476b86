"""The stages of a file before anything is built: global ARGs, expanded FROMs, platforms, and the target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from layerlab.dockerfile.checks.facts import WordFacts
from layerlab.dockerfile.gotext import quote
from layerlab.dockerfile.span import Word
from layerlab.dockerfile.syntax import Dockerfile, StageSyntax
from layerlab.image.reference import InvalidReferenceError
from layerlab.plan.contexts import Named, find_context
from layerlab.plan.expand import Expander, ExpansionError
from layerlab.plan.failure import failure
from layerlab.plan.model import Flavour, PlanRequest
from layerlab.plan.platforms import Platform, PlatformError, parse_platform
from layerlab.plan.scope import platform_arguments
from layerlab.plan.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Globals:
    """What FROM may use.

    Attributes:
        values: Platform arguments and global ARGs that have a value.
        declared: Names of global ARGs, with or without value.
        build: The builder's own platform.
        target: What is built for.
    """

    values: Mapping[str, str]
    declared: frozenset[str]
    build: Platform
    target: Platform


@dataclass(frozen=True, slots=True)
class StageDraft:
    """A stage whose FROM is expanded.

    Attributes:
        syntax: As read.
        base_name: What FROM names.
        parent: Index of the earlier stage of that name, or None.
        platform: Of `--platform`, or None.
        name_facts: How the name was expanded.
        platform_facts: How `--platform` was.
        context: The named context that replaces the whole stage, or None.
    """

    syntax: StageSyntax
    base_name: str
    parent: int | None
    platform: Platform | None
    name_facts: WordFacts
    platform_facts: WordFacts | None
    context: Named | None = None


Observe: TypeAlias = Callable[[StageDraft], None]
"""Is told of every FROM that was expanded."""


def read_globals(request: PlanRequest) -> Globals:
    """Expand the ARGs before the first FROM.

    Raises:
        PlanFailure: For a bad expression or platform.
    """
    build = parse_platform(request.host_platform)
    try:
        target = parse_platform(request.platform) if request.platform else build
    except PlatformError as error:
        raise failure("platform", f"failed to parse platform {request.platform}: {error}", phase="stages") from error
    start = platform_arguments(build, target, _target_name(request), request.build_args)
    file = request.dockerfile
    values = read_globals_of(file, start, request.build_args)
    declared = frozenset(item.name for instruction in file.global_args for item in instruction.items)
    return Globals(values, declared, build, target)


def read_globals_of(file: Dockerfile, start: Mapping[str, str], build_args: Mapping[str, str]) -> dict[str, str]:
    """Values of the platform arguments and global ARGs.

    Args:
        file: Whose ARGs are read.
        start: Platform arguments.
        build_args: Of `--build-arg`, which win.

    Raises:
        PlanFailure: For a bad expression.
    """
    values = dict(start)
    for instruction in file.global_args:
        for item in instruction.items:
            value = build_args.get(item.name)
            if value is None and item.value is not None:
                try:
                    value = Expander(values, file.directives.escape).word(item.value)
                except ExpansionError as error:
                    raise failure("expansion", str(error), instruction.span, phase="stages") from error
            if value is not None:
                values[item.name] = value
    return values


def draft_stages(request: PlanRequest, known: Globals, flavour: Flavour, observe: Observe) -> tuple[StageDraft, ...]:
    """Expand every FROM, of unneeded stages too; the checks hear of each, of a failing one too.

    Raises:
        PlanFailure: For the first that can't be, or a stage's name that couldn't be a named context's (not in 20.10).
    """
    drafts: list[StageDraft] = []
    names: dict[str, int] = {}
    for stage in request.dockerfile.stages:
        draft = _draft(request, known, stage, names, observe)
        if stage.name and flavour == "buildkit":
            draft = _replaced(request, known, draft)
        drafts.append(draft)
        if stage.name:
            names[stage.name] = stage.index
    return tuple(drafts)


def stage_names(stages: Sequence[StageSyntax]) -> dict[str, int]:
    """Index by lower-case name; the last of equal names counts."""
    return {stage.name: stage.index for stage in stages if stage.name}


def find_target(request: PlanRequest) -> int:
    """The stage that is asked for; the last one without `--target`.

    Raises:
        PlanFailure: When there is no stage of that name.
    """
    stages = request.dockerfile.stages
    if not request.target:
        return len(stages) - 1
    names = stage_names(stages)
    found = names.get(request.target.lower())
    if found is None:
        hint = did_you_mean(request.target, names)
        raise failure("target", f"target stage {quote(request.target)} could not be found{hint}", phase="stages")
    return found


def _draft(
    request: PlanRequest, known: Globals, stage: StageSyntax, names: Mapping[str, int], observe: Observe
) -> StageDraft:
    """One FROM, expanded; the checks are told of it even where it then fails."""
    base = stage.base
    expander = Expander(known.values, request.dockerfile.directives.escape)
    name, platform = "", None
    try:
        name = expander.word(base.image.text)
        if not name:
            raise failure("blank-base", f"base name ({base.image.text}) should not be blank", base.span, phase="stages")
        platform = _platform(base.platform, expander, stage) if base.platform and base.platform.text else None
    except ExpansionError as error:
        raise failure("expansion", str(error), base.span, phase="stages") from error
    finally:
        if expander.facts:
            name_facts, *rest = expander.facts
            draft = StageDraft(stage, name, names.get(name), platform, name_facts, rest[0] if rest else None)
            observe(draft)
    return draft


def _replaced(request: PlanRequest, known: Globals, draft: StageDraft) -> StageDraft:
    try:
        found = find_context(request.contexts, draft.syntax.name, (draft.platform or known.target).text)
    except InvalidReferenceError as error:
        raise failure("context", str(error), phase="stages") from error
    return draft if found is None else replace(draft, parent=None, context=found)


def _platform(written: Word, expander: Expander, stage: StageSyntax) -> Platform:
    try:
        text = expander.word(written.text)
    except ExpansionError as error:
        message = f"failed to process arguments for platform : {error}"
        raise failure("expansion", message, stage.base.span, phase="stages") from error
    undefined = expander.facts[-1].undefined
    hint = next((found for name in undefined if (found := did_you_mean(name, expander.values))), "")
    if not text:
        message = f"empty platform value from expression {written.text}{hint}"
        raise failure("empty-platform", message, stage.base.span, phase="stages")
    try:
        return parse_platform(text)
    except PlatformError as error:
        message = f"failed to parse platform {written.text}: {error}{hint}"
        span = stage.base.span
        raise failure("platform", message, span, span, phase="stages") from error  # BuildKit marks the place twice


def _target_name(request: PlanRequest) -> str:
    if request.target:
        return request.target
    stages = request.dockerfile.stages
    return (stages[-1].name if stages else "") or "default"
