"""What a stage does, instruction by instruction, as facts that `build` acts on, keys and writes into history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from layerlab.dockerfile.span import Span
from layerlab.image.config import ImageConfig

Variables: TypeAlias = tuple[tuple[str, str], ...]
"""(name, value), in the order the builder passes them."""


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What every operation has.

    Attributes:
        stage: Index of its stage.
        instruction: Index among the file's instructions; of the stage's FROM for a trigger; None for `--label`.
        span: Lines of it; of the FROM for a trigger.
        trigger: Index among the stage's ONBUILD triggers, or None for an ordinary instruction.
        keyword: Upper-case name of the instruction.
        text: Logical line as written.
        number: The `i` of `[i/n]` or `Step i/n`; None where it has none.
        total: The `n`.
        label: Whole name of the step as the log shows it; empty where it has no step.
        before: Configuration before it.
        after: Configuration after it.
        variables: ENV and ARG values before it, in the order a RUN would get them.
        arguments: Declared ARGs before it, each once, with the value shown in `|N name=value`.
        created_by: Text of its history entry; None for no entry.
        makes_layer: Whether it makes a layer (the legacy builder still drops an empty one).
        hash_at: Where in `created_by` the legacy builder puts `file:HEX`, `dir:HEX` or `multi:HEX`; None for nowhere.
        proxies: Values of `--build-arg` proxies, passed to RUN but in no key and no history.
    """

    stage: int
    instruction: int | None
    span: Span
    trigger: int | None
    keyword: str
    text: str
    number: int | None
    total: int
    label: str
    before: ImageConfig
    after: ImageConfig
    variables: Variables
    arguments: Variables
    created_by: str | None
    makes_layer: bool
    hash_at: int | None = None
    proxies: Variables = ()


@dataclass(frozen=True, slots=True)
class InlineFile:
    """A file whose content stands in the Dockerfile (heredoc).

    Attributes:
        name: Its base name (the heredoc's delimiter).
        data: Content after expansion.
        mode: Permission bits; None where `--chmod` of the instruction decides or 0644 applies.
    """

    name: str
    data: bytes
    mode: int | None = None


@dataclass(frozen=True, slots=True)
class ContextSource:
    """The build context, or a named context of files.

    Attributes:
        name: Of `--build-context`, as the log shows it; empty for the main one.
    """

    name: str = ""


@dataclass(frozen=True, slots=True)
class StageSource:
    """The final file system of another stage.

    Attributes:
        index: Of that stage.
    """

    index: int


@dataclass(frozen=True, slots=True)
class ImageSource:
    """The file system of an image that isn't a stage.

    Attributes:
        reference: As written, or that of the named context in its place.
        log_name: `docker.io/library/alpine:latest@sha256:…`.
        label: Name of its step where a named context brings it; else empty.
    """

    reference: str
    log_name: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class EmptySource:
    """`from=scratch`, or a mount that needs none."""


Source: TypeAlias = ContextSource | StageSource | ImageSource | EmptySource


@dataclass(frozen=True, slots=True)
class Mount:
    """One `--mount` of RUN, values expanded and defaults filled in.

    Attributes:
        type: What is mounted.
        target: Absolute path; empty for a secret that only sets a variable.
        source: Path below the source's root (bind, cache seed).
        from_: Where a bind or a cache seed comes from; None for none.
        id: Of a cache, secret or ssh agent.
        read_only: Whether writes are refused.
        required: Whether a missing secret or agent fails the step.
        size: Bytes of a tmpfs; 0 for no limit.
        sharing: Of a cache.
        mode: Permission bits, or None for the type's default.
        uid: Owner, or None for the type's default.
        gid: Group, or None for the type's default.
        env: Variable that gets a secret's value; empty for none.
    """

    type: Literal["bind", "cache", "tmpfs", "secret", "ssh"]
    target: str
    source: str = ""
    from_: Source | None = None
    id: str = ""
    read_only: bool = False
    required: bool = False
    size: int = 0
    sharing: Literal["shared", "private", "locked"] = "shared"
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None
    env: str = ""


@dataclass(frozen=True, slots=True)
class RunOperation:
    """RUN.

    Attributes:
        facts: Place, label, history, configuration around it.
        argv: Arguments as executed: shell and text, or the exec form's.
        is_shell_form: Whether `argv` is the shell and one text.
        env: Environment in order, without proxies and secrets.
        cwd: Working directory; `/` where none is set.
        user: As USER has it; empty for root.
        mounts: In order.
        network: `default`, `none` or `host`.
        security: `sandbox` or `insecure`.
        inline_files: Scripts at `/dev/pipes/NAME`, mounted read-only.
    """

    facts: StepFacts
    argv: tuple[str, ...]
    is_shell_form: bool
    env: Variables
    cwd: str
    user: str
    mounts: tuple[Mount, ...] = ()
    network: str = "default"
    security: str = "sandbox"
    inline_files: tuple[InlineFile, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoteSource:
    """A URL or git reference as source of ADD: it would need the network.

    Attributes:
        kind: Of what kind it is.
        url: As written, expanded.
    """

    kind: Literal["http", "git"]
    url: str


@dataclass(frozen=True, slots=True)
class CopyOperation:
    """COPY or ADD.

    Attributes:
        facts: Place, label, history, configuration around it.
        kind: Which of the two.
        sources: Paths or patterns as written, expanded; remote sources are not among them.
        remotes: URLs and git references, ADD only.
        destination: As written, expanded.
        target: Absolute destination; a final `/` is kept and means directory.
        from_: Where the paths are.
        inline: Heredoc files, copied after the sources.
        chown: As written, expanded; None without the flag.
        chmod: Octal digits or symbolic clauses, expanded; None without the flag.
        link: `--link`.
        parents: `--parents`.
        exclude: Patterns of `--exclude`.
        unpack: `--unpack`; None for the instruction's default (ADD: local archives are extracted).
        checksum: `--checksum`, or None.
        keep_git_dir: `--keep-git-dir`.
    """

    facts: StepFacts
    kind: Literal["copy", "add"]
    sources: tuple[str, ...]
    remotes: tuple[RemoteSource, ...]
    destination: str
    target: str
    from_: Source
    inline: tuple[InlineFile, ...] = ()
    chown: str | None = None
    chmod: str | None = None
    link: bool = False
    parents: bool = False
    exclude: tuple[str, ...] = ()
    unpack: bool | None = None
    checksum: str | None = None
    keep_git_dir: bool = False


@dataclass(frozen=True, slots=True)
class WorkdirOperation:
    """WORKDIR.

    Attributes:
        facts: Place, label, history, configuration around it; `makes_layer` is False for `/`.
        path: Absolute path as it stands in the configuration (not cleaned).
        user: Owner of new directories: as USER has it (BuildKit); empty for root.
    """

    facts: StepFacts
    path: str
    user: str


@dataclass(frozen=True, slots=True)
class ConfigOperation:
    """An instruction that changes only the configuration, or nothing (ARG)."""

    facts: StepFacts


Operation: TypeAlias = RunOperation | CopyOperation | WorkdirOperation | ConfigOperation
