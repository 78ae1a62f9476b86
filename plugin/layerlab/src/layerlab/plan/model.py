"""The plan of a build: its stages, and in each what would be done in which order, with the configuration around it.

Values only. A plan says what a builder *would* do (BuildKit v0.32 or the legacy builder of 20.10); `build` does it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from layerlab.dockerfile.checks.facts import Warning as CheckWarning
from layerlab.dockerfile.ignorefile import Ignore
from layerlab.dockerfile.span import Span
from layerlab.dockerfile.syntax import Dockerfile
from layerlab.image.config import HistoryEntry, ImageConfig
from layerlab.plan.contexts import NamedContext
from layerlab.plan.operations import Operation, StepFacts

Flavour: TypeAlias = Literal["buildkit", "buildkit-20.10", "legacy"]
"""Whose rules apply: BuildKit v0.32 (Docker 28, 29), BuildKit of Docker 20.10, or the legacy builder of 20.10."""

HOST_PLATFORM = "linux/amd64"


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a `docker build` call asks for, as far as the plan depends on it.

    Attributes:
        dockerfile: Parsed text.
        build_args: Of `--build-arg`, by name.
        target: Of `--target`, or None.
        platform: Of `--platform`, or None for the host's.
        host_platform: The builder's own: BUILDPLATFORM.
        labels: Of `--label`, in order.
        no_cache: Whether every step is to be run again.
        no_cache_filter: Stage names of `--no-cache-filter`.
        contexts: Named contexts of `--build-context`.
        ignore: Rules of `.dockerignore`, or None without the file.
        check: Whether this is `--check`: all stages are dispatched when no target is given.
    """

    dockerfile: Dockerfile
    build_args: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    platform: str | None = None
    host_platform: str = HOST_PLATFORM
    labels: tuple[tuple[str, str], ...] = ()
    no_cache: bool = False
    no_cache_filter: tuple[str, ...] = ()
    contexts: Mapping[str, NamedContext] = field(default_factory=dict)
    ignore: Ignore | None = None
    check: bool = False


@dataclass(frozen=True, slots=True)
class BaseFacts:
    """A base image as the builder finds it.

    Attributes:
        reference: As asked for.
        canonical_name: Full name with tag: `docker.io/library/ubuntu:20.04`.
        index_digest: `sha256:…` that the log shows after `@`; empty where there is none.
        image_id: Digest of the configuration.
        config: Its configuration, author and platform included.
        history: Its history, oldest first.
        layers: Number of layers; an image with none is a scratch file system.
    """

    reference: str
    canonical_name: str
    index_digest: str
    image_id: str
    config: ImageConfig
    history: tuple[HistoryEntry, ...]
    layers: int


@dataclass(frozen=True, slots=True)
class Missing:
    """The registry's answer for an image that can't be had.

    Attributes:
        reason: What follows `failed to resolve source metadata for NAME: `,
            such as `docker.io/library/x:1: not found` or `pull access denied, …`.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class NotLoaded:
    """An image that exists, but whose facts the caller has yet to supply under this name."""

    name: str


Resolved: TypeAlias = BaseFacts | Missing | NotLoaded


class Bases(Protocol):
    """Where base images come from; the caller of the plan has them."""

    def resolve(self, reference: str, platform: str) -> Resolved:
        """The image of a reference (as written after expansion) for `os/arch[/variant]`."""
        ...


@dataclass(frozen=True, slots=True)
class ScratchBase:
    """`FROM scratch`: an empty file system."""


@dataclass(frozen=True, slots=True)
class ImageBase:
    """`FROM image`.

    Attributes:
        facts: What it holds.
        log_name: `docker.io/library/ubuntu:20.04@sha256:…`, as steps show it.
        label: Name of its step where a named context brings it (`[context base] alpine:3`); else empty.
    """

    facts: BaseFacts
    log_name: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class StageBase:
    """`FROM stage`.

    Attributes:
        index: Of the earlier stage.
    """

    index: int


@dataclass(frozen=True, slots=True)
class FilesBase:
    """`FROM name` where `--build-context name=PATH` gives the files.

    Attributes:
        name: Of the named context, as the log shows it.
    """

    name: str

    @property
    def label(self) -> str:
        """Name of its step."""
        return f"[context {self.name}] load from client"


Base: TypeAlias = ScratchBase | ImageBase | StageBase | FilesBase


@dataclass(frozen=True, slots=True)
class Needed:
    """A stage that is built.

    Attributes:
        by: Index of the first stage that asks for it; None for the target itself.
        how: Why it is wanted.
    """

    by: int | None
    how: Literal["target", "from", "copy", "mount", "order"]


@dataclass(frozen=True, slots=True)
class NotNeeded:
    """A stage that isn't built: the target doesn't depend on it.

    Attributes:
        target: Index of the target stage.
        after: Whether it stands after the target.
    """

    target: int
    after: bool


Need: TypeAlias = Needed | NotNeeded


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """One stage.

    Attributes:
        index: From 0, in file order.
        name: Lower-cased `AS` name; empty where there is none.
        display_name: `name`, or `stage-N`.
        base_name: What FROM names, expanded.
        base: What it starts from; None where it was never looked at (unneeded, or an error came first).
        need: Whether and why it is built.
        span: Of its FROM.
        instruction: Index of its FROM among the file's instructions.
        platform: `os/arch[/variant]` it is built for.
        start: Configuration it starts with.
        config: Configuration after its last instruction.
        base_history: History of its base image; empty for scratch and for a stage (see `lineage`).
        from_label: Step name of an image base (`[build 1/4] FROM …`), or empty.
        from_number: Number of that step; None where the base has none.
        total: The `n` of its step names.
        operations: What it does, in order, injected triggers included.
        ignores_cache: Whether `--no-cache` or `--no-cache-filter` names it.
    """

    index: int
    name: str
    display_name: str
    base_name: str
    base: Base | None
    need: Need
    span: Span
    instruction: int
    platform: str
    start: ImageConfig
    config: ImageConfig
    base_history: tuple[HistoryEntry, ...]
    from_label: str
    from_number: int | None
    total: int
    operations: tuple[Operation, ...]
    ignores_cache: bool

    @property
    def needed(self) -> bool:
        """Whether it is built."""
        return isinstance(self.need, Needed)


@dataclass(frozen=True, slots=True)
class Lookup:
    """A step of the log before anything is built.

    Attributes:
        title: Its name: `[internal] load metadata for docker.io/library/alpine:3`.
        context: Name of the named context whose ignore file is loaded; empty for metadata.
    """

    title: str
    context: str = ""


Phase: TypeAlias = Literal["read", "parse", "stages", "resolve", "dispatch", "check"]
"""How far Docker gets before it stops: nothing of the registry is asked before `resolve`."""


@dataclass(frozen=True, slots=True)
class PlanError:
    """What stops a build before or while it is planned.

    Attributes:
        code: Stable name, such as `plan.later-stage`; explanations are keyed by it.
        message: Docker's own text, prefixes of the phase included (`dockerfile parse error on line 3: …`).
        spans: Places it points at, in the order of the excerpts; empty where Docker shows none.
        phase: When it stops.
        vertex: Step it is shown under, such as `[internal] load metadata for …`; empty for none.
        step: For the legacy builder: number of the step it stops at (steps before it run); None for before step 1.
        step_label: Text of that step, as the log shows it.
    """

    code: str
    message: str
    spans: tuple[Span, ...] = ()
    phase: Phase = "parse"
    vertex: str = ""
    step: int | None = None
    step_label: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan.

    Attributes:
        stages: All stages of the file, in order; empty where parsing failed.
        target: Index of the target stage, or None where it failed.
        order: Indexes of the needed stages in the order they are dispatched.
        config: The target's configuration with `--label` and all; None where it failed.
        warnings: The linter's, in order of discovery.
        metadata: What was looked up about images and named contexts, in order, the failing one included.
        images: Base images by the name written (`FROM` and `--from`, `from=`).
        error: What stops it, or None.
        needs: Names of images whose facts have to be supplied before planning can go on.
        source_date_epoch: Seconds since the epoch of `SOURCE_DATE_EPOCH`, or None.
        preamble: The legacy builder's steps before the first FROM: global ARGs.
        unused_arguments: Names of `--build-arg` that no instruction declares.
        total_steps: Number of steps the legacy builder counts; 0 for BuildKit.
        flavour: Whose rules were applied.
    """

    stages: tuple[PlannedStage, ...] = ()
    target: int | None = None
    order: tuple[int, ...] = ()
    config: ImageConfig | None = None
    warnings: tuple[CheckWarning, ...] = ()
    metadata: tuple[Lookup, ...] = ()
    images: tuple[ImageBase, ...] = ()
    error: PlanError | None = None
    needs: tuple[str, ...] = ()
    source_date_epoch: int | None = None
    preamble: tuple[StepFacts, ...] = ()
    unused_arguments: tuple[str, ...] = ()
    total_steps: int = 0
    flavour: Flavour = "buildkit"


def lineage(plan: Plan, index: int) -> tuple[PlannedStage, ...]:
    """A stage and those it is `FROM`, the first one first: their operations in a row are its whole history."""
    chain: list[PlannedStage] = []
    stage: PlannedStage | None = plan.stages[index]
    while stage is not None:
        chain.insert(0, stage)
        stage = plan.stages[stage.base.index] if isinstance(stage.base, StageBase) else None
    return tuple(chain)
