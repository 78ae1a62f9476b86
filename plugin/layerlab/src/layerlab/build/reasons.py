"""Why a step came from the cache, was run, or wasn't needed: small values that `explain` turns into sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

FileChangeKind: TypeAlias = Literal["added", "removed", "content", "mode", "owner", "type", "target"]


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file that made a key differ.

    Attributes:
        path: As seen from the source's root, with a leading slash.
        kind: What is different about it.
    """

    path: str
    kind: FileChangeKind


@dataclass(frozen=True, slots=True)
class FirstBuild:
    """No earlier build had a step like this one."""


@dataclass(frozen=True, slots=True)
class CommandChanged:
    """The command, or the list of sources, destination and flags, is another one.

    Attributes:
        old: As the most similar earlier step had it.
        new: As it is now.
    """

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class FilesChanged:
    """What COPY, ADD or a bind mount takes in is different; at most `MAX_FILES` are named.

    Attributes:
        files: The differences, in byte order of their paths.
        more: How many further ones there are.
    """

    files: tuple[FileChange, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class ParentChanged:
    """A step before this one was run, and this one stands on its result.

    Attributes:
        step: Index, in `BuildRecord.steps`, of the step that started the cascade.
        through: Index of the step directly before this one.
    """

    step: int
    through: int


@dataclass(frozen=True, slots=True)
class ArgumentChanged:
    """A build argument in scope has another value; whether the command uses it doesn't matter.

    Attributes:
        name: Of the argument.
        old: Earlier value, None if it wasn't declared.
        new: Present value, None if it isn't declared any more.
    """

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class EnvironmentChanged:
    """An environment variable is different; fields as in `ArgumentChanged`."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class EnvironmentOrderChanged:
    """The same variables with the same values in another order."""


@dataclass(frozen=True, slots=True)
class UserChanged:
    """The step runs as another user, or makes files for one."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class WorkdirChanged:
    """The step runs in another directory."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class MountsChanged:
    """The mounts of a RUN are others; each is described as the key has it."""

    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OptionsChanged:
    """Another option of the step is different: network, security, platform, owner or mode of copied files.

    Attributes:
        name: Of the option, such as `network` or `chmod`.
        old: Earlier value.
        new: Present value.
    """

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class BaseChanged:
    """The step stands directly on a base image, and that is another one.

    Attributes:
        old: The earlier base.
        new: The present base.
    """

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class SourceStageChanged:
    """`COPY --from` or a mount takes something else from another stage; a step there started it.

    Attributes:
        stage: Name of the source.
        files: What is different in what is taken.
        step: Index of the step that started it, or None.
        more: How many further files there are.
    """

    stage: str
    files: tuple[FileChange, ...]
    step: int | None
    more: int = 0


@dataclass(frozen=True, slots=True)
class NoCacheRequested:
    """`--no-cache`, or `--no-cache-filter` with this stage.

    Attributes:
        stage: The filter's name for the stage, or None for `--no-cache`.
    """

    stage: str | None = None


@dataclass(frozen=True, slots=True)
class StepMoved:
    """The same step is in the cache on another parent: lines were inserted, removed or moved before it.

    Attributes:
        step: Index of the step that started the cascade, or None when the base did.
    """

    step: int | None


@dataclass(frozen=True, slots=True)
class LegacyChain:
    """Legacy builder: after the first step that isn't in the cache nothing is looked up until the next FROM.

    Attributes:
        step: Index of that first step.
    """

    step: int


@dataclass(frozen=True, slots=True)
class InstructionChanged:
    """Legacy builder: any changed instruction is another image, metadata too.

    Attributes:
        old: As the most similar earlier image had it.
        new: As it is now.
    """

    old: str
    new: str


MissReason: TypeAlias = (
    FirstBuild
    | CommandChanged
    | FilesChanged
    | ParentChanged
    | ArgumentChanged
    | EnvironmentChanged
    | EnvironmentOrderChanged
    | UserChanged
    | WorkdirChanged
    | MountsChanged
    | OptionsChanged
    | BaseChanged
    | SourceStageChanged
    | NoCacheRequested
    | StepMoved
    | LegacyChain
    | InstructionChanged
)

MAX_FILES = 20
"""How many files a reason names."""


@dataclass(frozen=True, slots=True)
class Hit:
    """The result was in the cache.

    Attributes:
        key: The key it was found under.
        build: Number of the build that made it, counted from 1 on this host; 0 for an earlier step of this build.
        by: `key`: all of the definition and inputs equal; `content`: equal content reached another way;
            `shared`: an equal step of this very build made it.
    """

    key: str
    build: int
    by: Literal["key", "content", "shared"] = "key"


@dataclass(frozen=True, slots=True)
class Miss:
    """The step had to run.

    Attributes:
        because: The decisive difference.
        also: Further differences, less decisive first to last.
    """

    because: MissReason
    also: tuple[MissReason, ...] = ()


@dataclass(frozen=True, slots=True)
class StageNotNeeded:
    """Nothing the target needs comes from the stage.

    Attributes:
        target: Name of the target stage.
    """

    target: str


@dataclass(frozen=True, slots=True)
class BuildStopped:
    """An earlier step, or the Dockerfile itself, failed.

    Attributes:
        step: Index of the failed step, or None.
    """

    step: int | None


@dataclass(frozen=True, slots=True)
class NotALayer:
    """The instruction only changes the image's configuration: BuildKit has no step, so no cache, for it."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """The step wasn't looked at."""

    because: StageNotNeeded | BuildStopped | NotALayer


CacheDecision: TypeAlias = Hit | Miss | Skipped
