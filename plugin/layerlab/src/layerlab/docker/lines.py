"""Command lines of the terminal: lists, pipelines and redirections, as far as `docker` takes part in them.

Whatever has no `docker` in it goes to the simulated shell as it is written.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

REDIRECTION = re.compile(r"\s*(?P<fd>[12&]?)(?P<sign>>>|>|<)\s*(?P<path>&[12]|[^\s<>|&;]+)\s*$")
VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
OPERATORS = ("&&", "||", ";", "|", "\n")


class LineError(ValueError):
    """A line that can't be read; the message is a shell's."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One command of a line.

    Attributes:
        text: As written.
        after: The operator before it: empty, `&&`, `||`, `;` or `|`.
    """

    text: str
    after: str


@dataclass(frozen=True, slots=True)
class Redirection:
    """Where a command's output goes, or its input comes from.

    Attributes:
        fd: 0, 1 or 2; 3 for both outputs.
        path: A file, or `&1` / `&2`.
        appends: Whether the file is kept.
    """

    fd: int
    path: str
    appends: bool = False


def pieces(line: str) -> Iterator[Piece]:
    """The commands of a line, split at operators outside quotes, parentheses and braces.

    Raises:
        LineError: A quote that isn't closed.
    """
    start, before, at = 0, "", 0
    while at < len(line):
        if line[at] == "#" and (at == 0 or line[at - 1].isspace()):
            line = line[:at]
            break
        skipped = _skip(line, at)
        if skipped > at:
            at = skipped
            continue
        operator = next((sign for sign in OPERATORS if line.startswith(sign, at)), "")
        if operator and not (operator == "|" and line[at - 1 : at] == ">"):
            yield Piece(line[start:at].strip(), before)
            at += len(operator)
            start, before = at, ";" if operator == "\n" else operator
            continue
        at += 1
    yield Piece(line[start:].strip(), before)


def _skip(line: str, at: int) -> int:
    """The place after a quoted text, an escaped character or a substitution that begins here; else the same place."""
    char = line[at]
    if char == "\\":
        return at + 2
    if char in "'\"":
        end = at + 1
        while end < len(line) and line[end] != char:
            end += 2 if line[end] == "\\" and char == '"' else 1
        if end >= len(line):
            raise LineError("unterminated quoted string")
        return end + 1
    if line.startswith("$(", at):
        return closing(line, at + 2) + 1
    return at


def closing(line: str, at: int) -> int:
    """Where the parenthesis that was opened before a place is closed.

    Raises:
        LineError: Nowhere.
    """
    while at < len(line):
        if line[at] == ")":
            return at
        after = _skip(line, at)
        at = after if after > at else at + 1
    raise LineError('end of file unexpected (expecting ")")')


def redirections(text: str) -> tuple[str, tuple[Redirection, ...]]:
    """The command without its trailing redirections, and those in the order written."""
    found: list[Redirection] = []
    while match := REDIRECTION.search(text):
        if text[: match.start()].count("'") % 2 or text[: match.start()].count('"') % 2:
            break
        sign, fd = match["sign"], match["fd"]
        number = 0 if sign == "<" else 3 if fd == "&" else int(fd or 1)
        found.append(Redirection(number, match["path"], sign == ">>"))
        text = text[: match.start()]
    return text, tuple(reversed(found))


def words(text: str, variables: Mapping[str, str]) -> list[str]:
    """The words of a command, variables put in outside single quotes.

    Raises:
        LineError: A quote that isn't closed.
    """
    parts = re.split(r"('[^']*')", text)
    expanded = "".join(
        part if part.startswith("'") else VARIABLE.sub(lambda found: variables.get(found[1] or found[2], ""), part)
        for part in parts
    )
    try:
        return shlex.split(expanded)
    except ValueError:
        raise LineError("unterminated quoted string") from None
