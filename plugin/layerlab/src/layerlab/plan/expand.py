"""Expansion of one instruction's words, remembering what the checks want to know of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from layerlab.dockerfile.checks.facts import WordFacts
from layerlab.dockerfile.expansion import WORD, Expanded, ExpansionError, Mode, expand, expand_heredoc

__all__ = ["Expander", "ExpansionError"]

NO_COLON = re.compile(r"(?<!\\)\$\{\w+[^:?}\w]")
"""A modifier that Docker 20.10 doesn't know."""

OTHER_MODIFIER = re.compile(r"(?<!\\)\$\{\w+:([^-+?])")
"""One behind a colon, which it names without the colon."""

RUN_NAME = Mode(raw_quotes=True, keep_unset=True)
"""How a RUN's step name is expanded."""


@dataclass(slots=True)
class Expander:
    """Expands words in one scope; one is made for each instruction.

    Attributes:
        values: Variables in scope.
        escape: Escape character of the file.
        needs_colon: Docker 20.10's way: only `${name:-word}`, `${name:+word}` and `${name:?word}` are known.
        facts: Of every word expanded so far, in order.
    """

    values: Mapping[str, str]
    escape: str
    needs_colon: bool = False
    facts: list[WordFacts] = field(default_factory=list)

    def word(self, raw: str) -> str:
        """One word, quotes removed."""
        if self.needs_colon and NO_COLON.search(raw):
            raise ExpansionError("expansion.modifier", raw, "missing ':' in substitution")
        if self.needs_colon and (found := OTHER_MODIFIER.search(raw)):
            raise ExpansionError("expansion.modifier", raw, f"unsupported modifier ({found[1]}) in substitution")
        try:
            return self._noted(raw, expand(raw, self.values, self.escape))
        except ExpansionError as error:
            self._noted(raw, Expanded("", (), error.used, error.undefined))
            raise

    def maybe(self, raw: str | None) -> str | None:
        """A flag's value, where it is given."""
        return None if raw is None else self.word(raw)

    def words(self, raw: str) -> tuple[str, ...]:
        """Words mode: what is substituted is split at blanks too. Leaves no facts: the checks don't look at it."""
        return expand(raw, self.values, self.escape).words

    def heredoc(self, raw: str) -> str:
        """A heredoc's body: quotes mean nothing, a backslash escapes whatever the file's escape character is."""
        return self._noted(raw, expand_heredoc(raw, self.values))

    def name(self, raw: str, *, keep_quotes: bool) -> str:
        """The text of a step name; as written where it can't be expanded.

        Args:
            raw: The logical line.
            keep_quotes: RUN's way: quotes and variables without a value stay.
        """
        try:
            return expand(raw, self.values, self.escape, RUN_NAME if keep_quotes else WORD).text
        except ExpansionError:
            return raw

    def known(self, names: Iterable[str]) -> None:
        """Take names that are declared without value off the last word's undefined ones."""
        last, gone = self.facts[-1], frozenset(names)
        self.facts[-1] = replace(last, undefined=tuple(name for name in last.undefined if name not in gone))

    def _noted(self, raw: str, done: Expanded) -> str:
        self.facts.append(WordFacts(raw, done.text, done.used, done.undefined))
        return done.text
