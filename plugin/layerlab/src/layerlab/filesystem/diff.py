"""From a change to a layer, as the two stores do it.

The classic store (overlay2) archives overlayfs' upper directory: whatever was written, even if nothing ended up
different. The containerd store (overlayfs snapshotter, BuildKit v0.32) compares with the parent.
"""

from __future__ import annotations

from collections.abc import Iterator

from layerlab.filesystem.content import same_content, size_of
from layerlab.filesystem.editor import Change
from layerlab.filesystem.layer import Layer, LayerEntry, entry_of
from layerlab.filesystem.node import Directory, File, Meta, Node, Special, Symlink
from layerlab.filesystem.paths import ancestors, child
from layerlab.filesystem.tree import Tree, find
from layerlab.filesystem.upper import UpperEntry

CAPABILITY = "security.capability"
NANOS = 1_000_000_000


def written_layer(change: Change) -> Layer:
    """The layer of the classic store: what was written, whiteouts, opaque markers.

    Args:
        change: A finished session, whose `upper` counts.
    """
    seen: dict[int, str] = {}
    entries: list[LayerEntry] = []
    for upper in change.upper:
        entries.extend(_written(upper, change.after, seen))
    return Layer(tuple(entries))


def _written(upper: UpperEntry, after: Tree, seen: dict[int, str]) -> Iterator[LayerEntry]:
    if upper.kind != "present":
        yield LayerEntry(upper.path, upper.kind)
        return
    node = find(after.root, upper.path)
    if node is not None:
        yield entry_of(upper.path, node, seen)


def compared_layer(before: Tree, after: Tree) -> Layer:
    """The layer of the containerd store: what differs, and the directories above it.

    Files differ in mode, owner, size, capabilities or mtime; where neither mtime has a fraction of a second their
    content is compared. Of directories only mode, owner and capabilities count. What replaces an entry of another
    type hides it without a whiteout.
    """
    seen: dict[int, str] = {}
    entries: dict[str, LayerEntry] = {}
    for path, node in _changes("/", before.root, after.root):
        for directory in ancestors(path):
            if directory not in entries:
                above = find(after.root, directory)
                if above is not None:
                    entries[directory] = entry_of(directory, above, seen)
        entries[path] = LayerEntry(path, "whiteout") if node is None else entry_of(path, node, seen)
    return Layer(tuple(entries.values()))


def _changes(path: str, before: Directory | None, after: Directory) -> Iterator[tuple[str, Node | None]]:
    """New and changed nodes, and None for removed ones, in walking order."""
    if before is after:
        return
    old_entries = before.entries if before is not None else {}
    if before is not None and old_entries is after.entries:
        return
    names = after.entries.keys() | old_entries.keys()
    for name in sorted(names, key=lambda text: text.encode("utf-8", "surrogateescape")):
        old, new = old_entries.get(name), after.entries.get(name)
        if old is new:
            continue
        at = child(path, name)
        if new is None:
            yield at, None
            continue
        if old is None or not same(old, new):
            yield at, new
        if isinstance(new, Directory):
            yield from _changes(at, old if isinstance(old, Directory) else None, new)


def same(old: Node, new: Node) -> bool:
    """Whether containerd's differ takes two entries to be the same (`sameDirent` of continuity)."""
    if old is new:
        return True
    if type(old) is not type(new) or not _same_meta(old.meta, new.meta):
        return False
    match old, new:
        case (Directory(), Directory()):
            return True
        case (File(content=one), File(content=other)):
            if size_of(one) != size_of(other) or old.meta.mtime != new.meta.mtime:
                return False
            return old.meta.mtime % NANOS != 0 or same_content(one, other)
        case (Symlink(target=one), Symlink(target=other)):
            return old.meta.mtime == new.meta.mtime and one == other
        case (Special(kind=one_kind, device=one_device), Special(kind=kind, device=device)):
            return old.meta.mtime == new.meta.mtime and (one_kind, one_device) == (kind, device)
        case _:
            return False


def _same_meta(one: Meta, other: Meta) -> bool:
    if (one.mode, one.uid, one.gid) != (other.mode, other.uid, other.gid):
        return False
    return dict(one.xattrs).get(CAPABILITY) == dict(other.xattrs).get(CAPABILITY)
