"""The entries of a file system: files, directories, symbolic links and special files, as frozen values.

A `Directory`'s entries are a mapping that nobody writes to once the directory is part of a `Tree`;
only an `Editor` writes, and only to directories that it made itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from layerlab.filesystem.content import Content

BULK_NAME = "\0bulk"
"""Name of the pseudo file that stands for the files of a directory known only in sum. A real name has no NUL."""

SpecialKind: TypeAlias = Literal["fifo", "char", "block", "socket"]


@dataclass(frozen=True, slots=True)
class Meta:
    """What an inode says of itself.

    Attributes:
        mode: Permission bits, `0o7777` at most; the type is the node's class.
        uid: Owner.
        gid: Group.
        mtime: Last change of the content, nanoseconds since the epoch.
        xattrs: Extended attributes as (name, value), sorted by name.
    """

    mode: int
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    xattrs: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """A regular file.

    Attributes:
        meta: Mode, owner, time.
        content: What is known of its bytes.
        inode: Shared by all names of one file; None for a file with a single name.
    """

    meta: Meta
    content: Content
    inode: int | None = None


@dataclass(frozen=True, slots=True)
class Symlink:
    """A symbolic link; `target` is its text, unresolved."""

    meta: Meta
    target: str


@dataclass(frozen=True, slots=True)
class Special:
    """A fifo, a device or a socket.

    Attributes:
        meta: Mode, owner, time.
        kind: Which of them.
        device: Major and minor number of a device.
    """

    meta: Meta
    kind: SpecialKind
    device: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """A directory. Compared by identity: shared subtrees are equal without a walk."""

    meta: Meta
    entries: Mapping[str, Node]


Node: TypeAlias = File | Directory | Symlink | Special


def with_meta(node: Node, meta: Meta) -> Node:
    """The same node with other metadata."""
    return replace(node, meta=meta)
