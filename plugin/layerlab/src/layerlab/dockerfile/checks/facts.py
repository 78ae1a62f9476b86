"""What the checks are told, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from layerlab.dockerfile.span import Span


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001  # Docker's own word for it; imported by name where both are needed
    """One finding of BuildKit's linter.

    Attributes:
        rule: Name of the rule, such as `StageNameCasing`.
        message: Docker's detail text.
        span: Lines it points at: those of an instruction, or one line.
        stage: Index of the stage, or None for the whole file.
        instruction: Index of the instruction, or None.
    """

    rule: str
    message: str
    span: Span
    stage: int | None = None
    instruction: int | None = None


@dataclass(frozen=True, slots=True)
class StageFacts:
    """What `plan` knows of the stage an instruction stands in, when the instruction is dispatched.

    Attributes:
        index: Of the stage.
        has_shell: Whether the configuration has a Shell at this point (SHELL here, in a parent or the base image).
        workdir_set: Whether a WORKDIR stood earlier in the chain of stages of this file.
    """

    index: int
    has_shell: bool = False
    workdir_set: bool = False


@dataclass(frozen=True, slots=True)
class ExpansionFacts:
    """What came out of expanding one word of an instruction.

    Attributes:
        word: Raw word.
        text: Result.
        undefined: Names it used that weren't defined, in order.
        environment: Names a suggestion may be made from.
    """

    word: str
    text: str
    undefined: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
