"""How Go prints values (`%v`), and what counts as true in a template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from layerlab.docker.table import go_quote

VERB = re.compile(r"%(?P<flags>[-+# 0]*)(?P<width>\d+|\*)?(?:\.(?P<precision>\d+))?(?P<verb>[a-zA-Z%])")


@dataclass(frozen=True, slots=True)
class Struct:
    """A Go struct as templates see it.

    Attributes:
        type_name: For errors, such as `*formatter.imageContext`.
        fields: Values by name; a callable is a method.
        json: What `json` prints of it.
    """

    type_name: str
    fields: Mapping[str, object]
    json: object = None


class Missing:
    """What a look-up in a map gives where the key isn't there."""

    def __repr__(self) -> str:
        return "<no value>"


NO_VALUE = Missing()


def show(value: object, *, nested: bool = False) -> str:
    """A value as `fmt.Print` shows it.

    Args:
        value: Plain data or a `Struct`.
        nested: Inside a list or a map, where nil prints differently from a missing value.
    """
    match value:
        case Missing():
            return "<no value>"
        case None:
            return "<nil>" if nested else "<no value>"
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:g}"
        case list() | tuple():
            return "[" + " ".join(show(item, nested=True) for item in value) + "]"
        case Struct():
            return "{" + " ".join(show(item, nested=True) for item in value.fields.values() if not callable(item)) + "}"
        case Mapping():
            pairs = sorted(value.items(), key=lambda pair: str(pair[0]))
            return "map[" + " ".join(f"{show(key)}:{show(item, nested=True)}" for key, item in pairs) + "]"
        case _:
            return str(value)


def truth(value: object) -> bool:
    """Whether `if` takes a value: not zero, not empty, not nil."""
    if isinstance(value, Struct):
        return True
    return not isinstance(value, Missing) and bool(value)


def type_of(value: object) -> str:
    """A value's Go type, for errors."""
    match value:
        case None:
            return "nil"
        case bool():
            return "bool"
        case int():
            return "int"
        case float():
            return "float64"
        case str():
            return "string"
        case list() | tuple():
            return "[]interface {}"
        case Struct():
            return value.type_name
        case Mapping():
            return "map[string]interface {}"
        case _:
            return "interface {}"


def sprintf(pattern: str, values: tuple[object, ...]) -> str:
    """Go's `fmt.Sprintf` for the verbs v s q d x X o b c t f e g T and %.

    Args:
        pattern: With verbs.
        values: One for each; too few and too many are shown as Go does.
    """
    left = list(values)

    def one(found: re.Match[str]) -> str:
        verb = found["verb"]
        if verb == "%":
            return "%"
        width = found["width"]
        if width == "*":
            width = str(left.pop(0)) if left else ""
        if not left:
            return f"%!{verb}(MISSING)"
        text = _verb(verb, found["flags"], found["precision"], left.pop(0))
        size = int(width or 0)
        if "-" in found["flags"]:
            return text.ljust(size)
        if "0" in found["flags"] and verb not in "sqvT":
            return text.zfill(size)
        return text.rjust(size)

    text = VERB.sub(one, pattern)
    if left:
        text += "%!(EXTRA " + ", ".join(f"{type_of(value)}={show(value)}" for value in left) + ")"
    return text


def _verb(verb: str, flags: str, precision: str | None, value: object) -> str:
    places = int(precision) if precision is not None else None
    match verb, value:
        case ("v", _):
            return go_quote(value) if "#" in flags and isinstance(value, str) else show(value, nested=True)
        case ("T", _):
            return type_of(value)
        case ("s", str()):
            return value if places is None else value[:places]
        case ("s", list() | tuple() | Mapping() | Struct()):
            return show(value)
        case ("q", str()):
            return go_quote(value)
        case ("q", list() | tuple()):
            return "[" + " ".join(_verb("q", flags, precision, item) for item in value) + "]"
        case ("x" | "X", str()):
            digits = value.encode().hex()
            return digits.upper() if verb == "X" else digits
        case ("t", bool()):
            return show(value)
        case ("d", int()) if not isinstance(value, bool):
            return f"{value:+d}" if "+" in flags else str(value)
        case ("x" | "X" | "o" | "b", int()) if not isinstance(value, bool):
            return format(value, verb)
        case ("c", int()):
            return chr(value)
        case ("f" | "e" | "g", float()):
            return f"{value:.{6 if places is None else places}{verb}}" if verb != "g" or places else f"{value:g}"
        case _:
            return f"%!{verb}({type_of(value)}={show(value, nested=True)})"
