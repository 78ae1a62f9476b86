"""How many cells a text takes: go-runewidth's rules for tables of Docker 23 and later, code points for 20.10."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, TypeAlias

from layerlab.docker.widthdata import WIDE, ZERO

Measure: TypeAlias = Literal["cells", "code points"]
"""`cells` counts as a terminal does (Hangul 2); `code points` is what Go's own tabwriter did until 20.10."""

_WIDE_STARTS = tuple(start for start, _ in WIDE)
_ZERO_STARTS = tuple(start for start, _ in ZERO)
JOINER = 0x200D
REGIONAL = (0x1F1E6, 0x1F1FF)
SKIN_TONES = (0x1F3FB, 0x1F3FF)
JAMO_VOWEL_OR_TAIL = (0x1160, 0x11FF)


@lru_cache(maxsize=4096)
def cells(text: str) -> int:
    """Terminal cells of a text: each grapheme counts as its first character with a width.

    Args:
        text: Any text; control characters count nothing, ambiguous ones (such as `…`) one.
    """
    if text.isascii():
        return len(text) if text.isprintable() else sum(1 for char in text if " " <= char <= "~")
    return sum(next((width for width in map(character, cluster) if width), 0) for cluster in graphemes(text))


def measured(text: str, measure: Measure) -> int:
    """The width of a text by either way of counting."""
    return cells(text) if measure == "cells" else len(text)


def character(char: str) -> int:
    """Cells of one character: 0, 1 or 2."""
    code = ord(char)
    if code < 0x300:
        return 1 if 0x20 <= code < 0x7F or (code >= 0xA0 and code != 0xAD) else 0
    if _within(code, ZERO, _ZERO_STARTS) or _between(code, JAMO_VOWEL_OR_TAIL):
        return 0
    return 2 if _within(code, WIDE, _WIDE_STARTS) else 1


def is_wide(char: str) -> bool:
    """Whether a character is East Asian Wide or Fullwidth."""
    return _within(ord(char), WIDE, _WIDE_STARTS)


def graphemes(text: str) -> Iterator[str]:
    """The characters that a reader sees as one: letters with their marks, joined emoji, flags, Hangul jamo."""
    start = 0
    for at in range(1, len(text)):
        if not _joins(text, start, at):
            yield text[start:at]
            start = at
    if text:
        yield text[start:]


def _joins(text: str, start: int, at: int) -> bool:
    here, before = ord(text[at]), ord(text[at - 1])
    if before < 0x20 or here < 0x20:
        return False
    if _within(here, ZERO, _ZERO_STARTS) or _between(here, SKIN_TONES) or _between(here, JAMO_VOWEL_OR_TAIL):
        return True
    if before == JOINER and is_wide(text[at]):
        return True
    return _between(here, REGIONAL) and _between(before, REGIONAL) and at - start == 1


def _between(code: int, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= code <= bounds[1]


def _within(code: int, ranges: tuple[tuple[int, int], ...], starts: tuple[int, ...]) -> bool:
    at = bisect_right(starts, code) - 1
    return at >= 0 and code <= ranges[at][1]
