"""Digests, encodings, comparisons: `md5sum`, `sha256sum`, `base64`, `od`, `cmp`, `diff`, `dd`."""

from __future__ import annotations

import base64 as codec
import difflib
import hashlib
import re

from layerlab.filesystem import Bytes, Estimated, FileSystemError, Opaque, same_content
from layerlab.shell.commands.making import parse_size
from layerlab.shell.commands.reading import inputs, source_of, split_lines
from layerlab.shell.commands.registry import command
from layerlab.shell.options import missing_operand, parse_options, quote
from layerlab.shell.process import Process, decode
from layerlab.shell.streams import Source

ALGORITHMS = {
    "md5sum": "md5",
    "sha1sum": "sha1",
    "sha256sum": "sha256",
    "sha512sum": "sha512",
    "sha224sum": "sha224",
    "sha384sum": "sha384",
}


@command(*ALGORITHMS)
def digest(process: Process) -> int:
    """`md5sum`, `sha256sum` and their like."""
    long = {
        "check": "c",
        "quiet": "quiet",
        "status": "s",
        "strict": "strict",
        "binary": "b",
        "text": "t",
        "ignore-missing": "ignore-missing",
        "warn": "w",
    }
    options = parse_options(process, "cbtsw", long)
    if "c" in options:
        return _check(process, options.operands, quiet="quiet" in options, silent="s" in options)
    code = 0
    for name in options.operands or ["-"]:
        try:
            process.out(f"{_digest(process, name)}  {name}\n")
        except FileSystemError as error:
            code = process.error(
                f"can't open '{name}': {error.message}"
                if process.busybox and error.code != "EISDIR"
                else f"{name}: {error.message}"
                if not process.busybox
                else "read error: Is a directory"
            )
    return code


def _digest(process: Process, name: str) -> str:
    content = process.content(name)
    if isinstance(content, Opaque) and process.name == "sha256sum":
        return content.sha256
    data = content.data if isinstance(content, Bytes) else process.read(name)
    return hashlib.new(ALGORITHMS[process.name], data, usedforsecurity=False).hexdigest()


def _check(process: Process, names: list[str], *, quiet: bool, silent: bool) -> int:
    failed = total = missing = 0
    for _, data in inputs(process, names):
        if data is None:
            return 1
        for line in split_lines(data):
            found = re.match(r"\\?([0-9a-fA-F]{32,128}) [ *](.*)", decode(line.rstrip(b"\n")))
            if found is None:
                continue
            total += 1
            try:
                good = _digest(process, found.group(2)) == found.group(1).lower()
            except FileSystemError as error:
                process.error(
                    f"can't open '{found.group(2)}': {error.message}"
                    if process.busybox
                    else f"{found.group(2)}: {error.message}"
                )
                missing += 1
                if not silent:
                    process.out(
                        f"{found.group(2)}: FAILED open or read\n"
                        if not process.busybox
                        else f"{found.group(2)}: FAILED\n"
                    )
                continue
            failed += not good
            if not silent and not (good and quiet):
                process.out(f"{found.group(2)}: {'OK' if good else 'FAILED'}\n")
    if not total:
        return process.error(
            "'standard input': no properly formatted checksum lines found"
            if not names
            else f"{names[0]}: no properly formatted checksum lines found"
        )
    if silent:
        return int(bool(failed or missing))
    if process.busybox and failed + missing:
        process.error(f"WARNING: {failed + missing} of {total} computed checksums did NOT match")
    elif failed:
        process.error(f"WARNING: {failed} computed checksum{'s' if failed > 1 else ''} did NOT match")
    if missing and not process.busybox:
        process.error(f"WARNING: {missing} listed file{'s' if missing > 1 else ''} could not be read")
    return int(bool(failed or missing))


@command("base64", "base32")
def base64(process: Process) -> int:
    """`base64`."""
    options = parse_options(process, "diw:", {"decode": "d", "wrap=": "w", "ignore-garbage": "i"})
    for _, data in inputs(process, options.operands[:1]):
        if data is None:
            return 1
        if "d" in options:
            cleaned = re.sub(rb"\s", b"", data)
            try:
                process.out(
                    codec.b64decode(cleaned, validate=True) if process.name == "base64" else codec.b32decode(cleaned)
                )
            except ValueError:
                return process.error("invalid input" if not process.busybox else "truncated input")
            continue
        text = (codec.b64encode if process.name == "base64" else codec.b32encode)(data)
        width = int(options.get("w") or 76) if options.get("w") != "0" else 0
        if width == 0:
            process.out(text)
        else:
            process.out(b"".join(text[at : at + width] + b"\n" for at in range(0, len(text), width)))
    return 0


@command("od")
def od(process: Process) -> int:
    """`od`, for the formats people use: `-c`, `-b`, `-x`, `-An -tx1` and their like."""
    options = parse_options(
        process,
        "A:t:j:N:vw::bcxdoCn:ps:lrui",
        {"address-radix=": "A", "format=": "t", "read-bytes=": "N", "skip-bytes=": "j"},
    )
    data = b"".join(data or b"" for _, data in inputs(process, options.operands))
    data = data[int(options.get("j") or 0) :]
    data = data[: int(options.get("N") or len(data))]
    kind = "c" if "c" in options else "o1" if "b" in options else "x2" if "x" in options else options.get("t") or "o2"
    radix = options.get("A") or "o"
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        process.out(_address(at, radix) + _cells(row, kind) + "\n")
    if radix != "n":
        process.out(_address(len(data), radix) + "\n")
    return 0


def _address(at: int, radix: str) -> str:
    return {"o": f"{at:07o}", "d": f"{at:07d}", "x": f"{at:06x}"}.get(radix, "")


def _cells(row: bytes, kind: str) -> str:
    names = {0: "\\0", 7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r"}
    if kind.startswith("c"):
        return "".join(f"{names.get(byte) or (chr(byte) if 32 <= byte < 127 else f'{byte:03o}'):>4}" for byte in row)
    size = int(kind[1:2] or 4) if kind[1:2].isdigit() else 1
    letter = kind[0]
    width = {
        "x": 2 * size,
        "o": {1: 3, 2: 6, 4: 11, 8: 22}.get(size, 3),
        "u": {1: 3, 2: 5, 4: 10, 8: 20}.get(size, 3),
        "d": {1: 4, 2: 6, 4: 11, 8: 20}.get(size, 4),
    }.get(letter, 3)
    out = ""
    for at in range(0, len(row), size):
        value = int.from_bytes(row[at : at + size], "little", signed=letter == "d" and at + size <= len(row))
        out += " " + (f"{value:0{width}{letter}}" if letter in "xo" else f"{value:>{width}d}")
    return out


@command("cmp")
def cmp(process: Process) -> int:
    """`cmp`."""
    options = parse_options(process, "lsn:", {"silent": "s", "quiet": "s", "verbose": "l"}, code=2)
    names = [*options.operands, "-"][:2]
    try:
        contents = [process.content(name) for name in names]
    except FileSystemError as error:
        process.error(
            f"{next((name for name in names if process.path(name) == error.path), error.path)}: {error.message}"
        )
        return 2
    if same_content(*contents):
        return 0
    one, other = (
        content.data if isinstance(content, Bytes) else process.read(name)
        for content, name in zip(contents, names, strict=True)
    )
    at = next((index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    if "s" in options:
        return 1
    if at is None:
        shorter = names[0] if len(one) < len(other) else names[1]
        size = min(len(one), len(other))
        lines = one[:size].count(b"\n")
        detail = (
            ""
            if process.busybox
            else f" after byte {size}, in line {lines + 1}"
            if not one[:size].endswith(b"\n")
            else f" after byte {size}, line {lines}"
        )
        process.error(f"EOF on {shorter}{detail}")
        return 1
    line = one[:at].count(b"\n") + 1
    process.out(f"{names[0]} {names[1]} differ: {'char' if process.busybox else 'byte'} {at + 1}, line {line}\n")
    return 1


@command("diff")
def diff(process: Process) -> int:
    """`diff`: whether, and with `-u` how, two files differ."""
    options = parse_options(
        process, "uqrNawbBiU:s", {"brief": "q", "unified=?": "u", "recursive": "r", "new-file": "N"}, code=2
    )
    if len(options.operands) < 2:
        raise missing_operand(process, code=2)
    left, right = options.operands[:2]
    try:
        if process.is_directory(left) or process.is_directory(right):
            process.note("unknown", "shell.unmodelled", command="diff -r")
            return 0
        contents = [process.content(name) for name in (left, right)]
    except FileSystemError as error:
        name = left if process.path(left) == error.path else right
        process.error(f"{name}: {error.message}")
        return 2
    if same_content(*contents):
        return 0
    if "q" in options:
        process.out(f"Files {left} and {right} differ\n")
        return 1
    one, other = (split_lines(process.read(name)) for name in (left, right))
    if "u" in options or "U" in options or process.busybox:
        _unified(process, one, other, left, right)
    else:
        _normal(process, one, other)
    return 1


def _unified(process: Process, one: list[bytes], other: list[bytes], left: str, right: str) -> None:
    lines = list(difflib.diff_bytes(difflib.unified_diff, one, other, left.encode(), right.encode()))
    for line in lines:
        process.out(line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n")


def _normal(process: Process, one: list[bytes], other: list[bytes]) -> None:
    def span(first: int, last: int) -> str:
        return str(last) if last - first <= 1 else f"{first + 1},{last}"

    for tag, a, b, c, d in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        letter = {"replace": "c", "delete": "d", "insert": "a"}[tag]
        process.out(f"{span(a, b) if b > a else str(a)}{letter}{span(c, d) if d > c else str(c)}\n")
        for line in one[a:b]:
            process.out(b"< " + line)
        if tag == "replace":
            process.out("---\n")
        for line in other[c:d]:
            process.out(b"> " + line)


@command("dd")
def dd(process: Process) -> int:
    """`dd`."""
    values = dict(word.split("=", 1) for word in process.args if "=" in word)
    bad = next((word for word in process.args if "=" not in word), None)
    if bad is not None:
        return process.error(f"unrecognized operand {quote(bad)}")
    size = _dd_size(values.get("bs") or values.get("ibs") or "512")
    count = _dd_size(values["count"]) if "count" in values else None
    source: Source
    name = values.get("if")
    try:
        if name is not None and count is not None and (process.path(name) == "/dev/zero"):
            data = b"" if size * count > process.budget.limits.tree_bytes else bytes(size * count)
            if size * count > process.budget.limits.tree_bytes and values.get("of"):
                process.write(values["of"], Estimated(size * count, "shell.unknown_content"))
                return _dd_report(process, values, size * count, size)
        else:
            source = process.stdin if name is None else source_of(process, name)
            if (
                name is not None
                and process.path(name) in {"/dev/urandom", "/dev/random"}
                and count is not None
                and values.get("of")
            ):
                process.note("estimated", "shell.random_bytes", file=values["of"])
                process.write(values["of"], Estimated(size * count, "shell.unknown_content"))
                return _dd_report(process, values, size * count, size)
            if "skip" in values:
                source.read(_dd_size(values["skip"]) * size)
            data = source.read(None if count is None else size * count)
        if "of" in values:
            _dd_write(process, values, data, size)
        else:
            process.out(data)
    except FileSystemError as error:
        opened = values.get("of") if name is None or process.path(name) != error.path else name
        return process.error(
            f"can't open '{opened}': {error.message}"
            if process.busybox
            else f"failed to open {quote(opened or '')}: {error.message}"
        )
    return _dd_report(process, values, len(data), size)


def _dd_size(text: str) -> int:
    return parse_size(text) or 0


def _dd_write(process: Process, values: dict[str, str], data: bytes, size: int) -> None:
    seek = _dd_size(values.get("seek", "0")) * size
    path = process.path(values["of"])
    old = b""
    if process.fs.exists(path) and (seek or "notrunc" in values.get("conv", "")):
        content = process.fs.read(path)
        old = content.data if isinstance(content, Bytes) else b""
    kept = old[:seek].ljust(seek, b"\0")
    rest = old[seek + len(data) :] if "notrunc" in values.get("conv", "") else b""
    process.write(values["of"], kept + data + rest)


def _dd_report(process: Process, values: dict[str, str], total: int, size: int) -> int:
    full, part = divmod(total, size)
    lines = f"{full}+{int(part > 0)} records in\n{full}+{int(part > 0)} records out\n"
    if values.get("status") != "none":
        if values.get("status") != "noxfer":
            units = (
                f"{total} bytes ({_human(total)}) copied, "
                if process.busybox
                else f"{total} bytes{_gnu_human(total)} copied, "
            )
            lines += units + ("0.000000 seconds, 0B/s\n" if process.busybox else "0 s, 0.0 kB/s\n")
        process.out(lines, 2)
    return 0


def _human(size: int) -> str:
    for unit, factor in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if size >= factor:
            return f"{size / factor:.1f}{unit}"
    return f"{size}B"


def _gnu_human(size: int) -> str:
    for unit, binary, decimal in (("GB", 1 << 30, 10**9), ("MB", 1 << 20, 10**6), ("kB", 1 << 10, 1000)):
        if size >= decimal:
            two = f"{size / binary:.1f} {unit[0].upper()}iB" if size >= binary else f"{size / 1:.0f} B"
            return f" ({size / decimal:.1f} {unit}, {two})"
    return ""


@command("strings", "file")
def unmodelled_readers(process: Process) -> int:
    """Commands that would have to guess."""
    process.note("unknown", "shell.unmodelled", command=process.name)
    return 0
