"""What a layer weighs: the three ways Docker counts it."""

from __future__ import annotations

from collections.abc import Iterable

from layerlab.filesystem.content import Bulk, Estimated, size_of
from layerlab.filesystem.layer import NO_SIZE, Layer, LayerEntry, Size, exactly
from layerlab.filesystem.paths import ancestors

BLOCK = 4096
INLINE_LINK = 60
"""A symlink's text shorter than this lies in the inode and takes no block (ext4)."""


def tar_size(layer: Layer) -> Size:
    """BuildKit with the classic store: the lengths of the files in the layer's tar; links count nothing."""
    return _sum(_length(entry) for entry in layer.entries if entry.kind == "file")


def walk_size(layer: Layer) -> Size:
    """Pull, load, commit and the legacy builder: files once each, and every symlink's text."""
    links = sum(_bytes(entry.link) for entry in layer.entries if entry.kind == "symlink")
    return tar_size(layer) + exactly(links)


def snapshot_size(layer: Layer) -> Size:
    """The containerd store: blocks of 4 KiB of the snapshot's directory, as ext4 uses them.

    The root and every directory that an entry lies in take one block each, whiteouts nothing. Directories of some
    hundred names take more on a real disk; that isn't counted.
    """
    directories = {entry.path for entry in layer.entries if entry.kind == "dir"}
    for entry in layer.entries:
        directories.update(ancestors(entry.path))
        if entry.kind == "opaque":
            directories.add(entry.path)
    links = sum(BLOCK for entry in layer.entries if entry.kind == "symlink" and _bytes(entry.link) >= INLINE_LINK)
    files = _sum(_blocks(_length(entry)) for entry in layer.entries if entry.kind == "file")
    return files + exactly(BLOCK * (1 + len(directories)) + links)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _length(entry: LayerEntry) -> Size:
    content = entry.content
    if content is None:
        return NO_SIZE
    size = size_of(content)
    return Size(size, size or 0, isinstance(content, Estimated | Bulk))


def _blocks(size: Size) -> Size:
    rounded = -(-size.at_least // BLOCK) * BLOCK
    return Size(None if size.bytes is None else rounded, rounded, size.estimated)


def _sum(sizes: Iterable[Size]) -> Size:
    total = NO_SIZE
    for size in sizes:
        total += size
    return total
