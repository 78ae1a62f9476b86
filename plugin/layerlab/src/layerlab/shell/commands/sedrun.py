"""`sed`: running scripts that `sed` has read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from layerlab.filesystem import Bytes, FileSystemError
from layerlab.shell.commands.registry import command
from layerlab.shell.commands.sed import Address, SedCommand, SedError, SedParser
from layerlab.shell.model import UnknownInputError
from layerlab.shell.options import UsageError, parse_options
from layerlab.shell.process import Process, encode


@dataclass(slots=True)
class _Input:
    """Lines, one of them read ahead, as `$` asks for."""

    lines: Iterator[bytes]
    ahead: bytes | None = None

    def take(self) -> bytes | None:
        """The next line."""
        line = self.ahead if self.ahead is not None else next(self.lines, None)
        self.ahead = None
        return line

    def is_empty(self) -> bool:
        """Whether no line is left."""
        if self.ahead is None:
            self.ahead = next(self.lines, None)
        return self.ahead is None


class _Quit(Exception):  # noqa: N818  (control flow)
    def __init__(self, code: int, *, show: bool) -> None:
        super().__init__(code)
        self.code = code
        self.show = show


@command("sed")
def sed(process: Process) -> int:
    """`sed`."""
    long = {
        "quiet": "n", "silent": "n", "expression=": "e", "file=": "f", "in-place=?": "i", "regexp-extended": "E",
        "separate": "s", "null-data": "z", "unbuffered": "u", "posix": "posix", "line-length=": "l",
    }  # fmt: skip
    options = parse_options(process, "ne:f:i::Ersuzl:", long)
    operands = list(options.operands)
    scripts = [
        text
        for name, value in options.order
        if name in {"e", "f"}
        for text in [value if name == "e" else _file(process, value)]
    ]
    if not scripts:
        if not operands:
            raise UsageError("\0usage", 1)
        scripts = [operands.pop(0)]
    script = encode("\n".join(scripts)).decode("latin-1")
    try:
        commands = SedParser(script, extended=options.any("E", "r")).run()
    except SedError as error:
        if process.busybox:
            return process.error(_busybox_words(str(error)))
        return process.error(f"-e expression #1, char {error.at}: {error}" if error.at >= 0 else str(error))
    machine = _Machine(
        process,
        commands,
        quiet="n" in options or script.startswith("#n\n"),
        separator=b"\0" if "z" in options else b"\n",
    )
    if "i" in options:
        return _in_place(process, machine, operands, options.get("i") or "")
    return _stream(process, machine, operands)


def _file(process: Process, name: str) -> str:
    return process.read(name).decode("utf-8", "surrogateescape").removesuffix("\n")


def _busybox_words(text: str) -> str:
    return {
        "unterminated `s' command": "unmatched '/'", "missing command": "missing command",
        "unterminated address regex": "unmatched '/'",
        "unknown option to `s'": "bad option in substitution expression",
    }.get(text, text.replace("unknown command: `", "unsupported command ").rstrip("'"))  # fmt: skip


def _lines(data: bytes, separator: bytes) -> list[bytes]:
    pieces = data.split(separator)
    last = pieces.pop()
    found = [piece + separator for piece in pieces]
    return [*found, last] if last else found


def _complain(process: Process, name: str, error: FileSystemError) -> int:
    if process.busybox:
        return process.error(f"{name}: {error.message}")
    if error.code == "EISDIR":
        in_place = any(word.startswith("-i") for word in process.args)
        process.error(
            f"couldn't edit {name}: not a regular file" if in_place else f"read error on {name}: Is a directory"
        )
        return 4 if in_place else 2
    process.error(f"can't read {name}: {error.message}")
    return 2


def _stream(process: Process, machine: _Machine, operands: list[str]) -> int:
    code = 0
    lines: list[bytes] = []
    for name in operands if operands != ["-"] else []:
        try:
            found = _lines(process.read(name), machine.separator)
        except FileSystemError as error:
            code = _complain(process, name, error)
            continue
        if lines and not lines[-1].endswith(machine.separator) and found:
            lines[-1] += machine.separator
        lines.extend(found)
    try:
        # Standard input is read as it is asked for, so that an endless writer can be ended by `q`.
        if operands in ([], ["-"]):
            newline = machine.separator == b"\n"
            machine.run(process.stdin.lines() if newline else _lines(process.stdin.read(), machine.separator))
        else:
            machine.run(lines)
    except _Quit as stop:
        code = stop.code or code
    process.out(bytes(machine.out))
    return code


def _in_place(process: Process, machine: _Machine, operands: list[str], suffix: str) -> int:
    code = 0
    if not operands:
        return process.error("no input files")
    for name in operands:
        try:
            data = process.read(name)
        except FileSystemError as error:
            code = _complain(process, name, error)
            continue
        except UnknownInputError:
            process.note("unknown", "shell.unknown_input", command="sed", file=name)
            continue
        machine.reset()
        try:
            machine.run(_lines(data, machine.separator))
        except _Quit as stop:
            code = stop.code
        _replace(process, name, bytes(machine.out), suffix)
    return code


def _replace(process: Process, name: str, data: bytes, suffix: str) -> None:
    """`-i` writes a new file and renames it over the old one, keeping mode and owner; a link is replaced."""
    fs, path = process.fs, process.path(name)
    meta = fs.stat(path).meta
    temporary = path.rpartition("/")[0] + "/sed\1tmp"
    fs.write(temporary, Bytes(data), 0o600)
    fs.chmod(temporary, meta.mode)
    if (meta.uid, meta.gid) != (fs.who.uid, fs.who.gid):
        try:
            fs.chown(temporary, meta.uid, meta.gid)
            fs.chmod(temporary, meta.mode)
        except FileSystemError:
            pass
    if suffix:
        backup = suffix.replace("*", name.rpartition("/")[2]) if "*" in suffix else name.rpartition("/")[2] + suffix
        fs.rename(path, path.rpartition("/")[0] + "/" + backup)
    fs.rename(temporary, path)


@dataclass(slots=True)
class _Machine:
    process: Process
    commands: list[SedCommand]
    quiet: bool
    separator: bytes
    out: bytearray = field(default_factory=bytearray)
    hold: str = ""
    space: str = ""
    number: int = 0
    replaced: bool = False
    ended: bytes = b"\n"
    appended: list[bytes] = field(default_factory=list)
    source: _Input = field(default_factory=lambda: _Input(iter(())))
    last_regex: re.Pattern[str] | None = None
    files: dict[str, bytes] = field(default_factory=dict)

    def reset(self) -> None:
        """Begin a new file (`-i`, `-s`)."""
        self.out.clear()
        self.hold, self.number = "", 0
        for one in self.commands:
            one.active = False

    def run(self, lines: Iterable[bytes]) -> None:
        """Run the script on all lines. Raises `_Quit`."""
        self.source = _Input(iter(lines))
        restart = False
        try:
            while restart or self._next():
                restart = self._cycle()
        except _Quit as stop:
            if stop.show and not self.quiet:
                self._print(self.space)
            self._flush()
            raise
        finally:
            for name, data in self.files.items():
                self.process.write(name, data)

    def _next(self) -> bool:
        line = self.source.take()
        if line is None:
            return False
        self.number += 1
        self.ended = self.separator if line.endswith(self.separator) else b""
        self.space = (line[: -len(self.separator)] if self.ended else line).decode("latin-1")
        self.process.budget.step()
        return True

    def _is_last(self) -> bool:
        return self.source.is_empty()

    def _print(self, text: str) -> None:
        self.out += text.encode("latin-1") + self.ended

    def _flush(self) -> None:
        for data in self.appended:
            if self.out and not self.out.endswith(self.separator) and not self.ended:
                self.out += self.separator
            self.out += data
        self.appended.clear()

    def _cycle(self) -> bool:
        """One cycle; whether the next starts without reading (`D`)."""
        self.replaced = False
        at = 0
        while at < len(self.commands):
            one = self.commands[at]
            at += 1
            if self._selected(one) == one.negated:
                if one.name == "{":
                    at = one.target
                continue
            step = self._do(one)
            if step == "jump":
                self.process.budget.step()
                at = one.target
            elif step == "delete":
                self._flush()
                return False
            elif step == "restart":
                self._flush()
                return True
        if not self.quiet:
            self._print(self.space)
        self._flush()
        return False

    def _selected(self, one: SedCommand) -> bool:
        if one.first is None:
            return True
        if one.last is None:
            return self._matches(one.first)
        if one.active:
            return self._in_range(one)
        if one.first.kind == "line" and one.first.number == 0 and one.last.kind == "regex" and self.number == 1:
            one.active = True
            return self._in_range(one)
        if not self._matches(one.first):
            return False
        match one.last:
            case Address(kind="line", number=number):
                one.active = number > self.number
                one.until = number
            case Address(kind="plus", number=number):
                one.active = number > 0
                one.until = self.number + number
            case Address(kind="multiple", number=number):
                one.until = -(-self.number // number) * number if number else self.number
                one.active = one.until > self.number
            case _:
                one.active = not (one.last.kind == "last" and self._is_last())
        return True

    def _in_range(self, one: SedCommand) -> bool:
        assert one.last is not None
        if one.last.kind in {"line", "plus", "multiple"}:
            if self.number >= one.until:
                one.active = False
            return self.number <= one.until
        if self._matches(one.last):
            one.active = False
        return True

    def _matches(self, address: Address) -> bool:
        match address.kind:
            case "line":
                return self.number == address.number
            case "last":
                return self._is_last()
            case "step":
                return (
                    self.number >= address.number and (self.number - address.number) % address.step == 0
                    if address.step
                    else self.number == address.number
                )
            case _:
                return self._search(address.regex) is not None

    def _search(self, regex: re.Pattern[str] | None) -> re.Match[str] | None:
        used = regex or self.last_regex
        if used is None:
            raise UsageError("no previous regular expression")
        self.last_regex = used
        return used.search(self.space)

    def _do(self, one: SedCommand) -> str:
        match one.name:
            case "{" | "}":
                return ""
            case "s":
                self._substitute(one)
            case "d":
                return "delete"
            case "D":
                if "\n" not in self.space:
                    return "delete"
                self.space = self.space.split("\n", 1)[1]
                return "restart"
            case "b":
                return "jump"
            case "t" | "T":
                jumps = self.replaced == (one.name == "t")
                self.replaced = False
                return "jump" if jumps else ""
            case "c":
                if one.last is None or not one.active or one.negated:
                    self.out += one.text.encode("latin-1")
                return "delete"
            case "q" | "Q":
                raise _Quit(one.count, show=one.name == "q")
            case "n" | "N":
                self._read_on(one)
            case _:
                self._edit(one)
        return ""

    def _read_on(self, one: SedCommand) -> None:
        if self._is_last():
            # GNU prints the pattern space when there is no next line.
            raise _Quit(0, show=True)
        if one.name == "n":
            if not self.quiet:
                self._print(self.space)
            self._flush()
            self._next()
        else:
            self._flush()
            before = self.space
            self._next()
            self.space = f"{before}\n{self.space}"

    def _edit(self, one: SedCommand) -> None:
        match one.name:
            case "p":
                self._print(self.space)
            case "P":
                self.out += self.space.split("\n", 1)[0].encode("latin-1") + b"\n"
            case "=":
                self.out += b"%d\n" % self.number
            case "a":
                self.appended.append(one.text.encode("latin-1"))
            case "i":
                self.out += one.text.encode("latin-1")
            case "h":
                self.hold = self.space
            case "H":
                self.hold += "\n" + self.space
            case "g":
                self.space = self.hold
            case "G":
                self.space += "\n" + self.hold
            case "x":
                self.space, self.hold = self.hold, self.space
            case "z":
                self.space = ""
            case "y":
                self.space = "".join(one.table.get(char, char) for char in self.space)
            case "l":
                shown = self.space.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
                self.out += (
                    re.sub(r"[^\x20-\x7e]", lambda found: f"\\{ord(found.group(0)):03o}", shown) + "$\n"
                ).encode("latin-1")
            case "r":
                try:
                    self.appended.append(self.process.read(one.file))
                except FileSystemError:
                    return
            case "w":
                self._to_file(one.file)
            case _:
                self.process.note("unknown", "shell.unmodelled", command=f"sed {one.name}")

    def _to_file(self, name: str) -> None:
        self.files[name] = self.files.get(name, b"") + self.space.encode("latin-1") + b"\n"

    def _substitute(self, one: SedCommand) -> None:
        if self._search(one.regex) is None:
            return
        regex = one.regex or self.last_regex
        assert regex is not None
        out: list[str] = []
        position = count = 0
        previous_end = -1
        while position <= len(self.space):
            found = regex.search(self.space, position)
            if found is None:
                break
            if found.start() == found.end() and found.start() == previous_end:
                out.append(self.space[position : position + 1])
                position += 1
                continue
            count += 1
            out.append(self.space[position : found.start()])
            if count >= max(one.count, 1):
                out.append(expand_replacement(one.replacement, found))
                self.replaced = True
            else:
                out.append(found.group(0))
            previous_end = found.end()
            if found.end() == found.start():
                out.append(self.space[found.end() : found.end() + 1])
                position = found.end() + 1
            else:
                position = found.end()
            if "g" not in one.flags and count >= max(one.count, 1):
                break
        if count < max(one.count, 1):
            return
        self.space = "".join(out) + self.space[position:]
        if "p" in one.flags:
            self._print(self.space)
        if one.file:
            self._to_file(one.file)


def expand_replacement(template: str, found: re.Match[str]) -> str:
    r"""The replacement of `s` with `&`, `\1` and `\U`-like conversions."""
    out: list[str] = []
    mode = once = ""
    position = 0

    def add(text: str) -> None:
        nonlocal once
        text = text.upper() if mode == "U" else text.lower() if mode == "L" else text
        if once and text:
            text = (text[0].upper() if once == "u" else text[0].lower()) + text[1:]
            once = ""
        out.append(text)

    while position < len(template):
        char = template[position]
        position += 1
        if char == "&":
            add(found.group(0))
        elif char == "\\" and position < len(template):
            letter = template[position]
            position += 1
            if letter.isdigit():
                index = int(letter)
                if index > found.re.groups:
                    raise UsageError(f"-e expression #1, char 0: invalid reference \\{letter} on `s' command's RHS")
                add(found.group(index) or "")
            elif letter in "UL":
                mode = letter
            elif letter in "ul":
                once = letter
            elif letter == "E":
                mode = ""
            else:
                add({"n": "\n", "t": "\t", "r": "\r"}.get(letter, letter))
        else:
            add(char)
    return "".join(out)
