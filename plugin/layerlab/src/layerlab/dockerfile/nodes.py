"""A logical line → a node: keyword, flags, arguments split the way the keyword wants them. Nothing is validated yet.

The errors that can arise here are those BuildKit's lexer raises: they carry no `dockerfile parse error` prefix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import TypeAlias

from layerlab.dockerfile.gotext import BLANKS, quote
from layerlab.dockerfile.instructions import Flag, Heredoc
from layerlab.dockerfile.logical import Logical, alone
from layerlab.dockerfile.span import Word
from layerlab.dockerfile.syntax import SyntaxProblem
from layerlab.dockerfile.words import (
    ASCII_SPACE,
    NotJson,
    NotStrings,
    Piece,
    read_flags,
    read_json,
    split_blanks,
    split_quoted,
    trimmed,
)

KEPT = 1024
"""How many lines are remembered: an edit leaves most of a text as it was, and where it was."""

HEREDOC_KEYWORDS = frozenset({"run", "copy", "add"})


class LexerError(ValueError):
    """What BuildKit's lexer refuses.

    Attributes:
        code: Stable name.
        values: For the explanation.
    """

    def __init__(self, code: str, message: str, **values: str) -> None:
        super().__init__(message)
        self.code = code
        self.values = tuple(values.items())


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A logical line, split. Compared by identity: the same line of a text that is read again is the same node.

    Attributes:
        line: The logical line.
        keyword: As spelled.
        flags: As written.
        arguments: Words; for ENV and LABEL names and values by turns.
        pieces: For ENV, LABEL and ARG: the items as a whole.
        is_json: Whether the JSON form was recognised.
        is_legacy: Whether ENV or LABEL has a blank instead of `=`.
        trigger: What ONBUILD wraps.
        heredocs: In order.
        last: Last physical line, heredocs included.
        index: Among the file's instructions.
        problem: What the lexer refused, or None.
    """

    line: Logical
    keyword: Word
    flags: tuple[Flag, ...] = ()
    arguments: tuple[Word, ...] = ()
    pieces: tuple[Word, ...] = ()
    is_json: bool = False
    is_legacy: bool = False
    trigger: Node | None = None
    heredocs: tuple[Heredoc, ...] = ()
    last: int = 0
    index: int = 0
    problem: SyntaxProblem | None = None

    @property
    def name(self) -> str:
        """The keyword in lower case."""
        return self.keyword.text.lower()

    @property
    def may_have_heredocs(self) -> bool:
        """Whether `<<WORD` means anything in it."""
        node = self.trigger if self.name == "onbuild" and self.trigger is not None else self
        return node.name in HEREDOC_KEYWORDS and not node.is_json


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a splitter makes of the argument text."""

    words: tuple[Word, ...] = ()
    pieces: tuple[Word, ...] = ()
    is_json: bool = False
    is_legacy: bool = False
    trigger: Node | None = None


@lru_cache(maxsize=KEPT)
def make_node(line: Logical, escape: str, index: int) -> Node:
    """Split a logical line, the one with this index among the file's instructions.

    Raises:
        LexerError: With BuildKit's message.
    """
    return _split(line, escape, index)


def _split(line: Logical, escape: str, index: int) -> Node:
    start, end = trimmed(line.text, 0, len(line.text))
    return _node(line, start, end, escape, index)


@lru_cache(maxsize=KEPT)
def line_node(line: str, number: int, escape: str, comments: tuple[str, ...], index: int) -> Node | None:
    """The node of an instruction that is one physical line (with its ending and number); None for one that goes on.

    Raises:
        LexerError: As `make_node`.
    """
    logical = alone(line, number, escape, comments)
    return None if logical is None else _split(logical, escape, index)


def refused_node(line: Logical, problem: SyntaxProblem, index: int) -> Node:
    """A node for a line the lexer refuses: keyword and nothing else."""
    start, end = trimmed(line.text, 0, len(line.text))
    keyword = split_blanks(line.text, start, end, 2)[0]
    return Node(line, _word(line, keyword), last=line.last, index=index, problem=problem)


def _node(line: Logical, start: int, end: int, escape: str, index: int = 0) -> Node:
    pieces = split_blanks(line.text, start, end, 2)
    keyword = _word(line, pieces[0])
    flags: list[Piece] = []
    rest = end
    if len(pieces) == 2:
        flags, rest = read_flags(line.text, pieces[1].start, end, escape)
        rest, end = trimmed(line.text, rest, end)
    splitter = SPLITTERS.get(keyword.text.lower())
    found = splitter(line, rest, end, escape) if splitter else Arguments()
    return Node(
        line,
        keyword,
        tuple(_flag(line, piece) for piece in flags),
        found.words,
        found.pieces,
        found.is_json,
        found.is_legacy,
        found.trigger,
        (),
        line.last,
        index,
    )


def _word(line: Logical, piece: Piece) -> Word:
    return Word(piece.text, line.span(piece.start, piece.end))


def _words(line: Logical, pieces: list[Piece]) -> tuple[Word, ...]:
    return tuple(_word(line, piece) for piece in pieces)


def _flag(line: Logical, piece: Piece) -> Flag:
    name, equals, value = piece.text.partition("=")
    return Flag(name[2:], value if equals else None, line.span(piece.start, piece.end))


Splitter: TypeAlias = Callable[[Logical, int, int, str], Arguments]


def _text(line: Logical, start: int, end: int, _escape: str) -> Arguments:
    if start >= end:
        return Arguments()
    return Arguments((Word(line.text[start:end], line.span(start, end)),))


def _blanks(line: Logical, start: int, end: int, _escape: str) -> Arguments:
    return Arguments(_words(line, split_blanks(line.text, start, end))) if start < end else Arguments()


def _json(line: Logical, start: int, end: int) -> Arguments | None:
    match read_json(line.text, start, end):
        case NotJson():
            return None
        case NotStrings():
            raise LexerError(
                "syntax.json-not-strings",
                "when using JSON array syntax, arrays must be comprised of strings only",
            )
        case pieces:
            return Arguments(_words(line, pieces), is_json=True)


def _json_or_text(line: Logical, start: int, end: int, escape: str) -> Arguments:
    return _json(line, start, end) or _text(line, start, end, escape)


def _json_or_blanks(line: Logical, start: int, end: int, escape: str) -> Arguments:
    return _json(line, start, end) or _blanks(line, start, end, escape)


def _quoted(line: Logical, start: int, end: int, escape: str) -> Arguments:
    words = _words(line, split_quoted(line.text, start, end, escape))
    return Arguments(words, words)


def _pairs(keyword: str) -> Splitter:
    """The splitter of ENV and LABEL."""

    def split(line: Logical, start: int, end: int, escape: str) -> Arguments:
        pieces = split_quoted(line.text, start, end, escape)
        if not pieces:
            return Arguments()
        if "=" not in pieces[0].text:
            halves = split_blanks(line.text, start, end, 2)
            if len(halves) < 2:
                raise LexerError("syntax.two-arguments", f"{keyword} must have two arguments", keyword=keyword)
            whole = Piece(line.text[start:end], start, end)
            return Arguments(_words(line, halves), (_word(line, whole),), is_legacy=True)
        words: list[Word] = []
        for piece in pieces:
            name, equals, value = piece.text.partition("=")
            if not equals:
                raise LexerError(
                    "syntax.missing-equals",
                    f"Syntax error - can't find = in {quote(piece.text)}. Must be of the form: name=value",
                    word=piece.text,
                    keyword=keyword,
                )
            span = line.span(piece.start, piece.end)
            words += [Word(name, span), Word(value, span)]
        return Arguments(tuple(words), _words(line, pieces))

    return split


def _health(line: Logical, start: int, end: int, escape: str) -> Arguments:
    stop = start
    while stop < end and line.text[stop] not in ASCII_SPACE:
        stop += 1
    if stop == start:
        return Arguments()
    kind = Word(line.text[start:stop], line.span(start, stop))
    while stop < end and line.text[stop] in ASCII_SPACE:
        stop += 1
    found = _json_or_text(line, stop, end, escape)
    return replace(found, words=(kind, *found.words))


def _trigger(line: Logical, start: int, end: int, escape: str) -> Arguments:
    """ONBUILD: an ONBUILD inside is refused later, so it is not followed."""
    if start >= end:
        return Arguments()
    first = BLANKS.split(line.text[start:end], maxsplit=1)[0]
    if first.lower() == "onbuild":
        keyword = Word(first, line.span(start, start + len(first)))
        return Arguments((keyword,), trigger=Node(line, keyword, last=line.last))
    inner = _node(line, start, end, escape)
    return Arguments((inner.keyword, *inner.arguments), trigger=inner)


SPLITTERS: Mapping[str, Splitter] = MappingProxyType(
    {
        "add": _json_or_blanks,
        "arg": _quoted,
        "cmd": _json_or_text,
        "copy": _json_or_blanks,
        "entrypoint": _json_or_text,
        "env": _pairs("ENV"),
        "expose": _blanks,
        "from": _blanks,
        "healthcheck": _health,
        "label": _pairs("LABEL"),
        "maintainer": _text,
        "onbuild": _trigger,
        "run": _json_or_text,
        "shell": _json_or_text,
        "stopsignal": _text,
        "user": _text,
        "volume": _json_or_blanks,
        "workdir": _text,
    }
)
"""How the argument text of each instruction is split."""
