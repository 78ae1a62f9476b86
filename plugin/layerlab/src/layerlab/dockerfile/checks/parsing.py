"""Rules BuildKit looks at while it parses: they need the text alone, of all stages."""

from __future__ import annotations

from collections.abc import Iterator

from layerlab.dockerfile.checks.rule import Finding, rule
from layerlab.dockerfile.gotext import quote
from layerlab.dockerfile.instructions import Arg, From
from layerlab.dockerfile.syntax import Dockerfile, Statement

RESERVED = frozenset({"context", "scratch"})


@rule(
    "NoEmptyContinuation",
    "Empty continuation lines will become errors in a future release",
    "parse",
    bad="FROM alpine\nRUN echo a && \\\n\n    echo b\n",
    good="FROM alpine\nRUN echo a && \\\n    echo b\n",
    is_inline=False,
)
def no_empty_continuation(file: Dockerfile) -> Iterator[Finding]:
    """The last line of an instruction that goes on over blank lines; once however many there are."""
    for line in file.empty_continuations:
        yield Finding("Empty continuation line", file.source.line_span(line))


@rule(
    "MaintainerDeprecated",
    "The MAINTAINER instruction is deprecated, use a label instead to define an image author",
    "parse",
    bad="FROM alpine\nMAINTAINER me@example.com\n",
    good='FROM alpine\nLABEL org.opencontainers.image.authors="me@example.com"\n',
)
def maintainer_deprecated(statement: Statement) -> Iterator[Finding]:
    """Every MAINTAINER, even one that then fails."""
    if statement.keyword.text.lower() == "maintainer":
        yield _finding("Maintainer instruction is deprecated in favor of using label", statement)


@rule(
    "StageNameCasing",
    "Stage names should be lowercase",
    "parse",
    bad="FROM alpine AS BuilderBase\n",
    good="FROM alpine AS builder-base\n",
)
def stage_name_casing(statement: Statement) -> Iterator[Finding]:
    """The third of three words of a FROM."""
    if not _is_from(statement) or len(statement.words) != 3:
        return
    name = statement.words[2].text
    if name != name.lower():
        yield _finding(f"Stage name '{name}' should be lowercase", statement)


@rule(
    "FromAsCasing",
    "The 'as' keyword should match the case of the 'from' keyword",
    "parse",
    bad="FROM alpine as builder\n",
    good="FROM alpine AS builder\n",
)
def from_as_casing(statement: Statement) -> Iterator[Finding]:
    """Only where FROM itself is all upper or all lower case."""
    if not _is_from(statement) or len(statement.words) < 3:
        return
    keyword, word = statement.keyword.text, statement.words[1].text
    if not _is_consistent(keyword):
        return
    matches = word == word.lower() if keyword == keyword.lower() else word == word.upper()
    if not matches:
        yield _finding(f"'{word}' and '{keyword}' keywords' casing do not match", statement)


@rule(
    "InvalidDefinitionDescription",
    "Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`. If this is not"
    " intended to be a description comment, add an empty line or comment between the instruction and the comment.",
    "parse",
    bad="# check=experimental=InvalidDefinitionDescription\n# tag of the base\nARG VERSION=3\nFROM alpine:$VERSION\n",
    good="# check=experimental=InvalidDefinitionDescription\n# VERSION tag of the base\nARG VERSION=3\n"
    "FROM alpine:$VERSION\n",
    is_experimental=True,
)
def invalid_definition_description(read: From | Arg) -> Iterator[Finding]:
    """The last comment line above an ARG or a named FROM must begin with the name."""
    names = [read.name] if isinstance(read, From) else [item.name for item in read.items]
    if not read.comments or names == [""]:
        return
    if read.comments[-1].split(" ", 1)[0] in names:
        return
    kind = "FROM" if isinstance(read, From) else "ARG"
    shown = names[0] if len(names) == 1 else "<arg_key>"
    message = f"Comment for {kind} should follow the format: `# {shown} <description>`"
    yield Finding(message, read.span, instruction=read.index)


@rule(
    "ReservedStageName",
    "Reserved words should not be used as stage names",
    "parse",
    bad="FROM alpine AS scratch\n",
    good="FROM alpine AS builder\n",
    is_inline=False,
)
def reserved_stage_name(file: Dockerfile) -> Iterator[Finding]:
    """`scratch` and `context` mean something else already."""
    for stage in file.stages:
        if stage.name in RESERVED:
            message = f"Stage name should not use the same name as reserved stage {quote(stage.name)}"
            yield Finding(message, stage.base.span, stage.index, stage.base.index, order=stage.index)


@rule(
    "DuplicateStageName",
    "Stage names should be unique",
    "parse",
    bad="FROM alpine AS builder\nFROM alpine AS builder\n",
    good="FROM alpine AS builder\nFROM alpine AS runner\n",
    is_inline=False,
)
def duplicate_stage_name(file: Dockerfile) -> Iterator[Finding]:
    """The second and every later FROM of a name, in lower case."""
    seen: set[str] = set()
    for stage in file.stages:
        if stage.name in seen:
            message = f"Duplicate stage name {quote(stage.name)}, stage names should be unique"
            yield Finding(message, stage.base.span, stage.index, stage.base.index, order=stage.index)
        if stage.name:
            seen.add(stage.name)


@rule(
    "ConsistentInstructionCasing",
    "All commands within the Dockerfile should use the same casing (either upper or lower)",
    "parse",
    bad='FROM alpine\nrun echo hello\nCMD ["sh"]\n',
    good='FROM alpine\nRUN echo hello\nCMD ["sh"]\n',
    is_inline=False,
)
def consistent_instruction_casing(file: Dockerfile) -> Iterator[Finding]:
    """Keywords of stages: lower case wins only if strictly more are; global ARGs don't count."""
    read = [(stage.index, instruction) for stage in file.stages for instruction in (stage.base, *stage.instructions)]
    keywords = [instruction.keyword for _, instruction in read]
    lower = sum(keyword == keyword.lower() for keyword in keywords)
    upper = sum(keyword == keyword.upper() for keyword in keywords)
    wanted = "lowercase" if lower > upper else "uppercase"
    for stage, instruction in read:
        keyword = instruction.keyword
        if keyword != (keyword.lower() if wanted == "lowercase" else keyword.upper()):
            message = f"Command '{keyword}' should match the case of the command majority ({wanted})"
            yield Finding(message, instruction.span, stage, instruction.index)


def _is_from(statement: Statement) -> bool:
    return statement.keyword.text.lower() == "from"


def _is_consistent(keyword: str) -> bool:
    return keyword in {keyword.lower(), keyword.upper()}


def _finding(message: str, statement: Statement) -> Finding:
    return Finding(message, statement.span, instruction=statement.index)
