"""What a rule is. The rules themselves stand in `parsing`, `stages` and `dispatching`; the table is `checks.RULES`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

from layerlab.dockerfile.checks.facts import Warning as CheckWarning
from layerlab.dockerfile.span import Span

Facts = TypeVar("Facts")
Phase: TypeAlias = Literal["parse", "stages", "dispatch"]
PAGES = "https://docs.docker.com/go/dockerfile/rule/"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule has to say.

    Attributes:
        message: Docker's detail text.
        span: Lines it points at.
        stage: Index of the stage, or None.
        instruction: Index of the instruction, or None.
        order: Place among the findings of several rules on one instruction.
    """

    message: str
    span: Span
    stage: int | None = None
    instruction: int | None = None
    order: int = 0


@dataclass(frozen=True, slots=True)
class Rule(Generic[Facts]):
    """A rule of BuildKit's linter.

    Attributes:
        name: As Docker prints it.
        description: Docker's sentence on it.
        phase: When it is looked at: over the whole text, over all FROMs, or per dispatched instruction.
        is_experimental: Whether `experimental=` has to turn it on.
        is_inline: Whether a comment above the instruction silences it.
        has_page: Whether Docker's documentation has a page for it.
        bad: A Dockerfile it complains about.
        good: The same done well.
        check: From facts to findings.
    """

    name: str
    description: str
    phase: Phase
    bad: str
    good: str
    check: Callable[[Facts], Iterator[Finding]]
    is_inline: bool = True
    is_experimental: bool = False
    has_page: bool = True

    @property
    def url(self) -> str:
        """Its page in Docker's documentation; empty without one."""
        return f"{PAGES}{kebab(self.name)}/" if self.has_page else ""

    @property
    def key(self) -> str:
        """Prefix of its explanation in `messages/checks`."""
        return f"checks.{self.name}"


def kebab(name: str) -> str:
    """`json-args-recommended` for `JSONArgsRecommended`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def rule(  # each is a column of the table
    name: str,
    description: str,
    phase: Phase,
    *,
    bad: str,
    good: str,
    is_inline: bool = True,
    is_experimental: bool = False,
    has_page: bool = True,
) -> Callable[[Callable[[Facts], Iterator[Finding]]], Rule[Facts]]:
    """Make a rule of a function from facts to findings."""

    def make(check: Callable[[Facts], Iterator[Finding]]) -> Rule[Facts]:
        return Rule(name, description, phase, bad, good, check, is_inline, is_experimental, has_page)

    return make


def as_warning(made_by: str, finding: Finding) -> CheckWarning:
    """The finding of a rule as warning."""
    return CheckWarning(made_by, finding.message, finding.span, finding.stage, finding.instruction)
