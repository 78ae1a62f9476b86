"""`ls`, `stat`, `du`, `df`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from layerlab.filesystem import BULK_NAME, Directory, File, FileSystemError, Node, Special, Symlink, size_of
from layerlab.shell.commands.accounts import group_name, user_name
from layerlab.shell.commands.dates import SECOND, formatted
from layerlab.shell.commands.registry import command
from layerlab.shell.modes import listing
from layerlab.shell.options import Options, missing_operand, parse_options, quote
from layerlab.shell.process import Process

LETTERS = {"fifo": "p", "char": "c", "block": "b", "socket": "s"}
LONG_LS = {
    "all": "a", "almost-all": "A", "directory": "d", "recursive": "R", "reverse": "r", "human-readable": "h",
    "inode": "i", "size": "s", "classify=?": "F", "color=?": "color", "full-time": "full-time",
    "time-style=": "time-style",
    "numeric-uid-gid": "n", "no-group": "G", "group-directories-first": "group-directories-first", "sort=": "sort",
    "si": "si",
    "block-size=": "block-size", "hide=": "hide", "ignore=": "I", "file-type": "file-type", "format=": "format",
}  # fmt: skip


def letter(node: Node) -> str:
    """The first character of `ls -l`."""
    match node:
        case Directory():
            return "d"
        case Symlink():
            return "l"
        case Special(kind=kind):
            return LETTERS[kind]
        case _:
            return "-"


def size(node: Node) -> int | None:
    """`st_size`; None where it isn't known. A directory's depends on the file system: 4096 here."""
    match node:
        case File(content=content):
            return size_of(content)
        case Symlink(target=target):
            return len(target.encode("utf-8", "surrogateescape"))
        case Directory():
            return 4096
        case _:
            return 0


def visible(node: Directory) -> list[str]:
    """Names in a directory in byte order, without the pseudo file."""
    return sorted(
        (name for name in node.entries if name != BULK_NAME), key=lambda name: name.encode("utf-8", "surrogateescape")
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """What one line of a listing is about."""

    name: str
    path: str
    node: Node


@command("ls", "dir", "vdir")
def ls(process: Process) -> int:
    """`ls`."""
    options = parse_options(
        process, "aAdRrtSlhinosFGgp1CxmkLHcuUXvNQbqI:w:T:BDfZ", LONG_LS, code=2 if not process.busybox else 1
    )
    code = 0
    files: list[Entry] = []
    directories: list[Entry] = []
    for name in options.operands or ["."]:
        follow = not ("l" in options or "d" in options or "F" in options) or "L" in options or name.endswith("/")
        try:
            node = process.fs.stat(process.path(name), follow=follow)
        except FileSystemError as error:
            dangling = process.fs.lookup(process.path(name), follow=False) if follow else None
            if dangling is None:
                text = (
                    f"{name}: {error.message}" if process.busybox else f"cannot access {quote(name)}: {error.message}"
                )
                process.error(text)
                code = 1 if process.busybox else 2
                continue
            node = dangling
        entry = Entry(name, process.path(name), node)
        (directories if isinstance(node, Directory) and "d" not in options else files).append(entry)
    _print(process, options, _ordered(files, options))
    headed = len(options.operands) > 1 or "R" in options
    first = not files
    for entry in _ordered(directories, options):
        if headed:
            process.out(("" if first else "\n") + f"{entry.name}:\n")
        first = False
        code |= _directory(process, options, entry)
    return code


def _directory(process: Process, options: Options, entry: Entry) -> int:
    assert isinstance(entry.node, Directory)
    process.budget.step()
    if not process.fs.access(entry.path, 4):
        text = (
            f"can't open '{entry.name}': Permission denied"
            if process.busybox
            else f"cannot open directory {quote(entry.name)}: Permission denied"
        )
        process.error(text)
        return 1 if process.busybox else 2
    if BULK_NAME in entry.node.entries:
        process.note("estimated", "shell.unlisted", path=entry.path)
    base = entry.path.rstrip("/")
    found = [
        Entry(name, f"{base}/{name}", entry.node.entries[name])
        for name in visible(entry.node)
        if options.any("a", "A", "f") or not name.startswith(".")
    ]
    if options.any("a", "f"):
        above = process.fs.lookup(base + "/..")
        found = [Entry(".", entry.path, entry.node), Entry("..", base + "/..", above or entry.node), *found]
    if options.any("l", "n", "o", "g", "s"):
        process.out(f"total {sum(_blocks(member.node) for member in found)}\n")
    _print(process, options, _ordered(found, options))
    code = 0
    if "R" in options:
        for member in _ordered(found, options):
            if isinstance(member.node, Directory) and member.name not in {".", ".."}:
                shown = f"{entry.name.rstrip('/') if entry.name != '/' else ''}/{member.name}"
                process.out(f"\n{shown}:\n")
                code |= _directory(process, options, Entry(shown, member.path, member.node))
    return code


def _ordered(entries: list[Entry], options: Options) -> list[Entry]:
    ordered = sorted(entries, key=lambda entry: entry.name.encode("utf-8", "surrogateescape"))
    if "t" in options:
        ordered.sort(key=lambda entry: -entry.node.meta.mtime)
    if "S" in options:
        ordered.sort(key=lambda entry: -(size(entry.node) or 0))
    if "group-directories-first" in options:
        ordered.sort(key=lambda entry: not isinstance(entry.node, Directory))
    if options.any("U", "f"):
        ordered = list(entries)
    return ordered[::-1] if "r" in options else ordered


def _blocks(node: Node) -> int:
    known = size(node) or 0
    if isinstance(node, Symlink):
        return 0
    return -(-known // 4096) * 4


def human(value: int) -> str:
    """A size as `ls -h` and `du -h` show it."""
    if value < 1024:
        return str(value)
    number = float(value)
    for unit in "KMGTP":
        number /= 1024
        if number < 1024:
            # Rounded up, one decimal below ten.
            tenths = -(-int(number * 10 * 1000) // 1000)
            return f"{tenths / 10:.1f}{unit}" if tenths < 100 else f"{-(-tenths // 10)}{unit}"
    return str(value)


def _print(process: Process, options: Options, entries: list[Entry]) -> None:
    if not options.any("l", "n", "o", "g"):
        for entry in entries:
            prefix = f"{inode(entry):>7} " if "i" in options else ""
            prefix += f"{_blocks(entry.node):>4} " if "s" in options else ""
            process.out(prefix + entry.name + _mark(entry.node, options) + "\n")
        return
    if any(isinstance(entry.node, Directory) for entry in entries):
        process.note("estimated", "shell.directory_sizes")
    rows = [_row(process, options, entry) for entry in entries]
    if not rows:
        return
    widths = [max(len(row[index]) for row in rows) for index in range(5)]
    for row, entry in zip(rows, entries, strict=True):
        cells = [row[0], row[1].rjust(widths[1])]
        if process.busybox:
            cells = [row[0], row[1].rjust(4)]
            owner = f"{row[2]:<8} {row[3]:<8}"
            head = f"{cells[0]} {cells[1]} {owner} {row[4].rjust(9)} {row[5]} "
        else:
            owners = [] if "g" in options else [row[2].ljust(widths[2])]
            owners += [] if options.any("o", "G") else [row[3].ljust(widths[3])]
            head = " ".join([*cells, *owners, row[4].rjust(widths[4]), row[5]]) + " "
        link = f" -> {entry.node.target}" if isinstance(entry.node, Symlink) else _mark(entry.node, options)
        process.out(head + entry.name + link + "\n")


def inode(entry: Entry) -> int:
    """A number for an inode; real ones mean nothing outside one machine."""
    node = entry.node
    if isinstance(node, File) and node.inode is not None:
        return node.inode % 1_000_000
    return 1000 + sum(entry.path.encode("utf-8", "surrogateescape")) % 900_000


def _mark(node: Node, options: Options) -> str:
    if not options.any("F", "p", "file-type"):
        return ""
    if isinstance(node, Directory):
        return "/"
    if "p" in options and "F" not in options:
        return ""
    if isinstance(node, Symlink):
        return "@"
    if isinstance(node, Special):
        return "|" if node.kind == "fifo" else "=" if node.kind == "socket" else ""
    return "*" if node.meta.mode & 0o111 and "F" in options else ""


def links(process: Process, node: Node) -> int:
    """`st_nlink`: for a directory its subdirectories and two."""
    if isinstance(node, Directory):
        return 2 + sum(isinstance(member, Directory) for member in node.entries.values())
    if isinstance(node, File) and node.inode is not None:
        return max(process.fs.link_count(node.inode), 1)
    return 1


def _row(process: Process, options: Options, entry: Entry) -> tuple[str, str, str, str, str, str]:
    node = entry.node
    meta = node.meta
    number = size(node)
    if isinstance(node, Special) and node.kind in {"char", "block"}:
        shown = f"{node.device[0]}, {node.device[1]}"
    elif number is None:
        process.note("unknown", "shell.unknown_size", path=entry.path)
        shown = "?"
    else:
        shown = human(number) if "h" in options else str(number)
    numeric = "n" in options
    owner = str(meta.uid) if numeric else user_name(process.fs, meta.uid) or str(meta.uid)
    group = str(meta.gid) if numeric else group_name(process.fs, meta.gid) or str(meta.gid)
    return (
        listing(meta.mode, letter(node)),
        str(links(process, node)),
        owner,
        group,
        shown,
        _when(process, options, meta.mtime),
    )


def _when(process: Process, options: Options, mtime: int) -> str:
    style = options.get("time-style") or ""
    if "full-time" in options or style == "full-iso":
        return formatted("%Y-%m-%d %H:%M:%S.%N +0000", mtime)
    if style == "long-iso":
        return formatted("%Y-%m-%d %H:%M", mtime)
    if style.startswith("+"):
        return formatted(style[1:], mtime)
    recent = 0 <= process.fs.now - mtime < 31556952 // 2 * SECOND
    return formatted("%b %e %H:%M" if recent else "%b %e  %Y", mtime)


@command("stat")
def stat(process: Process) -> int:
    """`stat -c`; the long form shows inode numbers and so can't be exact."""
    options = parse_options(
        process, "c:Lft", {"format=": "c", "printf=": "printf", "dereference": "L", "file-system": "f", "terse": "t"}
    )
    if not options.operands:
        raise missing_operand(process)
    form = options.get("c") if "c" in options else options.get("printf")
    code = 0
    for name in options.operands:
        try:
            node = process.fs.stat(process.path(name), follow="L" in options)
        except FileSystemError as error:
            text = (
                f"can't stat '{name}': {error.message}"
                if process.busybox
                else f"cannot statx {quote(name)}: {error.message}"
            )
            code = process.error(text)
            continue
        if form is None:
            process.note("unknown", "shell.unmodelled", command="stat")
            continue
        text = _stat_format(process, form, name, node)
        if "printf" in options:
            process.out(text.replace("\\n", "\n").replace("\\t", "\t"))
        else:
            process.out(text + "\n")
    return code


KINDS = {
    "d": "directory",
    "l": "symbolic link",
    "p": "fifo",
    "c": "character special file",
    "b": "block special file",
    "s": "socket",
}
TYPE_BITS = {"d": 0o040000, "-": 0o100000, "l": 0o120000, "p": 0o010000, "c": 0o020000, "b": 0o060000, "s": 0o140000}


def _stat_format(process: Process, form: str, name: str, node: Node) -> str:
    meta = node.meta
    number = size(node)
    kind = letter(node)
    quoted = quote(name) if not process.busybox else f"'{name}'"
    values: Mapping[str, str] = {
        "a": f"{meta.mode:o}", "A": listing(meta.mode, kind), "u": str(meta.uid), "g": str(meta.gid),
        "U": user_name(process.fs, meta.uid) or "UNKNOWN", "G": group_name(process.fs, meta.gid) or "UNKNOWN",
        "n": name, "N": f"{quoted} -> '{node.target}'" if isinstance(node, Symlink) else quoted,
        "s": "?" if number is None else str(number),
        "F": KINDS.get(kind) or ("regular empty file" if number == 0 else "regular file"),
        "f": f"{TYPE_BITS[kind] | meta.mode:x}", "Y": str(meta.mtime // SECOND), "X": str(meta.mtime // SECOND),
        "Z": str(meta.mtime // SECOND),
        "y": formatted("%Y-%m-%d %H:%M:%S.%N +0000", meta.mtime),
        "x": formatted("%Y-%m-%d %H:%M:%S.%N +0000", meta.mtime),
        "z": formatted("%Y-%m-%d %H:%M:%S.%N +0000", meta.mtime),
        "h": str(links(process, node)), "%": "%",
        "b": str(_blocks(node) * 2), "B": "512", "o": "4096",
        "i": str(inode(Entry(name, process.path(name), node))), "w": "-", "W": "0",
        "t": f"{node.device[0]:x}" if isinstance(node, Special) else "0",
        "T": f"{node.device[1]:x}" if isinstance(node, Special) else "0",
    }  # fmt: skip
    return re.sub(r"%([A-Za-z%])", lambda found: values.get(found.group(1), found.group(0)), form)


@command("du")
def du(process: Process) -> int:
    """`du`: blocks of 4096 bytes, which is the usual file system's; so an estimate but for `-b`."""
    long = {
        "summarize": "s",
        "human-readable": "h",
        "all": "a",
        "bytes": "b",
        "apparent-size": "apparent",
        "max-depth=": "d",
        "total": "c",
        "one-file-system": "x",
    }
    options = parse_options(process, "shakmbcd:xLl", long)
    limit = 0 if "s" in options else int(options.get("d") or 1_000_000)
    code = total = 0
    for name in options.operands or ["."]:
        node = process.fs.lookup(process.path(name), follow=name.endswith("/"))
        if node is None:
            code = process.error(
                f"{name}: No such file or directory"
                if process.busybox
                else f"cannot access {quote(name)}: No such file or directory"
            )
            continue
        total += _du(process, options, name, node, 0, limit)
    if "c" in options:
        _du_line(process, options, total, "total")
    return code


def _du(process: Process, options: Options, name: str, node: Node, depth: int, limit: int) -> int:
    process.budget.step()
    apparent = options.any("b", "apparent")
    known = size(node)
    if known is None:
        process.note("unknown", "shell.unknown_size", path=name)
    value = (known or 0) if apparent else _blocks(node) * 1024
    if not apparent:
        process.note("estimated", "shell.blocks")
    if isinstance(node, Directory):
        for entry in sorted(node.entries):
            member = node.entries[entry]
            if entry == BULK_NAME:
                value += size(member) or 0
                continue
            value += _du(process, options, f"{name.rstrip('/')}/{entry}", member, depth + 1, limit)
    if depth <= limit and (isinstance(node, Directory) or "a" in options or depth == 0):
        _du_line(process, options, value, name)
    return value


def _du_line(process: Process, options: Options, value: int, name: str) -> None:
    if "h" in options:
        shown = human(value) if not process.busybox else _busybox_human(value)
    elif "b" in options:
        shown = str(value)
    else:
        unit = 1 << 20 if "m" in options else 1024
        shown = str(-(-value // unit))
    process.out(f"{shown}\t{name}\n")


def _busybox_human(value: int) -> str:
    number = float(value)
    for unit in ("", "K", "M", "G"):
        if number < 1024 or unit == "G":
            return f"{number:.1f}{unit}" if unit else f"{int(number)}"
        number /= 1024
    return str(value)


@command("df")
def df(process: Process) -> int:
    """`df`: the disk is the host's, so there is nothing true to print."""
    process.note("unknown", "shell.unmodelled", command="df")
    return 0
