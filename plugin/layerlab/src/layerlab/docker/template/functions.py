"""The functions of Docker's templates: Go's built-ins and docker/cli's own, as one table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from layerlab.docker.template.goprint import Missing, Struct, show, sprintf, truth, type_of


class CallError(ValueError):
    """A function that refuses its arguments; the message stands after `error calling NAME: `."""


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function and how many arguments it takes; `most` None for any number."""

    call: Callable[..., object]
    least: int
    most: int | None


ROW_TYPES = "*formatter."
"""docker/cli's rows marshal themselves, with Go's escapes for HTML."""


def to_json(value: object) -> str:
    """Compact JSON as `{{json .}}` prints it: a table's row has `<`, `>` and `&` escaped, single values don't."""
    text = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, Struct) and value.type_name.startswith(ROW_TYPES):
        for char, escape in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e")):
            text = text.replace(char, escape)
    return text


def plain(value: object) -> object:
    """A value as plain data for JSON."""
    match value:
        case Struct():
            return value.json if value.json is not None else plain(dict(value.fields))
        case Missing():
            return None
        case Mapping():
            return {str(key): plain(item) for key, item in value.items() if not callable(item)}
        case list() | tuple():
            return [plain(item) for item in value]
        case _:
            return value


def _index(value: object, *keys: object) -> object:
    for key in keys:
        match value:
            case Mapping():
                value = value.get(str(key), "")
            case list() | tuple() | str():
                if not isinstance(key, int):
                    raise CallError(f"cannot index slice/array with type {type_of(key)}")
                if not 0 <= key < len(value):
                    raise CallError(f"index out of range: {key}")
                value = value[key] if not isinstance(value, str) else value.encode()[key]
            case None | Missing():
                raise CallError("index of untyped nil")
            case _:
                raise CallError(f"can't index item of type {type_of(value)}")
    return value


def _slice(value: object, *bounds: object) -> object:
    if not isinstance(value, list | tuple | str):
        raise CallError(f"can't slice item of type {type_of(value)}")
    numbers = [bound for bound in bounds if isinstance(bound, int)]
    for bound in numbers:
        if not 0 <= bound <= len(value):
            raise CallError(f"index out of range: {bound}")
    return value[slice(*numbers)] if len(numbers) > 1 else value[numbers[0] if numbers else 0 :]


def _len(value: object) -> int:
    match value:
        case str():
            return len(value.encode())
        case list() | tuple() | Mapping():
            return len(value)
        case None | Missing():
            raise CallError("len of nil pointer")
        case _:
            raise CallError(f"len of type {type_of(value)}")


def _join(value: object, separator: object) -> str:
    if not isinstance(value, list | tuple):
        raise CallError(f"wrong type for value; expected []string; got {type_of(value)}")
    return str(separator).join(show(item) for item in value)


def _compare(first: object, second: object, names: str) -> int:
    kinds = (str, int, float)
    if (
        not isinstance(first, kinds)
        or not isinstance(second, kinds)
        or isinstance(first, str) != isinstance(second, str)
    ):
        raise CallError("incompatible types for comparison" if names else "invalid type for comparison")
    left, right = (first, second) if isinstance(first, str) else (float(first), float(second))
    return (left > right) - (left < right)  # type: ignore[operator]


def _equal(first: object, *others: object) -> bool:
    for other in others:
        if type_of(first) != type_of(other) and None not in {first, other}:
            raise CallError("incompatible types for comparison")
    return first in others


def _and(*values: object) -> object:
    return next((value for value in values if not truth(value)), values[-1])


def _or(*values: object) -> object:
    return next((value for value in values if truth(value)), values[-1])


def _title(text: object) -> str:
    value = show(text)
    return "".join(
        char.upper() if at == 0 or not (value[at - 1].isalnum() or value[at - 1] in "_'") else char
        for at, char in enumerate(value)
    )


def _pad(text: object, before: object, after: object) -> str:
    value = str(text)
    return " " * int(str(before)) + value + " " * int(str(after)) if value else value


def _truncate(text: object, length: object) -> str:
    return str(text).encode()[: int(str(length))].decode(errors="replace")


def _escaped(text: str, quotes: bool) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&#34;").replace("'", "&#39;") if quotes else text


def _print(*values: object) -> str:
    text = ""
    for at, value in enumerate(values):
        if at and not isinstance(value, str) and not isinstance(values[at - 1], str):
            text += " "
        text += show(value)
    return text


FUNCTIONS: dict[str, Builtin] = {
    "json": Builtin(to_json, 1, 1),
    "split": Builtin(lambda text, separator: str(text).split(str(separator)) if separator else list(str(text)), 2, 2),
    "join": Builtin(_join, 2, 2),
    "title": Builtin(_title, 1, 1),
    "lower": Builtin(lambda text: str(text).lower(), 1, 1),
    "upper": Builtin(lambda text: str(text).upper(), 1, 1),
    "pad": Builtin(_pad, 3, 3),
    "truncate": Builtin(_truncate, 2, 2),
    "println": Builtin(lambda *values: " ".join(map(show, values)) + "\n", 0, None),
    "print": Builtin(_print, 0, None),
    "printf": Builtin(lambda pattern, *values: sprintf(str(pattern), values), 1, None),
    "index": Builtin(_index, 1, None),
    "slice": Builtin(_slice, 1, 4),
    "len": Builtin(_len, 1, 1),
    "and": Builtin(_and, 1, None),
    "or": Builtin(_or, 1, None),
    "not": Builtin(lambda value: not truth(value), 1, 1),
    "eq": Builtin(_equal, 2, None),
    "ne": Builtin(lambda first, second: not _equal(first, second), 2, 2),
    "lt": Builtin(lambda first, second: _compare(first, second, "lt") < 0, 2, 2),
    "le": Builtin(lambda first, second: _compare(first, second, "le") <= 0, 2, 2),
    "gt": Builtin(lambda first, second: _compare(first, second, "gt") > 0, 2, 2),
    "ge": Builtin(lambda first, second: _compare(first, second, "ge") >= 0, 2, 2),
    "html": Builtin(lambda *values: _escaped(_print(*values), quotes=True), 0, None),
}
"""By name. In headers of tables docker/cli replaces most by functions that leave the title as it is."""


def _same(value: object, *_: object) -> object:
    return value


HEADER_FUNCTIONS: dict[str, Builtin] = (
    FUNCTIONS
    | {name: Builtin(_same, 1, None) for name in ("json", "title", "lower", "upper", "truncate", "split")}
    | {"join": Builtin(lambda value, _: value, 2, 2)}
)
"""For the header of `table TEMPLATE`."""
