"""Physical lines → logical lines: continuations joined, comments and blank lines dropped, limits kept."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from layerlab.dockerfile.gotext import SPACE
from layerlab.dockerfile.source import BOM, Source
from layerlab.dockerfile.span import Span

LONGEST_LINE = 65_535
"""Bytes of a physical line without its line feed; Go's scanner stops at a longer one."""


@dataclass(frozen=True, slots=True)
class Logical:
    """A logical line and where its characters stand.

    Attributes:
        text: The joined line.
        offsets: Where in `text` each physical piece begins.
        places: (line, column) of each piece's first character.
        first: First physical line.
        last: Last physical line, dropped ones included, heredocs not.
        comments: Texts of the comment lines above.
    """

    text: str
    offsets: tuple[int, ...]
    places: tuple[tuple[int, int], ...]
    first: int
    last: int
    comments: tuple[str, ...]

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of a character of the joined line."""
        number = max(bisect_right(self.offsets, offset) - 1, 0)
        line, column = self.places[number]
        return line, column + offset - self.offsets[number]

    def span(self, start: int, end: int) -> Span:
        """Where a range of the joined line stands."""
        start_line, start_column = self.place(start)
        if end <= start:
            return Span(start_line, start_column, start_line, start_column)
        end_line, end_column = self.place(end - 1)
        return Span(start_line, start_column, end_line, end_column + 1)


class Lines:
    """The physical lines as Go's scanner gives them: up to the first that is too long.

    Attributes:
        at: Number of lines taken so far, which is the number (from 1) of the last one.
        too_long: Whether a line stopped the reading.
    """

    def __init__(self, source: Source) -> None:
        lines = source.lines
        self.lines = lines[:-1] if lines[-1] == "" else lines
        self.at = 0
        self.too_long = False

    def next(self) -> str | None:
        """The next line with its ending, or None."""
        if self.too_long or self.at >= len(self.lines):
            return None
        line = self.lines[self.at]
        if len(line) > LONGEST_LINE // 4 and _bytes(line) > LONGEST_LINE:
            self.too_long = True
            return None
        self.at += 1
        return line


def _bytes(line: str) -> int:
    return len(line.rstrip("\n").encode("utf-8", "surrogatepass"))


def is_comment(line: str) -> bool:
    """Whether the first character that isn't blank is `#`."""
    return line.lstrip(SPACE).startswith("#")


def is_blank(line: str) -> bool:
    """Whether a line holds nothing but Unicode blanks."""
    return not line.strip(SPACE)


def without_escape(line: str, escape: str) -> str | None:
    """The line without the escape that continues it (and what follows it), or None if it isn't continued."""
    bare = line.rstrip(" \t")
    if not bare.endswith(escape) or bare.endswith(escape * 2):
        return None
    return bare[:-1]


def alone(line: str, number: int, escape: str, comments: tuple[str, ...]) -> Logical | None:
    """The logical line that a physical one is by itself; None for one that the next goes on with.

    Args:
        line: With its ending.
        number: From 1.
        escape: Escape character in force.
        comments: What stands above.
    """
    body, place = _begin(line, number)
    return None if without_escape(body, escape) is not None else Logical(body, (0,), (place,), number, number, comments)


def _begin(first: str, number: int) -> tuple[str, tuple[int, int]]:
    """The text of a logical line's first physical line, and where it begins."""
    line = first.rstrip("\r\n")
    bare = line.removeprefix(BOM) if number == 1 else line
    body = bare.lstrip(SPACE)
    return body, (number, len(line) - len(body))


def join(lines: Lines, first: str, escape: str, comments: tuple[str, ...]) -> tuple[Logical, bool]:
    """Read one logical line to its end.

    Args:
        lines: Where the next physical lines come from; the first is taken already.
        first: The first physical line, with its ending.
        escape: Escape character in force.
        comments: What stands above.

    Returns:
        The logical line, and whether it went on over a blank line.
    """
    number = lines.at
    body, place = _begin(first, number)
    offsets, places = [0], [place]
    cut = without_escape(body, escape)
    pieces = [body if cut is None else cut]
    size = len(pieces[0])
    over_blank = False
    while cut is not None:
        following = lines.next()
        if following is None:
            break
        line = following.rstrip("\r\n")
        if is_comment(line):
            continue
        if is_blank(line):
            over_blank = True
            continue
        cut = without_escape(line, escape)
        offsets.append(size)
        places.append((lines.at, 0))
        pieces.append(line if cut is None else cut)
        size += len(pieces[-1])
    return Logical("".join(pieces), tuple(offsets), tuple(places), number, lines.at, comments), over_blank
