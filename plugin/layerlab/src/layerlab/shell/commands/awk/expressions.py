"""Reading the expressions of an `awk` program."""

from __future__ import annotations

from layerlab.shell.commands.awk.lexer import BUILTINS, KEYWORDS, AwkSyntaxError, Lexer, unquote
from layerlab.shell.commands.awk.tree import Expr

MAX_DEPTH = 100


class ExpressionReader(Lexer):
    """One method for every level of precedence."""

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
