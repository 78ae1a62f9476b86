"""`cp`, `mv`, `install`."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from layerlab.filesystem import NO_BYTES, Directory, File, FileSystemError, Node, Special, Symlink
from layerlab.filesystem.node import BULK_NAME
from layerlab.shell.commands.ownership import OwnerError, owner_ids
from layerlab.shell.commands.registry import command
from layerlab.shell.modes import ModeError, parse_mode
from layerlab.shell.options import Options, missing_operand, parse_options, quote, usage
from layerlab.shell.process import Process

LONG_CP = {
    "archive": "a", "recursive": "r", "preserve=?": "preserve", "no-preserve=": "no-preserve", "force": "f",
    "link": "l", "symbolic-link": "s", "dereference": "L", "no-dereference": "P", "no-clobber": "n",
    "target-directory=": "t", "no-target-directory": "T", "update": "u", "verbose": "v", "parents": "parents",
    "interactive": "i", "reflink=?": "reflink", "sparse=": "sparse", "remove-destination": "remove-destination",
    "backup=?": "backup", "one-file-system": "x", "strip-trailing-slashes": "strip",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Style:
    """How `cp` was told to copy.

    Attributes:
        follow: `always`, `never` or `operands`.
        keep: Which of `mode`, `owner`, `time`, `links` are kept.
    """

    recursive: bool
    follow: str
    keep: frozenset[str]
    force: bool = False
    no_clobber: bool = False
    update: bool = False
    verbose: bool = False
    link: bool = False
    symbolic: bool = False


@command("cp")
def cp(process: Process) -> int:
    """`cp`."""
    options = parse_options(process, "abdfiHlLnprRst:TuvPxcS:", LONG_CP)
    style = _style(options)
    if "parents" in options:
        return _parents(process, options.operands, style)
    targets = _targets(process, options, "cp")
    if targets is None:
        return 1
    copier = _Copier(process, style)
    code = 0
    for source, target in targets:
        code |= copier.operand(source, target)
    return code


def _style(options: Options) -> Style:
    keep: set[str] = set()
    if options.any("a", "p"):
        keep |= {"mode", "owner", "time"}
    if options.any("a", "d"):
        keep |= {"links"}
    for value in options.values.get("preserve", []):
        for word in (value or "mode,ownership,timestamps").split(","):
            keep |= {"all": {"mode", "owner", "time", "links"}, "mode": {"mode"}, "ownership": {"owner"},
                     "timestamps": {"time"}, "links": {"links"}}.get(word, set())  # fmt: skip
    for value in options.values.get("no-preserve", []):
        for word in value.split(","):
            keep -= {"all": keep, "mode": {"mode"}, "ownership": {"owner"}, "timestamps": {"time"}}.get(word, set())
    recursive = options.any("r", "R", "a")
    last = options.last("L", "P", "H", "a", "d")
    if last == "L":
        follow = "always"
    elif last == "H":
        follow = "operands"
    elif last in {"P", "a", "d"} or recursive:
        follow = "never"
    else:
        follow = "always"
    return Style(
        recursive, follow, frozenset(keep), "f" in options, "n" in options, "u" in options, "v" in options,
        "l" in options, "s" in options,
    )  # fmt: skip


def _targets(process: Process, options: Options, name: str) -> list[tuple[str, str]] | None:
    """Pairs of source and target; None after a message."""
    operands = list(options.operands)
    directory = options.get("t")
    if directory is None:
        if not operands:
            raise usage(process, "missing file operand") if not process.busybox else missing_operand(process)
        if len(operands) == 1:
            raise missing_operand(process, operands[0])
        directory = operands.pop()
    if "T" in options:
        return [(operands[0], directory)]
    is_directory = process.is_directory(directory)
    if process.busybox and not is_directory:
        # busybox doesn't look at the target: what comes of it is told by the first call that fails.
        onto = process.is_directory(operands[0]) and process.fs.exists(process.path(directory)) and name == "cp"
        is_directory = len(operands) > 1 or "t" in options or onto
    if not is_directory and (len(operands) > 1 or "t" in options):
        missing = not process.fs.exists(process.path(directory))
        if missing:
            process.error(f"target '{directory}': No such file or directory")
        else:
            process.error(f"target '{directory}': Not a directory")
        return None
    if not is_directory:
        return [(operands[0], directory)]
    return [(source, _below(directory, source)) for source in operands]


def _below(directory: str, source: str) -> str:
    name = source.rstrip("/").rpartition("/")[2]
    slash = "" if directory.endswith("/") else "/"
    return directory if name in {"..", ""} else f"{directory}{slash}{name}" if name != "." else f"{directory}{slash}."


def _parents(process: Process, operands: list[str], style: Style) -> int:
    code = 0
    for source in operands[:-1]:
        target = operands[-1].rstrip("/") + "/" + source.lstrip("/")
        process.fs.makedirs(process.path(target.rpartition("/")[0]))
        code |= _Copier(process, style).operand(source, target)
    return code


class _Copier:
    """Copies operands one after the other; names of one file stay linked if links are kept."""

    def __init__(self, process: Process, style: Style) -> None:
        self.process = process
        self.fs = process.fs
        self.style = style
        self.links: dict[int, str] = {}

    def operand(self, source: str, target: str) -> int:
        """Copy one operand; answers the exit code."""
        process = self.process
        follow = self.style.follow in {"always", "operands"} or source.endswith("/")
        try:
            node = self.fs.stat(process.path(source), follow=follow)
        except FileSystemError as error:
            verb = "can't" if process.busybox else "cannot"
            return process.error(f"{verb} stat {quote(source)}: {error.message}")
        if isinstance(node, Directory) and not self.style.recursive:
            if process.busybox:
                return process.error(f"omitting directory '{source}'")
            return process.error(f"-r not specified; omitting directory {quote(source)}")
        if isinstance(node, Directory) and self._inside(source, target):
            return self._into_itself(source, target)
        try:
            return self._copy(node, source, target, top=True)
        except FileSystemError as error:
            if process.busybox and error.code == "ENOTDIR":
                return process.error(f"can't stat '{target}': {error.message}")
            verb = "can't create" if process.busybox else self._verb(node)
            return process.error(f"{verb} {quote(target)}: {error.message}")

    def _verb(self, node: Node) -> str:
        kind = {Directory: "directory", Symlink: "symbolic link"}.get(type(node), "regular file")
        return f"cannot create {kind}"

    def _inside(self, source: str, target: str) -> bool:
        try:
            old, new = self.fs.resolve(self.process.path(source)), self.fs.resolve(self.process.path(target))
        except FileSystemError:
            return False
        return old in {"/", new} or new.startswith(old + "/")

    def _into_itself(self, source: str, target: str) -> int:
        if self.process.busybox:
            return self.process.error(f"recursion detected, omitting directory '{source}'")
        return self.process.error(f"cannot copy a directory, {quote(source)}, into itself, {quote(target)}")

    def _copy(self, node: Node, source: str, target: str, *, top: bool = False) -> int:
        self.process.budget.step()
        if self.style.verbose:
            arrow = f"'{source}' -> '{target}'\n"
            self.process.out(arrow)
        if isinstance(node, Directory):
            return self._directory(node, source, target)
        path = self.process.path(target)
        there = self.fs.lookup(path, follow=False)
        if there is not None:
            refused = self._existing(node, there, source, target)
            if refused is not None:
                return refused
        if isinstance(node, Symlink):
            if self.fs.lookup(path, follow=False) is not None:
                self.fs.remove(path)
            self.fs.symlink(node.target, path)
            if "owner" in self.style.keep:
                self._finish(node, path)
            return 0
        if isinstance(node, Special):
            return self._special(node, path, top=top)
        return self._file(node, source, path)

    def _existing(self, node: Node, there: Node, source: str, target: str) -> int | None:
        """What a target that is there already means; None to go on."""
        process, path = self.process, self.process.path(target)
        if self.style.no_clobber:
            return 0
        if self.style.update and there.meta.mtime >= node.meta.mtime:
            return 0
        same = self.fs.resolve(process.path(source)) == self.fs.resolve(path) and not isinstance(there, Symlink)
        if same and not isinstance(node, Symlink):
            return process.error(f"{quote(source)} and {quote(target)} are the same file")
        if isinstance(there, Directory) or self.fs.is_directory(path):
            if process.busybox:
                return process.error(f"can't create '{target}': File exists")
            return process.error(f"cannot overwrite directory {quote(target)} with non-directory")
        if self.style.link or self.style.symbolic:
            self.fs.remove(path)
        return None

    def _file(self, node: File, source: str, path: str) -> int:
        if self.style.link:
            self.fs.link(self.process.path(source), path)
            return 0
        if self.style.symbolic:
            self.fs.symlink(source, path)
            return 0
        if "links" in self.style.keep and node.inode is not None:
            first = self.links.get(node.inode)
            if first is not None:
                if self.fs.exists(path, follow=False):
                    self.fs.remove(path)
                self.fs.link(first, path)
                return 0
            self.links[node.inode] = path
        content = self.fs.read(self.process.path(source))
        there = self.fs.lookup(path, follow=True)
        if isinstance(there, File) and not self.fs.access(path, 2) and self.style.force:
            self.fs.remove(path)
            there = None
        if there is None and self.fs.lookup(path, follow=False) is not None:
            # A dangling link: GNU's cp won't write through it.
            if not self.process.busybox:
                return self.process.error(f"not writing through dangling symlink {quote(path)}")
            self.fs.remove(path)
        self.fs.write(path, content, node.meta.mode & (0o7777 if self.process.busybox else 0o777))
        self.process.check_tree()
        self._finish(node, path)
        return 0

    def _special(self, node: Special, path: str, *, top: bool) -> int:
        if not self.style.recursive and top:
            self.fs.write(path, NO_BYTES)
            return 0
        if self.fs.exists(path, follow=False):
            self.fs.remove(path)
        self.fs.special(path, node.kind, node.meta.mode & ~self.fs.umask, node.device)
        self._finish(node, path)
        return 0

    def _directory(self, node: Directory, source: str, target: str) -> int:
        process, fs = self.process, self.fs
        path = process.path(target)
        there = fs.lookup(path)
        if there is not None and not isinstance(there, Directory):
            if process.busybox:
                return process.error(f"target '{target}' is not a directory")
            return process.error(f"cannot overwrite non-directory {quote(target)} with directory {quote(source)}")
        made = there is None
        if made:
            fs.mkdir(path, 0o777)
        code = 0
        for name in fs.listdir(process.path(source)):
            below = f"{source.rstrip('/')}/{name}"
            if name == BULK_NAME:
                fs.put(f"{fs.resolve(path)}/{name}", node.entries[name])
                continue
            follow = self.style.follow == "always"
            member = fs.stat(process.path(below), follow=follow)
            try:
                code |= self._copy(member, below, f"{target.rstrip('/')}/{name}")
            except FileSystemError as error:
                verb = "can't create" if process.busybox else self._verb(member)
                code |= process.error(f"{verb} '{target.rstrip('/')}/{name}': {error.message}")
        if made and "mode" not in self.style.keep:
            # cp makes the directory with the source's mode, less the umask.
            fs.chmod(path, node.meta.mode & 0o777 & ~fs.umask | (self._inherited(path)))
        if made or "mode" in self.style.keep:
            self._finish(node, path)
        return code

    def _inherited(self, path: str) -> int:
        node = self.fs.lookup(path)
        return node.meta.mode & 0o2000 if node is not None else 0

    def _finish(self, node: Node, path: str) -> None:
        """Put kept attributes on a copy."""
        keep, fs = self.style.keep, self.fs
        link = isinstance(node, Symlink)
        if "owner" in keep:
            with suppress(FileSystemError):
                fs.chown(path, node.meta.uid, node.meta.gid, follow=not link)
        if "mode" in keep and not link:
            fs.chmod(path, node.meta.mode)
        if "time" in keep:
            fs.utime(path, node.meta.mtime, follow=not link)
        if "mode" in keep and not link:
            for name, value in node.meta.xattrs:
                fs.set_xattr(path, name, value)


LONG_MV = {
    "force": "f", "interactive": "i", "no-clobber": "n", "target-directory=": "t", "no-target-directory": "T",
    "update": "u", "verbose": "v", "backup=?": "backup", "strip-trailing-slashes": "strip",
}  # fmt: skip


@command("mv")
def mv(process: Process) -> int:
    """`mv`."""
    options = parse_options(process, "finuvt:TbS:", LONG_MV)
    targets = _targets(process, options, "mv")
    if targets is None:
        return 1
    code = 0
    for source, target in targets:
        code |= _move(process, options, source, target)
    return code


def _move(process: Process, options: Options, source: str, target: str) -> int:
    fs = process.fs
    node = fs.lookup(process.path(source.rstrip("/") or "/"), follow=False)
    if node is None:
        if process.busybox:
            return process.error(f"can't rename '{source}': No such file or directory")
        return process.error(f"cannot stat {quote(source)}: No such file or directory")
    there = fs.lookup(process.path(target), follow=False)
    if there is not None and "n" in options:
        return 0
    if there is not None and "u" in options and there.meta.mtime >= node.meta.mtime:
        return 0
    old, new = (
        fs.resolve(process.path(source.rstrip("/") or "/"), follow=False),
        fs.resolve(process.path(target.rstrip("/") or "/"), follow=False),
    )
    if old == new and not process.busybox:
        return process.error(f"{quote(source)} and {quote(target)} are the same file")
    if new.startswith(old.rstrip("/") + "/"):
        if process.busybox:
            return process.error(f"can't rename '{source}': Invalid argument")
        return process.error(f"cannot move {quote(source)} to a subdirectory of itself, {quote(target)}")
    if isinstance(there, Directory) and not isinstance(node, Directory) and not process.busybox:
        return process.error(f"cannot overwrite directory {quote(target)} with non-directory")
    if there is not None and not isinstance(there, Directory) and isinstance(node, Directory) and not process.busybox:
        return process.error(f"cannot overwrite non-directory {quote(target)} with directory {quote(source)}")
    try:
        fs.rename(old, process.path(target))
    except FileSystemError as error:
        if error.code == "EXDEV":
            return _move_across(process, source, target)
        if process.busybox:
            return process.error(f"can't rename '{source}': {error.message}")
        return process.error(f"cannot move {quote(source)} to {quote(target)}: {error.message}")
    if "v" in options:
        arrow = f"renamed '{source}' -> '{target}'\n" if not process.busybox else f"'{source}' -> '{target}'\n"
        process.out(arrow)
    return 0


def _move_across(process: Process, source: str, target: str) -> int:
    style = Style(True, "never", frozenset({"mode", "owner", "time", "links"}), force=True)
    code = _Copier(process, style).operand(source, target)
    if code == 0:
        process.fs.rmtree(process.path(source))
    return code


LONG_INSTALL = {
    "directory": "d", "mode=": "m", "owner=": "o", "group=": "g", "target-directory=": "t",
    "no-target-directory": "T", "verbose": "v", "preserve-timestamps": "p", "strip": "s", "compare": "C",
    "backup=?": "backup",
}  # fmt: skip


@command("install")
def install(process: Process) -> int:
    """`install`."""
    options = parse_options(process, "cdDm:o:g:t:TvpsCbS:", LONG_INSTALL)
    try:
        change = parse_mode(options.get("m") or "755")
    except ModeError:
        raise usage(process, f"invalid mode '{options.get('m')}'") from None
    try:
        uid, gid = owner_ids(process.fs, options.get("o"), options.get("g"))
    except OwnerError as error:
        return process.error(error.install_text(process))
    if "d" in options:
        return _install_directories(process, options, change(0, True), uid, gid)
    if options.any("D") and "t" not in options and len(options.operands) == 2:
        process.fs.makedirs(process.path(options.operands[1].rpartition("/")[0] or "."), 0o755)
    elif options.any("D") and "t" in options:
        process.fs.makedirs(process.path(options.get("t") or "."), 0o755)
    targets = _targets(process, options, "install")
    if targets is None:
        return 1
    code = 0
    for source, target in targets:
        code |= _install(process, source, target, change(0, False), uid, gid, keep_time="p" in options)
    return code


def _install_directories(process: Process, options: Options, mode: int, uid: int | None, gid: int | None) -> int:
    for name in options.operands:
        path = process.path(name)
        above = path.rstrip("/").rpartition("/")[0]
        if above:
            process.fs.makedirs(above, 0o755)
        if not process.is_directory(name):
            process.fs.mkdir(path, mode)
        process.fs.chmod(path, mode)
        if uid is not None or gid is not None:
            process.fs.chown(path, uid, gid)
    return 0


def _install(
    process: Process, source: str, target: str, mode: int, uid: int | None, gid: int | None, *, keep_time: bool
) -> int:
    fs, path = process.fs, process.path(target)
    verb = "can't" if process.busybox else "cannot"
    try:
        node = fs.stat(process.path(source))
    except FileSystemError as error:
        return process.error(f"{verb} stat {quote(source)}: {error.message}")
    if isinstance(node, Directory):
        return process.error(f"omitting directory {quote(source)}")
    try:
        if fs.exists(path, follow=False):
            fs.remove(path)
        fs.write(path, fs.read(process.path(source)), 0o600)
    except FileSystemError as error:
        create = "create" if process.busybox else "create regular file"
        return process.error(f"{verb} {create} {quote(target)}: {error.message}")
    if uid is not None or gid is not None:
        fs.chown(path, uid, gid)
    fs.chmod(path, mode)
    if keep_time:
        fs.utime(path, node.meta.mtime)
    return 0
