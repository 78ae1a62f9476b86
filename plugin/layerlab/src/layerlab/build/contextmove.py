"""Another path or another mode for something in a build context whose content stays, whatever its content is."""

from __future__ import annotations

from dataclasses import replace

from layerlab.build.context import DEFAULT_MTIME, Context
from layerlab.filesystem import Editor, FileSystemError
from layerlab.filesystem.node import Symlink
from layerlab.filesystem.paths import parent


def moved(context: Context, source: str, path: str, mode: int | None = None) -> Context:
    """The context with an entry under another path, all below it with it.

    Args:
        context: Before.
        source: Where it is, relative to the root.
        path: Where it goes; what is there is replaced, directories above it are made.
        mode: Permission bits, or None to keep them; a symlink has none of its own.

    Raises:
        FileSystemError: Where there is nothing, or for a directory that would go into itself.
    """
    old, new = ("/" + name.strip("/") for name in (source, path))
    node = context.tree.lookup(old, follow=False)
    if node is None or "/" in (old, new):
        raise FileSystemError("ENOENT", old)
    if new.startswith(old + "/") or old.startswith(new + "/"):
        raise FileSystemError("EINVAL", new)
    view = Editor(context.tree, DEFAULT_MTIME)
    if mode is not None and not isinstance(node, Symlink):
        node = replace(node, meta=replace(node.meta, mode=mode))
    if new != old:
        view.rmtree(old)
        view.makedirs(parent(new), 0o777)
    view.put(new, node)
    return context.holding(view.finish().after)
