"""The tree of a Go template: typed nodes, each with its place, and the parser that makes them."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeAlias

from layerlab.docker.template.lexer import Token, syntax_error, tokens
from layerlab.docker.template.literals import constant


@dataclass(frozen=True, slots=True)
class Text:
    """Text between actions."""

    text: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A string, a number, true, false or nil; `source` is how it was written."""

    value: object
    source: str
    at: int


@dataclass(frozen=True, slots=True)
class Path:
    """Fields from the dot, a variable or a pipeline in parentheses.

    Attributes:
        start: None for the dot, `$name` for a variable, or a pipeline.
        fields: Names in order.
        at: Where Go says it is: at the second field of a longer chain.
    """

    start: str | Pipeline | None
    fields: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Function:
    """A function's name as the first word of a command, or alone as an argument."""

    name: str
    at: int


Operand: TypeAlias = "Constant | Path | Function"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands, each fed to the next as its last argument.

    Attributes:
        commands: Words of each command.
        variables: `$name`s that take the result.
        declares: Whether they are new (`:=`).
        at: Where it starts.
    """

    commands: tuple[tuple[Operand, ...], ...]
    variables: tuple[str, ...]
    declares: bool
    at: int


@dataclass(frozen=True, slots=True)
class Action:
    """`{{pipeline}}`."""

    pipeline: Pipeline


@dataclass(frozen=True, slots=True)
class Branch:
    """`{{if}}`, `{{with}}` or `{{range}}` with its `{{else}}`."""

    keyword: str
    pipeline: Pipeline
    body: tuple[Node, ...]
    otherwise: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Jump:
    """`{{break}}` or `{{continue}}`."""

    keyword: str


Node: TypeAlias = "Text | Action | Branch | Jump"


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template."""

    source: str
    nodes: tuple[Node, ...]


KEYWORDS = frozenset({"if", "else", "end", "range", "with", "break", "continue", "define", "template", "block"})
NAMED = {"true": True, "false": False, "nil": None}


def parse(source: str, functions: AbstractSet[str]) -> Template:
    """Parse a template.

    Args:
        source: Its text.
        functions: The functions there are.

    Raises:
        TemplateError: With Go's message, such as `template: :1: unexpected "}" in operand`.
    """
    parser = _Parser(source, functions)
    nodes, _ = parser.block(())
    return Template(source, nodes)


class _Parser:
    def __init__(self, source: str, functions: AbstractSet[str]) -> None:
        self.source = source
        self.functions = functions
        self.queue = list(tokens(source))
        self.at = 0
        self.variables = ["$"]
        self.loops = 0

    def peek(self, *, blanks: bool = True) -> Token:
        if blanks:
            while self.queue[self.at].kind == "space":
                self.at += 1
        return self.queue[self.at]

    def next(self, *, blanks: bool = True) -> Token:
        token = self.peek(blanks=blanks)
        self.at += 1
        return token

    def fail(self, token: Token, message: str) -> Exception:
        return syntax_error(self.source, token.at, message)

    def block(self, ends: tuple[str, ...]) -> tuple[tuple[Node, ...], str]:
        """Nodes up to `{{end}}` or `{{else}}`; the closing `}}` of `{{else` is left to the caller."""
        nodes: list[Node] = []
        while True:
            token = self.next(blanks=False)
            if token.kind == "eof":
                if ends:
                    raise self.fail(token, "unexpected EOF")
                return tuple(nodes), ""
            if token.kind == "text":
                nodes.append(Text(token.text))
                continue
            word = self.peek()
            keyword = word.text if word.kind == "name" and word.text in KEYWORDS else ""
            if keyword in {"end", "else"}:
                self.next()
                if keyword not in ends:
                    raise self.fail(word, f"unexpected {{{{{keyword}}}}}")
                return tuple(nodes), keyword
            nodes.append(self.action(keyword))

    def action(self, keyword: str) -> Node:
        if keyword in {"if", "with", "range"}:
            self.next()
            return self.branch(keyword)
        if keyword in {"break", "continue"}:
            token = self.next()
            self.close(keyword)
            if not self.loops:
                raise self.fail(token, f"{{{{{keyword}}}}} outside {{{{range}}}}")
            return Jump(keyword)
        if keyword:
            raise self.fail(self.peek(), f"unexpected <{keyword}> in command")
        pipeline = self.pipeline("command", "close")
        return Action(pipeline)

    def branch(self, keyword: str) -> Branch:
        known = len(self.variables)
        self.loops += keyword == "range"
        pipeline = self.pipeline(keyword, "close")
        body, end = self.block(("end", "else"))
        self.loops -= keyword == "range"
        otherwise: tuple[Node, ...] = ()
        if end == "else":
            word = self.peek()
            if word.kind == "name" and word.text in {"if", "with"} and keyword == word.text:
                self.next()
                otherwise = (self.branch(keyword),)
                del self.variables[known:]
                return Branch(keyword, pipeline, body, otherwise)
            self.close("else")
            otherwise, _ = self.block(("end",))
        self.close("end")
        del self.variables[known:]
        return Branch(keyword, pipeline, body, otherwise)

    def close(self, context: str) -> None:
        token = self.next()
        if token.kind != "close":
            raise self.fail(token, f"unexpected {_shown(token)} in {context}")

    def pipeline(self, context: str, end: str) -> Pipeline:
        start = self.peek()
        variables, declares = self.declaration(context)
        commands: list[tuple[Operand, ...]] = []
        while True:
            token = self.peek()
            if token.kind == end or (end == ")" and token.text == ")"):
                self.next()
                if not commands:
                    raise self.fail(token, f"missing value for {context}")
                return Pipeline(tuple(commands), variables, declares, start.at)
            commands.append(self.command(context))

    def declaration(self, context: str) -> tuple[tuple[str, ...], bool]:
        mark = self.at
        names: list[str] = []
        while self.peek().kind == "variable":
            names.append(self.next().text)
            token = self.peek()
            if token.text in {":=", "="}:
                self.next()
                if token.text == ":=":
                    self.variables.extend(names)
                return tuple(names), token.text == ":="
            if token.text != "," or context != "range":
                break
            self.next()
        self.at = mark
        return (), False

    def command(self, context: str) -> tuple[Operand, ...]:
        words: list[Operand] = []
        while True:
            token = self.peek()
            if token.kind == "close" or token.text == ")":
                break
            if token.text == "|" and token.kind == "punct":
                self.next()
                if self.peek().kind == "close":
                    raise self.fail(self.peek(), f"missing value for {context}")
                break
            words.append(self.operand(context))
            after = self.peek(blanks=False)
            if after.kind not in {"space", "close"} and after.text not in {"|", ")"}:
                raise self.fail(after, f"unexpected {_shown(after)} in operand")
        if not words:
            raise self.fail(
                self.peek(), f"empty command in {context}" if self.peek().kind != "close" else "empty command"
            )
        return tuple(words)

    def operand(self, context: str) -> Operand:
        token = self.next()
        match token.kind:
            case "dot":
                return Path(None, (), token.at)
            case "field":
                return self.chain(None, [token.text[1:]], token.at)
            case "variable":
                if token.text not in self.variables:
                    raise self.fail(token, f'undefined variable "{token.text}"')
                return self.chain(token.text, [], token.at)
            case "string" | "number" | "char":
                return Constant(constant(token, self.source), token.text, token.at)
            case "name" if token.text in NAMED:
                return Constant(NAMED[token.text], token.text, token.at)
            case "name" if token.text not in KEYWORDS:
                if token.text not in self.functions:
                    raise self.fail(token, f'function "{token.text}" not defined')
                return Function(token.text, token.at)
            case "punct" if token.text == "(":
                inner = self.pipeline("parenthesized pipeline", ")")
                return self.chain(inner, [], token.at)
            case _:
                raise self.fail(token, f"unexpected {_shown(token)} in {context}")

    def chain(self, start: str | Pipeline | None, fields: list[str], at: int) -> Path:
        place = at
        while self.peek(blanks=False).kind == "field":
            token = self.next(blanks=False)
            if place == at:
                place = token.at
            fields.append(token.text[1:])
        return Path(start, tuple(fields), place)


def _shown(token: Token) -> str:
    if token.kind == "eof":
        return "EOF"
    if token.kind == "name" and token.text in KEYWORDS:
        return f"<{token.text}>"
    return f'"{token.text}"'
