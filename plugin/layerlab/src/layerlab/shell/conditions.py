"""`[[ … ]]` of bash: the words are expanded one by one, never split, and `==` compares with a pattern."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from layerlab.shell.patterns import matches
from layerlab.shell.syntax import Literal, Word
from layerlab.shell.testing import BINARY, NUMERIC, Files, is_unary, unary

if TYPE_CHECKING:
    from layerlab.shell.expansion import Expander


class Conditions:
    """Evaluates the inside of `[[ ]]`."""

    def __init__(self, expander: Expander, words: tuple[Word, ...]) -> None:
        self._expander = expander
        self._words = words
        self._position = 0
        state = expander.state
        self._files = Files(state.fs, state.cwd)

    def value(self) -> bool:
        """The truth of the condition. Raises `ValueError` with bash's words if it makes no sense."""
        value = self._or(live=True)
        if self._position < len(self._words):
            raise ValueError("syntax error in conditional expression")
        return value

    def _raw(self, ahead: int = 0) -> str | None:
        """A word as an operator: its text if it is one unquoted literal."""
        index = self._position + ahead
        if index >= len(self._words):
            return None
        word = self._words[index]
        if len(word) == 1 and isinstance(word[0], Literal) and not word[0].quoted:
            return word[0].text
        return ""

    def _or(self, *, live: bool) -> bool:
        value = self._and(live=live)
        while self._raw() == "||":
            self._position += 1
            right = self._and(live=live and not value)
            value = value or right
        return value

    def _and(self, *, live: bool) -> bool:
        value = self._not(live=live)
        while self._raw() == "&&":
            self._position += 1
            right = self._not(live=live and value)
            value = value and right
        return value

    def _not(self, *, live: bool) -> bool:
        if self._raw() == "!":
            self._position += 1
            return not self._not(live=live)
        return self._primary(live=live)

    def _primary(self, *, live: bool) -> bool:
        first = self._raw()
        if first is None:
            raise ValueError("syntax error in conditional expression")
        if first == "(":
            self._position += 1
            value = self._or(live=live)
            self._position += 1
            return value
        operator = self._raw(1)
        if operator in BINARY or operator == "=~":
            left, right = self._words[self._position], self._words[self._position + 2 : self._position + 3]
            self._position += 3
            return live and self._compare(left, operator or "", right[0] if right else ())
        if first in {"-v", "-o"} or is_unary(first):
            operand = self._words[self._position + 1 : self._position + 2]
            self._position += 2
            return live and self._unary(first, operand[0] if operand else ())
        self._position += 1
        return live and self._expander.text(self._words[self._position - 1]) != ""

    def _unary(self, operator: str, word: Word) -> bool:
        text = self._expander.text(word)
        if operator == "-v":
            return self._expander.state.get(text) is not None
        if operator == "-o":
            return text[:1] in self._expander.state.options
        return unary(self._files, operator, text)

    def _compare(self, left_word: Word, operator: str, right_word: Word) -> bool:
        left = self._expander.text(left_word)
        if operator in {"=", "==", "!="}:
            return matches(self._expander.pattern(right_word), left) == (operator != "!=")
        if operator == "=~":
            return self._regex(left, right_word)
        right = self._expander.text(right_word)
        if operator in NUMERIC:
            return self._numeric(left, operator, right)
        if operator in {"<", ">"}:
            return left < right if operator == "<" else left > right
        return self._files.compare(left, operator, right)

    def _numeric(self, left: str, operator: str, right: str) -> bool:
        one = self._expander.arithmetic((Literal(left),))
        other = self._expander.arithmetic((Literal(right),))
        return {
            "-eq": one == other, "-ne": one != other, "-lt": one < other, "-le": one <= other,
            "-gt": one > other, "-ge": one >= other,
        }[operator]  # fmt: skip

    def _regex(self, left: str, word: Word) -> bool:
        from layerlab.shell.regex import RegexError, translate  # noqa: PLC0415

        text = "".join(
            escape_regex(part.text) if isinstance(part, Literal) and part.quoted else self._expander.text((part,))
            for part in word
        )
        try:
            found = re.compile(translate(text, extended=True)).search(left)
        except (re.error, RegexError):
            raise ValueError("syntax error in conditional expression") from None
        groups = [found.group(0), *(group or "" for group in found.groups())] if found else []
        self._expander.state.set_array("BASH_REMATCH", list(enumerate(groups)))
        return found is not None


def escape_regex(text: str) -> str:
    """Quoted text of a regular expression stands for itself."""
    return re.sub(r"([\\.\[\](){}*+?^$|])", r"\\\1", text)
