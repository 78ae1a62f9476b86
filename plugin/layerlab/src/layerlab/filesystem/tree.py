"""An immutable file tree that shares all it can with the trees it was made from.

Reading happens here; `Editor` makes a new tree from an old one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from layerlab.filesystem.errors import FileSystemError
from layerlab.filesystem.node import Directory, Meta, Node, Symlink
from layerlab.filesystem.paths import child, names_of, parts

MAX_LINKS = 40
"""How many symbolic links Linux follows in one look-up before it says ELOOP."""


@dataclass(frozen=True, slots=True)
class Tree:
    """One state of a file system."""

    root: Directory

    def lookup(self, path: str, *, follow: bool = True) -> Node | None:
        """The node at an absolute path, or None where there is none.

        Args:
            path: Absolute; `.` and `..` and symbolic links are followed inside the root.
            follow: Whether a symbolic link in the last place is followed too.

        Raises:
            FileSystemError: `ELOOP` after 40 links.
        """
        try:
            return locate(self.root, path, follow_last=follow)[1]
        except FileSystemError as error:
            if error.code == "ENOTDIR":
                return None
            raise

    def resolve(self, path: str, *, follow_last: bool = True) -> str:
        """The path without `.`, `..` and links. Where names are missing, the rest is kept as written.

        Raises:
            FileSystemError: `ELOOP`, or `ENOTDIR` for a path that goes through a file.
        """
        return locate(self.root, path, follow_last=follow_last)[0]

    def walk(self, path: str = "/") -> Iterator[tuple[str, Node]]:
        """Every entry below a directory, parents first, names in byte order, links not followed.

        The directory itself comes first, but for `/`. A path that isn't there yields nothing.
        """
        node = self.lookup(path, follow=False)
        if node is None:
            return
        top = self.resolve(path, follow_last=False)
        if top != "/":
            yield top, node
        if isinstance(node, Directory):
            yield from _walk(top, node)


EMPTY = Tree(Directory(Meta(0o755), {}))
"""The tree of `FROM scratch`: a root and nothing in it."""


def find(root: Directory, canonical: str) -> Node | None:
    """The node at a path that has no links in it, or None."""
    node: Node | None = root
    for name in names_of(canonical):
        if not isinstance(node, Directory):
            return None
        node = node.entries.get(name)
    return node


def locate(root: Directory, path: str, *, follow_last: bool) -> tuple[str, Node | None]:
    """`Tree.resolve` on a bare root, and the node there; most paths have neither links nor `..` and need one look."""
    names = names_of(path)
    if path.endswith("/"):
        follow_last = True
    if ".." in names:
        return _followed(root, path, list(names[::-1]), follow_last=follow_last)
    left = len(names)
    node: Node | None = root
    for name in names:
        if node is not None and not isinstance(node, Directory):
            raise FileSystemError("ENOTDIR", path)
        left -= 1
        node = node.entries.get(name) if node is not None else None
        if isinstance(node, Symlink) and (left or follow_last):
            return _followed(root, path, list(names[::-1]), follow_last=follow_last)
    return "/" + "/".join(names), node


def _followed(root: Directory, path: str, pending: list[str], *, follow_last: bool) -> tuple[str, Node | None]:
    stack: list[tuple[str, Node | None]] = []
    links = 0
    while pending:
        name = pending.pop()
        if name == "..":
            if stack:
                stack.pop()
            continue
        here = stack[-1][1] if stack else root
        if here is not None and not isinstance(here, Directory):
            raise FileSystemError("ENOTDIR", path)
        node = here.entries.get(name) if here is not None else None
        if isinstance(node, Symlink) and (pending or follow_last):
            links += 1
            if links > MAX_LINKS:
                raise FileSystemError("ELOOP", path)
            if node.target.startswith("/"):
                stack.clear()
            pending.extend(parts(node.target)[::-1])
            continue
        stack.append((name, node))
    return "/" + "/".join(name for name, _ in stack), stack[-1][1] if stack else root


def _walk(path: str, directory: Directory) -> Iterator[tuple[str, Node]]:
    for name in sorted(directory.entries, key=_byte_order):
        node = directory.entries[name]
        here = child(path, name)
        yield here, node
        if isinstance(node, Directory):
            yield from _walk(here, node)


def _byte_order(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
