"""Commands that pass text on: `cat`, `head`, `tail`, `tac`, `tee`, `wc`, `nl`, `rev`, `yes`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from layerlab.filesystem import Bytes, Directory, FileSystemError, Special, size_of
from layerlab.shell.commands.making import parse_size
from layerlab.shell.commands.registry import command
from layerlab.shell.options import parse_options, quote, usage
from layerlab.shell.process import Process, decode
from layerlab.shell.redirection import ZERO
from layerlab.shell.streams import Source


def source_of(process: Process, name: str) -> Source:
    """An operand as a stream: endless devices too. Raises `FileSystemError`, `UnknownInputError`."""
    if name == "-":
        return process.stdin
    path = process.path(name)
    node = process.fs.lookup(path)
    if path == "/dev/zero" or (isinstance(node, Special) and node.device == ZERO):
        return Source(filler=b"\0")
    if path in {"/dev/urandom", "/dev/random"}:
        return Source(unknown=name)
    return Source(process.read(name))


def inputs(
    process: Process, names: list[str], opening: str = "{name}: {message}"
) -> Iterator[tuple[str, bytes | None]]:
    """The bytes of each operand, standard input without any; None after a message for one that can't be read."""
    for name in names or ["-"]:
        try:
            yield name, process.read(name)
        except FileSystemError as error:
            process.error(opening.format(name=name, message=error.message, quoted=quote(name)))
            yield name, None


def opening(process: Process, gnu: str) -> str:
    """The format of the message for a file that can't be opened."""
    return "{name}: {message}" if process.busybox else gnu


@command("cat")
def cat(process: Process) -> int:
    """`cat`."""
    long = {"number": "n", "number-nonblank": "b", "show-all": "A", "show-ends": "E", "show-tabs": "T",
            "squeeze-blank": "s",
            "show-nonprinting": "v"}  # fmt: skip
    options = parse_options(process, "nbAEeTtsuv", long)
    code = 0
    plain = not options.order or all(name == "u" for name, _ in options.order)
    number = 0
    for name in options.operands or ["-"]:
        try:
            if plain and name != "-" and len(options.operands) == 1:
                content = process.content(name)
                if process.put_out(content):
                    continue
            data = source_of(process, name).read()
        except FileSystemError as error:
            if process.busybox and error.code != "EISDIR":
                code = process.error(f"can't open '{name}': {error.message}")
            else:
                code = process.error(f"{'read error' if process.busybox else name}: {error.message}")
            continue
        if plain:
            process.out(data)
        else:
            number = _numbered(process, data, options.values, number)
    return code


def _numbered(process: Process, data: bytes, options: object, number: int) -> int:
    assert isinstance(options, dict)
    flags = set(options)
    blank = False
    for line in data.splitlines(keepends=True):
        empty = line == b"\n"
        if "s" in flags and empty and blank:
            continue
        blank = empty
        body, ending = (line[:-1], b"\n") if line.endswith(b"\n") else (line, b"")
        if flags & {"v", "A", "e", "t"}:
            body = re.sub(rb"[\x00-\x08\x0b-\x1f]", lambda found: b"^" + bytes([found.group(0)[0] + 64]), body)
        if flags & {"T", "A", "t"}:
            body = body.replace(b"\t", b"^I")
        if flags & {"E", "A", "e"} and ending:
            ending = b"$\n"
        if ("n" in flags and "b" not in flags) or ("b" in flags and not empty):
            number += 1
            body = b"%6d\t" % number + body
        process.out(body + ending)
    return number


def _numbered_first(args: tuple[str, ...]) -> list[str]:
    """`-3` and `+3` as `-n3` and `-n+3`, where they can't be an option's argument."""
    found: list[str] = []
    for word in args:
        taken = bool(found) and found[-1] in {"-n", "-c"}
        match = None if taken else re.fullmatch(r"([-+])(\d+)", word)
        found.append(word if match is None else f"-n{'+' if match.group(1) == '+' else ''}{match.group(2)}")
    return found


@command("head")
def head(process: Process) -> int:
    """`head`."""
    args = _numbered_first(process.args)
    options = parse_options(process, "n:c:qv", {"lines=": "n", "bytes=": "c", "quiet": "q", "verbose": "v"}, args=args)
    text = options.get("c") or options.get("n") or "10"
    count = parse_size(text.lstrip("-+"))
    if count is None:
        what = "bytes" if "c" in options else "lines"
        return process.error(
            f"invalid number of {what}: {quote(text)}" if not process.busybox else f"invalid number '{text}'"
        )
    code = 0
    names = options.operands or ["-"]
    headers = (len(names) > 1 and "q" not in options) or "v" in options
    shown = False
    for name in names:
        try:
            source = source_of(process, name)
        except FileSystemError as error:
            if error.code == "EISDIR":
                code = process.error(
                    f"{name}: read error: Is a directory"
                    if process.busybox
                    else f"error reading {quote(name)}: Is a directory"
                )
            else:
                text_format = opening(process, "cannot open {quoted} for reading: {message}")
                code = process.error(text_format.format(name=name, quoted=quote(name), message=error.message))
            continue
        if headers:
            process.out(("\n" if shown else "") + f"==> {'standard input' if name == '-' else name} <==\n")
            shown = True
        _head(process, source, count, by_bytes="c" in options, all_but=text.startswith("-"))
    return code


def _head(process: Process, source: Source, count: int, *, by_bytes: bool, all_but: bool) -> None:
    if by_bytes:
        process.out(source.read()[:-count] if all_but and count else source.read(count))
        return
    if all_but:
        lines = list(source.lines())
        process.out(b"".join(lines[: len(lines) - count]))
        return
    for _ in range(count):
        line = source.readline()
        if not line:
            return
        process.out(line)


@command("tail")
def tail(process: Process) -> int:
    """`tail`; `-f` ends at the end of the file, as nothing more will come."""
    args = _numbered_first(process.args)
    options = parse_options(
        process, "n:c:qvfFs:", {"lines=": "n", "bytes=": "c", "quiet": "q", "verbose": "v", "follow=?": "f"}, args=args
    )
    text = options.get("c") or options.get("n") or "10"
    count = parse_size(text.lstrip("-+"))
    if count is None:
        what = "bytes" if "c" in options else "lines"
        return process.error(
            f"invalid number of {what}: {quote(text)}" if not process.busybox else f"invalid number '{text}'"
        )
    code = 0
    names = options.operands or ["-"]
    headers = (len(names) > 1 and "q" not in options) or "v" in options
    shown = False
    for name, data in inputs(
        process,
        names,
        "can't open '{name}': {message}" if process.busybox else "cannot open {quoted} for reading: {message}",
    ):
        if data is None:
            code = 1
            continue
        if headers:
            process.out(("\n" if shown else "") + f"==> {'standard input' if name == '-' else name} <==\n")
            shown = True
        pieces: list[bytes] | bytes = data if "c" in options else _lines(data)
        taken = pieces[max(count - 1, 0) :] if text.startswith("+") else pieces[max(len(pieces) - count, 0) :]
        process.out(taken if isinstance(taken, bytes) else b"".join(taken))
    if code and process.busybox and len(names) == 1:
        process.error("no files")
    return code


def _lines(data: bytes) -> list[bytes]:
    """Lines with their newlines; only a line feed ends one."""
    lines = data.split(b"\n")
    last = lines.pop()
    found = [line + b"\n" for line in lines]
    return [*found, last] if last else found


split_lines = _lines


@command("tac")
def tac(process: Process) -> int:
    """`tac`."""
    code = 0
    for _, data in inputs(
        process, list(process.args), opening(process, "failed to open {quoted} for reading: {message}")
    ):
        if data is None:
            code = 1
        else:
            process.out(b"".join(reversed(_lines(data))))
    return code


@command("rev")
def rev(process: Process) -> int:
    """`rev`."""
    for _, data in inputs(process, list(process.args)):
        for line in _lines(data or b""):
            body = decode(line.rstrip(b"\n"))
            process.out(body[::-1] + ("\n" if line.endswith(b"\n") else ""))
    return 0


@command("tee")
def tee(process: Process) -> int:
    """`tee`."""
    options = parse_options(process, "aip", {"append": "a", "ignore-interrupts": "i"})
    data = process.stdin.read()
    code = 0
    process.out(data)
    for name in options.operands:
        try:
            if "a" in options and process.path(name) != "/dev/null":
                process.flush()
                process.fs.append(process.path(name), data)
            else:
                process.write(name, data)
        except FileSystemError as error:
            code = process.error(f"{name}: {error.message}")
    return code


@command("wc")
def wc(process: Process) -> int:
    """`wc`."""
    long = {"lines": "l", "words": "w", "bytes": "c", "chars": "m", "max-line-length": "L"}
    options = parse_options(process, "lwcmL", long)
    wanted = [name for name in "lwmcL" if name in options] or ["l", "w", "c"]
    rows: list[tuple[list[int], str]] = []
    code = 0
    for name in options.operands or ["-"]:
        try:
            rows.append((_counts(process, name, wanted), name if options.operands else ""))
        except FileSystemError as error:
            code = process.error(f"{name}: {error.message}")
            if error.code == "EISDIR" and not process.busybox:
                rows.append(([0] * len(wanted), name))
    if len(options.operands) > 1:
        totals = [sum(row[index] for row, _ in rows) for index in range(len(wanted))]
        rows.append((totals, "total"))
    if process.busybox:
        width = 9 if len(wanted) > 1 or len(options.operands) > 1 else 0
    elif len(wanted) == 1 and len(options.operands) <= 1:
        width = 0
    elif not options.operands or "-" in options.operands:
        width = 7
    else:
        sizes = [
            size_of(node.content) or 0
            for name in options.operands
            if (node := process.fs.lookup(process.path(name))) is not None and hasattr(node, "content")
        ]
        irregular = any(isinstance(process.fs.lookup(process.path(name)), Directory) for name in options.operands)
        width = max(len(str(sum(sizes))), 7 if irregular else 1)
    for numbers, name in rows:
        cells = [str(number).rjust(width) for number in numbers]
        process.out(" ".join(cells) + (f" {name}" if name else "") + "\n")
    return code


def _counts(process: Process, name: str, wanted: list[str]) -> list[int]:
    content = process.content(name)
    if wanted == ["c"] and not isinstance(content, Bytes) and (size := size_of(content)) is not None:
        return [size]
    data = content.data if isinstance(content, Bytes) else process.read(name)
    values = {
        "l": data.count(b"\n"), "w": len(data.split()), "c": len(data), "m": len(data),
        "L": max((len(line.expandtabs()) for line in data.split(b"\n")), default=0),
    }  # fmt: skip
    return [values[letter] for letter in wanted]


@command("nl")
def nl(process: Process) -> int:
    """`nl`."""
    options = parse_options(
        process, "b:w:s:n:v:i:", {"body-numbering=": "b", "number-width=": "w", "number-separator=": "s"}
    )
    style, width, separator = options.get("b") or "t", int(options.get("w") or 6), options.get("s") or "\t"
    number = int(options.get("v") or 1)
    for _, data in inputs(process, options.operands):
        for line in _lines(data or b""):
            if style == "n" or (style == "t" and line == b"\n"):
                process.out(" " * (width + len(separator)) + decode(line))
            else:
                process.out(f"{number:>{width}}{separator}{decode(line)}")
                number += 1
    return 0


@command("yes")
def yes(process: Process) -> int:
    """`yes`: writes until its pipe or the log's limit ends it."""
    words = process.args[1:] if process.args[:1] == ("--",) else process.args
    line = (" ".join(words) or "y") + "\n"
    block = line * max(4096 // len(line), 1)
    while True:
        process.budget.step()
        process.out(block)


@command("seq")
def seq(process: Process) -> int:
    """`seq`."""
    args = list(process.args)
    last: float
    separator, equal, form = "\n", False, None
    while args and args[0].startswith("-") and not re.match(r"-[\d.]", args[0]):
        word = args.pop(0)
        if word == "--":
            break
        if word in {"-w", "--equal-width"}:
            equal = True
        elif word.startswith(("-s", "-f")):
            value = word[2:] or (args.pop(0) if args else "")
            separator, form = (value, form) if word[1] == "s" else (separator, value)
    if not args:
        raise usage(process, "missing operand")
    try:
        numbers = [float(word) if not word.lstrip("-+").isdigit() else int(word) for word in args]
    except ValueError:
        bad = next(word for word in args if not re.fullmatch(r"[-+]?[\d.]+", word))
        return (
            process.error(f"invalid number '{bad}'")
            if process.busybox
            else process.error(f"invalid floating point argument: {quote(bad)}\nTry 'seq --help' for more information.")
        )
    first: float
    step: float
    first, step, last = (
        (1, 1, numbers[0])
        if len(numbers) == 1
        else (numbers[0], 1, numbers[1])
        if len(numbers) == 2
        else (numbers[0], numbers[1], numbers[2])
    )
    if not step:
        return process.error("invalid Zero increment value: '0'")
    places = max((len(word.partition(".")[2]) for word in args[: 2 if len(args) > 2 else 1]), default=0)
    width = max(len(f"{first:.{places}f}"), len(f"{last:.{places}f}")) if equal else 0
    index, pieces, size = 0, [], 0
    while True:
        number = first + index * step
        if (step > 0 and number > last + 1e-12) or (step < 0 and number < last - 1e-12):
            break
        text = f"{number:0{width}.{places}f}"
        pieces.append(form % number if form is not None and "%" in form else text)
        size += len(text) + 1
        index += 1
        if len(pieces) >= 4096:
            process.budget.step()
            process.out(separator.join(pieces) + separator)
            pieces = []
    if pieces:
        process.out(separator.join(pieces) + "\n")
    return 0
