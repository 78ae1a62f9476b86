"""Reading tar archives of others, plain or compressed, within limits: for `ADD archive.tar.gz` and for imports.

An archive that would write outside its root, or unpack to more than the limits, is refused before anything is used.
"""

from __future__ import annotations

import importlib
import io
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, cast

from layerlab.filesystem.content import Bytes
from layerlab.filesystem.layer import EntryKind, LayerEntry
from layerlab.filesystem.node import Meta
from layerlab.filesystem.paths import clean

CHUNK = 1 << 20
NANOS = 1_000_000_000
MAGIC = ((b"\x1f\x8b\x08", "gzip"), (b"BZh", "bz2"), (b"\xfd7zXZ\x00", "lzma"), (b"\x28\xb5\x2f\xfd", "zstd"))
KINDS: dict[bytes, EntryKind] = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.CONTTYPE: "file",
    tarfile.GNUTYPE_SPARSE: "file",
    tarfile.LNKTYPE: "hardlink",
    tarfile.SYMTYPE: "symlink",
    tarfile.CHRTYPE: "char",
    tarfile.BLKTYPE: "block",
    tarfile.DIRTYPE: "dir",
    tarfile.FIFOTYPE: "fifo",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may unpack to.

    Attributes:
        size: Bytes of the unpacked tar.
        entries: Number of entries.
    """

    size: int = 256 << 20
    entries: int = 100_000


class ArchiveError(Exception):
    """An archive that is refused.

    Attributes:
        code: `too-large`, `too-many`, `damaged` or `no-decoder`.
        name: The entry or the compression in question.
    """

    def __init__(self, code: str, name: str) -> None:
        super().__init__(f"{code}: {name}")
        self.code = code
        self.name = name


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


def compression(data: bytes) -> str | None:
    """`gzip`, `bz2`, `lzma`, `zstd`, or None, by the first bytes."""
    return next((name for magic, name in MAGIC if data.startswith(magic)), None)


def is_archive(data: bytes) -> bool:
    """Whether ADD would extract the file: compressed or not, its first tar header has to parse."""
    try:
        head = unpacked(data, limit=512, cut=True)
        if len(head) < tarfile.BLOCKSIZE or not head.strip(b"\0"):
            return False
        tarfile.TarInfo.frombuf(head[:512], "utf-8", "surrogateescape")
    except (ArchiveError, tarfile.HeaderError):
        return False
    return True


def unpacked(data: bytes, *, limit: int, cut: bool = False) -> bytes:
    """The bytes with their compression taken off.

    Args:
        data: Of the file.
        limit: Bytes that may come out.
        cut: Stop at the limit instead of refusing.

    Raises:
        ArchiveError: `too-large`, `damaged`, or `no-decoder` where this Python lacks the decoder.
    """
    kind = compression(data)
    if kind is None:
        if len(data) > limit and not cut:
            raise ArchiveError("too-large", "tar")
        return data[:limit] if cut else data
    out = bytearray()
    rest = data
    while rest:
        decoder = _decoder(kind)
        rest = _pour(decoder, rest, out, limit, kind)
        if len(out) >= limit and cut:
            return bytes(out[:limit])
        if len(out) > limit:
            raise ArchiveError("too-large", kind)
        if rest and compression(rest) != kind:
            break
    return bytes(out)


def _pour(decoder: _Decompressor, data: bytes, out: bytearray, limit: int, kind: str) -> bytes:
    """Decode one member into `out`, no further than just past the limit; answers what follows the member."""
    failures: tuple[type[Exception], ...] = (zlib.error, OSError, EOFError, ValueError, *_own_error(kind))
    try:
        while not decoder.eof and len(out) <= limit:
            more = decoder.decompress(data, CHUNK)
            data = getattr(decoder, "unconsumed_tail", b"")
            out += more
            if not more and not data and not decoder.eof and getattr(decoder, "needs_input", True):
                raise ArchiveError("damaged", kind)
    except failures as error:
        raise ArchiveError("damaged", kind) from error
    return decoder.unused_data


def _own_error(kind: str) -> tuple[type[Exception], ...]:
    return (importlib.import_module("lzma").LZMAError,) if kind == "lzma" else ()


def _decoder(kind: str) -> _Decompressor:
    """A decoder of the standard library; some are missing from Pyodide or from older Pythons."""
    names = {"bz2": ("bz2", "BZ2Decompressor"), "lzma": ("lzma", "LZMADecompressor")}
    names["zstd"] = ("compression.zstd", "ZstdDecompressor")
    if kind == "gzip":
        return cast("_Decompressor", zlib.decompressobj(31))
    module, name = names[kind]
    try:
        made: _Decompressor = getattr(importlib.import_module(module), name)()
    except ImportError as error:
        raise ArchiveError("no-decoder", kind) from error
    return made


def read_archive(data: bytes, limits: Limits | None = None) -> tuple[LayerEntry, ...]:
    """The entries of a tar, in its order, paths made absolute and clean; `/` itself is left out.

    Args:
        data: Of the file, compressed or not.
        limits: How much may come out.

    Raises:
        ArchiveError: See its codes. Names that climb out with `..` stay below the root, as in Docker's chroot.
    """
    limits = limits or Limits()
    whole = unpacked(data, limit=limits.size)
    entries: list[LayerEntry] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(whole), mode="r:", errors="surrogateescape") as archive:
            for entry in _entries(archive):
                if len(entries) >= limits.entries:
                    raise ArchiveError("too-many", entry.path)
                entries.append(entry)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise ArchiveError("damaged", "tar") from error
    return tuple(entries)


def _entries(archive: tarfile.TarFile) -> Iterator[LayerEntry]:
    for member in archive:
        kind = KINDS.get(member.type)
        path = clean(member.name)
        if kind is None or path == "/":
            continue
        mode = 0o777 if kind == "symlink" else member.mode & 0o7777  # no file system keeps a mode for a link
        meta = Meta(mode, member.uid, member.gid, int(member.mtime * NANOS), _xattrs(member))
        link = clean(member.linkname) if kind == "hardlink" else member.linkname
        content = None
        if kind == "file":
            stream = archive.extractfile(member)
            content = Bytes(stream.read() if stream is not None else b"")
        device = (member.devmajor, member.devminor) if kind in {"char", "block"} else (0, 0)
        yield LayerEntry(path, kind, meta, content, link if kind in {"hardlink", "symlink"} else "", device)


def _xattrs(member: tarfile.TarInfo) -> tuple[tuple[str, bytes], ...]:
    prefix = "SCHILY.xattr."
    found = [
        (key.removeprefix(prefix), value.encode("utf-8", "surrogateescape"))
        for key, value in member.pax_headers.items()
        if key.startswith(prefix)
    ]
    return tuple(sorted(found))
