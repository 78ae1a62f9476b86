"""Wildcards in the sources of COPY and ADD, as Go's `filepath.Match` has them."""

from __future__ import annotations

import re
from functools import lru_cache


def has_wildcards(part: str) -> bool:
    """Whether a name has `*`, `?` or `[` that no backslash takes its meaning from (`containsWildcards`)."""
    return re.search(r"[*?[]", re.sub(r"\\.", "", part, flags=re.DOTALL)) is not None


def match(pattern: str, name: str) -> bool:
    """`filepath.Match`: the whole name, `*` and `?` not crossing `/`. A malformed pattern matches nothing."""
    compiled = _compiled(pattern)
    return compiled is not None and compiled.fullmatch(name) is not None


def is_malformed(path: str) -> bool:
    """Whether Go refuses a path as pattern: a class that is never closed, a backslash at the end."""
    parts = path.split("/")
    return any(has_wildcards(part) for part in parts) and any(_compiled(part) is None for part in parts)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    out: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "\\":
            if at >= len(pattern):
                return None
            out.append(re.escape(pattern[at]))
            at += 1
        elif char == "[":
            found = _class(pattern, at)
            if found is None:
                return None
            text, at = found
            out.append(text)
        else:
            out.append(re.escape(char))
    return re.compile("".join(out), re.DOTALL)


def _class(pattern: str, at: int) -> tuple[str, int] | None:
    """A character class from behind its `[`; answers a regular expression and where it ends, None if malformed."""
    negated = at < len(pattern) and pattern[at] == "^"
    at += negated
    ranges: list[str] = []
    while True:
        if at < len(pattern) and pattern[at] == "]" and ranges:
            return ("[^" if negated else "[") + "".join(ranges) + "]", at + 1
        low = _character(pattern, at)
        if low is None:
            return None
        char, at = low
        high = char
        if at < len(pattern) and pattern[at] == "-":
            end = _character(pattern, at + 1)
            if end is None:
                return None
            high, at = end
        if char <= high:
            ranges.append(f"{re.escape(char)}-{re.escape(high)}")
        else:
            ranges.append(r"^\s\S" if not ranges else "")


def _character(pattern: str, at: int) -> tuple[str, int] | None:
    if at >= len(pattern) or pattern[at] in "-]":
        return None
    if pattern[at] == "\\":
        at += 1
        if at >= len(pattern):
            return None
    return pattern[at], at + 1
