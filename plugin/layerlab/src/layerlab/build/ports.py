"""What a build needs from outside: commands that run, images that exist, and what the caller asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from layerlab.build.context import Context
from layerlab.build.owners import RunUser
from layerlab.build.record import Fidelity, Note, OutputChunk
from layerlab.filesystem import Editor
from layerlab.image.image import Image
from layerlab.personality import DEFAULT, Personality
from layerlab.plan.operations import Variables


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run.

    Attributes:
        argv: Arguments.
        env: Environment, in order.
        cwd: Working directory.
        user: Whose process it is.
        network: `default`, `none` or `host`.
    """

    argv: tuple[str, ...]
    env: Variables
    cwd: str
    user: RunUser
    network: str = "default"


@dataclass(frozen=True, slots=True)
class Ran:
    """What it did, but for the files, which are in the editor.

    Attributes:
        exit_code: Of the process.
        output: What it wrote.
        fidelity: How true it is.
        notes: Remarks on it.
        start_error: The runtime's words if it couldn't be started at all, else None.
        duration: Modelled nanoseconds.
    """

    exit_code: int
    output: tuple[OutputChunk, ...] = ()
    fidelity: Fidelity = "exact"
    notes: tuple[Note, ...] = ()
    start_error: str | None = None
    duration: int = 200_000_000


class Runner(Protocol):
    """Runs commands on trees."""

    def __call__(self, view: Editor, command: Command) -> Ran:
        """Run one command; everything it writes goes through the editor."""
        ...


class Images(Protocol):
    """The images that plans refer to."""

    def image(self, reference: str) -> Image:
        """The image that `plan` found under a reference, with its files.

        Args:
            reference: As it stands in the plan's `BaseFacts.reference` or `ImageSource.reference`.
        """
        ...


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """What is to be built, and around what.

    Attributes:
        source: The Dockerfile's text.
        name: Its name as given with `-f`.
        context: The main build context.
        contexts: Named contexts of files, by the name the log shows.
        tags: Of `-t`, as given.
        labels: Of `--label`, in order; already in the plan's configuration.
        secrets: Values by id.
        ssh: Ids of forwarded agents.
        ignore_name: Name of the ignore file that counts, or None.
        ignore_bytes: Its text, or None.
        now: When the build starts, nanoseconds since the epoch.
        personality: Which Docker builds.
        counter: Makes ids of intermediate containers differ from build to build.
        missing: Whether there is no Dockerfile at all.
        dry: Whether it is only to be seen what would happen: what can't be done is passed over.
    """

    source: str
    name: str = "Dockerfile"
    context: Context = field(default_factory=Context)
    contexts: Mapping[str, Context] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    secrets: Mapping[str, bytes] = field(default_factory=dict)
    ssh: tuple[str, ...] = ()
    ignore_name: str | None = None
    ignore_bytes: bytes | None = None
    now: int = 0
    personality: Personality = DEFAULT
    counter: int = 0
    missing: bool = False
    dry: bool = False
