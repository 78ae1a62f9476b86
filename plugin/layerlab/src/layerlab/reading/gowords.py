r"""Go's ways to print lists in a history: `["nginx" "-g"]` (`%q`) and `[/bin/sh -c]` (`%v`), read back."""

from __future__ import annotations

import json
import re

QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"\s?', re.DOTALL)
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
NAMED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def quoted_list(text: str) -> tuple[str, ...] | None:
    r"""The words of `["a" "b \"c\""]`; None if it isn't of that form.

    Args:
        text: With its brackets. Commas between words are read too, as JSON has them.
    """
    inner = text.strip()
    if not (inner.startswith("[") and inner.endswith("]")):
        return None
    words: list[str] = []
    at, inner = 0, inner[1:-1].strip()
    while at < len(inner):
        match = QUOTED.match(inner, at)
        if match is None:
            return None
        words.append(ESCAPE.sub(_unescaped, match[1]))
        at = match.end()
        if inner[at : at + 1] == ",":
            at += 1 + (inner[at + 1 : at + 2] == " ")
    return tuple(words)


def plain_list(text: str) -> tuple[str, ...] | None:
    """The words of `[/a /b]`; None if it isn't of that form. Words with blanks inside can't be told apart."""
    inner = text.strip()
    return tuple(inner[1:-1].split()) if inner.startswith("[") and inner.endswith("]") else None


def json_list(words: tuple[str, ...]) -> str:
    """A Dockerfile's exec form."""
    return json.dumps(list(words), ensure_ascii=False)


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) > 1:
        number = int(code[1:], 16)
        return "\ufffd" if 0xD800 <= number < 0xE000 else chr(number)
    return NAMED.get(code, code)
