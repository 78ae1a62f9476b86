"""Volumes of a host: which are used, what they hold."""

from __future__ import annotations

import re

from layerlab.filesystem import BULK_NAME, Bulk, Estimated, File, Tree, size_of
from layerlab.filesystem.layer import NO_SIZE, Size
from layerlab.host import Host

ANONYMOUS = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")


def anonymous(name: str) -> bool:
    """Whether a volume was made without a name."""
    return ANONYMOUS.fullmatch(name) is not None


def used_volumes(host: Host) -> dict[str, int]:
    """How many containers have each volume."""
    links: dict[str, int] = {}
    for container in host.containers:
        for mount in container.mounts:
            if mount.kind == "volume":
                links[mount.source] = links.get(mount.source, 0) + 1
    return links


def tree_size(tree: Tree) -> Size:
    """The sum of a tree's files, names of one file once."""
    total, seen = NO_SIZE, set()
    for path, node in tree.walk():
        if not isinstance(node, File) or (node.inode is not None and node.inode in seen):
            continue
        seen.add(node.inode)
        size = size_of(node.content)
        rough = isinstance(node.content, Estimated | Bulk) or path.endswith(BULK_NAME)
        total += Size(size, size or 0, rough)
    return total
