"""A layer: what one step added, changed and hid, as a sorted list of entries; and the tree it makes of another.

How a layer is made of a change is decided in `diff`, how its bytes look in `tar`, what it weighs in `sizes`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from layerlab.filesystem.content import NO_BYTES, Content
from layerlab.filesystem.node import Directory, File, Meta, Node, Special, SpecialKind, Symlink
from layerlab.filesystem.paths import ancestors
from layerlab.filesystem.tree import Tree
from layerlab.filesystem.working import Working

EntryKind: TypeAlias = Literal[
    "file", "dir", "symlink", "hardlink", "whiteout", "opaque", "fifo", "char", "block", "socket"
]
NO_META = Meta(0)


@dataclass(frozen=True, slots=True)
class LayerEntry:
    """One entry of a layer.

    Attributes:
        path: Absolute. Of a whiteout the path it hides, of an opaque marker its directory.
        kind: What it is.
        meta: Mode, owner, time; zeros for whiteouts and markers.
        content: Of a file and of a hard link (whose bytes stand in the entry it links to), else None.
        link: A symlink's text, or the path a hard link leads to.
        device: Major and minor number of a device.
    """

    path: str
    kind: EntryKind
    meta: Meta = NO_META
    content: Content | None = None
    link: str = ""
    device: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Layer:
    """Entries, parents before children, names of one directory in byte order."""

    entries: tuple[LayerEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Size:
    """A number of bytes, and how sure it is.

    Attributes:
        bytes: None where a part of it isn't known.
        at_least: The sum of the known parts.
        estimated: Whether recorded facts other than the files themselves went into it.
    """

    bytes: int | None
    at_least: int
    estimated: bool = False

    def __add__(self, other: Size) -> Size:
        known = None if self.bytes is None or other.bytes is None else self.bytes + other.bytes
        return Size(known, self.at_least + other.at_least, self.estimated or other.estimated)


NO_SIZE = Size(0, 0)


def exactly(number: int) -> Size:
    """A size that is known."""
    return Size(number, number)


def entry_of(path: str, node: Node, seen: dict[int, str]) -> LayerEntry:
    """The entry of a node; a second name of a file that `seen` knows becomes a hard link.

    Args:
        path: Absolute.
        node: What is there.
        seen: First paths by inode in this layer; grows.
    """
    match node:
        case Directory(meta=meta):
            return LayerEntry(path, "dir", meta)
        case Symlink(meta, target):
            return LayerEntry(path, "symlink", meta, link=target)
        case Special(meta, kind, device):
            return LayerEntry(path, kind, meta, device=device)
        case File(meta, content, inode):
            if inode is None:
                return LayerEntry(path, "file", meta, content)
            first = seen.setdefault(inode, path)
            if first == path:
                return LayerEntry(path, "file", meta, content)
            return LayerEntry(path, "hardlink", meta, content, link=first)


def entry_node(entry: LayerEntry) -> Node | None:
    """The node an entry makes by itself; None for whiteouts, markers and hard links."""
    match entry.kind:
        case "dir":
            return Directory(entry.meta, {})
        case "symlink":
            return Symlink(entry.meta, entry.link)
        case "file":
            return File(entry.meta, entry.content or NO_BYTES)
        case "fifo" | "char" | "block" | "socket" as kind:
            special: SpecialKind = kind
            return Special(entry.meta, special, entry.device)
        case _:
            return None


def apply(tree: Tree, layer: Layer) -> Tree:
    """The tree with a layer on top of it.

    Whiteouts and opaque markers hide what lies below the layer, never the layer's own entries. Directories the layer
    doesn't list are made with mode 0755. Names of one file stay one file.
    """
    working = Working(tree)
    for entry in layer.entries:
        if entry.kind == "whiteout":
            if working.find(entry.path) is not None:
                working.place(entry.path, None)
        elif entry.kind == "opaque":
            _empty(working, entry.path)
    inodes = _inodes(layer.entries)
    for entry in layer.entries:
        if entry.kind not in {"whiteout", "opaque"} and entry.path != "/":
            _put(working, entry, inodes)
    return working.freeze()


def _inodes(entries: Iterable[LayerEntry]) -> dict[str, int]:
    """A number for every path that hard links lead to; numbers grow from that of the path's text, so they repeat."""
    numbers: dict[str, int] = {}
    for entry in entries:
        if entry.kind == "hardlink":
            numbers.setdefault(entry.link, (entry.meta.mtime << 20) + len(numbers) + 1)
    return numbers


def _empty(working: Working, path: str) -> None:
    node = working.find(path)
    if isinstance(node, Directory) and path != "/":
        working.place(path, Directory(node.meta, {}))


def _put(working: Working, entry: LayerEntry, inodes: dict[str, int]) -> None:
    for directory in ancestors(entry.path):
        if not isinstance(working.find(directory), Directory):
            working.place(directory, Directory(Meta(0o755), {}))
    old = working.find(entry.path)
    if entry.kind == "dir" and isinstance(old, Directory):
        working.set_meta(entry.path, entry.meta)
        return
    if entry.kind == "hardlink":
        first = working.find(entry.link)
        working.place(entry.path, first if isinstance(first, File) else _copy(entry, inodes))
        return
    node = entry_node(entry)
    if isinstance(node, File):
        node = File(node.meta, node.content, inodes.get(entry.path))
    working.place(entry.path, node)


def _copy(entry: LayerEntry, inodes: dict[str, int]) -> File:
    return File(entry.meta, entry.content or NO_BYTES, inodes[entry.link])
