"""The built-in functions of `awk`."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from layerlab.shell.commands.awk.tree import Expr
from layerlab.shell.commands.awk.values import Value, from_input, number

if TYPE_CHECKING:
    from layerlab.shell.commands.awk.evaluation import Evaluator


def call_builtin(machine: Evaluator, expr: Expr) -> Value:
    """The value of a call of a built-in function."""
    name, parts = expr.text, expr.parts
    match name:
        case "split":
            return _split(machine, parts)
        case "sub" | "gsub":
            return _substitute(machine, parts, every=name == "gsub")
        case "match":
            found = machine.regex(parts[1]).search(machine.text(machine.value(parts[0])))
            machine.variables["RSTART"] = float(found.start() + 1) if found else 0.0
            machine.variables["RLENGTH"] = float(found.end() - found.start()) if found else -1.0
            return machine.variables["RSTART"]
        case "length" if parts and parts[0].kind == "name" and _is_array(machine, parts[0].text):
            return float(len(machine.array(parts[0].text)))
    values = [machine.value(part) for part in parts]
    texts = [machine.text(value) for value in values]
    match name:
        case "length":
            return float(len(texts[0] if texts else machine.text(machine.fields[0])))
        case "substr":
            return _substr(texts[0], [number(value) for value in values[1:]], clamp=machine.process.busybox)
        case "index":
            return float(texts[0].find(texts[1]) + 1)
        case "sprintf":
            return machine.format(texts[0], values[1:])
        case "tolower":
            return texts[0].lower()
        case "toupper":
            return texts[0].upper()
        case "system":
            machine.process.flush()
            return float(
                machine.process.run(["/bin/sh", "-c", texts[0].encode("latin-1").decode("utf-8", "surrogateescape")])
            )
        case "close":
            machine.close(texts[0])
            return 0.0
        case "fflush":
            return 0.0
        case "rand":
            machine.seed = (machine.seed * 1103515245 + 12345) % (1 << 31)
            machine.process.note("estimated", "shell.random_name", name="rand()")
            return machine.seed / (1 << 31)
        case "srand":
            old, machine.seed = machine.seed, int(number(values[0])) if values else 0
            return float(old)
    return _mathematics(name, [number(value) for value in values])


def _is_array(machine: Evaluator, name: str) -> bool:
    return name in machine.arrays or bool(machine.frames and isinstance(machine.frames[-1].get(name), dict))


def _mathematics(name: str, values: list[float]) -> float:
    value = values[0] if values else 0.0
    try:
        match name:
            case "int":
                return float(int(value)) if math.isfinite(value) else value
            case "sqrt":
                return math.sqrt(value) if value >= 0 else math.nan
            case "exp":
                return math.exp(value)
            case "log":
                return math.log(value) if value > 0 else (-math.inf if value == 0 else math.nan)
            case "sin":
                return math.sin(value)
            case "cos":
                return math.cos(value)
            case _:
                return math.atan2(value, values[1] if len(values) > 1 else 0.0)
    except OverflowError:
        return math.inf


def _substr(text: str, numbers: list[float], *, clamp: bool) -> str:
    start = math.floor(numbers[0] + 0.5)
    if clamp:
        start = max(start, 1)
    end = math.floor(numbers[1] + 0.5) + start if len(numbers) > 1 else len(text) + 1
    return text[max(start, 1) - 1 : max(min(end, len(text) + 1), 1) - 1]


def _split(machine: Evaluator, parts: tuple[Expr, ...]) -> float:
    text = machine.text(machine.value(parts[0]))
    if len(parts) > 2:
        separator = parts[2].text if parts[2].kind == "regex" else machine.text(machine.value(parts[2]))
    else:
        separator = machine.text(machine.variables["FS"])
    array = machine.array(parts[1].text)
    pieces = machine.split(text, separator)
    array.clear()
    array.update({str(index): from_input(piece) for index, piece in enumerate(pieces, 1)})
    return float(len(pieces))


def _substitute(machine: Evaluator, parts: tuple[Expr, ...], *, every: bool) -> float:
    pattern = machine.regex(parts[0])
    template = machine.text(machine.value(parts[1]))
    target = parts[2] if len(parts) > 2 else Expr("field", "", (Expr("number", "0"),))
    count = 0

    def replacement(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return re.sub(
            r"\\\\&|\\&|&",
            lambda mark: (
                "&" if mark.group(0) == "\\&" else ("\\" if mark.group(0).startswith("\\\\") else "") + found.group(0)
            ),
            template,
        )

    changed = pattern.sub(replacement, machine.text(machine.value(target)), count=0 if every else 1)
    if count and target.kind in {"name", "index", "field"}:
        machine.store(target, changed)
    return float(count)
