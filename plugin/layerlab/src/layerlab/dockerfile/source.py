"""The text of a Dockerfile, byte for byte, and its lines.

Bytes that aren't UTF-8 are kept as lone surrogates (Python's `surrogateescape`), so that writing the file back gives
the same bytes; what is wrong with them is told apart, in `defects`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from layerlab.dockerfile.span import Span

__all__ = ["BOM", "Source", "Span", "read_source"]

BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Source:
    """A text and its lines.

    Attributes:
        text: All of it, byte order mark and line endings included.
        lines: Split at line feeds, which each line but the last keeps; the last is empty after a final newline.
        from_bytes: Whether it was read from bytes: then undecodable ones stand in `text` as surrogates.
    """

    text: str
    lines: tuple[str, ...]
    from_bytes: bool = False

    def to_bytes(self) -> bytes:
        """The bytes it was read from, or the text in UTF-8."""
        return self.text.encode("utf-8", "surrogateescape" if self.from_bytes else "surrogatepass")

    def line(self, number: int) -> str:
        """A line by its number from 1, without its ending; empty past the end."""
        if not 0 < number <= len(self.lines):
            return ""
        return self.lines[number - 1].rstrip("\r\n")

    def line_span(self, first: int, last: int | None = None) -> Span:
        """The whole of some lines, numbered from 1."""
        end = first if last is None else last
        return Span(first, 0, end, len(self.line(end)))


@lru_cache(maxsize=4)
def read_source(text: str | bytes) -> Source:
    """Take a text in, whatever it holds. One that was just read is asked for again by all that looks at a build."""
    from_bytes = isinstance(text, bytes)
    decoded = text.decode("utf-8", "surrogateescape") if isinstance(text, bytes) else text
    return Source(decoded, tuple(split_lines(decoded)), from_bytes)


def split_lines(text: str) -> list[str]:
    """Split at line feeds only, keeping them; what follows the last one is a line too, though it may be empty."""
    pieces = text.split("\n")
    return [piece + "\n" for piece in pieces[:-1]] + [pieces[-1]]
