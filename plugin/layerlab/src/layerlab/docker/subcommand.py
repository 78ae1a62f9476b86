"""A subcommand as a value: its names, flags, arguments and body; and the ways it can refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from layerlab.docker.edge import Edge, Output
from layerlab.docker.flags import Flag, Flags
from layerlab.docker.width import Measure
from layerlab.host import Host

Result: TypeAlias = tuple[Host, Output]


class Refusal(Exception):  # noqa: N818 - a command says no; nothing broke
    """A command that ends with an error.

    Attributes:
        message: Its text on standard error, without the last newline.
        exit_code: How it ends.
        stdout: What it had printed before.
        host: The host as it left it, or None for unchanged.
        before: What stood on standard error before the message.
    """

    def __init__(
        self, message: str, exit_code: int = 1, *, stdout: str = "", host: Host | None = None, before: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code
        self.stdout = stdout
        self.host = host
        self.before = before


def daemon_error(message: str) -> Refusal:
    """`Error response from daemon: …`, exit 1."""
    return Refusal(f"Error response from daemon: {message}")


@dataclass(frozen=True, slots=True)
class Call:
    """One use of a subcommand.

    Attributes:
        host: The host before it.
        edge: The world around it.
        flags: As given.
        words: Arguments.
        path: As typed, with `docker`: `docker image history`.
        usage: Its usage line.
    """

    host: Host
    edge: Edge
    flags: Flags
    words: tuple[str, ...]
    path: str
    usage: str

    @property
    def measure(self) -> Measure:
        """How its tables count widths."""
        return "code points" if self.host.personality.engine == "20.10" else "cells"

    @property
    def is_containerd(self) -> bool:
        """Whether the host has the containerd image store."""
        return self.host.personality.store == "containerd"

    def on(self, host: Host) -> Call:
        """The same call on another host."""
        return replace(self, host=host)


Body: TypeAlias = Callable[[Call], Result]


@dataclass(frozen=True, slots=True)
class Subcommand:
    """One subcommand.

    Attributes:
        names: Every way to type it after `docker`, the management form first: `image history`, `history`.
        arguments: As the usage line shows them: `[OPTIONS] IMAGE`.
        body: What it does.
        flags: Its flags.
        least: Fewest arguments.
        most: Most arguments; None for any number.
        interspersed: Whether flags may follow arguments.
    """

    names: tuple[str, ...]
    arguments: str
    body: Body
    flags: tuple[Flag, ...] = field(default=())
    least: int = 0
    most: int | None = 0
    interspersed: bool = True

    @property
    def key(self) -> str:
        """Part of its message keys: `image.history`."""
        return self.names[0].replace(" ", ".")


def subcommand(
    *names: str,
    arguments: str = "",
    flags: tuple[Flag, ...] = (),
    least: int = 0,
    most: int | None = 0,
    interspersed: bool = True,
) -> Callable[[Body], Subcommand]:
    """Make a function the body of a subcommand."""

    def make(body: Body) -> Subcommand:
        return Subcommand(names, arguments, body, flags, least, most, interspersed)

    return make


def done(host: Host, stdout: str = "", stderr: str = "", exit_code: int = 0) -> Result:
    """A host and what was printed."""
    return host, Output(stdout, stderr, exit_code)
