"""What the checks are told, and what they answer.

Rules that need more than the text (phase *stages* and *dispatch* of BuildKit's linter) get one of the `…Facts` values
below, filled in by `layerlab.plan` at the moment BuildKit would look. `layerlab.dockerfile.checks` turns each into
warnings: `check_syntax(dockerfile, options)`, `check_default_name`, `check_from`, `check_base_platform`,
`check_instruction`, all `(facts, options) -> tuple[Warning, ...]` in BuildKit's order of emission.
"""

from __future__ import annotations

from dataclasses import dataclass

from layerlab.dockerfile.ignorefile import Ignore
from layerlab.dockerfile.instructions import From, Instruction
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
class WordFacts:
    """What came out of expanding one word.

    Attributes:
        word: Raw word.
        text: Result.
        used: Names it used that are defined, each once.
        undefined: Names it used that aren't, each once.
    """

    word: str
    text: str
    used: tuple[str, ...] = ()
    undefined: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DefaultNameFacts:
    """A FROM whose name was expanded with the defaults of the global ARGs alone, no `--build-arg`.

    Attributes:
        stage: Index of the stage.
        instruction: Its FROM.
        is_valid: Whether the result is a valid image reference (`layerlab.image.reference` says so).
    """

    stage: int
    instruction: From
    is_valid: bool


@dataclass(frozen=True, slots=True)
class FromFacts:
    """A FROM after the expansion of its name and platform.

    Attributes:
        stage: Index of the stage.
        instruction: Its FROM.
        name: Expansion of the image name.
        platform: Expansion of `--platform`, or None without it.
        declared: Names that may be used: global ARGs (also without a value) and platform arguments.
        target_platform: Value of TARGETPLATFORM in the global scope, such as `linux/amd64`.
        platform_parts: (os, architecture) the expanded platform parses to, or None if it doesn't.
    """

    stage: int
    instruction: From
    name: WordFacts
    platform: WordFacts | None
    declared: tuple[str, ...]
    target_platform: str
    platform_parts: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class BasePlatformFacts:
    """A base image after its metadata came.

    Attributes:
        stage: Index of the stage.
        instruction: Its FROM.
        image: Name as the message shows it.
        expected: `os/arch[/variant]` asked for.
        actual: `os/arch[/variant]` of the image.
    """

    stage: int
    instruction: From
    image: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class InstructionFacts:
    """An instruction at the moment it is dispatched.

    Attributes:
        stage: Index of the stage.
        instruction: The instruction, or an ONBUILD trigger.
        span: Lines to point at: the instruction's, or those of the FROM for a trigger.
        words: Every word of it that was expanded, in order (ports in words mode aren't among them).
        variables: Names that are set in the stage at this point, for suggestions.
        declared: Names of all ARGs declared so far in the stage or its parents.
        pairs: Expanded names of ENV, names of ARG.
        has_shell: Whether the configuration has a Shell.
        workdir_set: Whether an earlier WORKDIR stands in the chain of stages of this file.
        path: Expanded path of WORKDIR.
        ports: Expanded tokens of EXPOSE.
        sources: Expanded sources of COPY and ADD.
        ignore: Rules that hold for the sources; None without an ignore file, and with `--from`.
        earlier: Span of the last CMD, ENTRYPOINT or HEALTHCHECK (the same instruction) of this stage, if any.
        earlier_index: Its index among the instructions.
        is_expanded: Whether all its words could be expanded; else it was not looked at any further.
    """

    stage: int
    instruction: Instruction
    span: Span
    words: tuple[WordFacts, ...] = ()
    variables: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()
    has_shell: bool = False
    workdir_set: bool = False
    path: str = ""
    ports: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    ignore: Ignore | None = None
    earlier: Span | None = None
    earlier_index: int | None = None
    is_expanded: bool = True
