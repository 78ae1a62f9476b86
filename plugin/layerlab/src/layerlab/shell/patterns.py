"""Shell patterns: `*`, `?`, `[…]`, and a backslash before what stands for itself."""

from __future__ import annotations

import re
from functools import lru_cache

CLASSES = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z",
    "space": r"\s", "blank": r" \t", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f",
    "cntrl": r"\x00-\x1f\x7f", "print": r"\x20-\x7e", "graph": r"\x21-\x7e",
}  # fmt: skip


def escape(text: str) -> str:
    """Text as a pattern that matches only itself."""
    return re.sub(r"([*?\[\]\\!^-])", r"\\\1", text)


def has_magic(pattern: str) -> bool:
    """Whether a pattern has an unescaped special character."""
    return re.search(r"(?:^|[^\\])(?:\\\\)*[*?\[]", pattern) is not None


def unescape(pattern: str) -> str:
    """A pattern's text without the backslashes that quote."""
    return re.sub(r"\\(.)", r"\1", pattern, flags=re.DOTALL)


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern as an anchored regular expression."""
    return re.compile(translate(pattern) + r"\Z", re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern matches all of a text."""
    return compiled(pattern).match(text) is not None


def translate(pattern: str) -> str:
    """A pattern as a regular expression without anchors."""
    out: list[str] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        position += 1
        if char == "*":
            if not out or out[-1] != ".*":
                out.append(".*")
        elif char == "?":
            out.append(".")
        elif char == "\\" and position < len(pattern):
            out.append(re.escape(pattern[position]))
            position += 1
        elif char == "[":
            text, position = _bracket(pattern, position)
            out.append(text)
        else:
            out.append(re.escape(char))
    return "".join(out)


def _bracket(pattern: str, start: int) -> tuple[str, int]:
    """A bracket expression from behind its `[`; a lone `[` where it isn't closed."""
    position = start
    negated = pattern[position : position + 1] in ("!", "^")
    if negated:
        position += 1
    out: list[str] = []
    first = True
    while position < len(pattern):
        char = pattern[position]
        if char == "]" and not first:
            body = "".join(out)
            return (f"[{'^' if negated else ''}{body}]" if body else "(?!)"), position + 1
        first = False
        if pattern.startswith("[:", position):
            end = pattern.find(":]", position)
            name = pattern[position + 2 : end] if end > 0 else ""
            if name in CLASSES:
                out.append(CLASSES[name])
                position = end + 2
                continue
        if char == "\\" and position + 1 < len(pattern):
            position += 1
            out.append(re.escape(pattern[position]))
        elif char == "-":
            out.append("-" if out and position + 1 < len(pattern) and pattern[position + 1] != "]" else r"\-")
        else:
            out.append("\\" + char if char in r"\]^[&~|" else char)
        position += 1
    return r"\[", start
