"""A tree in the making: a flat table of paths that becomes a `Tree` at the end, in one pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from layerlab.catalogue.facts import LayerEntry
from layerlab.filesystem import BULK_NAME, Bulk, Directory, File, Meta, Node, Symlink, Tree
from layerlab.filesystem.paths import ancestors, basename, child, clean, join, parent

MOST_LINKS = 8
"""How many links in a row are followed."""


class Draft:
    """Paths and nodes; directories in it have no entries of their own yet."""

    def __init__(self, mtime: int) -> None:
        self.mtime = mtime
        self.nodes: dict[str, Node] = {}
        self.changed: dict[str, LayerEntry] = {}

    def put(self, path: str, node: Node) -> None:
        """Place a node, making the directories above it; links among them are followed."""
        place = "/"
        for above in ancestors(path):
            place = self._followed(child(place, basename(above)))
            if not isinstance(self.nodes.get(place), Directory):
                self._set(place, Directory(Meta(0o755, mtime=self.mtime), {}))
        self._set(child(place, basename(path)), node)

    def bulk(self, directory: str, size: int, note: str, files: int = 0) -> None:
        """Book files that aren't known by name in a directory, beside what is booked there already.

        Args:
            directory: Where; made if it isn't there.
            size: Bytes.
            note: Key of the note that says where the sum comes from.
            files: How many; 0 if that isn't known.
        """
        path = child(directory, BULK_NAME)
        before = self.nodes.get(path)
        content = before.content if isinstance(before, File) else None
        had = content if isinstance(content, Bulk) else Bulk(0, 0, note)
        self.put(path, File(Meta(0o644, mtime=self.mtime), Bulk(had.files + files, had.size + size, note)))

    def booked_before(self, directory: str) -> bool:
        """Whether an earlier layer booked files in a directory."""
        path = child(directory, BULK_NAME)
        return path in self.nodes and path not in self.changed

    def remove(self, path: str) -> None:
        """Take away a path and what is below it; nothing is said of it in the layer."""
        there = self.nodes.get(path)
        if there is None:
            return
        below = isinstance(there, Directory)
        for known in [known for known in self.nodes if below and known.startswith(path + "/")] + [path]:
            del self.nodes[known]
            self.changed.pop(known, None)

    def whiteout(self, path: str) -> None:
        """Hide what earlier layers have at a path."""
        self.remove(path)
        self.changed[path] = LayerEntry(path, "whiteout")

    def opaque(self, path: str) -> None:
        """Hide all that earlier layers have below a directory."""
        for known in [known for known in self.nodes if known.startswith(path + "/") and known not in self.changed]:
            del self.nodes[known]
        self.changed[path + "/"] = LayerEntry(path, "opaque")

    def layer(self) -> tuple[LayerEntry, ...]:
        """The entries since the last call, in byte order of their paths."""
        entries = [self.changed[path] for path in sorted(self.changed, key=_byte_order)]
        self.changed.clear()
        return tuple(entries)

    def tree(self) -> Tree:
        """The whole as a tree."""
        return assemble(self.nodes.items(), self.mtime)

    def _followed(self, path: str) -> str:
        """The path a link in the last place leads to; at most a few steps, as distributions have them."""
        for _ in range(MOST_LINKS):
            node = self.nodes.get(path)
            if not isinstance(node, Symlink):
                break
            path = clean(join(parent(path), node.target))
        return path

    def _set(self, path: str, node: Node) -> None:
        self.nodes[path] = node
        self.changed[path] = LayerEntry(path, "node", node)


def assemble(nodes: Iterable[tuple[str, Node]], mtime: int) -> Tree:
    """A tree from flat nodes whose directories are all among them.

    Args:
        nodes: Clean absolute paths and nodes; the entries of directories are ignored.
        mtime: Of the root directory if it isn't among them.
    """
    below: dict[str, dict[str, Node]] = {"/": {}}
    root = Directory(Meta(0o755, mtime=mtime), below["/"])
    for path, node in sorted(nodes, key=_depth):
        placed = node
        if isinstance(node, Directory):
            below[path] = below["/"] if path == "/" else {}
            placed = replace(node, entries=below[path])
        if path == "/":
            if isinstance(placed, Directory):
                root = placed
            continue
        below[parent(path)][basename(path)] = placed
    return Tree(root)


def _depth(item: tuple[str, Node]) -> tuple[int, bytes]:
    return (0 if item[0] == "/" else item[0].count("/"), _byte_order(item[0]))


def _byte_order(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")
