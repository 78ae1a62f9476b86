"""A Dockerfile as it is read: its source, directives, instructions, stages, and everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from layerlab.dockerfile.instructions import Arg, From, Instruction
from layerlab.dockerfile.logical import Logical
from layerlab.dockerfile.source import Source
from layerlab.dockerfile.span import Span, Word

Phase: TypeAlias = Literal["source", "lexer", "instruction", "stages"]
"""When Docker meets a problem: reading bytes, lines → nodes, nodes → instructions, or instructions → stages."""


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Something that keeps a Dockerfile from being built.

    Attributes:
        code: Stable name such as `syntax.unknown-instruction`; explanations are keyed by it.
        message: Docker's text without the prefix of its phase (or ours, for phase `source`).
        span: Lines Docker marks; None where it shows no place.
        phase: Where Docker meets it.
        values: What the explanation may name, by placeholder.
        place: Where an editor should point, if that is elsewhere or narrower than the span.
    """

    code: str
    message: str
    span: Span | None
    phase: Phase
    values: tuple[tuple[str, str], ...] = ()
    place: Span | None = None

    @property
    def where(self) -> Span | None:
        """Where an editor should point."""
        return self.place or self.span

    @property
    def docker_text(self) -> str:
        """What stands after `failed to solve: `, prefix included (BuildKit)."""
        if self.phase == "instruction" and self.span is not None:
            return f"dockerfile parse error on line {self.span.start_line}: {self.message}"
        return self.message


@dataclass(frozen=True, slots=True)
class Directive:
    """A parser directive of the header.

    Attributes:
        name: In lower case: `syntax`, `escape` or `check`.
        value: After `=`, trimmed.
        span: Its line.
    """

    name: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Directives:
    """What the header says, by each of BuildKit's three readers.

    Attributes:
        escape: Escape character, a backslash or a backtick.
        syntax: Value of `syntax`, or None.
        check: Value of `check`, or None.
        all: Directives the main parser accepted, in order.
        check_line: Line of `check`, or 0.
    """

    escape: str = "\\"
    syntax: str | None = None
    check: str | None = None
    all: tuple[Directive, ...] = ()
    check_line: int = 0


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment line.

    Attributes:
        text: Without `#`, trimmed.
        span: Where it stands.
    """

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Statement:
    """An instruction as it stands in the file, readable or not.

    Attributes:
        keyword: Where and how it is spelled.
        words: Its arguments, split the way its keyword wants them, not validated.
        comments: Texts of the comment lines directly above.
        span: All its lines.
        index: Among the statements; the same as that of its instruction.
        line: Its joined line, with the places of its characters.
        problem: Why there is no instruction for it, or None.
    """

    keyword: Word
    words: tuple[Word, ...]
    comments: tuple[str, ...]
    span: Span
    index: int
    line: Logical
    problem: SyntaxProblem | None = None


@dataclass(frozen=True, slots=True)
class StageSyntax:
    """A FROM and what follows it up to the next.

    Attributes:
        index: From 0.
        base: Its FROM.
        instructions: What follows FROM, without it.
    """

    index: int
    base: From
    instructions: tuple[Instruction, ...]

    @property
    def name(self) -> str:
        """Lower-cased name, or empty."""
        return self.base.name

    @property
    def display_name(self) -> str:
        """The name, or `stage-N`."""
        return self.base.name or f"stage-{self.index}"


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A Dockerfile that was read, wrong or right.

    Attributes:
        source: The text, byte for byte.
        directives: Of the header.
        instructions: All that could be read, in order, global ARGs included.
        stages: In order, as far as their FROM could be read: look at `errors` first.
        global_args: ARGs before the first FROM.
        errors: In the order Docker meets them: it prints only the first.
        remarks: What we say about the file apart from Docker: it is binary, has undecodable bytes, ….
        empty_continuations: Last line of each instruction that goes on over a blank line.
        comments: All comment lines outside of continuations and heredocs, header directives left out.
        statements: All instructions in order, with those that hold an error.
        name: Path the file was read from.
    """

    source: Source
    directives: Directives
    instructions: tuple[Instruction, ...]
    stages: tuple[StageSyntax, ...]
    global_args: tuple[Arg, ...]
    errors: tuple[SyntaxProblem, ...] = ()
    remarks: tuple[SyntaxProblem, ...] = ()
    empty_continuations: tuple[int, ...] = ()
    comments: tuple[Comment, ...] = ()
    statements: tuple[Statement, ...] = ()
    name: str = "Dockerfile"

    @property
    def ok(self) -> bool:
        """Whether Docker reads it without an error."""
        return not self.errors
