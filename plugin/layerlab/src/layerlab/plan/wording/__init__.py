"""How each builder words a history entry's CREATED BY. One module a builder; `Wording` is what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from layerlab.image.config import HealthCheck


@dataclass(frozen=True, slots=True)
class CopyText:
    """What the text of COPY or ADD is made of; every value expanded, none made absolute.

    Attributes:
        keyword: `COPY` or `ADD`.
        sources: Paths and URLs.
        inline: Names of heredocs.
        destination: Last argument.
        chown: Of `--chown`, or empty.
        chmod: Of `--chmod`, or empty.
        parents: Whether `--parents` is set.
    """

    keyword: str
    sources: tuple[str, ...]
    inline: tuple[str, ...]
    destination: str
    chown: str
    chmod: str
    parents: bool


@dataclass(frozen=True, slots=True)
class Worded:
    """A text, and where the legacy builder's content hash goes into it (None for nowhere)."""

    text: str
    hash_at: int | None = None


Shell = Sequence[str]
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Wording:
    """One builder's texts; `shell` is the configured one after the instruction, empty for the default.

    Attributes:
        run: Of the executed arguments and the declared ARGs.
        copy: Of COPY and ADD.
        workdir: Of the absolute path.
        metadata: Of everything else, such as `ENV a=1`.
        expose: Metadata text of ports as written and as understood.
        health: Metadata text of a health check.
        onbuild: Metadata text of a trigger; None where it leaves no entry.
        argument: One `ARG` item, of its name, its own value and the value it has.
    """

    run: Callable[[Sequence[str], Pairs], str]
    copy: Callable[[CopyText, Shell], Worded]
    workdir: Callable[[str, Shell], str]
    metadata: Callable[[str, Shell], str]
    expose: Callable[[Sequence[str], Sequence[str]], str]
    health: Callable[[HealthCheck], str]
    onbuild: Callable[[str], str | None]
    argument: Callable[[str, str | None, str | None], str]


def with_arguments(argv: Sequence[str], arguments: Pairs) -> str:
    """`|N name=value … argv…`; only `argv` where there are no arguments."""
    head = [f"|{len(arguments)}", *(f"{name}={value}" for name, value in arguments)] if arguments else []
    return " ".join([*head, *argv])
