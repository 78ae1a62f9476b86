"""`chmod`, `chown`, `chgrp`."""

from __future__ import annotations

from collections.abc import Iterator

from layerlab.filesystem import Directory, Editor, FileSystemError, Symlink
from layerlab.filesystem.node import BULK_NAME
from layerlab.shell.commands.accounts import accounts, find_account, find_group
from layerlab.shell.commands.registry import command
from layerlab.shell.modes import ModeError, parse_mode
from layerlab.shell.options import missing_operand, parse_options, quote, usage
from layerlab.shell.process import Process

LONG = {
    "recursive": "R", "verbose": "v", "changes": "c", "quiet": "f", "silent": "f", "reference=": "reference",
    "no-dereference": "h", "dereference": "dereference", "preserve-root": "preserve-root", "from=": "from",
}  # fmt: skip


class OwnerError(ValueError):
    """A user or group that doesn't exist.

    Attributes:
        kind: `user` or `group`.
        name: Its name.
        spec: The whole operand.
    """

    def __init__(self, kind: str, name: str, spec: str) -> None:
        super().__init__(name)
        self.kind = kind
        self.name = name
        self.spec = spec

    def text(self, process: Process) -> str:
        """The message of `chown` and `chgrp`."""
        if process.busybox:
            return f"unknown {self.kind} {self.name}"
        return f"invalid {self.kind}: {quote(self.spec)}"

    def install_text(self, process: Process) -> str:
        """The message of `install`."""
        return f"unknown {self.kind} {self.name}" if process.busybox else f"invalid {self.kind} {quote(self.name)}"


def owner_ids(
    fs: Editor, user: str | None, group: str | None, spec: str | None = None
) -> tuple[int | None, int | None]:
    """Ids of a user and a group, by name or number. Raises `OwnerError`."""
    uid = gid = None
    if user:
        account = find_account(fs, user)
        if account is None and not user.lstrip("+").isdigit():
            raise OwnerError("user", user, spec or user)
        uid = account.uid if account is not None else int(user)
    if group:
        known = find_group(fs, group)
        if known is None and not group.lstrip("+").isdigit():
            raise OwnerError("group", group, spec or group)
        gid = known.gid if known is not None else int(group)
    return uid, gid


def parse_owner(fs: Editor, spec: str) -> tuple[int | None, int | None]:
    """`user[:[group]]` or `user.group`. Raises `OwnerError`."""
    separator = ":" if ":" in spec else "." if "." in spec and find_account(fs, spec) is None else ""
    user, group = spec.split(separator, 1) if separator else (spec, "")
    uid, gid = owner_ids(fs, user, group, spec)
    if separator and not group and user:
        account = next((account for account in accounts(fs) if account.uid == uid), None)
        if account is None:
            raise OwnerError("spec", spec, spec)
        gid = account.gid
    return uid, gid


def below(process: Process, name: str, *, recursive: bool) -> Iterator[str]:
    """An operand and, if asked, all below it, links not followed; directories before what is in them."""
    yield name
    if not recursive:
        return
    node = process.fs.lookup(process.path(name), follow=False)
    if not isinstance(node, Directory):
        return
    base = name.rstrip("/")
    for entry in sorted(node.entries, key=lambda text: text.encode("utf-8", "surrogateescape")):
        if entry != BULK_NAME:
            process.budget.step()
            yield from below(process, f"{base}/{entry}", recursive=True)


@command("chmod")
def chmod(process: Process) -> int:
    """`chmod`."""
    args = list(process.args)
    last = args.index("--") if "--" in args else len(args)
    mode_like = next((index for index, word in enumerate(args[:last]) if _is_minus_mode(word)), None)
    if mode_like is not None:
        rest = [*args[:mode_like], *args[mode_like + 1 :]]
        args = [word for word in rest if word != "--"] + ["--", args[mode_like]]
    options = parse_options(process, "Rvcf", LONG, args=args)
    operands = options.operands
    if mode_like is not None and operands:
        operands = [operands[-1], *operands[:-1]]
    change = None
    if (reference := options.get("reference")) is not None:
        node = process.fs.stat(process.path(reference))
        change = parse_mode(f"{node.meta.mode:05o}")
        operands = ["", *operands]
    if not operands:
        raise missing_operand(process)
    if len(operands) < 2:
        raise (
            missing_operand(process)
            if process.busybox
            else usage(process, f"missing operand after {quote(operands[0])}")
        )
    if change is None:
        try:
            change = parse_mode(operands[0], process.fs.umask, keep_special=not process.busybox)
        except ModeError:
            if process.busybox:
                return process.error(f"invalid mode '{operands[0]}'")
            raise usage(process, f"invalid mode: {quote(operands[0])}") from None
    code = 0
    for name in operands[1:]:
        for path in below(process, name, recursive="R" in options):
            code |= _chmod(process, path, change, top=path == name, quiet="f" in options)
    return code


def _is_minus_mode(word: str) -> bool:
    return len(word) > 1 and word[0] == "-" and all(char in "rwxXstugo,=+-" for char in word[1:]) and word != "--"


def _chmod(process: Process, name: str, change: object, *, top: bool, quiet: bool) -> int:
    assert callable(change)
    path = process.path(name)
    node = process.fs.lookup(path, follow=False)
    if isinstance(node, Symlink) and not top:
        return 0
    try:
        node = process.fs.stat(path)
        process.fs.chmod(path, change(node.meta.mode, isinstance(node, Directory)))
    except FileSystemError as error:
        if quiet:
            return 1
        if process.busybox:
            return process.error(f"{name}: {error.message}")
        if error.code == "ENOENT" and process.fs.exists(path, follow=False):
            return process.error(f"cannot operate on dangling symlink {quote(name)}")
        doing = "changing permissions of" if error.code in {"EPERM", "EROFS"} else "cannot access"
        return process.error(f"{doing} {quote(name)}: {error.message}")
    return 0


@command("chown", "chgrp")
def chown(process: Process) -> int:
    """`chown` and `chgrp`."""
    options = parse_options(process, "RvcfhHLP", LONG)
    operands = list(options.operands)
    reference = options.get("reference")
    if reference is None and len(operands) < 2:
        if process.busybox or not operands:
            raise missing_operand(process)
        raise usage(process, f"missing operand after {quote(operands[0])}")
    uid: int | None
    gid: int | None
    try:
        if reference is not None:
            meta = process.fs.stat(process.path(reference)).meta
            uid, gid = (None if process.name == "chgrp" else meta.uid), meta.gid
        elif process.name == "chown":
            uid, gid = parse_owner(process.fs, operands.pop(0))
        else:
            uid, gid = owner_ids(process.fs, None, operands.pop(0))
    except OwnerError as error:
        return process.error(error.text(process))
    code = 0
    for name in operands:
        for path in below(process, name, recursive="R" in options):
            follow = not options.any("h") and (path == name or "L" in options) and not ("R" in options and path != name)
            code |= _chown(process, path, uid, gid, follow=follow, quiet="f" in options)
    return code


def _chown(process: Process, name: str, uid: int | None, gid: int | None, *, follow: bool, quiet: bool) -> int:
    if process.busybox:
        # busybox fills in what isn't given from lstat(2), for a link from the link itself.
        here = process.fs.lookup(process.path(name), follow=False)
        uid = here.meta.uid if uid is None and here is not None else uid
        gid = here.meta.gid if gid is None and here is not None else gid
    try:
        process.fs.chown(process.path(name), uid, gid, follow=follow)
    except FileSystemError as error:
        if quiet:
            return 1
        if process.busybox:
            return process.error(f"{name}: {error.message}")
        if error.code == "ENOENT":
            dangling = process.fs.exists(process.path(name), follow=False)
            verb = "cannot dereference" if dangling else "cannot access"
            return process.error(f"{verb} {quote(name)}: {error.message}")
        what = "ownership" if process.name == "chown" else "group"
        return process.error(f"changing {what} of {quote(name)}: {error.message}")
    return 0
