"""How the text of one instruction falls into words: flags, blanks, quotes, JSON arrays. Offsets are kept.

All functions take a text and the range of it to look at, and answer `Piece`s of that text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TypeAlias

from layerlab.dockerfile.gotext import BLANKS, SPACE

SPACES = frozenset(SPACE)
ASCII_SPACE = "\t\n\v\f\r "
DEEPEST_JSON = 200
JSON_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
PLAIN = re.compile("[^" + re.escape(SPACE) + "'\"\\\\`]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a logical line.

    Attributes:
        text: As it is to be used (unquoted for flags, decoded for JSON).
        start: Offset of its first character.
        end: Offset after its last.
    """

    text: str
    start: int
    end: int


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without Unicode blanks at both ends."""
    while start < end and text[start] in SPACES:
        start += 1
    while end > start and text[end - 1] in SPACES:
        end -= 1
    return start, end


def split_blanks(text: str, start: int, end: int, most: int = 0) -> list[Piece]:
    """Split at runs of tabs, vertical tabs, form feeds, carriage returns and spaces, like Go's `Split`.

    Args:
        text: The whole line.
        start: Of the range.
        end: Of the range.
        most: Number of pieces at most; 0 for any.
    """
    pieces: list[Piece] = []
    at = start
    for match in BLANKS.finditer(text, start, end):
        if most and len(pieces) == most - 1:
            break
        pieces.append(Piece(text[at : match.start()], at, match.start()))
        at = match.end()
    pieces.append(Piece(text[at:end], at, end))
    return pieces


def read_flags(text: str, start: int, end: int, escape: str) -> tuple[list[Piece], int]:
    """Take `--words` off the start.

    Quotes are removed, an escaped character stands for itself, a word `--` ends the flags and is dropped.

    Returns:
        The flags, and where the rest begins.
    """
    flags: list[Piece] = []
    at = start
    while True:
        while at < end and text[at] in ASCII_SPACE:
            at += 1
        if not text.startswith("--", at, end):
            return flags, at
        begin = at
        word, at = _flag(text, at, end, escape)
        if word == "--":
            return flags, at
        flags.append(Piece(word, begin, at))


def _flag(text: str, at: int, end: int, escape: str) -> tuple[str, int]:
    out: list[str] = []
    quote = ""
    while at < end:
        char = text[at]
        if char == quote:
            quote = ""
        elif not quote and char in ASCII_SPACE:
            break
        elif not quote and char in "'\"":
            quote = char
        elif char == escape:
            at += 1
            out.append(text[at : min(at + 1, end)])
        else:
            out.append(char)
        at += 1
    return "".join(out), min(at, end)


def split_quoted(text: str, start: int, end: int, escape: str) -> list[Piece]:
    """Split at Unicode blanks outside of quotes; quotes and escapes stay, an escape at the very end is dropped."""
    pieces: list[Piece] = []
    at = start
    while at < end:
        if text[at] in SPACES:
            at += 1
            continue
        begin = at
        word, at = _quoted_word(text, at, end, escape)
        if word:
            pieces.append(Piece(word, begin, at))
    return pieces


def _quoted_word(text: str, at: int, end: int, escape: str) -> tuple[str, int]:
    out: list[str] = []
    quote = ""
    while at < end:
        char = text[at]
        if char == escape and quote != "'":
            if at + 1 == end:
                quote = ""
                at += 1
                continue
            out.append(text[at : at + 2])
            at += 2
        elif quote:
            quote = "" if char == quote else quote
            out.append(char)
            at += 1
        elif char in SPACES:
            break
        elif char in "'\"":
            quote = char
            out.append(char)
            at += 1
        else:
            plain = PLAIN.match(text, at, end)
            stop = plain.end() if plain else at + 1
            out.append(text[at:stop])
            at = stop
    return "".join(out), at


@dataclass(frozen=True, slots=True)
class NotJson:
    """The text is no JSON array: the shell form holds."""


@dataclass(frozen=True, slots=True)
class NotStrings:
    """A JSON array with something else than strings."""


JsonForm: TypeAlias = list[Piece] | NotJson | NotStrings


def read_json(text: str, start: int, end: int) -> JsonForm:
    """Read a JSON array of strings as Go's `encoding/json` does; arrays nested deeper than we follow are no JSON."""
    start, _ = trimmed(text, start, end)
    body = text[start:end]
    if not body.startswith("[") or _depth(body) > DEEPEST_JSON:
        return NotJson()
    try:
        read = json.loads(body, parse_int=len, parse_float=len, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return NotJson()
    tokens = [match for match in JSON_TOKEN.finditer(body) if match[0].startswith('"')]
    if not all(isinstance(item, str) for item in read) or len(tokens) != len(read):
        return NotStrings()
    return [
        Piece(_whole(item), start + token.start(), start + token.end())
        for item, token in zip(read, tokens, strict=True)
    ]


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _whole(text: str) -> str:
    """Lone surrogates become U+FFFD, as in Go."""
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)


def _depth(text: str) -> int:
    depth = deepest = 0
    for match in JSON_TOKEN.finditer(text):
        if match[0] in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif match[0] in "]}":
            depth -= 1
    return deepest
