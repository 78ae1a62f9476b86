"""The writable layer over several sessions of writes, as overlayfs keeps it in one upper directory."""

from __future__ import annotations

from collections.abc import Sequence

from layerlab.filesystem import Change, Directory, Tree, UpperEntry
from layerlab.filesystem.diff import compared_layer, written_layer
from layerlab.filesystem.layer import Layer, Size
from layerlab.filesystem.sizes import snapshot_size, walk_size
from layerlab.filesystem.upper import UpperKind
from layerlab.personality import Store


def merge(base: Tree, old: Sequence[UpperEntry], new: Sequence[UpperEntry], after: Tree) -> tuple[UpperEntry, ...]:
    """What the upper directory holds after a further session.

    Args:
        base: The image's tree, below the writable layer.
        old: What it held before the session.
        new: What the session did to the container's merged tree.
        after: The merged tree now.
    """
    kinds: dict[str, set[UpperKind]] = {}
    for entry in old:
        kinds.setdefault(entry.path, set()).add(entry.kind)
    for entry in new:
        here = kinds.setdefault(entry.path, set())
        in_image = base.lookup(entry.path, follow=False) is not None
        if entry.kind == "whiteout":
            _forget(kinds, entry.path)
            if in_image and not _hidden(kinds, entry.path):
                kinds[entry.path] = {"whiteout"}
        elif entry.kind == "opaque":
            _forget(kinds, entry.path)
            kinds[entry.path] = {"present", "opaque"} if in_image else {"present"}
        elif "whiteout" in here:
            node = after.lookup(entry.path, follow=False)
            kinds[entry.path] = {"present", "opaque"} if isinstance(node, Directory) else {"present"}
        else:
            here.add("present")
    return tuple(
        UpperEntry(path, kind)
        for path in sorted(kinds, key=_order)
        for kind in _KINDS
        if kind in kinds[path] and (kind == "whiteout" or after.lookup(path, follow=False) is not None)
    )


_KINDS: tuple[UpperKind, ...] = ("present", "opaque", "whiteout")


def _order(path: str) -> list[bytes]:
    return [part.encode("utf-8", "surrogateescape") for part in path.split("/")]


def _forget(kinds: dict[str, set[UpperKind]], path: str) -> None:
    for below in [name for name in kinds if name == path or name.startswith(path + "/")]:
        del kinds[below]


def _hidden(kinds: dict[str, set[UpperKind]], path: str) -> bool:
    above = path.rpartition("/")[0]
    while above:
        if "opaque" in kinds.get(above, ()):
            return True
        above = above.rpartition("/")[0]
    return False


def layer_of(base: Tree, tree: Tree, upper: tuple[UpperEntry, ...], store: Store) -> Layer:
    """The layer that `docker commit` makes: the upper directory (classic) or the difference (containerd)."""
    if store == "containerd":
        return compared_layer(base, tree)
    return written_layer(Change(base, tree, upper, {}))


def size_of_writable(base: Tree, tree: Tree, upper: tuple[UpperEntry, ...], store: Store) -> Size:
    """SIZE of `docker ps -s`: bytes of the files in the upper directory, or (containerd) its disk blocks.

    A fresh container has 0 bytes in the classic store and the 4 KiB of its root directory in the containerd store.
    """
    layer = written_layer(Change(base, tree, upper, {}))
    return snapshot_size(layer) if store == "containerd" else walk_size(layer)
