"""The tests of `find` that take an argument: `-name`, `-size`, `-perm` and so on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from layerlab.filesystem import Directory, FileSystemError, Node, Symlink
from layerlab.shell.commands.accounts import find_account, find_group
from layerlab.shell.commands.dates import SECOND
from layerlab.shell.commands.listing import KINDS, letter, size
from layerlab.shell.modes import ModeError, parse_mode
from layerlab.shell.options import UsageError, quote
from layerlab.shell.patterns import matches
from layerlab.shell.process import Process
from layerlab.shell.regex import compiled

UNITS = {"": 512, "b": 512, "c": 1, "w": 2, "k": 1024, "M": 1 << 20, "G": 1 << 30}


@dataclass(slots=True)
class Visit:
    """One entry that `find` looks at."""

    path: str
    node: Node
    depth: int
    base: str
    pruned: bool = False


Test = Callable[[Visit], bool]


def _name(_process: Process, pattern: str) -> Test:
    return lambda visit: matches(pattern, visit.path.rstrip("/").rpartition("/")[2] or "/")


def _iname(_process: Process, pattern: str) -> Test:
    return lambda visit: matches(pattern.lower(), visit.path.rstrip("/").rpartition("/")[2].lower())


def _path(_process: Process, pattern: str) -> Test:
    return lambda visit: matches(pattern, visit.path)


def _ipath(_process: Process, pattern: str) -> Test:
    return lambda visit: matches(pattern.lower(), visit.path.lower())


def _regex(_process: Process, pattern: str) -> Test:
    expression = compiled(pattern, extended=False)
    return lambda visit: expression.fullmatch(visit.path) is not None


def _type(_process: Process, kinds: str) -> Test:
    wanted = {"-" if kind == "f" else kind for kind in kinds.split(",")}
    if not wanted <= {"-", *KINDS}:
        raise UsageError(f"Unknown argument to -type: {kinds}")
    return lambda visit: letter(visit.node) in wanted


def _lname(_process: Process, pattern: str) -> Test:
    return lambda visit: isinstance(visit.node, Symlink) and matches(pattern, visit.node.target)


def _numeric(text: str) -> tuple[str, int]:
    sign = text[0] if text[:1] in {"+", "-"} else ""
    digits = text[len(sign) :]
    if not digits.isdigit():
        raise UsageError(f"invalid argument `{text}'")
    return sign, int(digits)


def _compares(sign: str, value: int, wanted: int) -> bool:
    return value > wanted if sign == "+" else value < wanted if sign == "-" else value == wanted


def _size(process: Process, text: str) -> Test:
    unit = text[-1] if not text[-1:].isdigit() else ""
    sign, wanted = _numeric(text.removesuffix(unit))
    factor = UNITS.get(unit, 512)

    def test(visit: Visit) -> bool:
        known = size(visit.node)
        if known is None:
            process.note("unknown", "shell.unknown_size", path=visit.path)
            return False
        if process.busybox:
            return _compares(sign, known, wanted * factor)
        return _compares(sign, -(-known // factor), wanted)

    return test


def _time(factor: int) -> Callable[[Process, str], Test]:
    def make(process: Process, text: str) -> Test:
        sign, wanted = _numeric(text)
        return lambda visit: _compares(sign, (process.fs.now - visit.node.meta.mtime) // (factor * SECOND), wanted)

    return make


def _newer(process: Process, name: str) -> Test:
    try:
        reference = process.fs.stat(process.path(name)).meta.mtime
    except FileSystemError as error:
        what = f"can't stat '{name}'" if process.busybox else quote(name)
        raise UsageError(f"{what}: {error.message}") from error
    return lambda visit: visit.node.meta.mtime > reference


def _perm(_process: Process, text: str) -> Test:
    how = text[0] if text[0] in "-/+" else ""
    try:
        wanted = parse_mode(text[len(how) :])(0, False)
    except ModeError:
        raise UsageError(f"invalid mode {quote(text)}") from None
    if how == "-":
        return lambda visit: visit.node.meta.mode & wanted == wanted
    if how in {"/", "+"}:
        return lambda visit: bool(visit.node.meta.mode & wanted) or not wanted
    return lambda visit: visit.node.meta.mode == wanted


def _user(process: Process, name: str) -> Test:
    account = find_account(process.fs, name)
    if account is None and not name.isdigit():
        raise UsageError(
            f"{quote(name)} is not the name of a known user" if not process.busybox else f"unknown user {name}"
        )
    uid = account.uid if account is not None else int(name)
    return lambda visit: visit.node.meta.uid == uid


def _group(process: Process, name: str) -> Test:
    group = find_group(process.fs, name)
    if group is None and not name.isdigit():
        raise UsageError(
            f"{quote(name)} is not the name of an existing group" if not process.busybox else f"unknown group {name}"
        )
    gid = group.gid if group is not None else int(name)
    return lambda visit: visit.node.meta.gid == gid


def _links(_process: Process, text: str) -> Test:
    sign, wanted = _numeric(text)
    return lambda visit: _compares(sign, 2 if isinstance(visit.node, Directory) else 1, wanted)


TESTS: dict[str, Callable[[Process, str], Test]] = {
    "-name": _name, "-iname": _iname, "-path": _path, "-wholename": _path, "-ipath": _ipath, "-regex": _regex,
    "-type": _type,
    "-xtype": _type, "-lname": _lname, "-size": _size, "-mtime": _time(86400), "-atime": _time(86400),
    "-ctime": _time(86400),
    "-mmin": _time(60), "-amin": _time(60), "-cmin": _time(60), "-newer": _newer, "-anewer": _newer, "-cnewer": _newer,
    "-perm": _perm, "-user": _user, "-group": _group, "-uid": _user, "-gid": _group, "-links": _links,
}  # fmt: skip
