"""`awk`: running programs that `awksyntax` has read. The useful part of POSIX awk, as mawk and busybox have it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from layerlab.filesystem import FileSystemError
from layerlab.shell.commands.awksyntax import AwkParser, AwkSyntaxError, Expr, Program, Rule, Stmt, unquote
from layerlab.shell.commands.printing import SPEC
from layerlab.shell.commands.reading import split_lines
from layerlab.shell.commands.registry import command
from layerlab.shell.options import UsageError, parse_options
from layerlab.shell.process import Process, encode
from layerlab.shell.regex import RegexError, compiled

NUMERIC = re.compile(r"\s*[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)\s*\Z")
LEADING = re.compile(r"\s*[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)")


class Numeral(str):
    """Input that looks like a number compares as one."""

    __slots__ = ()


Value: TypeAlias = float | str
Array: TypeAlias = dict[str, Value]


class _Next(Exception):  # noqa: N818  (control flow)
    pass


class _Exit(Exception):  # noqa: N818  (control flow)
    pass


class _Loop(Exception):  # noqa: N818  (control flow)
    def __init__(self, *, again: bool) -> None:
        super().__init__()
        self.again = again


class _Return(Exception):  # noqa: N818  (control flow)
    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


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


@command("awk")
def awk(process: Process) -> int:
    """`awk`."""
    options = parse_options(process, "F:v:f:", permute=False, code=2)
    operands = list(options.operands)
    if "f" in options:
        text = "\n".join(process.read(name).decode("latin-1") for name in options.values["f"])
    elif operands:
        text = encode(operands.pop(0)).decode("latin-1")
    else:
        raise UsageError("\0usage", 1)
    try:
        program = AwkParser(text).run()
    except AwkSyntaxError as error:
        process.error("cmd. line:1: Unexpected token" if process.busybox else f"line 1: {error}")
        return 1 if process.busybox else 2
    machine = Machine(process, program)
    if (separator := options.get("F")) is not None:
        machine.variables["FS"] = "\t" if separator == "t" else unquote(encode(separator).decode("latin-1"))
    for assignment in options.values.get("v", []):
        name, _, value = encode(assignment).decode("latin-1").partition("=")
        machine.variables[name] = from_input(unquote(value))
    return machine.run([encode(word).decode("latin-1") for word in operands])


@dataclass(slots=True)
class Machine:
    """The state of one run."""

    process: Process
    program: Program
    variables: dict[str, Value] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)
    fields: list[Value] = field(default_factory=lambda: [""])
    frames: list[dict[str, object]] = field(default_factory=list)
    outputs: dict[str, bytearray] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    records: Iterator[str] | None = None
    readers: dict[str, Iterator[str]] = field(default_factory=dict)
    open_ranges: set[int] = field(default_factory=set)
    code: int = 0
    failed: int = 0
    seed: int = 1

    def run(self, operands: list[str]) -> int:
        """Run the program; answers the exit code."""
        defaults: dict[str, Value] = {
            "FS": " ",
            "OFS": " ",
            "ORS": "\n",
            "RS": "\n",
            "NR": 0.0,
            "FNR": 0.0,
            "NF": 0.0,
            "SUBSEP": "\x1c",
            "CONVFMT": "%.6g",
            "OFMT": "%.6g",
            "RSTART": 0.0,
            "RLENGTH": -1.0,
            "FILENAME": "",
        }
        self.variables = {**defaults, **self.variables}
        self.arrays["ENVIRON"] = {
            name: from_input(encode(value).decode("latin-1")) for name, value in self.process.env.items()
        }
        self.arrays["ARGV"] = {str(index): word for index, word in enumerate(["awk", *operands])}
        self.variables["ARGC"] = float(len(operands) + 1)
        self.records = self._records(operands)
        try:
            for rule in self.program.rules:
                if rule.kind == "BEGIN" and rule.body is not None:
                    self.execute(rule.body)
            if any(rule.kind != "BEGIN" for rule in self.program.rules):
                self._main()
        except _Exit:
            pass
        try:
            for rule in self.program.rules:
                if rule.kind == "END" and rule.body is not None and not self.failed:
                    self.execute(rule.body)
        except _Exit:
            pass
        self._close_all()
        return self.code

    def _main(self) -> None:
        assert self.records is not None
        for record in self.records:
            self.set_record(record)
            try:
                for index, rule in enumerate(self.program.rules):
                    if rule.kind == "rule" and self._selected(index, rule):
                        if rule.body is None:
                            self._print_text(self.text(self.fields[0]) + self.text(self.variables["ORS"]))
                        else:
                            self.execute(rule.body)
            except _Next:
                continue

    def _selected(self, index: int, rule: Rule) -> bool:
        if rule.first is None:
            return True
        if rule.last is None:
            return truth(self.value(rule.first))
        if index not in self.open_ranges and not truth(self.value(rule.first)):
            return False
        self.open_ranges.add(index)
        if truth(self.value(rule.last)):
            self.open_ranges.discard(index)
        return True

    def _records(self, operands: list[str]) -> Iterator[str]:
        seen = False
        for word in operands:
            if re.match(r"[A-Za-z_]\w*=", word):
                name, _, value = word.partition("=")
                self.variables[name] = from_input(unquote(value))
                continue
            seen = True
            self.variables["FILENAME"] = word
            self.variables["FNR"] = 0.0
            try:
                data = self.process.read(word.encode("latin-1").decode("utf-8", "surrogateescape"))
            except FileSystemError as error:
                text = f"{word}: {error.message}" if self.process.busybox else f'cannot open "{word}" ({error.message})'
                self.process.error(text)
                self.code = 1 if self.process.busybox else 2
                if not self.process.busybox:
                    raise _Exit from None
                continue
            yield from self._split_records(data)
        if not seen:
            yield from self._split_records(self.process.stdin.read())

    def _split_records(self, data: bytes) -> Iterator[str]:
        separator = self.text(self.variables["RS"])
        if separator == "\n":
            pieces = [
                line.rstrip(b"\n").decode("latin-1") if line.endswith(b"\n") else line.decode("latin-1")
                for line in split_lines(data)
            ]
        elif separator == "":
            pieces = [piece for piece in re.split(r"\n\n+", data.decode("latin-1").strip("\n")) if piece]
        else:
            pattern = re.escape(separator) if len(separator) == 1 else compiled(separator, extended=True).pattern
            pieces = re.split(pattern, data.decode("latin-1"))
            if pieces and pieces[-1] in {"", "\n"}:
                pieces.pop()
        for piece in pieces:
            self.process.budget.step()
            self.variables["NR"] = number(self.variables["NR"]) + 1
            self.variables["FNR"] = number(self.variables["FNR"]) + 1
            yield piece

    # Fields and variables

    def set_record(self, record: str) -> None:
        """Make a text the record, and split it."""
        self.fields = [
            from_input(record),
            *(from_input(piece) for piece in self.split(record, self.text(self.variables["FS"]))),
        ]
        self.variables["NF"] = float(len(self.fields) - 1)

    def split(self, text: str, separator: str) -> list[str]:
        """Split a text as fields are."""
        if text == "":
            return []
        if separator == " ":
            return text.split()
        if separator == "":
            return list(text)
        if len(separator) == 1 and separator not in "\\^$.[|()*+?{":
            return text.split(separator)
        if len(separator) == 1 and separator != "\\":
            return text.split(separator)
        return self._split_regex(compiled(separator, extended=True), text)

    @staticmethod
    def _split_regex(pattern: re.Pattern[str], text: str) -> list[str]:
        pieces, position = [], 0
        for found in pattern.finditer(text):
            if found.end() > found.start():
                pieces.append(text[position : found.start()])
                position = found.end()
        return [*pieces, text[position:]]

    def _set_field(self, index: int, value: Value) -> None:
        if index == 0:
            self.set_record(self.text(value))
            return
        if index > 100_000:
            raise UsageError("program limit exceeded", 2)
        while len(self.fields) <= index:
            self.fields.append("")
        self.fields[index] = value
        self.variables["NF"] = float(len(self.fields) - 1)
        self._rebuild()

    def _rebuild(self) -> None:
        self.fields[0] = self.text(self.variables["OFS"]).join(self.text(one) for one in self.fields[1:])

    def array(self, name: str) -> Array:
        """An array by name, a function's own first."""
        if self.frames and name in self.frames[-1]:
            found = self.frames[-1][name]
            if not isinstance(found, dict):
                found = {}
                self.frames[-1][name] = found
            return found
        return self.arrays.setdefault(name, {})

    def get(self, name: str) -> Value:
        """A variable's value."""
        if self.frames and name in self.frames[-1]:
            found = self.frames[-1][name]
            return found if isinstance(found, (float, str)) else ""
        return self.variables.get(name, "")

    def set(self, name: str, value: Value) -> None:
        """Set a variable."""
        if self.frames and name in self.frames[-1]:
            self.frames[-1][name] = value
            return
        self.variables[name] = value
        if name == "NF":
            count = min(int(number(value)), 100_000)
            self.fields = (self.fields + [""] * count)[: count + 1]
            self._rebuild()

    def text(self, value: Value, *, form: str = "CONVFMT") -> str:
        """A value as text."""
        if isinstance(value, str):
            return str(value)
        # mawk keeps its integers to 32 bits when it prints them.
        if value.is_integer() and abs(value) < (
            1e16 if self.process.busybox or "gawk" in self.process.program else 2**31
        ):
            return str(int(value))
        if math.isnan(value):
            return "nan" if math.copysign(1, value) > 0 else "-nan"
        if math.isinf(value):
            return "inf" if value > 0 else "-inf"
        return str(self.text(self.variables.get(form, "%.6g")) % value)

    # Statements

    def execute(self, statement: Stmt) -> None:
        """Run a statement."""
        self.process.budget.step()
        match statement.kind:
            case "block":
                for one in statement.bodies:
                    self.execute(one)
            case "expr":
                self.value(_sure(statement.exprs[0]))
            case "print" | "printf":
                self._print(statement)
            case "if":
                if truth(self.value(_sure(statement.exprs[0]))):
                    self.execute(statement.bodies[0])
                elif len(statement.bodies) > 1:
                    self.execute(statement.bodies[1])
            case "while" | "do" | "for" | "forin":
                self._loop(statement)
            case "next" | "nextfile":
                raise _Next
            case "break" | "continue":
                raise _Loop(again=statement.kind == "continue")
            case "exit":
                if statement.exprs[0] is not None:
                    self.code = int(number(self.value(statement.exprs[0]))) & 0xFF
                raise _Exit
            case "return":
                raise _Return(self.value(statement.exprs[0]) if statement.exprs[0] is not None else "")
            case _:
                self._delete(statement)

    def _delete(self, statement: Stmt) -> None:
        if statement.exprs:
            self.array(statement.text).pop(self._key(tuple(_sure(part) for part in statement.exprs)), None)
        else:
            self.array(statement.text).clear()

    def _once(self, body: Stmt) -> bool:
        try:
            self.execute(body)
        except _Loop as loop:
            return loop.again
        return True

    def _loop(self, statement: Stmt) -> None:
        body = statement.bodies[0]
        if statement.kind == "forin":
            name, array = statement.text.split()
            for key in list(self.array(array)):
                self.set(name, from_input(key))
                if not self._once(body):
                    return
            return
        if statement.kind == "for":
            if statement.exprs[0] is not None:
                self.value(statement.exprs[0])
            while statement.exprs[1] is None or truth(self.value(statement.exprs[1])):
                if not self._once(body):
                    return
                if statement.exprs[2] is not None:
                    self.value(statement.exprs[2])
                self.process.budget.step()
            return
        first = statement.kind == "do"
        while first or truth(self.value(_sure(statement.exprs[0]))):
            first = False
            self.process.budget.step()
            if not self._once(body):
                return

    def _print(self, statement: Stmt) -> None:
        where, *parts = statement.exprs
        values = [self.value(_sure(part)) for part in parts]
        if statement.kind == "printf":
            text = self.format(self.text(values[0]) if values else "", values[1:])
        else:
            shown = [self.text(value, form="OFMT") for value in values] if parts else [self.text(self.fields[0])]
            text = self.text(self.variables["OFS"]).join(shown) + self.text(self.variables["ORS"])
        if where is None:
            self._print_text(text)
            return
        target = self.text(self.value(where))
        if target in {"/dev/stderr", "cat 1>&2"}:
            self.process.out(text.encode("latin-1"), 2)
        elif target in {"/dev/stdout", "-"}:
            self._print_text(text)
        else:
            self.kinds.setdefault(target, statement.text)
            self.outputs.setdefault(target, bytearray()).extend(text.encode("latin-1"))

    def _print_text(self, text: str) -> None:
        self.process.out(text.encode("latin-1"))

    def _close_all(self) -> None:
        for target in list(self.outputs):
            self._close(target)

    def _close(self, target: str) -> None:
        data = self.outputs.pop(target, None)
        if data is None:
            self.readers.pop(target, None)
            return
        kind = self.kinds[target]
        name = target.encode("latin-1").decode("utf-8", "surrogateescape")
        if kind == "|":
            self.process.run(["/bin/sh", "-c", name], stdin=bytes(data))
        elif kind == ">>":
            self.process.fs.append(self.process.path(name), bytes(data))
        else:
            self.process.write(name, bytes(data))
            self.kinds[target] = ">>"

    # Expressions

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
                return self.array(expr.text).setdefault(self._key(expr.parts), "")
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
                return float(self._key(expr.parts) in self.array(expr.text))
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
                return self._arithmetic(expr.text, number(self.value(expr.parts[0])), number(self.value(expr.parts[1])))
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
                    value = self._arithmetic(expr.text[:-1], number(self.value(expr.parts[0])), number(value))
                return self._store(expr.parts[0], value)
            case "pre" | "post":
                old = number(self.value(expr.parts[0]))
                new = old + (1 if expr.text == "++" else -1)
                self._store(expr.parts[0], new)
                return new if expr.kind == "pre" else old
            case "getline" | "pipeline":
                return self._getline(expr)
            case "call":
                return self._call(expr)
            case _:
                from layerlab.shell.commands.awkfunctions import call_builtin  # noqa: PLC0415

                return call_builtin(self, expr)

    def _store(self, target: Expr, value: Value) -> Value:
        match target.kind:
            case "name":
                self.set(target.text, value)
            case "index":
                self.array(target.text)[self._key(target.parts)] = value
            case "field":
                self._set_field(int(number(self.value(target.parts[0]))), value)
            case _:
                raise UsageError("syntax error", 2)
        return value

    store = _store

    def _key(self, parts: tuple[Expr, ...]) -> str:
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

    @staticmethod
    def _arithmetic(operator: str, left: float, right: float) -> float:
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
            self._store(target, from_input(record))
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
        except _Return as returned:
            return returned.value
        finally:
            self.frames.pop()
            self.process.budget.leave()
        return ""

    def format(self, form: str, values: list[Value]) -> str:
        """`printf` and `sprintf`."""
        pending = list(values)

        def one(found: re.Match[str]) -> str:
            flags, width, precision, letter = found.group(1), found.group(2), found.group(3), found.group(5)
            if letter == "%":
                return "%"
            width = str(int(number(pending.pop(0) if pending else 0.0))) if width == "*" else width or ""
            precision = str(int(number(pending.pop(0) if pending else 0.0))) if precision == "*" else precision
            dot = f".{precision or ''}" if "." in found.group(0) else ""
            value = pending.pop(0) if pending else ""
            spec = f"%{flags}{width}{dot}"
            if letter in "diouxX":
                whole = int(number(value)) if math.isfinite(number(value)) else 0
                return (spec + {"i": "d", "u": "d"}.get(letter, letter)) % whole
            if letter in "eEfFgG":
                return (spec + letter) % number(value)
            if letter == "c":
                text = chr(int(value) & 0xFF) if isinstance(value, float) else self.text(value)[:1]
                return (f"%{flags}{width}s") % text
            return (spec + "s") % self.text(value)

        return SPEC.sub(one, form)


def _sure(expr: Expr | None) -> Expr:
    assert expr is not None
    return expr
