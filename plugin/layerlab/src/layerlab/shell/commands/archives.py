"""`tar`: making, listing and unpacking archives whose bytes are known."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass

from layerlab.filesystem import Bytes, Content, Directory, File, FileSystemError, Special, Symlink, Unknown
from layerlab.filesystem.paths import parent
from layerlab.shell.commands.accounts import group_name, user_name
from layerlab.shell.commands.compression import compress, decompress, kind_of
from layerlab.shell.commands.dates import SECOND
from layerlab.shell.commands.listing import visible
from layerlab.shell.commands.network import unknown_below
from layerlab.shell.commands.registry import command
from layerlab.shell.model import UnknownInputError
from layerlab.shell.options import Options, parse_options, usage
from layerlab.shell.patterns import matches
from layerlab.shell.process import Process, decode

LONG = {
    "create": "c", "extract": "x", "get": "x", "list": "t", "append": "r", "file=": "f", "directory=": "C",
    "gzip": "z", "gunzip": "z",
    "bzip2": "j", "xz": "J", "verbose": "v", "strip-components=": "strip", "exclude=": "exclude",
    "no-same-owner": "o", "same-owner": "same-owner",
    "preserve-permissions": "p", "same-permissions": "p", "overwrite": "overwrite", "keep-old-files": "k",
    "auto-compress": "a",
    "dereference": "h", "touch": "m", "to-stdout": "O", "files-from=": "T", "no-same-permissions": "nsp",
    "wildcards": "wildcards",
    "owner=": "owner", "group=": "group", "mode=": "mode", "sort=": "sort", "mtime=": "mtime",
    "numeric-owner": "numeric", "zstd": "zstd",
    "one-top-level=?": "top", "skip-old-files": "k", "warning=": "warning", "no-xattrs": "x2", "xattrs": "x2",
    "format=": "format", "transform=": "transform",
}  # fmt: skip
SUFFIXES = {".gz": "gzip", ".tgz": "gzip", ".bz2": "bzip2", ".tbz2": "bzip2", ".xz": "xz", ".txz": "xz"}


@command("tar")
def tar(process: Process) -> int:
    """`tar`."""
    args = list(process.args)
    if args and not args[0].startswith("-"):
        args = _old_style(args)
    options = parse_options(process, "cxtrf:C:zjJvopkahmOT:X:PSlUW", LONG, args=args, code=2)
    if "c" in options:
        return _create(process, options)
    if options.any("x", "t"):
        return _read(process, options)
    if process.busybox:
        return 1
    raise usage(process, "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options", 2)


def _old_style(args: list[str]) -> list[str]:
    """`tar czf x` as `tar -c -z -f x`: arguments follow in the order of their letters."""
    out: list[str] = []
    rest = args[1:]
    for letter in args[0]:
        out.append(f"-{letter}")
        if letter in "fCTX" and rest:
            out.append(rest.pop(0))
    return [*out, *rest]


def _compression(options: Options, name: str) -> str | None:
    for letter, kind in (("z", "gzip"), ("j", "bzip2"), ("J", "xz")):
        if letter in options:
            return kind
    if "a" in options:
        return next((kind for suffix, kind in SUFFIXES.items() if name.endswith(suffix)), None)
    return None


# Making


@dataclass(slots=True)
class _Packing:
    process: Process
    options: Options
    archive: tarfile.TarFile
    base: str
    seen: dict[int, str]
    unknown: str | None = None
    shown: int = 1


def _create(process: Process, options: Options) -> int:
    name = options.get("f") or "-"
    operands = [*options.operands]
    for listed in options.values.get("T", []):
        operands.extend(decode(process.read(listed)).splitlines())
    if not operands:
        if process.busybox:
            return process.error("empty archive")
        process.error(
            "Cowardly refusing to create an empty archive\nTry 'tar --help' or 'tar --usage' for more information."
        )
        return 2
    buffer = io.BytesIO()
    code = 0
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        packing = _Packing(process, options, archive, _directory(process, options), {}, shown=2 if name == "-" else 1)
        for operand in operands:
            code |= _pack_operand(packing, operand)
        end = archive.offset
    if code and process.busybox:
        process.error("error exit delayed from previous errors")
    elif code:
        process.error("Exiting with failure status due to previous errors")
        code = 2
    kind = _compression(options, name)
    content: Content
    if packing.unknown is not None:
        process.note("unknown", "shell.unknown_input", command="tar", file=packing.unknown)
        content = Unknown("shell.unknown_content")
    else:
        data = buffer.getvalue()
        if process.busybox:  # two blocks end it; GNU tar goes on to a whole record of twenty
            data = data[:end] + bytes(2 * tarfile.BLOCKSIZE)
        content = Bytes(data if kind is None else compress(process, data, kind, name))
    if name == "-":
        if not isinstance(content, Bytes):
            raise UnknownInputError(packing.unknown or name)
        process.out(content.data)
    else:
        process.write(name, content)
    return code


def _directory(process: Process, options: Options) -> str:
    base = process.cwd
    for directory in options.values.get("C", []):
        base = f"{base.rstrip('/')}/{directory}" if not directory.startswith("/") else directory
        if not process.fs.is_directory(base):
            if process.busybox:
                raise FileSystemError("ENOENT", f"can't change directory to '{directory}'")
            raise usage_failure(directory)
    return base


def usage_failure(directory: str) -> Exception:
    """GNU tar's words for a `-C` that isn't there."""
    from layerlab.shell.options import UsageError  # noqa: PLC0415

    return UsageError(
        f"{directory}: Cannot open: No such file or directory\ntar: Error is not recoverable: exiting now", 2
    )


def _pack_operand(packing: _Packing, operand: str) -> int:
    process = packing.process
    path = operand if operand.startswith("/") else f"{packing.base.rstrip('/')}/{operand}"
    node = process.fs.lookup(path, follow="h" in packing.options)
    if node is None:
        text = (
            f"{operand}: No such file or directory"
            if process.busybox
            else f"{operand}: Cannot stat: No such file or directory"
        )
        process.error(text)
        return 1
    name = operand.lstrip("/") if "P" not in packing.options else operand
    if operand.startswith("/") and "P" not in packing.options:
        process.error(
            "removing leading '/' from member names" if process.busybox else "Removing leading `/' from member names"
        )
    if not name:
        name = "./" if not process.busybox else ""
    _pack(packing, path, name)
    return 0


def _pack(packing: _Packing, path: str, name: str) -> None:
    process, options = packing.process, packing.options
    process.budget.step()
    shown = name.rstrip("/")
    if any(
        matches(pattern, shown) or matches(pattern, shown.rpartition("/")[2]) or matches("*/" + pattern, shown)
        for pattern in options.values.get("exclude", [])
    ):
        return
    node = process.fs.stat(path, follow="h" in options)
    info = tarfile.TarInfo(shown or ".")
    meta = node.meta
    info.mode, info.uid, info.gid, info.mtime = meta.mode, meta.uid, meta.gid, meta.mtime // SECOND
    info.uname, info.gname = user_name(process.fs, meta.uid) or "", group_name(process.fs, meta.gid) or ""
    data = b""
    match node:
        case Directory():
            info.type = tarfile.DIRTYPE
        case Symlink(target=target):
            info.type, info.linkname = tarfile.SYMTYPE, target
        case Special(kind=kind, device=device):
            info.type = {"fifo": tarfile.FIFOTYPE, "char": tarfile.CHRTYPE, "block": tarfile.BLKTYPE}.get(
                kind, tarfile.FIFOTYPE
            )
            info.devmajor, info.devminor = device
        case File(content=content, inode=inode):
            if inode is not None and inode in packing.seen:
                info.type, info.linkname = tarfile.LNKTYPE, packing.seen[inode]
            else:
                if inode is not None:
                    packing.seen[inode] = info.name
                if isinstance(content, Bytes):
                    data = content.data
                else:
                    packing.unknown = path
                info.size = len(data)
    if "v" in options:
        process.out(shown + ("/" if isinstance(node, Directory) else "") + "\n", packing.shown)
    if shown or not isinstance(node, Directory):
        packing.archive.addfile(info, io.BytesIO(data))
    if isinstance(node, Directory):
        for entry in visible(node):
            _pack(packing, f"{path.rstrip('/')}/{entry}", f"{shown}/{entry}" if shown else entry)


# Reading


def _read(process: Process, options: Options) -> int:
    name = options.get("f") or "-"
    base = _directory(process, options) if "x" in options else process.cwd
    try:
        content = process.content(name)
        data = content.data if isinstance(content, Bytes) else process.read(name)
    except FileSystemError as error:
        if process.busybox:
            return process.error(f"can't open '{name}': {error.message}")
        process.error(f"{name}: Cannot open: {error.message}")
        process.error("Error is not recoverable: exiting now")
        return 2
    except UnknownInputError:
        process.note("unknown", "shell.unknown_input", command="tar", file=name)
        if "x" in options:
            unknown_below(process, base)
        return 0
    kind = kind_of(data)
    if kind is not None:
        data = decompress(data, kind) or b""
    try:
        archive = tarfile.open(fileobj=io.BytesIO(data), mode="r:")  # noqa: SIM115  (in memory)
        members = archive.getmembers()
    except tarfile.TarError:
        return _not_an_archive(process, len(data))
    code = 0
    wanted = [word.rstrip("/") for word in options.operands]
    for member in members:
        process.budget.step()
        if not _is_wanted(member.name, wanted, options):
            continue
        if "t" in options:
            _list(process, options, member)
        else:
            code |= _extract(process, options, archive, member, base)
    return code


def _not_an_archive(process: Process, size: int) -> int:
    if process.busybox:
        return process.error("short read" if size < 512 else "invalid tar magic")
    process.error("This does not look like a tar archive")
    process.error("Exiting with failure status due to previous errors")
    return 2


def _is_wanted(name: str, wanted: list[str], options: Options) -> bool:
    for pattern in options.values.get("exclude", []):
        if matches(pattern, name) or matches("*/" + pattern, name) or matches(pattern + "/*", name):
            return False
    if not wanted:
        return True
    return any(name == word or name.startswith(word + "/") or matches(word, name) for word in wanted)


def _list(process: Process, options: Options, member: tarfile.TarInfo) -> None:
    name = member.name + ("/" if member.isdir() else "")
    if "v" not in options:
        process.out(name + "\n")
        return
    from layerlab.shell.commands.dates import formatted  # noqa: PLC0415
    from layerlab.shell.modes import listing  # noqa: PLC0415

    kind = "d" if member.isdir() else "l" if member.issym() else "h" if member.islnk() else "-"
    owner = f"{member.uname or member.uid}/{member.gname or member.gid}"
    when = formatted("%Y-%m-%d %H:%M:%S" if process.busybox else "%Y-%m-%d %H:%M", int(member.mtime) * SECOND)
    link = f" -> {member.linkname}" if member.issym() else ""
    width = 9 if process.busybox else max(18 - len(owner), 1)
    process.out(f"{listing(member.mode, kind)} {owner} {member.size:>{width}} {when} {name}{link}\n")


def _extract(process: Process, options: Options, archive: tarfile.TarFile, member: tarfile.TarInfo, base: str) -> int:
    fs = process.fs
    name = member.name.lstrip("/") if "P" not in options else member.name
    strip = int(options.get("strip") or 0)
    pieces = [piece for piece in name.split("/") if piece not in {"", "."}]
    if ".." in pieces:
        return process.error(f"{member.name}: Member name contains '..'")
    if strip and len(pieces) <= strip:
        return 0
    pieces = pieces[strip:]
    path = "/".join([base.rstrip("/"), *pieces])
    if "v" in options:
        process.out(member.name + ("/" if member.isdir() else "") + "\n")
    if not pieces:
        _finish(process, options, member, path or "/")
        return 0
    if "O" in options:
        stream = archive.extractfile(member)
        process.out(stream.read() if stream is not None else b"")
        return 0
    if not fs.is_directory(parent(path)):
        fs.makedirs(parent(path))
    if member.isdir():
        if not fs.is_directory(path):
            fs.mkdir(path)
    else:
        there = fs.lookup(path, follow=False)
        if there is not None:
            if "k" in options:
                return 0
            if not isinstance(there, Directory):
                fs.remove(path)
        _place(process, archive, member, path, base, strip)
    if not member.islnk():
        _finish(process, options, member, path)
    process.check_tree()
    return 0


def _place(
    process: Process, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str, base: str, strip: int
) -> None:
    fs = process.fs
    if member.issym():
        fs.symlink(member.linkname, path)
    elif member.islnk():
        pieces = [piece for piece in member.linkname.split("/") if piece not in {"", "."}][strip:]
        fs.link("/".join([base.rstrip("/"), *pieces]), path)
    elif member.isfifo():
        fs.special(path, "fifo", member.mode & 0o7777)
    elif member.isdev():
        fs.special(
            path, "char" if member.ischr() else "block", member.mode & 0o7777, (member.devmajor, member.devminor)
        )
    else:
        stream = archive.extractfile(member)
        fs.write(path, Bytes(stream.read() if stream is not None else b""))


def _finish(process: Process, options: Options, member: tarfile.TarInfo, path: str) -> None:
    fs = process.fs
    link = member.issym()
    root = fs.who.uid == 0
    if root and "o" not in options:
        fs.chown(path, member.uid, member.gid, follow=not link)
    if not link:
        mode = member.mode & 0o7777
        fs.chmod(path, mode if root or "p" in options else mode & 0o777 & ~fs.umask)
    if "m" not in options:
        fs.utime(path, int(member.mtime) * SECOND, follow=not link)
