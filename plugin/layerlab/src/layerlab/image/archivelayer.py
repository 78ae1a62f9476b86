"""A layer's tar as its entries: whiteouts read as such, hostile names refused."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Mapping

from layerlab.filesystem.content import Bytes
from layerlab.filesystem.layer import EntryKind, Layer, LayerEntry
from layerlab.filesystem.node import File, Meta
from layerlab.filesystem.paths import ancestors, basename, parent, parts
from layerlab.filesystem.tar import OPAQUE, WHITEOUT
from layerlab.filesystem.tree import Tree
from layerlab.image.archive import Budget, ImageArchiveError, inside, members, printable

NANOS = 1_000_000_000
AUFS = ".wh..wh."
"""Begins names that only aufs knows; they are skipped, as Docker skips them."""

XATTR = "SCHILY.xattr."
TIME = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]*))?")
KINDS: Mapping[bytes, EntryKind] = {
    tarfile.LNKTYPE: "hardlink",
    tarfile.SYMTYPE: "symlink",
    tarfile.CHRTYPE: "char",
    tarfile.BLKTYPE: "block",
    tarfile.DIRTYPE: "dir",
    tarfile.FIFOTYPE: "fifo",
}


def read_layer(tar: bytes, name: str, below: Tree, budget: Budget) -> Layer:
    """The entries of a layer, sorted as a walk would meet them.

    Args:
        tar: Uncompressed.
        name: How errors call the layer.
        below: The files under it, which hard links may lead to.
        budget: What may be used.

    Raises:
        ImageArchiveError: `escapes`, `duplicate`, `below`, `missing`, `special`, or what `members` raises.
    """
    entries: dict[tuple[str, bool], LayerEntry] = {}
    for info, content in members(tar, name, budget):
        entry = _entry(info, content)
        if entry is None:
            continue
        key = (entry.path, entry.kind == "opaque")
        old = entries.get(key)
        if old is not None and not (old.kind == entry.kind == "dir"):
            raise ImageArchiveError("duplicate", info.name)
        if entry.kind == "hardlink":
            entry = _linked(entry, entries.get((entry.link, False)), below)
        entries[key] = entry
    _check_parents(entries)
    return Layer(tuple(sorted(entries.values(), key=_walk_order)))


def _walk_order(entry: LayerEntry) -> tuple[list[bytes], bool]:
    return [part.encode("utf-8", "surrogateescape") for part in parts(entry.path)], entry.kind == "opaque"


def _entry(info: tarfile.TarInfo, content: bytes) -> LayerEntry | None:
    path = "/" + inside(info.name)
    if path == "/":
        return None
    name = basename(path)
    if name == OPAQUE:
        return LayerEntry(parent(path), "opaque")
    if name.startswith(AUFS):
        return None
    if name.startswith(WHITEOUT):
        hidden = name.removeprefix(WHITEOUT)
        if hidden in {"", ".", ".."}:
            raise ImageArchiveError("escapes", info.name)
        return LayerEntry(f"{parent(path).rstrip('/')}/{hidden}", "whiteout")
    kind: EntryKind | None = "file" if info.isreg() else KINDS.get(info.type)
    if kind is None:
        raise ImageArchiveError("special", info.name)
    link = info.linkname if kind == "symlink" else ""
    if kind == "hardlink":
        link = "/" + inside(info.linkname, info.name)
    device = (info.devmajor, info.devminor) if kind in {"char", "block"} else (0, 0)
    return LayerEntry(path, kind, _meta(info), Bytes(content) if kind == "file" else None, link, device)


def _meta(info: tarfile.TarInfo) -> Meta:
    xattrs = sorted(
        (key.removeprefix(XATTR), value.encode("utf-8", "surrogateescape"))
        for key, value in info.pax_headers.items()
        if key.startswith(XATTR)
    )
    return Meta(info.mode & 0o7777, info.uid, info.gid, _time(info), tuple(xattrs))


def _time(info: tarfile.TarInfo) -> int:
    """Nanoseconds since the epoch, exact where a PAX record has a fraction; 0 for what is no time."""
    text = info.pax_headers.get("mtime")
    if text is None:
        return int(info.mtime) * NANOS
    found = TIME.fullmatch(text)
    if found is None:
        return 0
    sign, seconds, fraction = found.groups()
    value = int(seconds) * NANOS + int((fraction or "")[:9].ljust(9, "0"))
    return -value if sign else value


def _linked(entry: LayerEntry, first: LayerEntry | None, below: Tree) -> LayerEntry:
    """A hard link with the bytes it leads to."""
    if first is not None and first.kind in {"file", "hardlink"}:
        content = first.content
    else:
        node = below.lookup(entry.link, follow=False) if first is None else None
        if not isinstance(node, File):
            raise ImageArchiveError("missing", entry.link.lstrip("/"), by=printable(entry.path.lstrip("/")))
        content = node.content
    return LayerEntry(entry.path, "hardlink", entry.meta, content, entry.link)


def _check_parents(entries: Mapping[tuple[str, bool], LayerEntry]) -> None:
    """Nothing may lie below what the same layer makes a link or a file: that is how archives reach outside."""
    for path, _ in entries:
        for above in ancestors(path):
            entry = entries.get((above, False))
            if entry is not None and entry.kind not in {"dir", "whiteout"}:
                raise ImageArchiveError("below", path.lstrip("/"), above=printable(above.lstrip("/")))
