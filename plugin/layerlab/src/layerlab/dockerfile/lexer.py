"""The whole text → nodes, in the order and with the errors of BuildKit's parser.

Docker stops at the first error. Here reading goes on where it can, so that an editor sees them all.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace

from layerlab.dockerfile.directives import HeaderReader, find_check, find_syntax
from layerlab.dockerfile.expansion import ExpansionError
from layerlab.dockerfile.gotext import SPACE
from layerlab.dockerfile.heredocs import find_openings, read_body
from layerlab.dockerfile.instructions import Heredoc
from layerlab.dockerfile.logical import LONGEST_LINE, Lines, is_blank, is_comment, join
from layerlab.dockerfile.nodes import LexerError, Node, line_node, make_node, refused_node
from layerlab.dockerfile.source import BOM, Source
from layerlab.dockerfile.span import Span
from layerlab.dockerfile.syntax import Comment, Directive, Directives, SyntaxProblem

ESCAPES = ("\\", "`")


@dataclass(slots=True)
class Lexed:
    """What the lexer found.

    Attributes:
        nodes: In order.
        directives: Of the header.
        comments: Comment lines outside of instructions, directives left out.
        errors: In order.
        empty_continuations: Last lines of the instructions that go on over a blank line.
    """

    nodes: list[Node] = field(default_factory=list)
    directives: Directives = field(default_factory=Directives)
    comments: list[Comment] = field(default_factory=list)
    errors: list[SyntaxProblem] = field(default_factory=list)
    empty_continuations: list[int] = field(default_factory=list)


def lex(source: Source) -> Lexed:
    """Read a text into nodes."""
    if not source.text:
        problem = SyntaxProblem("syntax.empty-file", "the Dockerfile cannot be empty", None, "lexer")
        return Lexed(errors=[problem])
    return _Lexer(source).run()


class _Lexer:
    """One run over one text."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lines = Lines(source)
        self.header = HeaderReader()
        self.escape = "\\"
        self.accepted: list[Directive] = []
        self.pending: list[str] = []
        self.found = Lexed()
        self.seen_instruction = False

    def run(self) -> Lexed:
        while (line := self.lines.next()) is not None:
            text = line.removeprefix(BOM) if self.lines.at == 1 else line
            if is_comment(text):
                self.comment(text)
            elif is_blank(text):
                self.header.done = True
            else:
                self.header.done = True
                self.instruction(line)
        self.finish()
        check, syntax = find_check(self.source), find_syntax(self.source)
        self.found.directives = Directives(
            self.escape,
            syntax.value if syntax else None,
            check.value if check else None,
            tuple(self.accepted),
            check.span.start_line if check else 0,
        )
        return self.found

    def comment(self, line: str) -> None:
        number = self.lines.at
        stripped = line.rstrip("\r\n").lstrip(SPACE)
        try:
            directive = self.header.read(stripped, number)
            if directive is not None:
                self.directive(directive)
                return
        except ValueError as problem:
            name = str(problem).split()[2]
            self.refuse("syntax.duplicate-directive", str(problem), number - 1, place=number, values=(("name", name),))
            return
        text = line[1:].strip(SPACE)
        if text:
            self.pending.append(text)
        else:
            self.pending.clear()
        column = len(line) - len(line.lstrip(SPACE))
        span = Span(number, column, number, len(line.rstrip("\r\n")))
        self.found.comments.append(Comment(stripped[1:].strip(SPACE), span))

    def directive(self, directive: Directive) -> None:
        if directive.name == "escape":
            if directive.value not in ESCAPES:
                message = f"invalid escape token '{directive.value}' does not match ` or \\"
                number = directive.span.start_line
                values = (("value", directive.value),)
                self.refuse("syntax.bad-escape", message, number - 1, place=number, values=values)
                return
            self.escape = directive.value
        self.accepted.append(directive)

    def instruction(self, line: str) -> None:
        """Read the instruction that begins in a line."""
        self.seen_instruction = True
        node = self.node(line)
        heredocs = self.heredocs(node) if "<<" in node.line.text and node.may_have_heredocs else ()
        if heredocs is None:
            node, heredocs = replace(node, problem=self.found.errors[-1]), ()
        if heredocs or node.last != self.lines.at:
            node = replace(node, heredocs=heredocs, last=self.lines.at)
        self.found.nodes.append(node)
        self.pending.clear()

    def node(self, line: str) -> Node:
        """The instruction that begins in a line, up to its heredocs."""
        comments, index = tuple(self.pending), len(self.found.nodes)
        with suppress(LexerError):  # said below
            whole = line_node(line, self.lines.at, self.escape, comments, index)
            if whole is not None:
                return whole
        logical, over_blank = join(self.lines, line, self.escape, comments)
        if over_blank:
            self.found.empty_continuations.append(logical.last)
        try:
            return make_node(logical, self.escape, index)
        except LexerError as problem:
            span = self.source.line_span(logical.first, logical.last)
            refused = SyntaxProblem(problem.code, str(problem), span, "lexer", problem.values)
            self.found.errors.append(refused)
            return refused_node(logical, refused, index)

    def heredocs(self, node: Node) -> tuple[Heredoc, ...] | None:
        """Bodies of all heredocs of a node; None if it is refused."""
        first = node.line.first
        try:
            openings = find_openings(node.line.text)
        except ExpansionError as problem:
            span = self.source.line_span(first, node.line.last)
            self.found.errors.append(SyntaxProblem(problem.code, problem.message, span, "lexer"))
            return ()
        bodies: list[Heredoc] = []
        for opening in openings:
            body = read_body(self.lines, opening)
            if body is None:
                span = self.source.line_span(first, self.lines.at)
                place = self.source.line_span(first, node.line.last)
                values = (("name", opening.name),)
                message = "unterminated heredoc"
                refused = SyntaxProblem("syntax.unterminated-heredoc", message, span, "lexer", values, place)
                self.found.errors.append(refused)
                return None
            bodies.append(body)
        return tuple(bodies)

    def finish(self) -> None:
        """What is wrong with the file as a whole."""
        last = self.lines.at
        if not self.seen_instruction:
            self.refuse("syntax.no-instructions", "file with no instructions", last, place=max(last, 1))
        elif self.lines.too_long and not any(
            problem.code == "syntax.unterminated-heredoc" for problem in self.found.errors
        ):
            message = f"dockerfile line greater than max allowed size of {LONGEST_LINE}"
            self.refuse("syntax.line-too-long", message, last, place=last + 1)

    def refuse(
        self, code: str, message: str, line: int, *, place: int, values: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """Note an error that Docker locates at one line (0 for none) and we at another."""
        span = self.source.line_span(line) if line > 0 else None
        where = self.source.line_span(place)
        self.found.errors.append(SyntaxProblem(code, message, span, "lexer", values, where))
