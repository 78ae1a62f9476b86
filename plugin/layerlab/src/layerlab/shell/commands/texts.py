"""Commands that rearrange text: `sort`, `uniq`, `cut`, `tr`, `paste`, `fold`, `comm`, `join`-like tools."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cmp_to_key

from layerlab.filesystem import FileSystemError
from layerlab.shell.commands.reading import inputs, opening, split_lines
from layerlab.shell.commands.registry import command
from layerlab.shell.options import Options, missing_operand, parse_options, quote, usage
from layerlab.shell.process import Process, encode

CLASSES = {
    "alpha": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "digit": "0123456789",
    "alnum": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "lower": "abcdefghijklmnopqrstuvwxyz", "space": "\t\n\v\f\r ",
    "blank": "\t ",
    "punct": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "xdigit": "0123456789ABCDEFabcdef",
    "cntrl": "".join(map(chr, [*range(32), 127])), "print": "".join(map(chr, range(32, 127))),
    "graph": "".join(map(chr, range(33, 127))),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    """One `-k` of `sort`."""

    start: tuple[int, int]
    end: tuple[int, int] | None
    flags: str


@command("sort")
def sort(process: Process) -> int:
    """`sort`, bytewise as in the C locale."""
    long = {
        "numeric-sort": "n", "reverse": "r", "unique": "u", "key=": "k", "field-separator=": "t", "output=": "o",
        "ignore-case": "f", "version-sort": "V", "human-numeric-sort": "h", "stable": "s", "check=?": "c",
        "zero-terminated": "z", "ignore-leading-blanks": "b", "general-numeric-sort": "g", "month-sort": "M",
    }  # fmt: skip
    options = parse_options(process, "nrubfdiMgVhscCzmk:t:o:S:T:", long, code=2)
    lines: list[bytes] = []
    newline = b"\0" if "z" in options else b"\n"
    for _, data in inputs(process, options.operands, opening(process, "cannot read: {name}: {message}")):
        if data is None:
            return 2
        found = data.split(newline)
        lines.extend(found if found[-1] else found[:-1])
    process.budget.step(len(lines) // 100)
    compare = _comparison(options)
    if options.any("c", "C"):
        return _check(process, options, lines, compare)
    ordered = sorted(lines, key=cmp_to_key(compare))
    if "u" in options:
        kept: list[bytes] = []
        equal = _comparison(options, last_resort=False)
        for line in ordered:
            if not kept or equal(kept[-1], line) != 0:
                kept.append(line)
        ordered = kept
    data = b"".join(line + newline for line in ordered)
    if (target := options.get("o")) is not None:
        process.write(target, data)
    else:
        process.out(data)
    return 0


def _check(process: Process, options: Options, lines: list[bytes], compare: Callable[[bytes, bytes], int]) -> int:
    for index in range(1, len(lines)):
        if compare(lines[index - 1], lines[index]) > 0 or (
            "u" in options and compare(lines[index - 1], lines[index]) == 0
        ):
            if "C" not in options:
                name = options.operands[0] if options.operands else "-"
                process.error(f"{name}:{index + 1}: disorder: {lines[index].decode('utf-8', 'surrogateescape')}")
            return 1
    return 0


def _comparison(options: Options, *, last_resort: bool = True) -> Callable[[bytes, bytes], int]:
    flags = "".join(letter for letter in "nbfdgMVhir" if letter in options)
    separator = encode(options.get("t") or "").replace(b"\\0", b"\0") or None
    keys = [_key(text) for text in options.values.get("k", [])]
    last = last_resort and not options.any("s", "u")

    def compare(one: bytes, other: bytes) -> int:
        for key in keys or [Key((1, 1), None, "")]:
            used = key.flags or flags
            value = _compare(_part(one, key, separator, used), _part(other, key, separator, used), used)
            if value:
                return -value if "r" in used else value
        if not last:
            return 0
        value = (one > other) - (one < other)
        return -value if "r" in flags else value

    return compare


def _key(text: str) -> Key:
    start, _, end = text.partition(",")
    found = re.match(r"(\d+)(?:\.(\d+))?([a-zA-Z]*)", start)
    last = re.match(r"(\d+)(?:\.(\d+))?([a-zA-Z]*)", end)
    if found is None:
        return Key((1, 1), None, "")
    flags = found.group(3) + (last.group(3) if last else "")
    return Key(
        (int(found.group(1)), int(found.group(2) or 1)),
        (int(last.group(1)), int(last.group(2) or 0)) if last else None,
        flags,
    )


def _part(line: bytes, key: Key, separator: bytes | None, flags: str) -> bytes:
    if key.start == (1, 1) and key.end is None:
        return line.lstrip(b" \t") if "b" in flags else line
    if separator is not None:
        bounds, position = [], 0
        for piece in line.split(separator):
            bounds.append((position, position + len(piece)))
            position += len(piece) + len(separator)
    else:
        bounds = [found.span() for found in re.finditer(rb"[ \t]*[^ \t]+", line)]
    if key.start[0] > len(bounds):
        return b""
    start = bounds[key.start[0] - 1][0]
    if "b" in flags or ("n" in flags and separator is None):
        while start < len(line) and line[start : start + 1] in (b" ", b"\t"):
            start += 1
    start += key.start[1] - 1
    if key.end is None:
        return line[start:]
    if key.end[0] > len(bounds):
        return line[start:]
    first, last = bounds[key.end[0] - 1]
    return line[start : last if key.end[1] == 0 else min(first + key.end[1], last)]


def _compare(one: bytes, other: bytes, flags: str) -> int:
    if any(letter in flags for letter in "ngh"):
        left, right = _number(one, flags), _number(other, flags)
        return (left > right) - (left < right)
    if "M" in flags:
        months = [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"]
        positions = [
            months.index(text) + 1 if (text := part.strip()[:3].lower()) in months else 0 for part in (one, other)
        ]
        return (positions[0] > positions[1]) - (positions[0] < positions[1])
    if "V" in flags:
        left_key, right_key = _version(one), _version(other)
        return (left_key > right_key) - (left_key < right_key)
    if "d" in flags:
        one, other = re.sub(rb"[^A-Za-z0-9 \t]", b"", one), re.sub(rb"[^A-Za-z0-9 \t]", b"", other)
    if "f" in flags:
        one, other = one.upper(), other.upper()
    return (one > other) - (one < other)


def _number(text: bytes, flags: str) -> float:
    pattern = rb"\s*([-+]?\d*\.?\d+(?:[eE][-+]?\d+)?)" if "g" in flags else rb"\s*(-?\d*\.?\d+)([KMGTPE]?)"
    found = re.match(pattern, text)
    if found is None:
        return 0.0
    value = float(found.group(1))
    return value * float(1024 ** (b"\0KMGTPE".index(found.group(2)) if "h" in flags and found.group(2) else 0))


def _version(text: bytes) -> list[tuple[int, int, bytes]]:
    return [(1, int(piece), b"") if piece.isdigit() else (0, 0, piece) for piece in re.split(rb"(\d+)", text) if piece]


@command("uniq")
def uniq(process: Process) -> int:
    """`uniq`."""
    long = {
        "count": "c",
        "repeated": "d",
        "unique": "u",
        "ignore-case": "i",
        "skip-fields=": "f",
        "skip-chars=": "s",
        "check-chars=": "w",
    }
    options = parse_options(process, "cduif:s:w:z", long)
    names = options.operands[:1]
    runs: list[tuple[bytes, int]] = []
    for _, data in inputs(process, names):
        if data is None:
            return 1
        previous: bytes | None = None
        for line in split_lines(data):
            body = line.rstrip(b"\n")
            key = _uniq_key(body, options)
            if previous is not None and key == previous:
                runs[-1] = (runs[-1][0], runs[-1][1] + 1)
            else:
                runs.append((body, 1))
            previous = key
    out = bytearray()
    for body, count in runs:
        if ("d" in options and count < 2) or ("u" in options and count > 1):
            continue
        out += (b"%7d " % count if "c" in options else b"") + body + b"\n"
    if len(options.operands) > 1:
        process.write(options.operands[1], bytes(out))
    else:
        process.out(bytes(out))
    return 0


def _uniq_key(body: bytes, options: Options) -> bytes:
    for _ in range(int(options.get("f") or 0)):
        body = re.sub(rb"^[ \t]*[^ \t]*", b"", body)
    body = body[int(options.get("s") or 0) :]
    if (width := options.get("w")) is not None:
        body = body[: int(width)]
    return body.lower() if "i" in options else body


@command("cut")
def cut(process: Process) -> int:
    """`cut`."""
    long = {
        "delimiter=": "d",
        "fields=": "f",
        "characters=": "c",
        "bytes=": "b",
        "only-delimited": "s",
        "complement": "complement",
        "output-delimiter=": "o",
    }
    options = parse_options(process, "d:f:c:b:snz", long)
    text = options.get("f") or options.get("c") or options.get("b")
    if text is None:
        if process.busybox:
            return process.error("expected a list of bytes, characters, or fields")
        raise usage(process, "you must specify a list of bytes, characters, or fields")
    ranges = _ranges(text)
    if ranges is None:
        if process.busybox:
            return process.error("invalid range")
        raise usage(
            process, "fields are numbered from 1" if "f" in options else "byte/character positions are numbered from 1"
        )
    delimiter = encode("\t" if options.get("d") is None else options.get("d") or "\0")
    joiner = encode(options.get("o") or "") or delimiter
    code = 0
    for _, data in inputs(process, options.operands):
        if data is None:
            code = 1
            continue
        out = bytearray()
        for line in split_lines(data):
            body = line.rstrip(b"\n")
            if "f" not in options:
                picked = _pick([bytes([byte]) for byte in body], ranges, complement="complement" in options)
                out += (encode(options.get("o") or "")).join(picked) + b"\n"
            elif delimiter in body:
                out += joiner.join(_pick(body.split(delimiter), ranges, complement="complement" in options)) + b"\n"
            elif "s" not in options:
                out += body + b"\n"
        process.out(bytes(out))
    return code


def _ranges(text: str) -> list[tuple[int, int]] | None:
    found: list[tuple[int, int]] = []
    for piece in re.split(r"[,\s]+", text):
        match = re.fullmatch(r"(\d*)(-?)(\d*)", piece)
        if match is None or not (match.group(1) or match.group(3)):
            return None
        first = int(match.group(1) or 1)
        last = int(match.group(3)) if match.group(3) else (1 << 30 if match.group(2) else first)
        if first == 0 or last < first:
            return None
        found.append((first, last))
    return found


def _pick(pieces: list[bytes], ranges: list[tuple[int, int]], *, complement: bool) -> list[bytes]:
    return [
        piece
        for index, piece in enumerate(pieces, 1)
        if any(first <= index <= last for first, last in ranges) != complement
    ]


def tr_set(text: str) -> list[int]:
    """The bytes of a `tr` set; a negative member `-n` is a class marker for case conversion."""
    data = encode(text).decode("latin-1")
    out: list[int] = []
    position = 0
    simple = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\"}
    while position < len(data):
        if (found := re.compile(r"\[:(\w+):\]").match(data, position)) and found.group(1) in CLASSES:
            out.extend(map(ord, CLASSES[found.group(1)]))
            position = found.end()
            continue
        if (found := re.compile(r"\[=(.)=\]").match(data, position)) is not None:
            out.append(ord(found.group(1)))
            position = found.end()
            continue
        if (found := re.compile(r"\[(.)\*(\d*)\]").match(data, position)) is not None:
            out.extend([ord(found.group(1))] * int(found.group(2) or 256))
            position = found.end()
            continue
        char, position = _tr_char(data, position, simple)
        if data[position : position + 1] == "-" and position + 1 < len(data):
            last, after = _tr_char(data, position + 1, simple)
            if last >= char:
                out.extend(range(char, last + 1))
                position = after
                continue
        out.append(char)
    return out


def _tr_char(data: str, position: int, simple: dict[str, str]) -> tuple[int, int]:
    if data[position] == "\\" and position + 1 < len(data):
        if (found := re.compile(r"[0-7]{1,3}").match(data, position + 1)) is not None:
            return int(found.group(0), 8) & 0xFF, found.end()
        letter = data[position + 1]
        return ord(simple.get(letter, letter)), position + 2
    return ord(data[position]), position + 1


@command("tr")
def tr(process: Process) -> int:
    """`tr`, on bytes."""
    options = parse_options(
        process,
        "cCdst",
        {"complement": "c", "delete": "d", "squeeze-repeats": "s", "truncate-set1": "t"},
        permute=False,
    )
    operands = options.operands
    if not operands:
        raise missing_operand(process)
    if len(operands) < 2 and not options.any("d", "s"):
        if process.busybox:
            raise missing_operand(process)
        raise usage(process, f"missing operand after {quote(operands[0])}\nTwo strings must be given when translating.")
    first = tr_set(operands[0])
    second = tr_set(operands[1]) if len(operands) > 1 else []
    if options.any("c", "C"):
        chosen = set(first)
        first = [byte for byte in range(256) if byte not in chosen]
    data = process.stdin.read()
    if "d" in options:
        data = data.translate(None, bytes(sorted(set(first))))
    elif second:
        data = data.translate(_tr_table(first, second, truncate="t" in options))
    if "s" in options:
        squeezed = set(second if (second and len(operands) > 1) else first)
        out = bytearray()
        for byte in data:
            if not (out and byte == out[-1] and byte in squeezed):
                out.append(byte)
        data = bytes(out)
    process.out(data)
    return 0


def _tr_table(first: list[int], second: list[int], *, truncate: bool) -> bytes:
    table = list(range(256))
    if not truncate:
        second = second + [second[-1]] * max(len(first) - len(second), 0)
    for old, new in zip(first, second, strict=False):
        table[old] = new
    return bytes(table)


@command("paste")
def paste(process: Process) -> int:
    """`paste`."""
    options = parse_options(process, "d:s", {"delimiters=": "d", "serial": "s"})
    delimiters = (options.get("d") if "d" in options else "\t") or ""
    for escape, char in (("\\n", "\n"), ("\\t", "\t"), ("\\\\", "\\"), ("\\0", "\0")):
        delimiters = delimiters.replace(escape, char)
    columns: list[list[bytes]] = []
    shared: list[bytes] | None = None
    names = options.operands or ["-"]
    for name in names:
        if name == "-":
            shared = [line.rstrip(b"\n") for line in process.stdin.lines()] if shared is None else shared
            count = names.count("-")
            columns.append(shared[len([c for c in columns if c is None]) :: count] if count == 1 else [])
            continue
        try:
            columns.append([line.rstrip(b"\n") for line in split_lines(process.read(name))])
        except FileSystemError as error:
            return process.error(f"{name}: {error.message}")
    if shared is not None and names.count("-") > 1:
        dashes = [index for index, name in enumerate(names) if name == "-"]
        for order, index in enumerate(dashes):
            columns[index] = shared[order :: len(dashes)]
    rows = (
        columns
        if "s" in options
        else [
            [column[index] if index < len(column) else b"" for column in columns]
            for index in range(max((len(column) for column in columns), default=0))
        ]
    )
    for row in rows:
        out = bytearray()
        for index, cell in enumerate(row):
            out += cell
            if index < len(row) - 1 and delimiters:
                out += encode(delimiters[index % len(delimiters)]).replace(b"\0", b"")
        process.out(bytes(out) + b"\n")
    return 0


@command("fold")
def fold(process: Process) -> int:
    """`fold`."""
    args = [re.sub(r"^-(\d+)$", r"-w\1", word) for word in process.args]
    options = parse_options(process, "bsw:", {"width=": "w", "spaces": "s", "bytes": "b"}, args=args)
    width = max(int(options.get("w") or 80), 1)
    for _, data in inputs(process, options.operands):
        for line in split_lines(data or b""):
            body, ending = (line[:-1], b"\n") if line.endswith(b"\n") else (line, b"")
            while len(body) > width:
                at = body.rfind(b" ", 0, width) + 1 if "s" in options else 0
                at = at or width
                process.out(body[:at] + b"\n")
                body = body[at:]
            process.out(body + ending)
    return 0


@command("comm")
def comm(process: Process) -> int:
    """`comm`."""
    options = parse_options(process, "123")
    if len(options.operands) < 2:
        raise missing_operand(process)
    left, right = ([line.rstrip(b"\n") for line in split_lines(process.read(name))] for name in options.operands[:2])
    one = other = 0
    while one < len(left) or other < len(right):
        if other >= len(right) or (one < len(left) and left[one] < right[other]):
            column, line = 1, left[one]
            one += 1
        elif one >= len(left) or right[other] < left[one]:
            column, line = 2, right[other]
            other += 1
        else:
            column, line = 3, left[one]
            one, other = one + 1, other + 1
        if str(column) not in options:
            tabs = sum(1 for index in range(1, column) if str(index) not in options)
            process.out(b"\t" * tabs + line + b"\n")
    return 0


@command("expand", "unexpand")
def expand(process: Process) -> int:
    """`expand`."""
    options = parse_options(process, "it:a", {"tabs=": "t", "initial": "i"})
    for _, data in inputs(process, options.operands):
        for line in split_lines(data or b""):
            process.out(line.expandtabs(int(options.get("t") or 8)) if process.name == "expand" else line)
    return 0
