"""Base images of the needed stages, and the ONBUILD triggers they bring (BuildKit v0.32)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from layerlab.dockerfile.gotext import quote
from layerlab.dockerfile.instructions import From, Instruction, OnBuild, Run
from layerlab.dockerfile.parser import parse_trigger
from layerlab.dockerfile.span import Span
from layerlab.dockerfile.syntax import SyntaxProblem
from layerlab.image.reference import InvalidReferenceError, parse_reference
from layerlab.plan.contexts import (
    ContextFiles,
    ContextImage,
    ContextLayout,
    ContextUnusable,
    Named,
    NamedContext,
    find_context,
)
from layerlab.plan.failure import PlanFailure, failure
from layerlab.plan.links import SCRATCH, Command, Node, ToImage, link, needs
from layerlab.plan.model import (
    Base,
    BaseFacts,
    Bases,
    FilesBase,
    ImageBase,
    Lookup,
    Missing,
    Need,
    NotLoaded,
    ScratchBase,
    StageBase,
)
from layerlab.plan.model import Needed as NeededStage
from layerlab.plan.stages import StageDraft, stage_names
from layerlab.plan.suggest import COMMON_IMAGES, did_you_mean

Outside: TypeAlias = ImageBase | FilesBase | ScratchBase
"""What a name stands for that is no stage's."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """An image that is looked up.

    Attributes:
        reference: As written.
        full: The same, complete.
        title: Of the step that looks it up.
        prefix: What a failure begins with.
        hint: What it ends with.
        spans: Where it is asked for; none for a mount, of which BuildKit keeps no place.
    """

    reference: str
    full: str
    title: str
    prefix: str
    hint: str
    spans: tuple[Span, ...]


@dataclass(slots=True)
class Resolver:
    """Asks for images, once each, and keeps what was answered.

    Attributes:
        bases: Where images come from.
        contexts: Of `--build-context`.
        hints: Stage names, for suggestions.
        platform: Target platform.
        found: Answers by full reference, platform and the step a named context shows.
        metadata: What was looked up, in order.
        needs: Names of images whose facts are missing yet.
    """

    bases: Bases
    contexts: Mapping[str, NamedContext]
    hints: tuple[str, ...]
    platform: str
    found: dict[tuple[str, str, str], ImageBase] = field(default_factory=dict)
    metadata: list[Lookup] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)

    def image(self, reference: str, platform: str, *spans: Span) -> Outside | None:
        """What a name of FROM, `--from` or `from=` that is no stage's stands for; None where facts are missing yet.

        Raises:
            PlanFailure: When the registry doesn't have it.
        """
        full = full_name(reference, *spans)
        named = find_context(self.contexts, full, platform)
        if named is not None:
            return self.context(named, platform, *spans)
        hint = did_you_mean(reference, (*self.hints, *COMMON_IMAGES))
        return self._ask(
            _Asked(reference, full, f"[internal] load metadata for {full}", f"{reference}: ", hint, spans), platform
        )

    def context(self, named: Named, platform: str, *spans: Span) -> Outside | None:
        """What a named context holds; None where facts are missing yet.

        Raises:
            PlanFailure: When it can't be had.
        """
        shown = f"[context {named.key}] "
        match named.context:
            case ContextImage(reference="scratch"):
                return ScratchBase()
            case ContextImage(reference=reference):
                try:
                    full = parse_reference(reference).tagged().full
                except InvalidReferenceError as error:
                    raise failure("invalid-reference", str(error), *spans, phase="stages") from error
                asked = _Asked(reference, full, f"{shown}load metadata for {reference}", "", "", spans)
                return self._ask(asked, platform, shown + reference)
            case ContextLayout(digest=digest):
                full = f"{parse_reference(named.name).name}@{digest}"
                asked = _Asked(full, full, f"{shown}load metadata for {full}", "", "", spans)
                return self._ask(asked, platform, f"{shown}OCI load from client")
            case ContextFiles():
                self._look(Lookup(f"{shown}load .dockerignore", named.key))
                return FilesBase(named.key)
            case ContextUnusable(message=message):
                raise failure("context", message, *spans, phase="stages")

    def _look(self, lookup: Lookup) -> None:
        if lookup not in self.metadata:
            self.metadata.append(lookup)

    def _ask(self, asked: _Asked, platform: str, label: str = "") -> ImageBase | None:
        known = self.found.get((asked.full, platform, label))
        if known is not None:
            return known
        self._look(Lookup(asked.title))
        match self.bases.resolve(asked.reference, platform):
            case BaseFacts() as facts:
                digest = facts.index_digest if "@" not in asked.full else ""
                base = ImageBase(facts, f"{asked.full}@{digest}" if digest else asked.full, label)
                self.found[asked.full, platform, label] = base
                return base
            case NotLoaded(name=name):
                self.needs.append(name)
                return None
            case Missing(reason=reason):
                message = f"{asked.prefix}failed to resolve source metadata for {asked.full}: {reason}{asked.hint}"
                raise failure("no-such-image", message, *asked.spans, phase="resolve", vertex=asked.title)


def full_name(reference: str, *spans: Span) -> str:
    """`docker.io/library/ubuntu:20.04`: the reference as the log shows it.

    Raises:
        PlanFailure: When it is no reference.
    """
    try:
        return parse_reference(reference).tagged().full
    except InvalidReferenceError as error:
        message = f"failed to parse stage name {quote(reference)}: {error}"
        raise failure("invalid-reference", message, *spans, phase="stages") from error


@dataclass(frozen=True, slots=True)
class Resolution:
    """The stages with their bases.

    Attributes:
        nodes: With triggers injected.
        bases: Of each stage; None for what isn't needed or isn't loaded.
        needs: Which stages are built.
        triggers: Number of triggers of each stage.
    """

    nodes: tuple[Node, ...]
    bases: tuple[Base | None, ...]
    needs: tuple[Need, ...]
    triggers: tuple[int, ...]


def resolve_stages(
    resolver: Resolver, drafts: Sequence[StageDraft], nodes: Sequence[Node], target: int, *, all_stages: bool
) -> Resolution:
    """Find the base of every needed stage; again and again while triggers add stages.

    Args:
        resolver: Asks for the images.
        drafts: Stages with their names.
        nodes: The same, linked.
        target: Index of the target.
        all_stages: Whether all are wanted (`--check` without target).

    Raises:
        PlanFailure: When an image can't be had or a trigger can't be read.
    """
    graph = list(nodes)
    names = stage_names([draft.syntax for draft in drafts])
    bases: list[Base | None] = [None] * len(graph)
    triggers: dict[int, int] = {}
    check_names(drafts, graph)
    while True:
        wanted = needs(graph, target)
        chosen = [index for index, need in enumerate(wanted) if all_stages or isinstance(need, NeededStage)]
        for index in chosen:
            bases[index] = bases[index] or _base(resolver, drafts[index])
            _outside(resolver, graph[index])
        fresh = [index for index in chosen if index not in triggers]
        for index in fresh:
            fired = _triggers(drafts, index, bases[index], names)
            triggers[index] = len(fired)
            graph[index] = replace(graph[index], commands=(*fired, *graph[index].commands))
        if not any(triggers[index] for index in fresh):
            counts = tuple(triggers.get(index, 0) for index in range(len(graph)))
            return Resolution(tuple(graph), tuple(bases), wanted, counts)


def check_names(drafts: Sequence[StageDraft], nodes: Sequence[Node]) -> None:
    """Refuse names that are no image references, in unneeded stages too.

    Raises:
        PlanFailure: For the first.
    """
    for draft, node in zip(drafts, nodes, strict=True):
        if draft.parent is None and draft.base_name != SCRATCH:
            full_name(draft.base_name, draft.syntax.base.span)
        for outside, command in node.outside():
            if isinstance(outside, ToImage):
                full_name(outside.reference, *_shown_at(command))


def _base(resolver: Resolver, draft: StageDraft) -> Base | None:
    platform = draft.platform.text if draft.platform else resolver.platform
    if draft.context is not None:
        return resolver.context(draft.context, platform, draft.syntax.base.span)
    if draft.parent is not None:
        return StageBase(draft.parent)
    if draft.base_name == SCRATCH:
        return ScratchBase()
    return resolver.image(draft.base_name, platform, draft.syntax.base.span)


def _outside(resolver: Resolver, node: Node) -> None:
    for outside, command in node.outside():
        if isinstance(outside, ToImage):
            resolver.image(outside.reference, resolver.platform, *_shown_at(command))


def _shown_at(command: Command) -> tuple[Span, ...]:
    """Where an error about its sources points: BuildKit gives the stage it makes for a mount's image no place."""
    return () if isinstance(command.instruction, Run) else (command.span,)


def _triggers(
    drafts: Sequence[StageDraft], index: int, base: Base | None, names: Mapping[str, int]
) -> tuple[Command, ...]:
    draft = drafts[index]
    if draft.context is not None:
        return ()
    try:
        return tuple(
            link(instruction, names, len(drafts), at=draft.syntax.base, trigger=place)
            for place, instruction in enumerate(parsed_triggers(_expressions(drafts, draft, base), draft.syntax.base))
        )
    except PlanFailure as stop:
        raise PlanFailure(replace(stop.error, spans=(draft.syntax.base.span,), phase="resolve")) from stop


def parsed_triggers(expressions: Sequence[str], base: From) -> Iterator[Instruction]:
    """Read ONBUILD triggers.

    Args:
        expressions: As stored.
        base: The FROM that fires them, where errors point.

    Raises:
        PlanFailure: For one that isn't an instruction.
    """
    for expression in expressions:
        parsed = parse_trigger(expression)
        if isinstance(parsed, SyntaxProblem):
            raise failure("trigger", parsed.message, base.span, phase="resolve")
        yield parsed


def _expressions(drafts: Sequence[StageDraft], draft: StageDraft, base: Base | None) -> list[str]:
    expressions: list[str] = []
    if isinstance(base, ImageBase):
        expressions += base.facts.config.on_build
    if draft.parent is not None:
        parent = drafts[draft.parent].syntax
        expressions += [item.expression for item in parent.instructions if isinstance(item, OnBuild)]
    return expressions
