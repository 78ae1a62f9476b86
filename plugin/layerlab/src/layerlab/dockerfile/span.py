"""Where something stands in a text: the one idea that ties lines, steps, history rows and problems together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A range of a text.

    Attributes:
        start_line: First line, from 1.
        start_column: Column of the first character, from 0, in code points.
        end_line: Last line, from 1, included.
        end_column: Column after the last character, from 0, in code points.
    """

    start_line: int
    start_column: int
    end_line: int
    end_column: int

    @property
    def lines(self) -> range:
        """All line numbers of the range."""
        return range(self.start_line, self.end_line + 1)

    def until(self, other: Span) -> Span:
        """The range from the start of this one to the end of another."""
        return Span(self.start_line, self.start_column, other.end_line, other.end_column)


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of an instruction.

    Attributes:
        text: As written, not expanded; of a JSON form the decoded string.
        span: Where it stands; it covers several lines when a continuation goes through it.
    """

    text: str
    span: Span
