"""How many bytes `transferring …` counts: the messages of BuildKit's file sync (fsutil), not the files' sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from layerlab.filesystem import Directory, File, Node, Special, Symlink, Tree
from layerlab.filesystem.content import size_of
from layerlab.filesystem.paths import child

CHUNK = 32 << 10
END = 2
"""Bytes of the message that ends a transfer; all there is where nothing is sent."""


def varint(number: int) -> int:
    """Bytes that a protobuf varint takes."""
    return max(1, -(-number.bit_length() // 7))


def stat_bytes(path: str, node: Node, announced: int | None = None) -> int:
    """Bytes of the message that announces an entry.

    Args:
        path: Relative to the root of what is sent.
        node: The entry.
        announced: Length that is announced, where it isn't the file's own.
    """
    size, link = 0, 0
    match node:
        case Symlink(target=target):
            size = len(target.encode("utf-8", "surrogateescape"))
            link = 1 + varint(size) + size
        case File(content=content):
            size = size_of(content) or 0
        case _:
            pass
    size = size if announced is None else announced
    name = len(path.encode("utf-8", "surrogateescape"))
    body = 1 + varint(name) + name + 1 + varint(_go_mode(node)) + (1 + varint(size) if size else 0) + 10 + link
    return body + 1 + varint(body)


def _go_mode(node: Node) -> int:
    """Go's `os.FileMode`: the type and the special bits lie far above the permissions."""
    mode = node.meta.mode & 0o777
    for bit, go_bit in ((0o4000, 23), (0o2000, 22), (0o1000, 20)):
        mode |= 1 << go_bit if node.meta.mode & bit else 0
    match node:
        case Directory():
            return mode | 1 << 31
        case Symlink():
            return mode | 1 << 27
        case File():
            return mode
        case Special(kind="fifo"):
            return mode | 1 << 25
        case Special(kind="socket"):
            return mode | 1 << 24
        case Special():
            return mode | 1 << 26


def data_bytes(index: int, size: int) -> int:
    """Bytes of the messages that carry a file.

    Args:
        index: Position of the file among all entries announced.
        size: Its length.
    """
    identifier = 0 if index == 0 else 1 + varint(index)
    total = 2 + identifier
    while size > 0:
        part = min(size, CHUNK)
        total += 2 + identifier + 1 + varint(part) + part
        size -= part
    return total


def file_transfer(name: str, node: Node | None) -> int:
    """Bytes of sending one file, such as the Dockerfile; 2 where there is none."""
    if not isinstance(node, File):
        return END
    return END + stat_bytes(name, node) + data_bytes(0, size_of(node.content) or 0)


def context_transfer(
    tree: Tree, wanted: Callable[[str], bool], before: Tree | None, hollow: Mapping[str, int]
) -> tuple[int, int]:
    """Bytes of sending the context: of announcing its entries, and of the files' data; together all but the end.

    Args:
        tree: The context without what is ignored.
        wanted: Whether an entry (path with leading slash) is asked for.
        before: The context as the last build left it at the builder; unchanged files aren't sent again.
        hollow: Announced length of files that arrive empty all the same, by absolute path.
    """
    announced = sent = 0
    old = before.root if before is not None else None
    for index, (path, node, known) in enumerate(_entries("/", tree.root, old, wanted)):
        announced += stat_bytes(path.lstrip("/"), node, hollow.get(path))
        if isinstance(node, File) and not _unchanged(node, known):
            sent += data_bytes(index, size_of(node.content) or 0)
    return announced, sent


def _unchanged(node: File, known: Node | None) -> bool:
    if known is node:
        return True
    return isinstance(known, File) and known.meta == node.meta and size_of(known.content) == size_of(node.content)


def _entries(
    at: str, directory: Directory, before: Node | None, wanted: Callable[[str], bool]
) -> Iterator[tuple[str, Node, Node | None]]:
    """Entries that are asked for, each with what was at its path before."""
    old = before.entries if isinstance(before, Directory) else {}
    for name in sorted(directory.entries, key=lambda text: text.encode("utf-8", "surrogateescape")):
        path, node, known = child(at, name), directory.entries[name], old.get(name)
        if wanted(path):
            yield path, node, known
        if isinstance(node, Directory):
            yield from _entries(path, node, known, wanted)


def tar_transfer(tree: Tree) -> int:
    """Legacy: bytes of the tar sent to the daemon: 512 an entry, contents rounded up to 512, 1024 at the end."""
    return 1024 + sum(tar_entry(node) for _, node in tree.walk())


def tar_entry(node: Node) -> int:
    """Bytes of one entry of that tar."""
    return 512 + (-(-(size_of(node.content) or 0) // 512) * 512 if isinstance(node, File) else 0)
