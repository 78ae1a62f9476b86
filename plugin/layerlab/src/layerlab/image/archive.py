"""The outside of an image archive: a tar, compressed or not, read whole within a limit that was said beforehand.

Whatever is wrong is an `ImageArchiveError` that names the entry; nothing of a refused archive is used.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from layerlab.filesystem.archive import ArchiveError, compression, unpacked
from layerlab.filesystem.paths import parts

BLOCK = 512
MAX_LINKS = 8
"""Symbolic links inside an archive that are followed one after the other."""

WHOLE = "archive"
"""Stands for the archive itself where an error names an entry."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What reading an archive may take.

    Attributes:
        size: Bytes held at once, besides the archive as given: what is unpacked and the files' contents.
        entries: Entries of the archive and of all layers.
        document: Bytes of one JSON document in it.
    """

    size: int = 512 << 20
    entries: int = 200_000
    document: int = 4 << 20


class ImageArchiveError(Exception):
    """An archive that is refused.

    Attributes:
        code: `not-tar`, `not-image`, `too-old`, `truncated`, `damaged`, `escapes`, `special`, `duplicate`, `below`,
            `missing`, `digest`, `size`, `json`, `config`, `layers`, `media-type`, `zstd`, `no-decoder`, `too-large`,
            `too-many` or `name`. The sentence is that of the key `archive.CODE`.
        entry: The entry it is about.
        values: For the sentence: `entry`, and what else it says.
    """

    def __init__(self, code: str, entry: str, **values: object) -> None:
        super().__init__(f"{code}: {entry}")
        self.code = code
        self.entry = entry
        self.values: Mapping[str, object] = {"entry": printable(entry), **values}

    @property
    def key(self) -> str:
        """Key of its sentence."""
        return "archive." + self.code.replace("-", "_")


def printable(text: str) -> str:
    """A name of somebody else's archive as it may be shown: no control characters, not too long."""
    shown = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
    return shown if len(shown) <= 200 else shown[:199] + "…"


class Budget:
    """Counts down what an archive may still take."""

    def __init__(self, limits: ArchiveLimits) -> None:
        self.limits = limits
        self.left = limits.size
        self._entries = limits.entries

    def spend(self, size: int, entry: str) -> None:
        """Book bytes before they are made.

        Raises:
            ImageArchiveError: `too-large`.
        """
        if size > self.left:
            raise ImageArchiveError("too-large", entry, limit=f"{self.limits.size:,}")
        self.left -= size

    def count(self, entry: str) -> None:
        """Book an entry.

        Raises:
            ImageArchiveError: `too-many`.
        """
        if self._entries <= 0:
            raise ImageArchiveError("too-many", entry, limit=f"{self.limits.entries:,}")
        self._entries -= 1


def plain_tar(data: bytes, name: str, budget: Budget) -> bytes:
    """The bytes with their compression taken off; what comes out is booked.

    Args:
        data: Of the archive or of a layer.
        name: How errors call it.
        budget: What is left.

    Raises:
        ImageArchiveError: `zstd`, `no-decoder`, `damaged`, `too-large`.
    """
    kind = compression(data)
    if kind is None:
        return data
    if kind == "zstd":
        raise ImageArchiveError("zstd", name)
    try:
        whole = unpacked(data, limit=budget.left)
    except ArchiveError as error:
        raise ImageArchiveError(error.code, name, limit=f"{budget.limits.size:,}", kind=kind, after=kind) from error
    budget.spend(len(whole), name)
    return whole


def members(data: bytes, name: str, budget: Budget) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Entries of a tar with their contents; unlike with `tarfile`, one that ends within an entry is refused.

    The last entry's padding and the end marker may be missing, as they are from tars that umoci 0.4 makes.

    Args:
        data: Uncompressed.
        name: How errors call the tar.
        budget: Every entry and every content is booked before it is read.

    Raises:
        ImageArchiveError: `not-tar`, `truncated`, `damaged`, `too-large`, `too-many`.
    """
    last = name
    padded = data + bytes(-len(data) % BLOCK)
    try:
        with tarfile.open(fileobj=io.BytesIO(padded), mode="r:", errors="surrogateescape") as archive:
            for info in archive:
                last = info.name
                budget.count(last)
                yield info, _content(archive, info, len(data), budget)
            end = archive.offset
    except (tarfile.TarError, ValueError, OverflowError, EOFError, IndexError) as error:
        if last == name:
            raise ImageArchiveError("not-tar", name) from error
        raise ImageArchiveError("truncated", last, archive=printable(name)) from error
    if end > len(padded):
        raise ImageArchiveError("truncated", last, archive=printable(name))
    if padded[end : end + BLOCK].strip(b"\0"):
        raise ImageArchiveError("damaged", name, after=printable(last))


def _content(archive: tarfile.TarFile, info: tarfile.TarInfo, end: int, budget: Budget) -> bytes:
    if not info.isreg():
        return b""
    budget.spend(info.size, info.name)
    if not info.issparse() and info.size > end - info.offset_data:
        raise ImageArchiveError("truncated", info.name, archive=WHOLE)
    stream = archive.extractfile(info)
    return stream.read() if stream is not None else b""


def inside(name: str, shown: str = "") -> str:
    """A name of an archive without a leading slash, `.` and empty parts; empty for the root.

    Raises:
        ImageArchiveError: `escapes` for one that climbs out of the archive.
    """
    kept: list[str] = []
    for part in parts(name):
        if part != "..":
            kept.append(part)
        elif kept:
            kept.pop()
        else:
            raise ImageArchiveError("escapes", shown or name)
    return "/".join(kept)


def read_files(data: bytes, budget: Budget) -> Mapping[str, bytes]:
    """The files of an image archive by name; links in it lead to the same bytes.

    Args:
        data: The archive, compressed or not.
        budget: What may be used.

    Raises:
        ImageArchiveError: For anything that isn't a whole archive of plain files.
    """
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    for info, content in members(plain_tar(data, WHOLE, budget), WHOLE, budget):
        name = inside(info.name)
        if info.isdir() or not name:
            continue
        if name in files or name in links:
            raise ImageArchiveError("duplicate", info.name)
        if info.isreg():
            files[name] = content
        elif info.issym():
            absolute = info.linkname.startswith("/")
            above = "" if absolute else name.rpartition("/")[0]
            links[name] = inside(f"{above}/{info.linkname}", info.name)
        elif info.islnk():
            links[name] = inside(info.linkname, info.name)
        else:
            raise ImageArchiveError("special", info.name)
    return {**files, **{name: files[target] for name, target in _followed(files, links).items()}}


def _followed(files: Mapping[str, bytes], links: Mapping[str, str]) -> Mapping[str, str]:
    """The file that each link leads to; links to nothing are left out, as whoever needs one says that it's missing."""
    ends: dict[str, str] = {}
    for name, first in links.items():
        target = first
        for _ in range(MAX_LINKS):
            if target not in links:
                break
            target = links[target]
        if target in files:
            ends[name] = target
    return ends
