"""`mkdir`, `touch`, `ln`, `mkfifo`, `mknod`, `mktemp`, `truncate`, `rm`, `rmdir`, `unlink`."""

from __future__ import annotations

import re

from layerlab.filesystem import BULK_NAME, NO_BYTES, Bytes, Directory, Estimated, FileSystemError, Symlink, size_of
from layerlab.filesystem.paths import clean, parent
from layerlab.shell.commands.dates import DateError, parse_date
from layerlab.shell.commands.registry import command
from layerlab.shell.modes import ModeError, parse_mode
from layerlab.shell.options import Options, missing_operand, parse_options, quote, usage
from layerlab.shell.process import Process

SIZE_UNITS = {"": 1, "c": 1, "w": 2, "b": 512, "K": 1024, "k": 1024, "M": 1 << 20, "m": 1 << 20, "G": 1 << 30,
              "KB": 1000, "kB": 1000, "MB": 10**6, "GB": 10**9, "KiB": 1024, "MiB": 1 << 20, "GiB": 1 << 30,
              "T": 1 << 40}  # fmt: skip


def parse_size(text: str) -> int | None:
    """A size with a unit, or None."""
    found = re.fullmatch(r"(\d+)([A-Za-z]*)", text)
    if found is None or found.group(2) not in SIZE_UNITS:
        return None
    return int(found.group(1)) * SIZE_UNITS[found.group(2)]


@command("mkdir")
def mkdir(process: Process) -> int:
    """`mkdir`."""
    options = parse_options(process, "pm:v", {"parents": "p", "mode=": "m", "verbose": "v"})
    if not options.operands:
        raise missing_operand(process)
    mode = None
    if (text := options.get("m")) is not None:
        try:
            mode = parse_mode(text)(0o777, True)
        except ModeError:
            return process.error(f"invalid mode {quote(text)}")
    code = 0
    for name in options.operands:
        code |= _mkdir(process, name, mode, options)
    return code


def _mkdir(process: Process, name: str, mode: int | None, options: Options) -> int:
    fs, path = process.fs, process.path(name)
    verb = "can't" if process.busybox else "cannot"
    try:
        if "p" in options:
            _make_parents(process, path, name)
            if fs.is_directory(path):
                return 0
        fs.mkdir(path)
        process.check_tree()
        if mode is not None:
            fs.chmod(path, mode)
        if "v" in options:
            process.out(
                f"{process.name}: created directory '{name}'\n"
                if not process.busybox
                else f"created directory: '{name}'\n"
            )
    except FileSystemError as error:
        shown = error.path if "p" in options and error.path != path else name
        return process.error(f"{verb} create directory {quote(shown)}: {error.message}")
    return 0


def _make_parents(process: Process, path: str, name: str) -> None:
    absolute = name.startswith("/")
    pieces = [piece for piece in name.split("/") if piece]
    above = "" if absolute else process.cwd.rstrip("/")
    for index, piece in enumerate(pieces[:-1]):
        above = f"{above}/{piece}"
        node = process.fs.lookup(above)
        shown = ("/" if absolute else "") + "/".join(pieces[: index + 1]) + ("/" if process.busybox else "")
        if node is None:
            try:
                process.fs.mkdir(above)
            except FileSystemError as error:
                raise FileSystemError(error.code, shown) from error
        elif not isinstance(node, Directory):
            raise FileSystemError("ENOTDIR", shown)
    node = process.fs.lookup(path)
    if node is not None and not isinstance(node, Directory):
        raise FileSystemError("EEXIST", path)


@command("touch")
def touch(process: Process) -> int:
    """`touch`."""
    long = {"no-create": "c", "date=": "d", "reference=": "r", "time=": "time", "no-dereference": "h"}
    options = parse_options(process, "acd:fhmr:t:", long)
    if not options.operands:
        raise missing_operand(process) if process.busybox else usage(process, "missing file operand")
    when: int | None = None
    if (reference := options.get("r")) is not None:
        when = process.fs.stat(process.path(reference)).meta.mtime
    elif (text := options.get("d") or options.get("t")) is not None:
        try:
            when = parse_date(text, process.fs.now, stamp="t" in options)
        except DateError:
            return process.error(
                f"invalid date format {quote(text)}" if not process.busybox else f"invalid date '{text}'"
            )
    code = 0
    for name in options.operands:
        code |= _touch(process, name, when, options)
    return code


def _touch(process: Process, name: str, when: int | None, options: Options) -> int:
    path = process.path(name)
    follow = "h" not in options
    try:
        if not process.fs.exists(path, follow=follow):
            if "c" in options:
                return 0
            process.fs.write(path, NO_BYTES)
            process.check_tree()
        if when is not None or process.fs.exists(path):
            process.fs.utime(path, when, follow=follow)
    except FileSystemError as error:
        message = error.message
        if error.code == "EISDIR":
            message = "No such file or directory"
        return process.error(f"{name}: {message}" if process.busybox else f"cannot touch {quote(name)}: {message}")
    return 0


LONG_LN = {
    "symbolic": "s", "force": "f", "no-dereference": "n", "no-target-directory": "T", "target-directory=": "t",
    "verbose": "v", "relative": "r", "logical": "L", "physical": "P", "backup=?": "backup", "interactive": "i",
}  # fmt: skip


@command("ln")
def ln(process: Process) -> int:
    """`ln`."""
    options = parse_options(process, "sfnTt:vrLPibS:", LONG_LN)
    operands = list(options.operands)
    if not operands:
        raise missing_operand(process) if process.busybox else usage(process, "missing file operand")
    directory = options.get("t")
    if directory is None and len(operands) == 1:
        directory = "."
    elif directory is None:
        target = operands[-1]
        node = process.fs.lookup(process.path(target), follow="n" not in options)
        if isinstance(node, Directory) and "T" not in options:
            directory = operands.pop()
        elif len(operands) > 2:
            missing = not process.fs.exists(process.path(target))
            if process.busybox:
                return process.error(f"target '{target}' is not a directory")
            return process.error(
                f"target {quote(target)}: {'No such file or directory' if missing else 'Not a directory'}"
            )
        else:
            return _link(process, options, operands[0], target)
    code = 0
    for source in operands:
        base = source.rstrip("/").rpartition("/")[2]
        code |= _link(process, options, source, f"{directory.rstrip('/')}/{base}" if directory != "." else base)
    return code


def _link(process: Process, options: Options, source: str, target: str) -> int:
    fs, path = process.fs, process.path(target)
    symbolic = "s" in options
    kind = "symbolic" if symbolic else "hard"
    try:
        if not symbolic:
            if not fs.exists(process.path(source), follow=False):
                if process.busybox:
                    return process.error(f"{source}: No such file or directory")
                return process.error(f"failed to access {quote(source)}: No such file or directory")
            if isinstance(fs.lookup(process.path(source), follow=False), Directory):
                if process.busybox:
                    return process.error(f"{target}: Operation not permitted")
                return process.error(f"{source}: hard link not allowed for directory")
        there = fs.lookup(path, follow=False)
        if there is not None and "f" in options and not isinstance(there, Directory):
            if not symbolic and fs.resolve(process.path(source)) == fs.resolve(path):
                return process.error(f"{quote(source)} and {quote(target)} are the same file")
            fs.remove(path)
        elif there is not None and "f" in options and process.busybox is False:
            return process.error(f"{target}: cannot overwrite directory")
        if symbolic:
            fs.symlink(_relative(process, source, path) if "r" in options else source, path)
        else:
            old = process.path(source)
            fs.link(fs.resolve(old) if "L" in options else old, path)
        if "v" in options:
            process.out(f"'{target}' {'->' if symbolic else '=>'} '{source}'\n")
    except FileSystemError as error:
        if process.busybox:
            return process.error(f"{target}: {error.message}")
        arrow = f" => {quote(source)}" if not symbolic and error.code != "EEXIST" else ""
        return process.error(f"failed to create {kind} link {quote(target)}{arrow}: {error.message}")
    return 0


def _relative(process: Process, source: str, path: str) -> str:
    start = [piece for piece in process.fs.resolve(parent(clean(path))).split("/") if piece]
    goal = [piece for piece in process.fs.resolve(process.path(source)).split("/") if piece]
    same = 0
    while same < min(len(start), len(goal)) and start[same] == goal[same]:
        same += 1
    return "/".join([".."] * (len(start) - same) + goal[same:]) or "."


@command("mkfifo", "mknod")
def mkfifo(process: Process) -> int:
    """`mkfifo` and `mknod`."""
    options = parse_options(process, "m:", {"mode=": "m"})
    if not options.operands:
        raise missing_operand(process)
    mode = parse_mode(options.get("m") or "a=rw")(0, False)
    if "m" not in options:
        mode &= ~process.fs.umask
    code = 0
    names = options.operands if process.name == "mkfifo" else options.operands[:1]
    words = options.operands[1:] if process.name == "mknod" else ["p"]
    kind = {"p": "fifo", "c": "char", "u": "char", "b": "block"}.get(words[0] if words else "", "fifo")
    device = (int(words[1]), int(words[2])) if len(words) > 2 and words[1].isdigit() and words[2].isdigit() else (0, 0)
    for name in names:
        try:
            process.fs.special(
                process.path(name), "fifo" if kind == "fifo" else "char" if kind == "char" else "block", mode, device
            )
        except FileSystemError as error:
            if process.busybox:
                code |= process.error(f"{name}: {error.message}")
            else:
                code |= process.error(f"cannot create fifo {quote(name)}: {error.message}")
    return code


@command("mktemp")
def mktemp(process: Process) -> int:
    """`mktemp`: the name is made from the clock, so that a build gives the same name again."""
    options = parse_options(
        process, "dqtup:", {"directory": "d", "tmpdir=?": "p", "quiet": "q", "dry-run": "u", "suffix=": "suffix"}
    )
    template = options.operands[0] if options.operands else "tmp.XXXXXX" if process.busybox else "tmp.XXXXXXXXXX"
    found = re.search(r"X{3,}(?!.*XXX)", template)
    if found is None:
        if process.busybox:
            return process.error(f"{template}: Invalid argument")
        return process.error(f"too few X's in template {quote(template)}")
    base = options.get("p") if "p" in options else ("" if options.operands and "t" not in options else None)
    if base is None or ("p" in options and not base):
        base = process.env.get("TMPDIR") or "/tmp"
    letters = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    seed = process.fs.now // 1000 + process.fs.created * 7919
    drawn = ""
    for _ in range(len(found.group(0))):
        seed = (seed * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        drawn += letters[(seed >> 33) % len(letters)]
    name = template[: found.start()] + drawn + template[found.end() :] + (options.get("suffix") or "")
    full = f"{base.rstrip('/')}/{name}" if base else name
    try:
        if "d" in options:
            process.fs.mkdir(process.path(full), 0o700)
        else:
            process.fs.write(process.path(full), NO_BYTES, 0o600)
    except FileSystemError as error:
        what = "directory" if "d" in options else "file"
        return process.error(
            f"failed to create {what} via template {quote(full)}: {error.message}"
            if not process.busybox
            else f"{full}: {error.message}"
        )
    process.note("estimated", "shell.random_name", name=full)
    process.out(full + "\n")
    return 0


@command("truncate")
def truncate(process: Process) -> int:
    """`truncate`."""
    options = parse_options(process, "cos:r:", {"size=": "s", "no-create": "c", "reference=": "r"})
    text = options.get("s") or "0"
    sign = text[0] if text[0] in "+-<>/%" else ""
    amount = parse_size(text[len(sign) :])
    if "s" not in options:
        raise usage(process, "you must specify either '--size' or '--reference'")
    if amount is None or (sign and process.busybox):
        return process.error(f"Invalid number: {quote(text)}" if not process.busybox else f"invalid number '{text}'")
    for name in options.operands:
        path = process.path(name)
        if not process.fs.exists(path):
            if "c" in options:
                continue
            process.fs.write(path, NO_BYTES)
        content = process.fs.read(path)
        old = size_of(content) or 0
        size = {"+": old + amount, "-": max(old - amount, 0), "<": min(old, amount), ">": max(old, amount)}.get(
            sign, amount
        )
        if isinstance(content, Bytes) and size <= process.budget.limits.tree_bytes:
            process.fs.write(path, Bytes(content.data[:size].ljust(size, b"\0")))
        else:
            process.fs.write(path, Estimated(size, "shell.unknown_content"))
        process.check_tree()
    return 0


@command("rm")
def rm(process: Process) -> int:
    """`rm`."""
    long = {
        "recursive": "r", "force": "f", "dir": "d", "verbose": "v", "interactive=?": "interactive",
        "no-preserve-root": "no-preserve-root", "preserve-root=?": "preserve-root",
        "one-file-system": "one-file-system",
    }  # fmt: skip
    options = parse_options(process, "rRfidvI", long)
    if not options.operands:
        if "f" in options:
            return 0
        raise missing_operand(process)
    code = 0
    for name in options.operands:
        code |= _remove(process, options, name)
    return code


def _remove(process: Process, options: Options, name: str) -> int:
    fs, path = process.fs, process.path(name)
    recursive = options.any("r", "R")
    if name.rstrip("/").rpartition("/")[2] in {".", ".."}:
        if process.busybox:
            return process.error("can't remove '.' or '..'")
        if recursive:
            return process.error(f"refusing to remove '.' or '..' directory: skipping {quote(name)}")
    node = fs.lookup(path.rstrip("/") or "/", follow=False)
    if isinstance(node, Symlink) and name.endswith("/"):
        node = fs.lookup(path)
    verb = "can't" if process.busybox else "cannot"
    if node is None:
        reason = _why_missing(process, path)
        if "f" in options and reason in {"No such file or directory", "Not a directory"}:
            return 0
        return process.error(f"{verb} remove {quote(name)}: {reason}")
    if isinstance(node, Directory) and not recursive and not ("d" in options and not node.entries):
        if process.busybox:
            return process.error(f"'{name}' is a directory")
        return process.error(f"cannot remove {quote(name)}: Is a directory")
    if isinstance(node, Directory) and clean(path) == "/" and not process.busybox and "no-preserve-root" not in options:
        process.error(
            f"it is dangerous to operate recursively on {quote(name)}" + ("" if name == "/" else " (same as '/')")
        )
        return process.error("use --no-preserve-root to override this failsafe")
    return remove_tree(process, name, node if isinstance(node, Directory) else None, verbose="v" in options)


def _why_missing(process: Process, path: str) -> str:
    try:
        process.fs.stat(path, follow=False)
    except FileSystemError as error:
        return error.message
    return "No such file or directory"


def remove_tree(process: Process, name: str, node: Directory | None, *, verbose: bool = False) -> int:
    """Remove an operand with all below it, going on after errors; answers the exit code."""
    fs, path = process.fs, process.path(name)
    process.budget.step()
    verb = "can't" if process.busybox else "cannot"
    try:
        if node is None:
            fs.remove(path.rstrip("/"))
        elif not _is_blocked(process, path, node):
            fs.rmtree(path)
        else:
            code = 0
            for entry in fs.listdir(path):
                if entry == BULK_NAME:
                    fs.remove(f"{path.rstrip('/')}/{entry}")
                    continue
                member = node.entries.get(entry)
                below = member if isinstance(member, Directory) else None
                code |= remove_tree(process, f"{name.rstrip('/')}/{entry}", below, verbose=verbose)
            if code and not process.busybox:
                return code
            fs.rmdir(path)
            return code
    except FileSystemError as error:
        return process.error(f"{verb} remove {quote(name)}: {error.message}")
    if verbose:
        removed = f"removed '{name}'" if node is None else f"removed directory '{name}'"
        process.out(removed + "\n")
    return 0


def _is_blocked(process: Process, path: str, node: Directory) -> bool:
    """Whether removal has to go entry by entry: rights may fail below, or something is mounted there."""
    if clean(path) == "/":
        return True
    who = process.fs.who
    if who.uid != 0 and any(isinstance(member, Directory) for member in node.entries.values()):
        return True
    if who.uid != 0 and not process.fs.access(path, 2):
        return bool(node.entries)
    canonical = process.fs.resolve(path, follow=False)
    return any(mount == canonical or mount.startswith(canonical + "/") for mount in process.fs.mounts)


@command("rmdir")
def rmdir(process: Process) -> int:
    """`rmdir`."""
    long = {"parents": "p", "verbose": "v", "ignore-fail-on-non-empty": "ignore"}
    options = parse_options(process, "pv", long)
    if not options.operands:
        raise missing_operand(process)
    code = 0
    for name in options.operands:
        current = name.rstrip("/") or "/"
        while True:
            try:
                process.fs.rmdir(process.path(current))
            except FileSystemError as error:
                if error.code == "ENOTEMPTY" and "ignore" in options:
                    break
                what = f"'{current}'" if process.busybox else f"failed to remove {quote(current)}"
                code |= process.error(f"{what}: {error.message}")
                break
            current = current.rpartition("/")[0]
            if "p" not in options or not current:
                break
    return code


@command("unlink")
def unlink(process: Process) -> int:
    """`unlink`."""
    if not process.args:
        raise missing_operand(process)
    name = process.args[0]
    try:
        process.fs.remove(process.path(name))
    except FileSystemError as error:
        if process.busybox:
            return process.error(f"can't remove file '{name}': {error.message}")
        return process.error(f"cannot unlink {quote(name)}: {error.message}")
    return 0
