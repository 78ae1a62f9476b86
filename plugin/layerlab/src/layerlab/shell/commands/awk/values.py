"""The values of `awk`: numbers, texts, and input that may be either."""

from __future__ import annotations

import math
import re
from typing import TypeAlias

from layerlab.shell.options import UsageError

NUMERIC = re.compile(r"\s*[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)\s*\Z")
LEADING = re.compile(r"\s*[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)")


class Numeral(str):
    """Input that looks like a number compares as one."""

    __slots__ = ()


Value: TypeAlias = float | str
Array: TypeAlias = dict[str, Value]


def from_input(text: str) -> Value:
    """A value that came from outside the program."""
    return Numeral(text) if NUMERIC.match(text) else text


def number(value: Value) -> float:
    """A value as a number."""
    if isinstance(value, float):
        return value
    found = LEADING.match(value)
    return float(found.group(0)) if found else 0.0


def truth(value: Value) -> bool:
    """Whether a value counts as true."""
    if isinstance(value, float):
        return value != 0
    return number(value) != 0 if isinstance(value, Numeral) else value != ""


def arithmetic(operator: str, left: float, right: float) -> float:
    """A binary operator on two numbers. Raises `UsageError` for a division by zero."""
    if operator in "/%" and right == 0:
        raise UsageError("division by zero" if operator == "/" else "division by zero in %", 2)
    try:
        match operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/":
                return left / right
            case "%":
                return math.fmod(left, right)
            case _:
                power: float = left**right
                return power
    except OverflowError:
        return math.inf
