"""The values of `awk` expressions."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

from layerlab.filesystem import FileSystemError
from layerlab.shell.commands.awk.state import State
from layerlab.shell.commands.awk.tree import Expr, Stmt
from layerlab.shell.commands.awk.values import Numeral, Value, arithmetic, from_input, number, truth
from layerlab.shell.commands.reading import split_lines
from layerlab.shell.options import UsageError
from layerlab.shell.regex import RegexError, compiled


class Return(Exception):  # noqa: N818  (control flow)
    """`return`, with the value."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


@dataclass(slots=True)
class Evaluator(State, ABC):
    """Evaluates; functions have bodies, which `Machine` runs."""

    @abstractmethod
    def execute(self, statement: Stmt) -> None:
        """Run a statement."""

    def value(self, expr: Expr) -> Value:
        """The value of an expression."""
        match expr.kind:
            case "number":
                return float(int(expr.text, 16)) if expr.text[:2] in ("0x", "0X") else float(expr.text)
            case "string":
                return expr.text
            case "regex":
                return float(self.regex(expr).search(self.text(self.fields[0])) is not None)
            case "name":
                return self.get(expr.text)
            case "field":
                index = int(number(self.value(expr.parts[0])))
                return self.fields[index] if 0 <= index < len(self.fields) else ""
            case "index":
                return self.array(expr.text).setdefault(self.key(expr.parts), "")
            case "group":
                return self.value(expr.parts[-1])
            case "concat":
                return self.text(self.value(expr.parts[0])) + self.text(self.value(expr.parts[1]))
            case "and":
                return float(truth(self.value(expr.parts[0])) and truth(self.value(expr.parts[1])))
            case "or":
                return float(truth(self.value(expr.parts[0])) or truth(self.value(expr.parts[1])))
            case "cond":
                return self.value(expr.parts[1] if truth(self.value(expr.parts[0])) else expr.parts[2])
            case "in":
                return float(self.key(expr.parts) in self.array(expr.text))
            case "match":
                found = self.regex(expr.parts[1]).search(self.text(self.value(expr.parts[0])))
                return float((found is not None) == (expr.text == "~"))
            case _:
                return self._operation(expr)

    def _operation(self, expr: Expr) -> Value:
        match expr.kind:
            case "compare":
                return self._compare(expr)
            case "binary":
                return arithmetic(expr.text, number(self.value(expr.parts[0])), number(self.value(expr.parts[1])))
            case "unary":
                value = self.value(expr.parts[0])
                return (
                    float(not truth(value))
                    if expr.text == "!"
                    else -number(value)
                    if expr.text == "-"
                    else number(value)
                )
            case "assign":
                value = self.value(expr.parts[1])
                if expr.text != "=":
                    value = arithmetic(expr.text[:-1], number(self.value(expr.parts[0])), number(value))
                return self.store(expr.parts[0], value)
            case "pre" | "post":
                old = number(self.value(expr.parts[0]))
                new = old + (1 if expr.text == "++" else -1)
                self.store(expr.parts[0], new)
                return new if expr.kind == "pre" else old
            case "getline" | "pipeline":
                return self._getline(expr)
            case "call":
                return self._call(expr)
            case _:
                from layerlab.shell.commands.awk.functions import call_builtin  # noqa: PLC0415

                return call_builtin(self, expr)

    def store(self, target: Expr, value: Value) -> Value:
        """Assign to a variable, an element or a field; answers the value. Raises `UsageError` for anything else."""
        match target.kind:
            case "name":
                self.set(target.text, value)
            case "index":
                self.array(target.text)[self.key(target.parts)] = value
            case "field":
                self.set_field(int(number(self.value(target.parts[0]))), value)
            case _:
                raise UsageError("syntax error", 2)
        return value

    def key(self, parts: tuple[Expr, ...]) -> str:
        """The key of an array's element."""
        return self.text(self.variables["SUBSEP"]).join(self.text(self.value(part)) for part in parts)

    def regex(self, expr: Expr) -> re.Pattern[str]:
        """An expression as a pattern."""
        text = expr.text if expr.kind == "regex" else self.text(self.value(expr))
        try:
            return compiled(text, extended=True)
        except RegexError as error:
            raise UsageError(f"regular expression compile failed ({error})", 2) from error

    def _compare(self, expr: Expr) -> Value:
        left, right = (self.value(part) for part in expr.parts)
        numeric = all(
            isinstance(value, (float, Numeral)) or (value == "" and part.kind in {"name", "index", "field"})
            for value, part in zip((left, right), expr.parts, strict=True)
        )
        one: float | str = number(left) if numeric else self.text(left)
        other: float | str = number(right) if numeric else self.text(right)
        order = (one > other) - (one < other)  # type: ignore[operator]
        return float(
            {"<": order < 0, "<=": order <= 0, "==": order == 0, "!=": order != 0, ">": order > 0, ">=": order >= 0}[
                expr.text
            ]
        )

    def _getline(self, expr: Expr) -> Value:
        target: Expr | None
        if expr.kind == "getline" and not expr.text:
            source, target = self.records, expr.parts[0] if expr.parts else None
        else:
            name = self.text(self.value(expr.parts[0]))
            target = expr.parts[1] if len(expr.parts) > 1 else None
            if name not in self.readers:
                path = name.encode("latin-1").decode("utf-8", "surrogateescape")
                try:
                    data = (
                        self.process.capture(["/bin/sh", "-c", path])[1]
                        if expr.kind == "pipeline"
                        else self.process.read(path)
                    )
                except FileSystemError:
                    return -1.0
                self.readers[name] = iter([line.rstrip(b"\n").decode("latin-1") for line in split_lines(data)])
            source = self.readers[name]
        record = next(source, None) if source is not None else None
        if record is None:
            return 0.0
        if target is None:
            self.set_record(record)
        else:
            self.store(target, from_input(record))
        return 1.0

    def _call(self, expr: Expr) -> Value:
        routine = self.program.functions.get(expr.text)
        if routine is None:
            raise UsageError(f"function {expr.text} never defined", 2)
        frame: dict[str, object] = dict.fromkeys(routine.params)
        for name, part in zip(routine.params, expr.parts, strict=False):
            local = (
                part.kind == "name"
                and self.frames
                and part.text in self.frames[-1]
                and isinstance(self.frames[-1][part.text], (dict, type(None)))
            )
            if part.kind == "name" and (
                local or (part.text not in self.variables and not (self.frames and part.text in self.frames[-1]))
            ):
                frame[name] = self.array(part.text)
            else:
                frame[name] = self.value(part)
        self.process.budget.enter()
        self.frames.append(frame)
        try:
            self.execute(routine.body)
        except Return as returned:
            return returned.value
        finally:
            self.frames.pop()
            self.process.budget.leave()
        return ""
