"""What the `docker` command needs from outside: a builder, a registry, a language; and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from layerlab.build.record import BuildRecord, Note
from layerlab.catalogue.packages import PackageFacts
from layerlab.dockerfile.checks.report import CheckReport
from layerlab.host import Host
from layerlab.image.image import Image
from layerlab.messages import Messages, load


@dataclass(frozen=True, slots=True)
class Output:
    """What a command wrote and how it ended.

    Attributes:
        stdout: Standard output; bytes that are no text as `surrogateescape` has them.
        stderr: Standard error.
        exit_code: 0 for success; 125, 126, 127 as Docker uses them.
        notes: What the simulation has to say about it, for `messages`; Docker doesn't print them.
        opens: Id of a container whose terminal is now open (`-it` with a shell), or None.
        files: Files the command wrote in the client's working directory, by path as typed.
    """

    stdout: str = ""
    stderr: str = ""
    exit_code: int = 0
    notes: tuple[Note, ...] = ()
    opens: str | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.stdout + self.stderr


@dataclass(frozen=True, slots=True)
class BuildWords:
    """The words of `docker build`, read.

    Attributes:
        context: The context as typed: a path, or `-`.
        file: Of `-f`, or None.
        tags: Of `-t`, checked.
        target: Of `--target`, or None.
        platform: Of `--platform`, or None.
        build_args: Name and value.
        labels: Name and value, in order.
        no_cache: Of `--no-cache`.
        no_cache_filter: Names of stages.
        pull: Of `--pull`.
        check: Whether only the checks run.
        secrets: Ids of secrets.
        contexts: Of `--build-context`, as typed.
        stdin: What was piped in.
    """

    context: str
    file: str | None = None
    tags: tuple[str, ...] = ()
    target: str | None = None
    platform: str | None = None
    build_args: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[tuple[str, str], ...] = ()
    no_cache: bool = False
    no_cache_filter: tuple[str, ...] = ()
    pull: bool = False
    check: bool = False
    secrets: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()
    stdin: bytes = b""


class BuildPort(Protocol):
    """Builds on a host."""

    def __call__(self, host: Host, words: BuildWords) -> tuple[Host, BuildRecord]:
        """The host after the build, and what happened. A context that isn't there is a failure of the record."""
        ...


class CheckPort(Protocol):
    """`docker build --check`."""

    def __call__(self, host: Host, words: BuildWords) -> CheckReport:
        """What it prints. Nothing on the host changes."""
        ...


class PullPort(Protocol):
    """The registry: images by full reference."""

    def __call__(self, reference: str) -> Image | None:
        """The image under `docker.io/library/ubuntu:20.04`, or None where the registry has none."""
        ...


@dataclass(frozen=True, slots=True)
class Edge:
    """The world around a command.

    Attributes:
        build: None where nothing can be built.
        check: None where nothing can be checked.
        pull: None where no registry is reachable.
        say: Sentences of ours (help, what isn't simulated) in the reader's language.
        terminal: Whether output goes to a terminal.
        columns: The terminal's width.
        stdin: What is piped in.
        files: Files of the client's working directory that commands read (`load`, `cp`), by path as typed.
        facts: What is recorded of packages, for package managers in containers.
        redirected: Whether standard output goes into a file or to another program: archives may be written there.
    """

    build: BuildPort | None = None
    check: CheckPort | None = None
    pull: PullPort | None = None
    say: Messages = field(default_factory=lambda: load("en"))
    terminal: bool = False
    columns: int = 80
    stdin: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)
    facts: PackageFacts | None = None
    redirected: bool = False
