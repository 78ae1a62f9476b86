"""What COPY, ADD and bind mounts take in, as facts that cache keys are made of: content, mode, owner; never mtimes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from layerlab.build.copying import CopyError, Match, matches, may_be_there
from layerlab.build.reasons import FileChange, FileChangeKind
from layerlab.dockerfile.ignorefile import Ignore
from layerlab.filesystem import Content, Directory, File, FileSystemError, Meta, Node, Special, Symlink, Tree, sha256_of
from layerlab.filesystem.paths import basename, child
from layerlab.memo import Memo


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One entry that is taken in.

    Attributes:
        path: Absolute path in the source, for people.
        name: Its name as the key has it; empty for a file named literally.
        kind: `file`, `dir`, `symlink`, …
        mode: Permission bits.
        owner: `uid:gid`.
        body: Digest of a file's content, a link's text, a device's numbers.
        xattrs: Attributes that count, as text.
    """

    path: str
    name: str
    kind: str
    mode: int
    owner: str
    body: str
    xattrs: str = ""


canonical = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode
"""Canonical text of plain data. Made once: keys are many, and `json.dumps` would make an encoder for each."""


def digest(value: object) -> str:
    """64 hex digits of plain data, by its canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


NOTHING = digest([])
"""The checksum of a step that takes nothing in."""


def content_id(content: Content) -> str:
    """The digest of the bytes, or for what isn't known by its bytes a text that is equal for equal knowledge."""
    return sha256_of(content) or repr(content)


def _counting(meta: Meta) -> str:
    kept = [
        (name, value.hex())
        for name, value in meta.xattrs
        if name == "security.capability" or not name.startswith(("security.", "system."))
    ]
    return json.dumps(kept) if kept else ""


def source_entry(path: str, name: str, node: Node) -> SourceEntry:
    """The facts of one node."""
    owner = f"{node.meta.uid}:{node.meta.gid}"
    xattrs = _counting(node.meta)
    match node:
        case Directory(meta=meta):
            return SourceEntry(path, name, "dir", meta.mode, owner, "", xattrs)
        case File(meta=meta, content=content):
            return SourceEntry(path, name, "file", meta.mode, owner, content_id(content), xattrs)
        case Symlink(target=target):
            return SourceEntry(path, name, "symlink", 0o777, owner, target, xattrs)
        case Special(meta=meta, kind=kind, device=device):
            return SourceEntry(path, name, kind, meta.mode, owner, f"{device[0]}:{device[1]}", xattrs)


def tree_entries(path: str, directory: Directory, exclude: Ignore | None = None) -> tuple[SourceEntry, ...]:
    """The entries below a directory, not the directory itself, names relative to it."""
    return tuple(_below(path, "", directory, exclude))


def _below(path: str, prefix: str, directory: Directory, exclude: Ignore | None) -> Iterator[SourceEntry]:
    for name in sorted(directory.entries, key=lambda text: text.encode("utf-8", "surrogateescape")):
        node = directory.entries[name]
        relative = f"{prefix}/{name}" if prefix else name
        at = child(path, name)
        excluded = exclude is not None and exclude.decide(relative).excluded
        if isinstance(node, Directory):
            below = tuple(_below(at, relative, node, exclude))
            if not excluded or below:
                yield source_entry(at, relative, node)
                yield from below
        elif not excluded:
            yield source_entry(at, relative, node)


def selected(
    tree: Tree, source: str, exclude: Ignore | None = None, memo: Memo | None = None
) -> tuple[SourceEntry, ...]:
    """What one source of a COPY takes in.

    Args:
        tree: The source's root.
        source: Path or pattern.
        exclude: Patterns of `--exclude`.
        memo: Remembers what whole directories hold.

    Raises:
        CopyError: A path without wildcards that isn't there; the text is that of a context's checksum.
    """
    found = matches(tree, source)
    if len(found) == 1 and not found[0].wild:
        return _one(tree, found[0], "", exclude, memo)
    plain = len(found) == 1 and found[0].name == basename(source)
    return tuple(entry for match in found for entry in _one(tree, match, "" if plain else match.name, exclude, memo))


def _one(tree: Tree, match: Match, name: str, exclude: Ignore | None, memo: Memo | None) -> tuple[SourceEntry, ...]:
    try:
        canonical = tree.resolve(match.path)
        node = tree.lookup(canonical) or may_be_there(tree, canonical)
    except FileSystemError:
        node, canonical = None, match.path
    if node is None:
        raise CopyError(f'"{match.path}": not found', match.path)
    if not isinstance(node, Directory):
        return (source_entry(match.path, name, node),)
    if memo is None or exclude is not None:
        below = tree_entries(match.path, node, exclude)
    else:
        directory = node
        below = memo.get((node,), ("entries", match.path), lambda: tree_entries(match.path, directory))
    if not name:
        return below
    head = SourceEntry(match.path, name, "dir", 0, "", "")
    return (head, *(_renamed(entry, f"{name}/{entry.name}") for entry in below))


def _renamed(entry: SourceEntry, name: str) -> SourceEntry:
    return SourceEntry(entry.path, name, entry.kind, entry.mode, entry.owner, entry.body, entry.xattrs)


def entries_digest(entries: tuple[SourceEntry, ...]) -> str:
    """The content checksum of what is taken in."""
    if not entries:
        return NOTHING
    rows = [[e.name, e.kind, e.mode, e.owner, e.body, e.xattrs] for e in entries]
    return digest(rows)


def differences(old: tuple[SourceEntry, ...], new: tuple[SourceEntry, ...]) -> tuple[FileChange, ...]:
    """What is different between two selections, in byte order of the paths."""
    before = {entry.path: entry for entry in old}
    after = {entry.path: entry for entry in new}
    found: list[FileChange] = []
    for path in sorted(before.keys() | after.keys(), key=lambda text: text.encode("utf-8", "surrogateescape")):
        one, other = before.get(path), after.get(path)
        if one is None:
            found.append(FileChange(path, "added"))
        elif other is None:
            found.append(FileChange(path, "removed"))
        elif (kind := _difference(one, other)) is not None:
            found.append(FileChange(path, kind))
    return tuple(found)


def _difference(one: SourceEntry, other: SourceEntry) -> FileChangeKind | None:
    if one.kind != other.kind:
        return "type"
    if one.body != other.body:
        return "target" if one.kind == "symlink" else "content"
    if one.mode != other.mode:
        return "mode"
    if one.owner != other.owner or one.xattrs != other.xattrs:
        return "owner"
    return None
