"""The tree an `Editor` is working on: copies a directory once, when it is first written to.

Mounts are nodes put over others for the length of a session; `release` takes them off again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from layerlab.filesystem.errors import FileSystemError
from layerlab.filesystem.node import Directory, Meta, Node
from layerlab.filesystem.paths import ancestors, basename, child, names_of, parent
from layerlab.filesystem.tree import Tree, find, locate
from layerlab.values import changed


@dataclass(frozen=True, slots=True)
class Mount:
    """A node over another.

    Attributes:
        path: Canonical path of the mount point.
        hidden: What lay there before; None if the mount point was made for the mount.
        read_only: Whether writes below it fail with `EROFS`.
        stubs: Directories and the mount point that were made for it, outermost first.
    """

    path: str
    hidden: Node | None
    read_only: bool
    stubs: tuple[str, ...]


class Working:
    """A root under change. Paths given to it are canonical."""

    def __init__(self, tree: Tree) -> None:
        self.root = tree.root
        self._owned: dict[int, Directory] = {}
        self.mounts: dict[str, Mount] = {}

    def locate(self, path: str, *, follow_last: bool) -> tuple[str, Node | None]:
        """As `Tree.resolve`, on the present state, and the node there."""
        return locate(self.root, path, follow_last=follow_last)

    def find(self, canonical: str) -> Node | None:
        """The node at a canonical path."""
        return find(self.root, canonical)

    def place(self, canonical: str, node: Node | None) -> None:
        """Put a node at a path whose directory exists, or take it away with None."""
        if canonical == "/":
            if not isinstance(node, Directory):
                raise FileSystemError("EBUSY", canonical)
            self.root = node
            return
        entries = self._entries(parent(canonical))
        if node is None:
            entries.pop(basename(canonical), None)
        else:
            entries[basename(canonical)] = node

    def stamp(self, directory: str, now: int) -> None:
        """Give a directory a new mtime, as creating or removing an entry does."""
        node = self.find(directory)
        if isinstance(node, Directory) and node.meta.mtime != now:
            self._replace(directory, changed(node.meta, mtime=now))

    def set_meta(self, canonical: str, meta: Meta) -> None:
        """Change the metadata of a node, whatever it is."""
        node = self.find(canonical)
        if isinstance(node, Directory):
            self._replace(canonical, meta)
        elif node is not None:
            self.place(canonical, replace(node, meta=meta))

    def mount(self, canonical: str, node: Node, *, read_only: bool) -> None:
        """Put a node over a path, making the path if it isn't there."""
        stubs: list[str] = []
        if self.find(parent(canonical)) is None:
            for directory in ancestors(canonical):
                if self.find(directory) is None:
                    self.place(directory, Directory(Meta(0o755), {}))
                    stubs.append(directory)
        hidden = self.find(canonical)
        if hidden is None:
            stubs.append(canonical)
        self.place(canonical, node)
        self.mounts[canonical] = Mount(canonical, hidden, read_only, tuple(stubs))

    def mount_at(self, canonical: str) -> Mount | None:
        """The innermost mount a path lies in, the mount point included."""
        found = [mount for path, mount in self.mounts.items() if canonical == path or canonical.startswith(path + "/")]
        return max(found, key=lambda mount: len(mount.path), default=None)

    def release(self) -> dict[str, Node]:
        """Take all mounts off, innermost first; answers what they hold now, by path."""
        held: dict[str, Node] = {}
        stubs: set[str] = set()
        for path in sorted(self.mounts, key=len, reverse=True):
            mount = self.mounts.pop(path)
            now = self.find(path)
            if now is not None:
                held[path] = now
            if self.find(parent(path)) is not None:
                self.place(path, mount.hidden)
            stubs.update(mount.stubs)
        for stub in sorted(stubs, key=len, reverse=True):
            node = self.find(stub)
            if isinstance(node, Directory) and not node.entries:
                self.place(stub, None)
        return held

    def freeze(self) -> Tree:
        """The present state as a tree; directories are copied again when written to after this."""
        self._owned.clear()
        return Tree(self.root)

    def _replace(self, canonical: str, meta: Meta) -> None:
        node = self.find(canonical)
        if not isinstance(node, Directory):
            raise FileSystemError("ENOTDIR", canonical)
        copy = Directory(meta, dict(node.entries) if id(node) not in self._owned else node.entries)
        self._owned[id(copy)] = copy
        self.place(canonical, copy)

    def _entries(self, canonical: str) -> dict[str, Node]:
        """The entries of a directory, ready to be written: every directory down to it is owned."""
        self.root = self._own(self.root)
        here = self.root
        path = "/"
        for name in names_of(canonical):
            path = child(path, name)
            node = here.entries.get(name)
            if not isinstance(node, Directory):
                raise FileSystemError("ENOENT" if node is None else "ENOTDIR", path)
            owned = self._own(node)
            if owned is not node:
                entries = here.entries
                assert isinstance(entries, dict)
                entries[name] = owned
            here = owned
        entries = here.entries
        assert isinstance(entries, dict)
        return entries

    def _own(self, node: Directory) -> Directory:
        if id(node) in self._owned:
            return node
        copy = Directory(node.meta, dict(node.entries))
        self._owned[id(copy)] = copy
        return copy
