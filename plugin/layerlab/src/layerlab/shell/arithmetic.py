"""Integer arithmetic of `$((…))` and `((…))`: C's operators on 64 bits."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

TOKEN = re.compile(
    r"\s*(?:(0[xX][0-9a-fA-F]+|\d+#[0-9a-zA-Z]+|\d+)|([A-Za-z_][A-Za-z0-9_]*(?:\[[^]]*\])?)"
    r"|(<<=|>>=|\*\*|\+\+|--|&&|\|\||<<|>>|<=|>=|==|!=|[-+*/%&|^]=|[-+*/%<>=!&|^~?:(),]))"
)
BINARY = (
    ("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", "<=", ">", ">="), ("<<", ">>"), ("+", "-"),
    ("*", "/", "%"), ("**",),
)  # fmt: skip
MAX_DEPTH = 100


class Variables(Protocol):
    """What arithmetic needs of a shell."""

    def number(self, name: str, depth: int) -> int:
        """The value of a variable as a number."""

    def assign(self, name: str, value: str) -> None:
        """Set a variable."""


class ArithmeticFailure(Exception):  # noqa: N818  (a result, caught by the interpreter, which words it)
    """An expression that can't be worked out.

    Attributes:
        kind: `syntax` or `zero`.
        rest: The text from where it went wrong.
    """

    def __init__(self, kind: str, rest: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.rest = rest


def wrap(value: int) -> int:
    """A number as 64 bits hold it."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


def parse_number(text: str) -> int:
    """A C integer constant, `base#digits` too. Raises `ArithmeticFailure`."""
    try:
        if "#" in text:
            base, digits = text.split("#")
            return int(digits, int(base))
        if text[:2] in ("0x", "0X"):
            return int(text, 16)
        return int(text, 8) if text.startswith("0") and len(text) > 1 else int(text)
    except ValueError as error:
        raise ArithmeticFailure("syntax", text) from error


def evaluate(text: str, variables: Variables, depth: int = 0) -> int:
    """Work out an expression. Raises `ArithmeticFailure`."""
    if depth > MAX_DEPTH or len(text) > 20_000:
        raise ArithmeticFailure("syntax", text[:20])
    return _Evaluation(text, variables, depth).run()


class _Evaluation:
    def __init__(self, text: str, variables: Variables, depth: int) -> None:
        self._text = text
        self._variables = variables
        self._depth = depth
        self._tokens: list[tuple[str, str, int]] = []
        self._position = 0
        self._live = 1
        self._nesting = 0
        position = 0
        while text[position:].strip():
            found = TOKEN.match(text, position)
            if found is None:
                raise ArithmeticFailure("syntax", text[position:].strip())
            kind = "number" if found.group(1) else "name" if found.group(2) else "operator"
            token = found.group(1) or found.group(2) or found.group(3)
            self._tokens.append((kind, token, found.start(0)))
            position = found.end()

    def run(self) -> int:
        if not self._tokens:
            return 0
        value = self._comma()
        if self._position < len(self._tokens):
            raise self._failure()
        return value

    def _failure(self) -> ArithmeticFailure:
        if self._position < len(self._tokens):
            return ArithmeticFailure("syntax", self._text[self._tokens[self._position][2] :].strip())
        return ArithmeticFailure("syntax", "")

    def _peek(self) -> tuple[str, str]:
        if self._position < len(self._tokens):
            return self._tokens[self._position][:2]
        return ("end", "")

    def _take(self) -> tuple[str, str]:
        token = self._peek()
        self._position += 1
        return token

    def _comma(self) -> int:
        value = self._assignment()
        while self._peek() == ("operator", ","):
            self._take()
            value = self._assignment()
        return value

    def _assignment(self) -> int:
        self._nesting += 1
        if self._nesting > MAX_DEPTH:
            raise ArithmeticFailure("syntax", "")
        kind, name = self._peek()
        if kind == "name" and self._position + 1 < len(self._tokens):
            operator = self._tokens[self._position + 1][1]
            if operator == "=" or (operator.endswith("=") and operator not in {"==", "!=", "<=", ">="}):
                self._position += 2
                value = self._assignment()
                if operator != "=":
                    value = self._apply(operator[:-1], self._number(name), value)
                self._assign(name, value)
                self._nesting -= 1
                return value
        value = self._conditional()
        self._nesting -= 1
        return value

    def _conditional(self) -> int:
        condition = self._binary(0)
        if self._peek() != ("operator", "?"):
            return condition
        self._take()
        one = self._guarded(bool(condition), self._assignment)
        if self._take() != ("operator", ":"):
            self._position -= 1
            raise self._failure()
        other = self._guarded(not condition, self._assignment)
        return one if condition else other

    def _guarded(self, live: bool, action: Callable[[], int]) -> int:
        kept = self._live
        self._live = int(bool(self._live and live))
        value = action()
        self._live = kept
        return value

    def _binary(self, level: int) -> int:
        if level == len(BINARY):
            return self._unary()
        value = self._binary(level + 1)
        while self._peek()[0] == "operator" and self._peek()[1] in BINARY[level]:
            operator = self._take()[1]
            if operator in {"&&", "||"}:
                live = bool(value) == (operator == "&&")
                right = self._guarded(live, lambda: self._binary(level + 1))
                value = int(bool(value and right) if operator == "&&" else bool(value or right))
            else:
                right = self._binary(level if operator == "**" else level + 1)
                value = self._apply(operator, value, right)
        return value

    def _unary(self) -> int:
        kind, text = self._take()
        if kind == "operator" and text in {"++", "--"}:
            name = self._take()
            if name[0] == "name":
                value = wrap(self._number(name[1]) + (1 if text == "++" else -1))
                self._assign(name[1], value)
                return value
            self._position -= 1
            return self._unary()
        if kind == "operator" and text in {"-", "+", "!", "~"}:
            value = self._unary()
            return wrap({"-": -value, "+": value, "!": int(not value), "~": ~value}[text])
        if text == "(":
            self._nesting += 1
            value = self._comma()
            if self._take() != ("operator", ")"):
                self._position -= 1
                raise self._failure()
            return value
        if kind == "number":
            return parse_number(text)
        if kind == "name":
            value = self._number(text)
            if self._peek()[1] in {"++", "--"} and self._peek()[0] == "operator":
                change = 1 if self._take()[1] == "++" else -1
                self._assign(text, wrap(value + change))
            return value
        self._position -= 1
        raise self._failure()

    def _number(self, name: str) -> int:
        return self._variables.number(name, self._depth + 1) if self._live else 0

    def _assign(self, name: str, value: int) -> None:
        if self._live:
            self._variables.assign(name, str(value))

    def _apply(self, operator: str, left: int, right: int) -> int:
        match operator:
            case "+":
                value = left + right
            case "-":
                value = left - right
            case "*":
                value = left * right
            case "/" | "%":
                value = self._divide(operator, left, right)
            case "<<":
                value = left << (right & 63)
            case ">>":
                value = left >> (right & 63)
            case "&":
                value = left & right
            case "|":
                value = left | right
            case "^":
                value = left ^ right
            case "**":
                value = pow(left, right, 1 << 64) if right >= 0 else 0
            case "==":
                value = int(left == right)
            case "!=":
                value = int(left != right)
            case "<":
                value = int(left < right)
            case "<=":
                value = int(left <= right)
            case ">":
                value = int(left > right)
            case _:
                value = int(left >= right)
        return wrap(value)

    def _divide(self, operator: str, left: int, right: int) -> int:
        if right == 0:
            if not self._live:
                return 0
            raise ArithmeticFailure("zero")
        quotient = abs(left) // abs(right)
        if (left < 0) != (right < 0):
            quotient = -quotient
        return quotient if operator == "/" else left - right * quotient
