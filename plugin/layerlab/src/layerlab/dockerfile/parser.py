"""Text → `Dockerfile`: lexer, instruction parser, stages. Never raises, whatever the text holds."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from layerlab.dockerfile.builders import BUILDERS, Head
from layerlab.dockerfile.defects import find_defects
from layerlab.dockerfile.flags import RefusedError
from layerlab.dockerfile.instructions import Arg, From, Instruction
from layerlab.dockerfile.lexer import lex
from layerlab.dockerfile.nodes import KEPT, Node
from layerlab.dockerfile.source import Source, read_source
from layerlab.dockerfile.span import Span
from layerlab.dockerfile.suggest import nearest, with_suggestion
from layerlab.dockerfile.syntax import Dockerfile, StageSyntax, Statement, SyntaxProblem


def parse(text: str | bytes, *, name: str = "Dockerfile") -> Dockerfile:
    """Read a Dockerfile as BuildKit v0.32 (`dockerfile/1.26`) does.

    Args:
        text: Its text; bytes that aren't UTF-8 are kept and named in `remarks`.
        name: Path it was read from, for messages of ours.

    Returns:
        The file; `errors` is empty where Docker reads it, else its first is the one Docker prints.
    """
    file = _parse(text)
    return file if file.name == name else replace(file, name=name)


@lru_cache(maxsize=4)
def _parse(text: str | bytes) -> Dockerfile:
    """A build, its problems, its advice and its views all read the text that was just built."""
    source = read_source(text)
    lexed = lex(source)
    reading = _Reading(source)
    for node in lexed.nodes:
        reading.add(node)
    errors = [*lexed.errors, *reading.errors]
    if lexed.nodes and not errors and not reading.has_stage:
        errors.append(SyntaxProblem("syntax.no-stages", "dockerfile contains no stages to build", None, "stages"))
    return Dockerfile(
        source,
        lexed.directives,
        tuple(reading.instructions),
        tuple(reading.stages()),
        tuple(reading.global_args),
        tuple(errors),
        find_defects(source),
        tuple(lexed.empty_continuations),
        tuple(lexed.comments),
        tuple(reading.statements),
    )


def parse_trigger(expression: str) -> Instruction | SyntaxProblem:
    r"""Read the trigger of an ONBUILD, as BuildKit does when a child is built.

    The escape character is a backslash again, whatever the parent's file said. Spans are those of the expression.
    """
    source = read_source(expression)
    lexed = lex(source)
    if lexed.errors:
        return lexed.errors[0]
    whole = source.line_span(1, max(len(source.lines), 1))
    if len(lexed.nodes) != 1:
        return SyntaxProblem("syntax.onbuild-single", "onbuild trigger should be a single expression", whole, "lexer")
    return _read(lexed.nodes[0], node_span(source, lexed.nodes[0]))[0]


def read_instruction(node: Node, span: Span) -> Instruction | SyntaxProblem:
    """A node as typed instruction, or what is wrong with it; the span is that of all its lines."""
    head: Head = (span, node.keyword.text, node.line.text, node.line.comments, node.index, node.flags)
    builder = BUILDERS.get(node.name)
    if builder is None:
        return unknown(node, span)
    try:
        return builder(node, head)
    except RefusedError as problem:
        return SyntaxProblem(problem.code, str(problem), span, "instruction", problem.values, problem.place)


def unknown(node: Node, span: Span) -> SyntaxProblem:
    """The problem of a keyword Docker doesn't know."""
    word = node.keyword.text
    message = with_suggestion(f"unknown instruction: {word}", word, BUILDERS, case_sensitive=False)
    meant = nearest(word, BUILDERS, case_sensitive=False) or ""
    code = "syntax.misspelt-instruction" if meant else "syntax.unknown-instruction"
    values = (("keyword", word), ("meant", meant))
    return SyntaxProblem(code, message, span, "instruction", values, node.keyword.span)


def node_span(source: Source, node: Node) -> Span:
    """All lines of a node, from its first character to the end of its last line."""
    line = node.line
    column = line.places[0][1]
    return Span(line.first, column, node.last, len(source.line(node.last)))


@lru_cache(maxsize=KEPT)
def _read(node: Node, span: Span) -> tuple[Instruction | SyntaxProblem, Statement]:
    """A node as instruction, or what is wrong with it, and as it stands in the file."""
    read = node.problem or read_instruction(node, span)
    problem = read if isinstance(read, SyntaxProblem) else None
    line = node.line
    return read, Statement(node.keyword, node.arguments, line.comments, span, node.index, line, problem)


class _Reading:
    """Instructions in the order BuildKit parses them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.instructions: list[Instruction] = []
        self.global_args: list[Arg] = []
        self.errors: list[SyntaxProblem] = []
        self.bodies: list[tuple[From, list[Instruction]]] = []
        self.statements: list[Statement] = []
        self.has_stage = False

    def add(self, node: Node) -> None:
        read, statement = _read(node, node_span(self.source, node))
        self.statements.append(statement)
        if node.name == "from":
            self.has_stage = True  # one with an error begins a stage too, or all that follows would be blamed
        match read:
            case SyntaxProblem():
                self.errors += [] if read is node.problem else [read]
                return
            case From():
                self.bodies.append((read, []))
            case Arg() if not self.has_stage:
                self.global_args.append(read)
            case _ if not self.has_stage:
                values = (("keyword", read.keyword.upper()),)
                message = "no build stage in current context"
                self.errors.append(SyntaxProblem("syntax.no-stage-yet", message, read.span, "stages", values))
            case _ if self.bodies:
                self.bodies[-1][1].append(read)
        self.instructions.append(read)

    def stages(self) -> list[StageSyntax]:
        return [StageSyntax(index, base, tuple(body)) for index, (base, body) in enumerate(self.bodies)]
