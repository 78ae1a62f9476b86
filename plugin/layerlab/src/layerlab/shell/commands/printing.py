"""`printf`, in its versions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from layerlab.shell.commands.echoing import unescaped
from layerlab.shell.commands.registry import command
from layerlab.shell.process import Process, encode

SPEC = re.compile(r"%([-+ #0']*)(\*|\d+)?(?:\.(\*|-?\d+)?)?(hh|h|ll|l|L|q|j|z|t)?([a-zA-Z%])")
ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)", re.DOTALL)


class PrintfFailure(Exception):  # noqa: N818  (worded by the caller)
    """A format that can't be used; what was printed before it was printed.

    Attributes:
        text: What is wrong.
        output: The bytes that were written first.
    """

    def __init__(self, text: str, output: bytes) -> None:
        super().__init__(text)
        self.text = text
        self.output = output


class _Stop(Exception):  # noqa: N818  (control flow)
    pass


class _Formatter:
    def __init__(self, args: Sequence[str], style: str) -> None:
        self.args = list(args)
        self.style = style
        self.position = 0
        self.out = bytearray()
        self.failures: list[str] = []

    def next(self) -> str | None:
        if self.position < len(self.args):
            self.position += 1
            return self.args[self.position - 1]
        return None

    def round(self, text: str) -> None:
        position = 0
        while position < len(text):
            char = text[position]
            if char == "\\":
                position = self._escape(text, position)
            elif char == "%":
                found = SPEC.match(text, position)
                if found is None:
                    raise PrintfFailure(self._invalid(text[position:]), bytes(self.out))
                self._convert(found, text)
                position = found.end()
            else:
                self.out += encode(char)
                position += 1

    def _invalid(self, rest: str) -> str:
        if self.style == "ash":
            return f"{rest}: invalid format"
        if self.style == "dash":
            return f"{rest}: invalid directive"
        return f"`{rest[-1:]}': invalid format character" if self.style == "bash" else f"'{rest}': invalid conversion"

    def _escape(self, text: str, position: int) -> int:
        found = ESCAPE.match(text, position)
        if found is None:
            self.out += b"\\"
            return position + 1
        body = found.group(1)
        if body[0] in "01234567":
            self.out.append(int(body, 8) & 0xFF)
        elif body[0] == "x" and len(body) > 1 and self.style != "dash":
            self.out.append(int(body[1:], 16))
        elif body == "c" and self.style != "bash":
            raise _Stop
        elif body == "e" and self.style != "dash":
            self.out += b"\x1b"
        elif body == '"' and self.style in {"bash", "gnu"}:
            self.out += b'"'
        else:
            data, _ = unescaped("\\" + body, octal_needs_zero=False, hexadecimal=False)
            self.out += data
            return position + 1 + len(body)
        return found.end()

    def _convert(self, found: re.Match[str], text: str) -> None:
        flags, width, precision, letter = found.group(1), found.group(2), found.group(3), found.group(5)
        if letter == "%":
            self.out += b"%"
            return
        if width == "*":
            width = str(self._number(self.next()))
            if width.startswith("-"):
                flags, width = flags + "-", width[1:]
        if precision == "*":
            precision = str(self._number(self.next()))
        elif precision is None and "." in found.group(0):
            precision = "0"
        if precision is not None and precision.startswith("-"):
            precision = None
        spec = "%" + flags.replace("'", "") + (width or "") + (f".{precision}" if precision is not None else "")
        if letter in "diouxX":
            self._integer(spec, letter, self.next())
        elif letter in "eEfFgGaA":
            self.out += encode((spec + letter.replace("a", "f").replace("A", "F")) % self._float(self.next()))
        elif letter == "c":
            argument = self.next() or ""
            self._pad(encode(argument)[:1], flags, width, None)
        elif letter == "s":
            self._pad(encode(self.next() or ""), flags, width, precision)
        elif letter == "b":
            data, stopped = unescaped(self.next() or "", octal_needs_zero=False, hexadecimal=self.style != "dash")
            self._pad(data, flags, width, precision)
            if stopped:
                raise _Stop
        elif letter == "q" and self.style in {"bash", "gnu"}:
            self._pad(encode(shell_quoted(self.next() or "")), flags, width, None)
        else:
            rest = found.group(0) if self.style != "ash" else text
            raise PrintfFailure(self._invalid(rest), bytes(self.out))

    def _pad(self, data: bytes, flags: str, width: str | None, precision: str | None) -> None:
        if precision is not None:
            data = data[: int(precision)]
        size = min(int(width or 0), 1_000_000)
        self.out += data.ljust(size) if "-" in flags else data.rjust(size)

    def _integer(self, spec: str, letter: str, argument: str | None) -> None:
        value = self._number(argument)
        if letter in "ouxX" and value < 0:
            value += 1 << 64
        if letter == "o" and "#" in spec:
            digits = f"{value:o}"
            self.out += encode((spec.replace("#", "") + "s") % (digits if digits.startswith("0") else "0" + digits))
            return
        self.out += encode((spec + letter.replace("i", "d").replace("u", "d")) % value)

    def _number(self, argument: str | None) -> int:
        if argument is None or (argument == "" and self.style != "gnu"):
            return 0
        text = argument.strip()
        if text[:1] in {"'", '"'}:
            return encode(text[1:])[0] if len(text) > 1 else 0
        found = re.match(r"[-+]?(0[xX][0-9a-fA-F]+|\d+)", text)
        body = found.group(0) if found else ""
        if found is None or len(body) != len(text):
            self.failures.append(self._bad_number(argument, partly=found is not None))
            if self.style == "ash":
                return 0
        if found is None:
            return 0
        digits = body.lstrip("+-")
        try:
            value = int(digits, 16) if digits[:2].lower() == "0x" else int(digits, 8 if digits[0] == "0" else 10)
        except ValueError:
            value = 0
        return -value if body[0] == "-" else value

    def _bad_number(self, argument: str, *, partly: bool) -> str:
        if self.style == "bash":
            return f"{argument}: invalid number"
        if self.style == "dash":
            return f"{argument}: not completely converted" if partly else f"{argument}: expected numeric value"
        if self.style == "ash":
            return f"invalid number '{argument}'"
        return f"'{argument}': value not completely converted" if partly else f"'{argument}': expected a numeric value"

    def _float(self, argument: str | None) -> float:
        try:
            return float(argument or 0)
        except ValueError:
            self.failures.append(self._bad_number(argument or "", partly=False))
            return 0.0


def format_printf(text: str, args: Sequence[str], style: str) -> tuple[bytes, list[str]]:
    """What `printf` writes, and its complaints about numbers.

    Args:
        text: The format.
        args: Arguments; the format is used again while there are any left.
        style: `dash`, `ash`, `bash` or `gnu`.

    Raises:
        PrintfFailure: The format is wrong.
    """
    formatter = _Formatter(args, style)
    try:
        formatter.round(text)
        while formatter.position < len(formatter.args):
            before = formatter.position
            formatter.round(text)
            if formatter.position == before:
                break
    except _Stop:
        pass
    return bytes(formatter.out), formatter.failures


def shell_quoted(text: str) -> str:
    """Text as `%q` of bash prints it."""
    if text and re.fullmatch(r"[A-Za-z0-9_@%+=:,./-]+", text):
        return text
    return "''" if not text else re.sub(r"([^A-Za-z0-9_@%+=:,./-])", r"\\\1", text)


@command("printf")
def printf(process: Process) -> int:
    """`printf`."""
    style = "ash" if process.busybox else "gnu"
    args = process.args[1:] if process.args[:1] == ("--",) else process.args
    if not args:
        return process.error("missing operand")
    try:
        output, failures = format_printf(args[0], args[1:], style)
    except PrintfFailure as failure:
        process.out(failure.output)
        return process.error(failure.text)
    process.out(output)
    for text in failures:
        process.error(text)
    return int(bool(failures))
