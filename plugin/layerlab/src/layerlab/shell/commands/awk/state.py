"""What a running `awk` program has: records, fields, variables, and files it writes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from layerlab.filesystem import FileSystemError
from layerlab.shell.commands.awk.lexer import unquote
from layerlab.shell.commands.awk.tree import Program
from layerlab.shell.commands.awk.values import Array, Value, from_input, number
from layerlab.shell.commands.printing import SPEC
from layerlab.shell.commands.reading import split_lines
from layerlab.shell.options import UsageError
from layerlab.shell.process import Process
from layerlab.shell.regex import compiled


class Exit(Exception):  # noqa: N818  (control flow)
    """`exit`, or an end by an error."""


@dataclass(slots=True)
class State:
    """Variables, fields, input and output of one run."""

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

    def records_of(self, operands: list[str]) -> Iterator[str]:
        """The records of the files among the operands, or of standard input; assignments happen on the way."""
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
                    raise Exit from None
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

    def set_field(self, index: int, value: Value) -> None:
        """Set a field, which joins the record anew; `$0` splits it anew."""
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

    def write(self, text: str) -> None:
        """Write to standard output."""
        self.process.out(text.encode("latin-1"))

    def close_all(self) -> None:
        """Hand over what was written to files and pipes."""
        for target in list(self.outputs):
            self.close(target)

    def close(self, target: str) -> None:
        """Close one file or pipe; one that isn't open is left alone."""
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
