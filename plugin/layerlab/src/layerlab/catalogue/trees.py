"""The model of a distribution's root file system: a recorded tree, adapted to a release as its recipe says."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from layerlab.catalogue.draft import Draft
from layerlab.filesystem import Bytes, Content, Directory, Estimated, File, Meta, Symlink, Unknown
from layerlab.filesystem.paths import clean, join, parent

RECORDED = "catalogue.tree.recorded"
SIBLING = "catalogue.tree.sibling"
NAMES_ONLY = "catalogue.tree.names_only"
OTHER_RELEASE = "catalogue.tree.other_release"
REST = "catalogue.tree.rest"

BY_ENGINE = ("/etc/hostname", "/etc/hosts", "/etc/resolv.conf")
"""Empty in an image: the engine mounts its own over them."""


def add_system(draft: Draft, system: Mapping[str, Any], record: Mapping[str, Any], release: str | None) -> None:
    """Put a distribution's files into a draft.

    Args:
        draft: Usually empty.
        system: The recipe: `texts`, `replace`, `release_files`, `emptied`, `without`, `unknown`, `commands`, `files`.
        record: The recorded tree.
        release: The image's release, such as `3.24.2`, put where the recorded tree's own stands; None keeps it.
    """
    contents = _contents(system, record, release)
    names_only = record["file_bytes"] is None
    other = bool(system.get("sibling")) or (release is not None and release != system.get("release"))
    note = OTHER_RELEASE if other else NAMES_ONLY if names_only else RECORDED
    inodes: dict[str, int] = {}
    for path, kind, mode, uid, gid, size, *extra in record["entries"]:
        meta = Meta(int(mode, 8), uid, gid, draft.mtime)
        match kind:
            case "d":
                draft.put(path, Directory(meta, {}))
            case "a":
                draft.put(path, Directory(meta, {}))
                if path not in system.get("emptied", ()):
                    _aggregate(draft, path, size, extra, note)
            case "l":
                draft.put(path, Symlink(meta, extra[0]))
            case "h":
                _link(draft, path, extra[0], inodes)
            case _:
                draft.put(path, File(meta, _content(path, size, contents, note, names_only=names_only)))
    for folder, names in record["commands"].items():
        for name in names:
            add_command(draft, f"{folder}/{name}")
    for path in system.get("commands", ()):
        add_command(draft, path)
    for path in system.get("files", ()):
        draft.put(path, File(Meta(0o644, mtime=draft.mtime), Unknown(NAMES_ONLY)))
    _take_away(draft, system)


def add_command(draft: Draft, path: str, note: str = NAMES_ONLY) -> None:
    """An executable of which only the name is known."""
    draft.put(path, File(Meta(0o755, mtime=draft.mtime), Unknown(note)))


def known_bytes(draft: Draft) -> int:
    """Lengths of what the layer in the making holds, as far as they are known; a hard link counts once."""
    total = 0
    seen: set[int] = set()
    for entry in draft.changed.values():
        match entry.node:
            case File(content=content, inode=inode):
                if inode is None or inode not in seen:
                    total += _length(content)
                if inode is not None:
                    seen.add(inode)
            case Symlink(target=target):
                total += len(target)
            case _:
                pass
    return total


def _length(content: Content) -> int:
    match content:
        case Bytes(data):
            return len(data)
        case Unknown():
            return 0
        case _:
            return content.size


def _contents(system: Mapping[str, Any], record: Mapping[str, Any], release: str | None) -> dict[str, Content]:
    """What is known of files' text, links already followed; the recipe's own texts win."""
    links = {path: extra[0] for path, kind, _, _, _, _, *extra in record["entries"] if kind == "l"}
    known: dict[str, Content] = {}
    for path, text in record["contents"].items():
        own = text
        for old, new in system.get("replace", {}).get(path, ()):
            own = own.replace(old, new)
        if release is not None and path in system.get("release_files", ()):
            own = _with_release(own, system["release"], release)
        target = clean(join(parent(path), links[path])) if path in links else path
        known[target] = Bytes(own.encode())
    for path, text in system.get("texts", {}).items():
        known[path] = Bytes(text.encode())
    for path in system.get("unknown", ()):
        known[path] = Unknown(OTHER_RELEASE)
    return known


def _with_release(text: str, old: str, new: str) -> str:
    """`3.20.3` → `3.24.2` and `3.20` → `3.24`."""
    return text.replace(old, new).replace(old.rpartition(".")[0], new.rpartition(".")[0])


def _content(path: str, size: int, contents: Mapping[str, Content], note: str, *, names_only: bool) -> Content:
    if path in contents:
        return contents[path]
    if path in BY_ENGINE:
        return Bytes(b"")
    if size == 0:
        return Unknown(note) if names_only else Bytes(b"")
    return Estimated(size, note)


def _aggregate(draft: Draft, path: str, size: int, extra: list[Any], note: str) -> None:
    files = extra[0] if extra else 0
    if files:
        draft.bulk(path, size, note, files)


def _link(draft: Draft, path: str, target: str, inodes: dict[str, int]) -> None:
    first = draft.nodes[target]
    if isinstance(first, File):
        inode = first.inode or inodes.setdefault(target, len(inodes) + 1)
        linked = File(first.meta, first.content, inode)
        draft.put(target, linked)
        draft.put(path, linked)


def _take_away(draft: Draft, system: Mapping[str, Any]) -> None:
    for pattern in system.get("without", ()):
        for path in [path for path in draft.nodes if fnmatchcase(path, pattern)]:
            draft.remove(path)
