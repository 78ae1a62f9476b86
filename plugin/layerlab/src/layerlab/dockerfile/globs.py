"""The patterns of ignore files, `--exclude` and `--parents`: what `moby/patternmatcher` makes of them.

It turns a pattern into a regular expression of RE2. Here the same expression is built, read into a short list of
steps and run as an automaton over sets of states: the work is the product of two lengths, whatever the pattern.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

ESCAPED = frozenset(".+()|{}$")
CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
DIGITS = (("0", "9"),)
WORD = (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))
BLANK = (("\t", "\n"), ("\f", "\r"), (" ", " "))
CLASSES = {"d": DIGITS, "w": WORD, "s": BLANK}

Ranges: TypeAlias = tuple[tuple[str, str], ...]
Test: TypeAlias = Callable[[str], bool]


class BadPatternError(ValueError):
    """A pattern Go refuses: `syntax error in pattern`."""

    def __init__(self) -> None:
        super().__init__("syntax error in pattern")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the automaton.

    Attributes:
        kind: `one` character, `many` (none included), `start` of the text, `dirs` (nothing, or anything up to a `/`).
        test: Which characters it takes.
    """

    kind: Literal["one", "many", "start", "dirs"]
    test: Test


def _is(wanted: str, char: str) -> bool:
    return char == wanted


def _is_not(unwanted: str, char: str) -> bool:
    return char != unwanted


def _any(_char: str) -> bool:
    return True


def _not_line_feed(char: str) -> bool:
    return char != "\n"


def _within(ranges: Ranges, negated: bool, char: str) -> bool:
    return any(low <= char <= high for low, high in ranges) != negated


NOT_SLASH: Test = partial(_is_not, "/")


def clean(path: str) -> str:
    """`filepath.Clean` of Go on Linux."""
    if not path:
        return "."
    rooted = path.startswith("/")
    kept: list[str] = []
    for part in path.split("/"):
        if part in {"", "."}:
            continue
        if part == ".." and kept and kept[-1] != "..":
            kept.pop()
        elif part != ".." or not rooted:
            kept.append(part)
    return ("/" if rooted else "") + "/".join(kept) or "."


@dataclass(frozen=True, slots=True)
class Glob:
    """A compiled pattern.

    Attributes:
        text: The cleaned pattern, without `!`.
        kind: How it is compared; `bad` fails at every attempt.
        steps: Of the automaton, for `steps`.
    """

    text: str
    kind: Literal["exact", "prefix", "suffix", "steps", "bad"]
    steps: tuple[Step, ...] = ()

    def matches(self, path: str) -> bool:
        """Whether it matches a whole slash path without leading slash.

        Raises:
            BadPatternError: For a pattern that only fails when it is used.
        """
        match self.kind:
            case "exact":
                return path == self.text
            case "prefix":
                return path.startswith(self.text[:-2])
            case "suffix":
                suffix = self.text[2:]
                return path.endswith(suffix) or (suffix.startswith("/") and path == suffix[1:])
            case "bad":
                raise BadPatternError
            case "steps":
                return _run(self.steps, path)

    @property
    def literal_prefix(self) -> str:
        """The pattern without a `/*` or `/**` at its end, for the judgement what may lie below a directory."""
        for ending in ("/**", "/*"):
            if self.text.endswith(ending):
                return self.text.removesuffix(ending)
        return self.text


def compile_glob(pattern: str) -> Glob:
    """Compile a cleaned pattern.

    Raises:
        BadPatternError: For one Go refuses at once.
    """
    check_glob(pattern)
    kind: Literal["exact", "prefix", "suffix", "steps"] = "exact"
    at = number = 0
    expression: list[str] = []
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*" and pattern.startswith("*", at):
            at += 1
            at += pattern.startswith("/", at)
            if at == len(pattern):
                kind = "prefix" if kind == "exact" else "steps"
                expression.append(".*")
            else:
                expression.append("(.*/)?")
                kind = "steps"
            if number == 0:
                kind = "suffix"
        elif char in "*?":
            expression.append("[^/]*" if char == "*" else "[^/]")
            kind = "steps"
        elif char in ESCAPED:
            expression.append("\\" + char)
        elif char == "\\" and at < len(pattern):
            expression.append("\\" + pattern[at])
            at += 1
            kind = "steps"
        else:
            expression.append(char)
            kind = "steps" if char in "[]" else kind
        number += 1
    if kind != "steps":
        return Glob(pattern, kind)
    try:
        return Glob(pattern, "steps", tuple(_read("".join(expression))))
    except BadPatternError:
        return Glob(pattern, "bad")


def check_glob(pattern: str) -> None:
    """The syntax check of `filepath.Match`.

    Raises:
        BadPatternError: For an unfinished class, an empty range, or a backslash at the end.
    """
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "\\":
            if at == len(pattern):
                raise BadPatternError
            at += 1
        elif char == "[":
            at += pattern.startswith("^", at)
            first = True
            while first or not pattern.startswith("]", at):
                at = _class_char(pattern, at)
                if pattern.startswith("-", at):
                    at = _class_char(pattern, at + 1)
                first = False
            at += 1


def _class_char(pattern: str, at: int) -> int:
    """Past one character of a class; the class must go on."""
    if at >= len(pattern) or pattern[at] in "-]":
        raise BadPatternError
    at += 1 + (pattern[at] == "\\")
    if at >= len(pattern):
        raise BadPatternError
    return at


def _read(expression: str) -> list[Step]:
    """The steps of the expression `compile_glob` has built."""
    steps: list[Step] = []
    at = 0
    while at < len(expression):
        if expression.startswith("(.*/)?", at):
            steps.append(Step("dirs", _not_line_feed))
            at += 6
            continue
        char = expression[at]
        if char == "^":
            steps.append(Step("start", _any))
            at += 1
            continue
        test, at = _atom(expression, at)
        if expression.startswith("*", at):
            steps.append(Step("many", test))
            at += 1
        else:
            steps.append(Step("one", test))
    return steps


def _atom(expression: str, at: int) -> tuple[Test, int]:
    char = expression[at]
    if char == "[":
        return _class(expression, at + 1)
    if char == ".":
        return _not_line_feed, at + 1
    if char != "\\":
        return partial(_is, char), at + 1
    escaped = expression[at + 1 : at + 2]
    if escaped.lower() in CLASSES and escaped:
        return partial(_within, CLASSES[escaped.lower()], escaped.isupper()), at + 2
    return partial(_is, _unescaped(escaped)), at + 2


def _unescaped(char: str) -> str:
    """The character an RE2 escape stands for."""
    if char in CONTROLS:
        return CONTROLS[char]
    if not char or (char.isascii() and char.isalnum()) or not char.isascii():
        raise BadPatternError
    return char


def _class(expression: str, at: int) -> tuple[Test, int]:
    """A class of RE2; a `]` right at its start is a member."""
    negated = expression.startswith("^", at)
    at += negated
    ranges: list[tuple[str, str]] = []
    first = True
    while first or not expression.startswith("]", at):
        if at >= len(expression):
            raise BadPatternError
        first = False
        escaped = expression[at + 1 : at + 2] if expression[at] == "\\" else ""
        if escaped and escaped in CLASSES:
            ranges += CLASSES[escaped]
            at += 2
            continue
        low, at = _member(expression, at)
        high = low
        if expression.startswith("-", at) and not expression.startswith("-]", at):
            high, at = _member(expression, at + 1)
        if high < low:
            raise BadPatternError
        ranges.append((low, high))
    return partial(_within, tuple(ranges), negated), at + 1


def _member(expression: str, at: int) -> tuple[str, int]:
    if at >= len(expression):
        raise BadPatternError
    if expression[at] != "\\":
        return expression[at], at + 1
    return _unescaped(expression[at + 1 : at + 2]), at + 2


def _run(steps: tuple[Step, ...], path: str) -> bool:
    """Whether the steps take the whole path; states are numbers of the next step."""
    states = _closure(steps, {0}, at_start=True)
    inside: set[int] = {state for state in states if state < len(steps) and steps[state].kind == "dirs"}
    for char in path:
        following: set[int] = set()
        for state in states:
            if state == len(steps):
                continue
            step = steps[state]
            if step.kind == "one" and step.test(char):
                following.add(state + 1)
            elif step.kind == "many" and step.test(char):
                following.add(state)
        if char == "\n":
            inside = set()
        elif char == "/":
            following |= {state + 1 for state in inside}
        states = _closure(steps, following, at_start=False)
        inside |= {state for state in states if state < len(steps) and steps[state].kind == "dirs"}
        if not states and not inside:
            return False
    return len(steps) in states


def _closure(steps: tuple[Step, ...], states: set[int], *, at_start: bool) -> set[int]:
    """The states with all that can be reached without a character."""
    reached = set(states)
    pending = list(states)
    while pending:
        state = pending.pop()
        if state == len(steps):
            continue
        kind = steps[state].kind
        free = kind in {"many", "dirs"} or (kind == "start" and at_start)
        if free and state + 1 not in reached:
            reached.add(state + 1)
            pending.append(state + 1)
    return reached
