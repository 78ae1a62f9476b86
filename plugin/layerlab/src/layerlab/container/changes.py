"""`docker diff`: the container's merged tree compared with its image's (moby's archive.ChangesDirs rules)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from layerlab.filesystem import BULK_NAME, Directory, File, Node, Special, Symlink, Tree, size_of
from layerlab.filesystem.paths import child

Kind: TypeAlias = Literal["A", "C", "D"]
CAPABILITY = "security.capability"
NANOS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class FileChange:
    """One line of `docker diff`.

    Attributes:
        kind: Added, changed, deleted.
        path: Absolute.
    """

    kind: Kind
    path: str


def changes(before: Tree, after: Tree) -> tuple[FileChange, ...]:
    """What differs, parents before children, deletions after the others of a directory.

    A directory counts as changed by mode or owner only; it is also listed when something in it is different.

    Args:
        before: The image's tree.
        after: The container's.
    """
    return tuple(_within("/", before.root, after.root))


def _within(path: str, old: Directory | None, new: Directory) -> Iterator[FileChange]:
    if old is new:
        return
    before = old.entries if old is not None else {}
    for name in sorted(new.entries, key=_bytes):
        node, was = new.entries[name], before.get(name)
        if node is was or name == BULK_NAME:
            continue
        at = child(path, name)
        below = was if isinstance(was, Directory) else None
        inside = list(_within(at, below, node)) if isinstance(node, Directory) else []
        if was is None:
            yield FileChange("A", at)
        elif inside or not _same(was, node):
            yield FileChange("C", at)
        yield from inside
    for name in sorted(before.keys() - new.entries.keys() - {BULK_NAME}, key=_bytes):
        yield FileChange("D", child(path, name))


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _same(old: Node, new: Node) -> bool:
    if type(old) is not type(new):
        return False
    one, other = old.meta, new.meta
    if (one.mode, one.uid, one.gid) != (other.mode, other.uid, other.gid):
        return False
    if dict(one.xattrs).get(CAPABILITY) != dict(other.xattrs).get(CAPABILITY):
        return False
    if isinstance(new, Directory):
        return True
    return _same_time(one.mtime, other.mtime) and _measure(old) == _measure(new)


def _same_time(one: int, other: int) -> bool:
    if one % NANOS == 0 or other % NANOS == 0:
        return one // NANOS == other // NANOS
    return one == other


def _measure(node: Node) -> object:
    match node:
        case File(content=content):
            return size_of(content)
        case Symlink(target=target):
            return len(target.encode("utf-8", "surrogateescape"))
        case Special(kind=kind, device=device):
            return kind, device
        case _:
            return None
