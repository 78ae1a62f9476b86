"""`gzip`, `bzip2`, `xz`, `zip` and their inverses.

How small compression makes a file depends on the library, so sizes are estimates.
"""

from __future__ import annotations

import bz2
import gzip as gz
import io
import lzma
import zipfile
import zlib

from layerlab.filesystem import Bytes, FileSystemError, Unknown
from layerlab.filesystem.paths import parent
from layerlab.shell.commands.network import unknown_below
from layerlab.shell.commands.registry import command
from layerlab.shell.model import UnknownInputError
from layerlab.shell.options import missing_operand, parse_options
from layerlab.shell.process import Process

MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}
SUFFIX = {"gzip": ".gz", "bzip2": ".bz2", "xz": ".xz"}
PROGRAMS = {
    "gzip": ("gzip", False), "gunzip": ("gzip", True), "zcat": ("gzip", True), "bzip2": ("bzip2", False),
    "bunzip2": ("bzip2", True),
    "bzcat": ("bzip2", True), "xz": ("xz", False), "unxz": ("xz", True), "xzcat": ("xz", True), "lzma": ("xz", False),
}  # fmt: skip
MAX_EXPANSION = 256_000_000


def kind_of(data: bytes) -> str | None:
    """How bytes are compressed."""
    return next((kind for magic, kind in MAGIC.items() if data.startswith(magic)), None)


def compress(process: Process, data: bytes, kind: str, name: str) -> bytes:
    """Compressed bytes; a note says that another library would make others."""
    process.note("estimated", "shell.compressed", file=name)
    if kind == "gzip":
        return gz.compress(data, 6, mtime=0)
    return bz2.compress(data) if kind == "bzip2" else lzma.compress(data)


def decompress(data: bytes, kind: str) -> bytes | None:
    """The bytes before compression, or None if they aren't what they claim to be, or too many."""
    try:
        if kind == "gzip":
            out = zlib.decompressobj(31).decompress(data, MAX_EXPANSION)
        elif kind == "bzip2":
            out = bz2.BZ2Decompressor().decompress(data, MAX_EXPANSION)
        else:
            out = lzma.LZMADecompressor().decompress(data, MAX_EXPANSION)
    except (zlib.error, OSError, lzma.LZMAError, EOFError):
        return None
    return out


@command(*PROGRAMS)
def gzip(process: Process) -> int:
    """`gzip`, `bzip2`, `xz` and what undoes them."""
    long = {
        "decompress": "d",
        "uncompress": "d",
        "stdout": "c",
        "to-stdout": "c",
        "keep": "k",
        "force": "f",
        "best": "9",
        "fast": "1",
        "test": "t",
        "list": "l",
        "threads=": "T",
    }
    options = parse_options(process, "dckfqtlnvN123456789eT:zr", long)
    kind, inverse = PROGRAMS[process.name]
    inverse = inverse or options.any("d", "t")
    to_output = "c" in options or process.name.endswith("cat")
    code = 0
    for name in options.operands or ["-"]:
        try:
            code |= _one(
                process,
                name,
                kind,
                inverse=inverse,
                to_output=to_output or name == "-",
                keep="k" in options,
                test="t" in options,
                force="f" in options,
            )
        except FileSystemError as error:
            code = process.error(f"{name}: {error.message}")
    return code


def _one(
    process: Process, name: str, kind: str, *, inverse: bool, to_output: bool, keep: bool, test: bool, force: bool
) -> int:
    suffix = SUFFIX[kind]
    target = (
        (name.removesuffix(suffix) if not name.endswith(".tgz") else name[:-4] + ".tar") if inverse else name + suffix
    )
    if process.is_directory(name) and name != "-":
        process.error(f"{name} is a directory -- ignored")
        return 2
    content = process.content(name)
    if inverse and target == name and not to_output:
        return process.error(f"{name}: unknown suffix" + (" -- ignored" if not process.busybox else " - ignored"))
    if not isinstance(content, Bytes):
        if to_output:
            raise UnknownInputError(name)
        process.note("unknown", "shell.unknown_input", command=process.name, file=name)
        process.write(target, Unknown("shell.unknown_content"))
    else:
        if inverse and not content.data:
            process.error(
                "invalid magic" if process.busybox else f"{name if name != '-' else 'stdin'}: unexpected end of file",
                prefix=None,
            )
            return 1
        data = decompress(content.data, kind) if inverse else compress(process, content.data, kind, target)
        if data is None:
            return process.error("invalid magic" if process.busybox else f"{name}: not in {kind} format")
        if test:
            return 0
        if to_output:
            process.out(data)
            return 0
        if process.fs.exists(process.path(target)) and not force:
            process.error(
                f"{target} already exists;	not overwritten"
                if not process.busybox
                else f"can't open '{target}': File exists"
            )
            return 2 if not process.busybox else 1
        process.write(target, data)
    meta = process.fs.stat(process.path(name)).meta
    process.fs.chmod(process.path(target), meta.mode)
    process.fs.utime(process.path(target), meta.mtime)
    if not keep:
        process.fs.remove(process.path(name))
    return 0


@command("unzip")
def unzip(process: Process) -> int:
    """`unzip`."""
    args = list(process.args)
    directory = "."
    if "-d" in args[:-1]:
        at = args.index("-d")
        directory = args[at + 1]
        del args[at : at + 2]
    flags = "".join(word[1:] for word in args if word.startswith("-"))
    names = [word for word in args if not word.startswith("-")]
    if not names:
        raise missing_operand(process, code=10)
    try:
        data = process.read(names[0])
        archive = zipfile.ZipFile(io.BytesIO(data))
    except UnknownInputError:
        process.note("unknown", "shell.unknown_input", command="unzip", file=names[0])
        unknown_below(process, directory)
        return 0
    except (zipfile.BadZipFile, FileSystemError):
        process.out(f"unzip:  cannot find or open {names[0]}, {names[0]}.zip or {names[0]}.ZIP.\n", 2)
        return 9
    if "q" not in flags:
        process.out(f"Archive:  {names[0]}\n")
    for info in archive.infolist():
        process.budget.step()
        path = process.path(f"{directory}/{info.filename}")
        if ".." in info.filename.split("/") or (names[1:] and info.filename not in names[1:]):
            continue
        if info.is_dir():
            process.fs.makedirs(path)
            continue
        process.fs.makedirs(parent(path.rstrip("/")))
        process.fs.write(path, Bytes(archive.read(info)))
        mode = info.external_attr >> 16 & 0o7777
        if mode:
            process.fs.chmod(path, mode)
        if "q" not in flags:
            verb = " extracting" if info.compress_type == zipfile.ZIP_STORED else "  inflating"
            process.out(f"{verb}: {(directory.rstrip('/') + '/') if directory != '.' else ''}{info.filename}  \n")
        process.check_tree()
    return 0


@command("zip")
def zip_(process: Process) -> int:
    """`zip`: how large its archive is depends on its compression."""
    names = [word for word in process.args if not word.startswith("-")]
    if len(names) < 2:
        raise missing_operand(process, code=16)
    target = names[0] if names[0].endswith(".zip") else names[0] + ".zip"
    process.note("unknown", "shell.unmodelled", command="zip")
    process.write(target, Unknown("shell.unknown_content"))
    return 0
