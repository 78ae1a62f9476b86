"""Here-documents: which words open one, and where its body ends."""

from __future__ import annotations

import re
from dataclasses import dataclass

from layerlab.dockerfile.expansion import Mode, expand
from layerlab.dockerfile.instructions import Heredoc
from layerlab.dockerfile.logical import Lines
from layerlab.dockerfile.span import Span

OPENING = re.compile(r"(\d*)<<(-?)[\t\n\f\r ]*")
LINE_MODE = Mode(raw_quotes=True, raw_escapes=True, keep_unset=True)
NAME_MODE = Mode(keep_unset=True)
RAW_NAME_MODE = Mode(raw_quotes=True, keep_unset=True)


@dataclass(frozen=True, slots=True)
class Opening:
    """A word that opens a here-document.

    Attributes:
        raw: The word.
        name: Delimiter without quotes.
        expand: Whether no part of it was quoted.
        chomp: Whether it has the `-`.
    """

    raw: str
    name: str
    expand: bool
    chomp: bool


def read_opening(word: str) -> Opening | None:
    """Read `[digits]<<[-]delimiter`, or None.

    Raises:
        ExpansionError: For a delimiter whose quotes aren't closed.
    """
    match = OPENING.match(word)
    if match is None:
        return None
    rest = word[match.end() :]
    if not rest or "<" in rest:
        return None
    plain = expand(rest, {}, "\\", NAME_MODE).words
    if len(plain) != 1:
        return None
    raw = expand(rest, {}, "\\", RAW_NAME_MODE).words
    quoted = sum(map(_quotes, plain)) != sum(map(_quotes, raw))
    return Opening(word, plain[0], not quoted, match[2] == "-")


def _quotes(word: str) -> int:
    return word.count("'") + word.count('"')


def find_openings(line: str) -> list[Opening]:
    """All openings of a logical line, in order; none where its quotes aren't balanced.

    Raises:
        ExpansionError: For a delimiter whose quotes aren't closed.
    """
    try:
        words = expand(line, {}, "\\", LINE_MODE).words
    except ValueError:
        return []
    return [opening for word in words if "<<" in word if (opening := read_opening(word)) is not None]


def read_body(lines: Lines, opening: Opening) -> Heredoc | None:
    """Take the body and its terminator off the lines; None if the file ends before."""
    first = lines.at + 1
    body: list[str] = []
    while (line := lines.next()) is not None:
        candidate = line.rstrip("\r\n")
        if (candidate.lstrip("\t") if opening.chomp else candidate) == opening.name:
            span = Span(first, 0, lines.at, len(candidate))
            return Heredoc(opening.name, "".join(body), opening.expand, opening.chomp, opening.raw, span)
        body.append(line)
    return None
