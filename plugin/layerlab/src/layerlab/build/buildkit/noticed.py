"""What BuildKit notices of a context that it received before: a directory it knows already keeps its first mode.

Measured with v0.32.2: the file sync hands a changed mode of a directory on to the files, but not to their checksums.
So `chmod` of a directory hits the cache; a step that runs for another reason copies the new mode all the same.
"""

from __future__ import annotations

from dataclasses import replace

from layerlab.filesystem import Directory, Node, Tree


def noticed(now: Tree, before: Tree | None) -> Tree:
    """The context as its checksums see it; the very same tree where that is no other.

    Args:
        now: As it is sent.
        before: As the checksums saw it in the build before, or None if nothing was sent yet.
    """
    if before is None:
        return now
    root = _directory(now.root, before.root)
    return now if root is now.root else Tree(root)


def _directory(now: Directory, before: Directory) -> Directory:
    if now is before:
        return now
    changed: dict[str, Node] = {}
    for name, node in now.entries.items():
        known = before.entries.get(name)
        if node is known or not isinstance(node, Directory) or not isinstance(known, Directory):
            continue
        seen = _directory(node, known)
        if seen.meta.mode != known.meta.mode:
            seen = replace(seen, meta=replace(seen.meta, mode=known.meta.mode))
        if seen is not node:
            changed[name] = seen
    return Directory(now.meta, {**now.entries, **changed}) if changed else now
