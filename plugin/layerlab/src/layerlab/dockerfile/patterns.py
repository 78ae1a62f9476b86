"""The shell patterns of `${name#pattern}`, `${name%pattern}` and `${name/pattern/replacement}`.

BuildKit turns them into regular expressions of RE2. Here they are matched directly, segment by segment between the
stars, so that no pattern can make the work grow beyond the product of two lengths, and that is capped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from layerlab.dockerfile.gotext import go_template

MOST_WORK = 50_000_000
"""Upper bound of compared characters of one pattern with a `?`."""

Segment: TypeAlias = tuple[str | None, ...]
"""Characters in a row; None stands for `?`, any character but a line feed."""


class PatternError(ValueError):
    """A pattern that is malformed, with BuildKit's reason."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern cut at its stars.

    Attributes:
        segments: What stands between the stars; one more than there are stars.
    """

    segments: tuple[Segment, ...]

    @property
    def has_stars(self) -> bool:
        """Whether it has a `*`."""
        return len(self.segments) > 1


def read_pattern(text: str) -> Pattern:
    r"""Cut a pattern; `\*`, `\?` and `\\` are literal, `\}` and `\/` lose their backslash.

    Raises:
        PatternError: For any other escape.
    """
    segments: list[Segment] = []
    current: list[str | None] = []
    position = 0
    while position < len(text):
        char = text[position]
        position += 1
        if char == "*":
            segments.append(tuple(current))
            current = []
        elif char == "?":
            current.append(None)
        elif char == "\\":
            following = text[position : position + 1]
            if following in {"}", "/"} and following:
                continue
            if following not in {"*", "?", "\\"} or not following:
                raise PatternError(f"invalid escape '\\{following or chr(0xFFFD)}'")
            current.append(following)
            position += 1
        else:
            current.append(char)
    segments.append(tuple(current))
    return Pattern(tuple(segments))


def strip_prefix(pattern: str, value: str, *, longest: bool) -> str:
    """The value without what the pattern matches at its start.

    Raises:
        PatternError: For a malformed pattern.
    """
    found = _match(read_pattern(pattern), value, 0, _line_end(value, 0), anchored=True, greedy=longest)
    return value if found is None else value[found[1] :]


def strip_suffix(pattern: str, value: str, *, longest: bool) -> str:
    """The value without what the pattern matches at its end: pattern and value are turned round, as BuildKit does.

    Raises:
        PatternError: For a malformed pattern.
    """
    return strip_prefix(_reversed_pattern(pattern), value[::-1], longest=longest)[::-1]


def replace_first(pattern: str, value: str, replacement: str) -> str:
    """The value with the first match replaced, the longest one there.

    Raises:
        PatternError: For a malformed pattern.
    """
    found = _search(read_pattern(pattern), value, 0)
    return value if found is None else value[: found[0]] + replacement + value[found[1] :]


def replace_all(pattern: str, value: str, replacement: str, *, most: int) -> str:
    """The value with every match replaced; `$0` in the replacement is the match, other `$names` are empty.

    Args:
        pattern: As written.
        value: To be searched.
        replacement: A template as Go's `regexp` reads it.
        most: Number of characters at which to stop and return what there is.

    Raises:
        PatternError: For a malformed pattern.
    """
    read = read_pattern(pattern)
    pieces: list[str] = []
    size = last_end = position = 0
    while position <= len(value) and size <= most:
        found = _search(read, value, position)
        if found is None:
            break
        start, end = found
        pieces.append(value[last_end:start])
        if end > last_end or start == 0:
            pieces.append(go_template(replacement, value[start:end]))
            size += len(pieces[-1])
        last_end = end
        position = max(position + 1, end)
    pieces.append(value[last_end:])
    return "".join(pieces)


def _reversed_pattern(pattern: str) -> str:
    out: list[str] = []
    position = 0
    last = len(pattern) - 1
    while position <= last:
        if pattern[position] == "\\" and position != last:
            out.append(pattern[position : position + 2])
            position += 2
        else:
            out.append(pattern[position])
            position += 1
    return "".join(reversed(out))


def _line_end(value: str, start: int) -> int:
    end = value.find("\n", start)
    return len(value) if end < 0 else end


def _search(pattern: Pattern, value: str, start: int) -> tuple[int, int] | None:
    """The leftmost match from a position on; no `*` or `?` goes past a line feed."""
    if not pattern.has_stars:
        at = _find(pattern.segments[0], value, start, len(value))
        return None if at < 0 else (at, at + len(pattern.segments[0]))
    while start <= len(value):
        end = _line_end(value, start)
        found = _match(pattern, value, start, end, anchored=False, greedy=True)
        if found is not None:
            return found
        start = end + 1
    return None


def _match(
    pattern: Pattern, value: str, start: int, end: int, *, anchored: bool, greedy: bool
) -> tuple[int, int] | None:
    """The leftmost match within a line: each segment at its earliest place, the last at its latest if greedy."""
    first, *others = pattern.segments
    if anchored and not others:
        end = len(value)  # a plain text may hold a line feed
    at = start if anchored and _stands_at(first, value, start, end) else -1
    if not anchored:
        at = _find(first, value, start, end)
    if at < 0:
        return None
    position = at + len(first)
    for number, segment in enumerate(others, 1):
        is_last = number == len(others)
        if is_last and greedy:
            place = _find_last(segment, value, position, end)
        else:
            place = _find(segment, value, position, end)
        if place < 0:
            return None
        position = place + len(segment)
    return at, position


def _is_plain(segment: Segment) -> bool:
    return None not in segment


def _text(segment: Segment) -> str:
    return "".join(char or "" for char in segment)


def _stands_at(segment: Segment, value: str, at: int, end: int) -> bool:
    if at + len(segment) > end:
        return False
    return all(
        value[at + offset] == char if char is not None else value[at + offset] != "\n"
        for offset, char in enumerate(segment)
    )


def _find(segment: Segment, value: str, start: int, end: int) -> int:
    if _is_plain(segment):
        return value.find(_text(segment), start, end)
    _within_budget(segment, start, end)
    places = range(start, end - len(segment) + 1)
    return next((at for at in places if _stands_at(segment, value, at, end)), -1)


def _find_last(segment: Segment, value: str, start: int, end: int) -> int:
    if _is_plain(segment):
        return value.rfind(_text(segment), start, end)
    _within_budget(segment, start, end)
    places = range(end - len(segment), start - 1, -1)
    return next((at for at in places if _stands_at(segment, value, at, end)), -1)


def _within_budget(segment: Segment, start: int, end: int) -> None:
    if len(segment) * max(end - start, 0) > MOST_WORK:
        raise PatternError("too long to be matched here")
