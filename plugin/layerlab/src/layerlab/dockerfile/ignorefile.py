"""Which paths of a build context a `.dockerignore` leaves out, and which of its lines decides."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer for one path.

    Attributes:
        excluded: Whether the path is left out.
        pattern: The pattern that decided, as written; None where none applies.
        line: Its line in the file, from 1; 0 where none applies.
    """

    excluded: bool
    pattern: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Ignore:
    """The rules of an ignore file."""
