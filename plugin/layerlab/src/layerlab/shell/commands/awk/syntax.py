"""Reading an `awk` program: rules, functions and statements. `machine` runs it."""

from __future__ import annotations

from layerlab.shell.commands.awk.expressions import MAX_DEPTH, ExpressionReader
from layerlab.shell.commands.awk.lexer import KEYWORDS, AwkSyntaxError
from layerlab.shell.commands.awk.tree import Expr, Program, Routine, Rule, Stmt


class AwkParser(ExpressionReader):
    """Reads a program."""

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
