"""What the operators in `${name OPERATOR word}` do to a value that is set."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from layerlab.shell.arithmetic import ArithmeticFailure, evaluate
from layerlab.shell.patterns import compiled, translate
from layerlab.shell.state import ShellFailure
from layerlab.shell.syntax import Literal, Parameter, Word

if TYPE_CHECKING:
    from layerlab.shell.expansion import Expander


def transform(expander: Expander, part: Parameter, value: str) -> str:
    """The value with the operator applied."""
    word = part.word or ()
    match part.operator:
        case "":
            return value
        case "length":
            return str(len(value.encode("utf-8", "surrogateescape")))
        case "#" | "##":
            return strip_prefix(value, expander.pattern(word), longest=part.operator == "##")
        case "%" | "%%":
            return strip_suffix(value, expander.pattern(word), longest=part.operator == "%%")
        case "/" | "//":
            return _replace(expander, value, word, every=part.operator == "//")
        case ":":
            return _substring(expander, value, word)
        case "^^":
            return value.upper()
        case ",,":
            return value.lower()
        case "^":
            return value[:1].upper() + value[1:]
        case ",":
            return value[:1].lower() + value[1:]
        case "@":
            return "'" + value.replace("'", "'\\''") + "'" if expander.text(word) == "Q" else value
        case _:
            return value


def strip_prefix(value: str, pattern: str, *, longest: bool) -> str:
    """Without the shortest or longest beginning that matches."""
    matcher = compiled(pattern)
    lengths = range(len(value), -1, -1) if longest else range(len(value) + 1)
    for length in lengths:
        if matcher.match(value[:length]) is not None:
            return value[length:]
    return value


def strip_suffix(value: str, pattern: str, *, longest: bool) -> str:
    """Without the shortest or longest end that matches."""
    matcher = compiled(pattern)
    starts = range(len(value) + 1) if longest else range(len(value), -1, -1)
    for start in starts:
        if matcher.match(value[start:]) is not None:
            return value[:start]
    return value


def _replace(expander: Expander, value: str, word: Word, *, every: bool) -> str:
    pattern_word, replacement_word = _split(word)
    pattern = expander.pattern(pattern_word)
    replacement = expander.text(replacement_word)
    if not pattern:
        return value
    anchor = pattern[0] if not every and pattern[0] in "#%" and len(pattern) > 1 else ""
    if anchor == "#":
        return re.sub(r"\A" + translate(pattern[1:]), lambda _: replacement, value, count=1, flags=re.DOTALL)
    if anchor == "%":
        return re.sub(translate(pattern[1:]) + r"\Z", lambda _: replacement, value, count=1, flags=re.DOTALL)
    expression = re.compile(translate(pattern), re.DOTALL)
    out: list[str] = []
    position = 0
    while position < len(value):
        found = expression.match(value, position)
        if found is not None and found.end() > position:
            out.append(replacement)
            position = found.end()
            if not every:
                break
        else:
            out.append(value[position])
            position += 1
    return "".join(out) + value[position:]


def _split(word: Word) -> tuple[Word, Word]:
    """Pattern and replacement, at the first unquoted slash."""
    for index, part in enumerate(word):
        if isinstance(part, Literal) and not part.quoted and "/" in part.text[1 if index == 0 else 0 :]:
            skip = 1 if index == 0 and part.text.startswith("/") else 0
            at = part.text.index("/", skip)
            before, after = part.text[:at], part.text[at + 1 :]
            return (*word[:index], Literal(before)), ((Literal(after),) if after else ()) + word[index + 1 :]
    return word, ()


def _substring(expander: Expander, value: str, word: Word) -> str:
    offset_text, colon, length_text = expander.text(word).partition(":")
    try:
        offset = evaluate(offset_text, expander.state)
        length = evaluate(length_text, expander.state) if colon else len(value)
    except ArithmeticFailure as failure:
        raise ShellFailure("arithmetic syntax error", 2) from failure
    start = max(offset + len(value), 0) if offset < 0 else offset
    if offset < 0 and -offset > len(value):
        return ""
    end = len(value) + length if length < 0 else start + length
    return value[start : max(end, start)]
