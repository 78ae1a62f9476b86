"""Cuts a Go template into texts and the tokens of its actions (text/template/parse, Go 1.24)."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "text", "open", "close", "field", "variable", "name", "string", "number", "char", "dot", "space", "punct", "eof"
]

TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r'|(?P<string>"(?:\\.|[^"\\\n])*"|`[^`]*`)'
    r"|(?P<char>'(?:\\.|[^'\\\n])+')"
    r"|(?P<number>[+-]?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+))"
    r"|(?P<field>\.\w+)"
    r"|(?P<variable>\$\w*)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<dot>\.)"
    r"|(?P<punct>:=|=|\||\(|\)|,)"
)
LEFT, RIGHT = "{{", "}}"
BLANKS = " \t\r\n"


class TooLongError(Exception):
    """A template writes more than this simulation lets it; a limit of ours, which Docker has no words for."""


class TemplateError(ValueError):
    """A template that doesn't parse or doesn't run; the message is Go's."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        kind: What it is.
        text: As written (texts: after trimming).
        at: Offset in the template.
    """

    kind: Kind
    text: str
    at: int


def syntax_error(source: str, at: int, message: str) -> TemplateError:
    """An error with the line it is on, as Go's parser words it."""
    line = source.count("\n", 0, at) + 1
    return TemplateError(f"template: :{line}: {message}")


def tokens(source: str) -> Iterator[Token]:
    """All tokens of a template, ending with `eof`.

    Raises:
        TemplateError: A token that Go's lexer refuses.
    """
    at, trim = 0, False
    while True:
        start = source.find(LEFT, at)
        text = source[at:] if start < 0 else source[at:start]
        text = text.lstrip(BLANKS) if trim else text
        if start >= 0 and _trims_left(source, start):
            text = text.rstrip(BLANKS)
        if text:
            yield Token("text", text, at)
        if start < 0:
            yield Token("eof", "", len(source))
            return
        inner = start + len(LEFT) + (2 if _trims_left(source, start) else 0)
        if source.startswith("/*", inner):
            at, trim = _comment(source, inner)
            continue
        yield Token("open", LEFT, start)
        at = yield from _action(source, inner)
        trim = source[at - 3 : at] == "-}}" and source[at - 4] in BLANKS


def _trims_left(source: str, start: int) -> bool:
    after = start + len(LEFT)
    return source.startswith("-", after) and source[after + 1 : after + 2] in tuple(BLANKS)


def _comment(source: str, inner: int) -> tuple[int, bool]:
    end = source.find("*/", inner)
    if end < 0:
        raise syntax_error(source, inner, "unclosed comment")
    for closing in (RIGHT, " -}}"):
        if source.startswith(closing, end + 2):
            return end + 2 + len(closing), closing != RIGHT
    raise syntax_error(source, inner, "comment ends before closing delimiter")


def _action(source: str, at: int) -> Generator[Token, None, int]:
    depth = 0
    while True:
        blank = source[at : at + 1] in tuple(BLANKS)
        if blank and source.startswith("-}}", at + 1):
            at += 2
        if source.startswith(RIGHT, at):
            if depth:
                raise syntax_error(source, at, "unclosed left paren")
            yield Token("close", RIGHT, at)
            return at + len(RIGHT)
        found = TOKEN.match(source, at)
        if not found:
            raise _bad(source, at)
        kind: Kind = found.lastgroup  # type: ignore[assignment]
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth < 0:
            raise syntax_error(source, at, "unexpected right paren")
        yield Token(kind, found[0], at)
        at = found.end()


def _bad(source: str, at: int) -> TemplateError:
    char = source[at : at + 1]
    if not char:
        return syntax_error(source, at, "unclosed action")
    if char == '"':
        return syntax_error(source, at, "unterminated quoted string")
    if char == "`":
        return syntax_error(source, at, "unterminated raw quoted string")
    if char == "'":
        return syntax_error(source, at, "unterminated character constant")
    if char == "}":
        return syntax_error(source, at, 'unexpected "}" in operand')
    return syntax_error(source, at, f"unrecognized character in action: U+{ord(char):04X} {char!r}")
