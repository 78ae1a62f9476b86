"""What a piece of advice is: a rule of ours, and what it found in one build. The table of rules is `advice.RULES`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from layerlab.advice.evidence import Evidence
from layerlab.dockerfile import Span
from layerlab.dockerfile.edits import Fix
from layerlab.filesystem.layer import Size

Value: TypeAlias = str | int | Size | tuple[int, ...] | tuple[str, ...]
"""What fills a placeholder: a text, a count, bytes, line numbers, or names."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule has to say about one place.

    Attributes:
        span: Where to look.
        values: Placeholders of the sentence.
        variant: Which of the rule's sentences; empty for the only one.
        cost: Bytes of the image it costs, or None where it costs none.
        rebuilds: Indices, in `BuildRecord.steps`, of the steps it makes run again.
        fix: The mechanical change, or None where it takes thought.
    """

    span: Span
    values: tuple[tuple[str, Value], ...] = ()
    variant: str = ""
    cost: Size | None = None
    rebuilds: tuple[int, ...] = ()
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """One finding with the rule it comes from."""

    rule: str
    found: Found


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of ours.

    Attributes:
        code: Stable id: `LL` and three digits.
        name: Stable name, in kebab case.
        variants: The sentences it chooses from; empty for a single one.
        check: From a build to findings.
    """

    code: str
    name: str
    variants: tuple[str, ...]
    check: Callable[[Evidence], Iterator[Found]]

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of all its sentences in `messages/advice`."""
        told = tuple(f"advice.{self.code}.{variant}" for variant in self.variants) or (f"advice.{self.code}",)
        return (*told, f"advice.{self.code}.title", f"advice.{self.code}.why")


def advice(code: str, name: str, *variants: str) -> Callable[[Callable[[Evidence], Iterator[Found]]], Rule]:
    """Make a rule of a function from a build to findings."""

    def make(check: Callable[[Evidence], Iterator[Found]]) -> Rule:
        return Rule(code, name, variants, check)

    return make
