"""`awk`: the syntax tree and its parser. `awk` runs it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from layerlab.shell.commands.echoing import SIMPLE

KEYWORDS = frozenset(
    [
        "BEGIN",
        "END",
        "function",
        "func",
        "if",
        "else",
        "while",
        "for",
        "do",
        "break",
        "continue",
        "next",
        "nextfile",
        "exit",
        "return",
        "delete",
        "in",
        "getline",
        "print",
        "printf",
    ]
)
BUILTINS = frozenset(
    [
        "length",
        "substr",
        "index",
        "split",
        "sub",
        "gsub",
        "match",
        "sprintf",
        "sin",
        "cos",
        "atan2",
        "exp",
        "log",
        "sqrt",
        "int",
        "rand",
        "srand",
        "tolower",
        "toupper",
        "system",
        "close",
        "fflush",
    ]
)
TOKEN = re.compile(
    r"(?P<space>[ \t\r]+|\\\n|#[^\n]*)|(?P<newline>\n)"
    r"|(?P<number>0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)"
    r"|(?P<call>[A-Za-z_]\w*(?=\())|(?P<name>[A-Za-z_]\w*)"
    r'|(?P<string>"(?:\\.|[^"\\])*")|(?P<op>&&|\|\||\+\+|--|\*\*=|\*\*|[-+*/%^!=<>]=|>>|!~|[-+*/%^!<>|?:~$=,;(){}\[\]])',
    re.DOTALL,
)
MAX_DEPTH = 100


class AwkSyntaxError(ValueError):
    """A program that can't be read."""


@dataclass(frozen=True, slots=True)
class Expr:
    """An expression: a kind, a text (operator, name or literal) and its parts."""

    kind: str
    text: str = ""
    parts: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Stmt:
    """A statement: a kind, its expressions and its bodies."""

    kind: str
    exprs: tuple[Expr | None, ...] = ()
    bodies: tuple[Stmt, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """Pattern and action."""

    kind: str
    first: Expr | None
    last: Expr | None
    body: Stmt | None


@dataclass(frozen=True, slots=True)
class Routine:
    """A function of the program's."""

    params: tuple[str, ...]
    body: Stmt


@dataclass(slots=True)
class Program:
    """A whole program."""

    rules: list[Rule] = field(default_factory=list)
    functions: dict[str, Routine] = field(default_factory=dict)


Tok: TypeAlias = tuple[str, str]


def unquote(text: str) -> str:
    """The value of a string literal's inside."""
    out: list[str] = []
    position = 0
    while position < len(text):
        char = text[position]
        position += 1
        if char != "\\" or position >= len(text):
            out.append(char)
            continue
        char = text[position]
        position += 1
        if char in SIMPLE:
            out.append(SIMPLE[char].decode("latin-1"))
        elif (found := re.compile(r"[0-7]{1,3}").match(text, position - 1)) is not None:
            out.append(chr(int(found.group(0), 8) & 0xFF))
            position = found.end()
        elif char in '"/':
            out.append(char)
        elif char != "\n":
            out.append("\\" + char)
    return "".join(out)


class AwkParser:
    """Reads a program."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.previous: Tok = ("newline", "\n")
        self.current: Tok = ("end", "")
        self.in_print = False
        self.no_in = False
        self.depth = 0
        self._advance()

    def run(self) -> Program:
        """The program. Raises `AwkSyntaxError`."""
        program = Program()
        self._terminators()
        while self.current[0] != "end":
            if self.current[1] in {"function", "func"} and self.current[0] == "name":
                self._function(program)
            else:
                program.rules.append(self._rule())
            self._terminators()
        return program

    # Tokens

    def _advance(self) -> Tok:
        taken = self.current
        self.previous = taken
        while self.position < len(self.text):
            if self.text[self.position] == "/" and self._regex_allowed():
                self.current = self._regex()
                return taken
            found = TOKEN.match(self.text, self.position)
            if found is None:
                raise AwkSyntaxError(f"syntax error near {self.text[self.position : self.position + 10]!r}")
            self.position = found.end()
            kind = found.lastgroup or "op"
            if kind == "space":
                continue
            text = found.group(0)
            if kind == "call" and (text in KEYWORDS or text in BUILTINS):
                kind = "name"
            self.current = (kind, text)
            return taken
        self.current = ("end", "")
        return taken

    def _regex_allowed(self) -> bool:
        kind, text = self.previous if self.current[0] == "end" and self.position == 0 else self.current
        if kind in {"number", "string", "regex"} or text in {")", "]", "$", "++", "--"}:
            return False
        return not (kind in {"name", "call"} and text not in KEYWORDS)

    def _regex(self) -> Tok:
        start = self.position + 1
        position, bracket = start, False
        while position < len(self.text):
            char = self.text[position]
            if char == "\\":
                position += 1
            elif char == "[" and not bracket:
                bracket = True
                position += 1 if self.text[position + 1 : position + 2] in ("]", "^") else 0
            elif char == "]":
                bracket = False
            elif char == "/" and not bracket:
                self.position = position + 1
                return "regex", self.text[start:position].replace("\\/", "/")
            elif char == "\n":
                break
            position += 1
        raise AwkSyntaxError("regular expression not terminated")

    def _is(self, *texts: str) -> bool:
        return self.current[1] in texts and self.current[0] in {"op", "name", "newline"}

    def _expect(self, text: str) -> None:
        if not self._is(text):
            raise AwkSyntaxError(f"syntax error at or near {self.current[1] or 'end of file'}")
        self._advance()

    def _terminators(self) -> None:
        while self._is(";", "\n"):
            self._advance()

    def _newlines(self) -> None:
        while self._is("\n"):
            self._advance()

    # Rules

    def _function(self, program: Program) -> None:
        self._advance()
        name = self._advance()[1]
        self._expect("(")
        params: list[str] = []
        while not self._is(")"):
            params.append(self._advance()[1])
            if self._is(","):
                self._advance()
        self._advance()
        self._newlines()
        program.functions[name] = Routine(tuple(params), self._block())

    def _rule(self) -> Rule:
        if self._is("BEGIN", "END"):
            kind = self._advance()[1]
            self._newlines()
            return Rule(kind, None, None, self._block())
        first = last = None
        if not self._is("{"):
            first = self._expr()
            if self._is(","):
                self._advance()
                self._newlines()
                last = self._expr()
        body = self._block() if self._is("{") else None
        return Rule("rule", first, last, body)

    def _block(self) -> Stmt:
        self._expect("{")
        body: list[Stmt] = []
        self._terminators()
        while not self._is("}"):
            body.append(self._statement())
            self._terminators()
        self._advance()
        return Stmt("block", (), tuple(body))

    def _statement(self) -> Stmt:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise AwkSyntaxError("nested too deeply")
        try:
            return self._one_statement()
        finally:
            self.depth -= 1

    def _one_statement(self) -> Stmt:
        if self._is("{"):
            return self._block()
        if self.current[0] == "name" and self.current[1] in KEYWORDS and self.current[1] != "getline":
            handler = getattr(self, f"_{self.current[1]}_statement", None)
            if handler is not None:
                found: Stmt = handler()
                return found
        if self._is(";"):
            self._advance()
            return Stmt("block")
        expr = self._expr()
        self._end()
        return Stmt("expr", (expr,))

    def _end(self) -> None:
        if self._is(";", "\n"):
            self._advance()
        elif not self._is("}") and self.current[0] != "end":
            raise AwkSyntaxError(f"syntax error at or near {self.current[1]}")

    def _body(self) -> Stmt:
        self._newlines()
        if self._is(";"):
            self._advance()
            return Stmt("block")
        return self._statement()

    def _if_statement(self) -> Stmt:
        self._advance()
        self._expect("(")
        condition = self._expr()
        self._expect(")")
        then = self._body()
        mark = (self.position, self.previous, self.current)
        self._terminators()
        if self._is("else"):
            self._advance()
            return Stmt("if", (condition,), (then, self._body()))
        self.position, self.previous, self.current = mark
        return Stmt("if", (condition,), (then,))

    def _while_statement(self) -> Stmt:
        self._advance()
        self._expect("(")
        condition = self._expr()
        self._expect(")")
        return Stmt("while", (condition,), (self._body(),))

    def _do_statement(self) -> Stmt:
        self._advance()
        body = self._body()
        self._terminators()
        self._expect("while")
        self._expect("(")
        condition = self._expr()
        self._expect(")")
        self._end()
        return Stmt("do", (condition,), (body,))

    def _for_statement(self) -> Stmt:
        self._advance()
        self._expect("(")
        mark = (self.position, self.previous, self.current)
        if self.current[0] == "name":
            name = self._advance()[1]
            if self._is("in"):
                self._advance()
                array = self._advance()[1]
                if self._is(")"):
                    self._advance()
                    return Stmt("forin", (), (self._body(),), f"{name} {array}")
        self.position, self.previous, self.current = mark
        parts: list[Expr | None] = []
        for closing in (";", ";", ")"):
            parts.append(None if self._is(closing) else self._expr())
            self._expect(closing)
            self._newlines()
        return Stmt("for", tuple(parts), (self._body(),))

    def _simple_keyword(self, kind: str, *, value: bool = False) -> Stmt:
        self._advance()
        expr = None if self._is(";", "\n", "}") or self.current[0] == "end" or not value else self._expr()
        self._end()
        return Stmt(kind, (expr,))

    def _break_statement(self) -> Stmt:
        return self._simple_keyword("break")

    def _continue_statement(self) -> Stmt:
        return self._simple_keyword("continue")

    def _next_statement(self) -> Stmt:
        return self._simple_keyword("next")

    def _nextfile_statement(self) -> Stmt:
        return self._simple_keyword("nextfile")

    def _exit_statement(self) -> Stmt:
        return self._simple_keyword("exit", value=True)

    def _return_statement(self) -> Stmt:
        return self._simple_keyword("return", value=True)

    def _delete_statement(self) -> Stmt:
        self._advance()
        name = self._advance()[1]
        parts: tuple[Expr, ...] = ()
        if self._is("["):
            self._advance()
            parts = self._list("]")
        self._end()
        return Stmt("delete", parts, (), name)

    def _print_statement(self) -> Stmt:
        kind = self._advance()[1]
        self.in_print = True
        parts: tuple[Expr, ...] = ()
        if not self._is(";", "\n", "}", ">", ">>", "|") and self.current[0] != "end":
            first = self._expr()
            if first.kind == "group" and not self._is(","):
                parts = first.parts
            else:
                items = [first]
                while self._is(","):
                    self._advance()
                    self._newlines()
                    items.append(self._expr())
                parts = tuple(items)
        self.in_print = False
        target = ""
        where: Expr | None = None
        if self._is(">", ">>", "|"):
            target = self._advance()[1]
            where = self._binary(5)
        self._end()
        return Stmt(kind, (where, *parts), (), target)

    _printf_statement = _print_statement

    # Expressions

    def _list(self, closing: str) -> tuple[Expr, ...]:
        items: list[Expr] = []
        kept = self.in_print, self.no_in
        self.in_print = self.no_in = False
        while not self._is(closing):
            items.append(self._expr())
            self._newlines()
            if self._is(","):
                self._advance()
                self._newlines()
        self._advance()
        self.in_print, self.no_in = kept
        return tuple(items)

    def _expr(self) -> Expr:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise AwkSyntaxError("nested too deeply")
        left = self._ternary()
        if self._is("=", "+=", "-=", "*=", "/=", "%=", "^=", "**=") and left.kind in {"name", "index", "field"}:
            operator = self._advance()[1].replace("**", "^")
            self._newlines()
            left = Expr("assign", operator, (left, self._expr()))
        self.depth -= 1
        return left

    def _ternary(self) -> Expr:
        condition = self._or()
        if not self._is("?"):
            return condition
        self._advance()
        self._newlines()
        one = self._expr()
        self._newlines()
        self._expect(":")
        self._newlines()
        return Expr("cond", "", (condition, one, self._expr()))

    def _or(self) -> Expr:
        left = self._and()
        while self._is("||"):
            self._advance()
            self._newlines()
            left = Expr("or", "", (left, self._and()))
        return left

    def _and(self) -> Expr:
        left = self._in()
        while self._is("&&"):
            self._advance()
            self._newlines()
            left = Expr("and", "", (left, self._in()))
        return left

    def _in(self) -> Expr:
        left = self._match()
        while self._is("in"):
            self._advance()
            left = Expr("in", self._advance()[1], left.parts if left.kind == "group" else (left,))
        return left

    def _match(self) -> Expr:
        left = self._comparison()
        while self._is("~", "!~"):
            operator = self._advance()[1]
            left = Expr("match", operator, (left, self._comparison()))
        return left

    def _comparison(self) -> Expr:
        left = self._concatenation()
        while self._is("<", "<=", "==", "!=", ">", ">=") and not (self.in_print and self._is(">")):
            operator = self._advance()[1]
            left = Expr("compare", operator, (left, self._concatenation()))
        if self._is("|") and not self.in_print:
            self._advance()
            self._expect("getline")
            target = (
                (self._primary(),)
                if (self.current[0] == "name" and self.current[1] not in KEYWORDS) or self._is("$")
                else ()
            )
            left = Expr("pipeline", "", (left, *target))
        return left

    def _starts_operand(self) -> bool:
        kind, text = self.current
        if kind in {"number", "string", "regex", "call"}:
            return kind != "regex"
        if kind == "name":
            return text not in KEYWORDS
        return kind == "op" and text in {"$", "!", "(", "-", "+", "++", "--"} and text not in {"-", "+"}

    def _concatenation(self) -> Expr:
        left = self._binary(0)
        while self._starts_operand() and not self._is("in"):
            left = Expr("concat", "", (left, self._binary(0)))
        return left

    def _binary(self, level: int) -> Expr:
        levels = (("+", "-"), ("*", "/", "%"))
        if level >= len(levels):
            return self._unary() if level != 5 else self._concat_target()
        left = self._binary(level + 1)
        while self._is(*levels[level]):
            operator = self._advance()[1]
            left = Expr("binary", operator, (left, self._binary(level + 1)))
        return left

    def _concat_target(self) -> Expr:
        kept, self.in_print = self.in_print, True
        left = self._unary()
        while self._starts_operand():
            left = Expr("concat", "", (left, self._unary()))
        self.in_print = kept
        return left

    def _unary(self) -> Expr:
        if self._is("!", "-", "+"):
            operator = self._advance()[1]
            return Expr("unary", operator, (self._unary(),))
        return self._power()

    def _power(self) -> Expr:
        left = self._postfix()
        if self._is("^", "**"):
            self._advance()
            right = Expr("unary", "-", (self._unary(),)) if self._is("-") and self._advance() else self._power_operand()
            return Expr("binary", "^", (left, right))
        return left

    def _power_operand(self) -> Expr:
        return self._power()

    def _postfix(self) -> Expr:
        if self._is("++", "--"):
            operator = self._advance()[1]
            return Expr("pre", operator, (self._primary(),))
        left = self._primary()
        if self._is("++", "--") and left.kind in {"name", "index", "field"}:
            return Expr("post", self._advance()[1], (left,))
        return left

    def _primary(self) -> Expr:
        kind, text = self.current
        if kind == "number":
            self._advance()
            return Expr("number", text)
        if kind == "string":
            self._advance()
            return Expr("string", unquote(text[1:-1]))
        if kind == "regex":
            self._advance()
            return Expr("regex", text)
        if kind == "op" and text == "$":
            self._advance()
            inner = Expr("pre", self._advance()[1], (self._primary(),)) if self._is("++", "--") else self._unary_field()
            return Expr("field", "", (inner,))
        if kind == "op" and text == "(":
            self._advance()
            parts = self._list(")")
            return Expr("group", "", parts)
        if kind == "call":
            self._advance()
            self._expect("(")
            return Expr("call", text, self._list(")"))
        if kind == "name":
            return self._named(text)
        raise AwkSyntaxError(f"syntax error at or near {text or 'end of file'}")

    def _unary_field(self) -> Expr:
        if self._is("-", "+"):
            return Expr("unary", self._advance()[1], (self._primary(),))
        return self._primary()

    def _named(self, text: str) -> Expr:
        self._advance()
        if text == "getline":
            target = (
                (self._primary(),)
                if (self.current[0] == "name" and self.current[1] not in KEYWORDS) or self._is("$")
                else ()
            )
            if self._is("<"):
                self._advance()
                return Expr("getline", "<", (self._primary(), *target))
            return Expr("getline", "", target)
        if text in BUILTINS:
            if self._is("("):
                self._advance()
                return Expr("builtin", text, self._list(")"))
            return Expr("builtin", text)
        if self._is("["):
            self._advance()
            return Expr("index", text, self._list("]"))
        return Expr("name", text)
