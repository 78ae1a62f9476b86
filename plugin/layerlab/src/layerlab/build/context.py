"""The build context: its files as a tree, what `.dockerignore` leaves of them, and how many bytes travel.

`Context.from_directory` is the one edge that reads the disk; all else takes and returns values.
"""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from layerlab.build.record import Sent
from layerlab.dockerfile.ignorefile import Ignore
from layerlab.filesystem import (
    EMPTY,
    NO_BYTES,
    Bytes,
    Directory,
    Editor,
    File,
    FileSystemError,
    Meta,
    Node,
    Symlink,
    Tree,
    Unknown,
)
from layerlab.filesystem.content import size_of
from layerlab.filesystem.paths import child, parent
from layerlab.memo import Memo

DEFAULT_MTIME = 1_714_521_600 * 1_000_000_000
"""2024-05-01: of context entries that are given without a time."""

MAX_ENTRIES = 200_000
MAX_BYTES = 1 << 30


class ContextError(Exception):
    """A context that can't be read.

    Attributes:
        code: `not-found`, `not-a-directory` or `too-large`.
        path: What it is about.
    """

    def __init__(self, code: str, path: str) -> None:
        super().__init__(f"{code}: {path}")
        self.code = code
        self.path = path


@dataclass(frozen=True, slots=True)
class Filtered:
    """A context without what the ignore file leaves out.

    Attributes:
        tree: What the builder sees.
        sent: Every entry and what became of it, in walking order.
        hollow: Announced length of files that arrive empty all the same, by absolute path.
    """

    tree: Tree
    sent: tuple[Sent, ...]
    hollow: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """A build context.

    Attributes:
        tree: Its files; owner 0:0, as the builder gets them.
        unreadable: Paths that couldn't be read, with the reason.
        memo: What builds worked out about it; doesn't count when contexts are compared.
    """

    tree: Tree = EMPTY
    unreadable: tuple[tuple[str, str], ...] = ()
    memo: Memo = field(default_factory=Memo, compare=False, repr=False)

    @staticmethod
    def from_entries(entries: Iterable[Mapping[str, object]]) -> Context:
        """A context from plain data.

        Args:
            entries: Each with `path`, `type` (`file`, `dir`, `symlink`), and as they apply `mode` (octal text),
                `content` (text) or `content_b64`, `link`, `mtime` (seconds).
        """
        view = Editor(EMPTY, DEFAULT_MTIME)
        times: list[tuple[str, int]] = []
        for entry in sorted(entries, key=lambda item: str(item["path"])):
            path = "/" + str(entry["path"]).strip("/")
            mtime = int(float(str(entry["mtime"])) * 1_000_000_000) if "mtime" in entry else DEFAULT_MTIME
            view.makedirs(parent(path), 0o777)
            there = view.lookup(path, follow=False)
            node = _node(entry, mtime)
            if isinstance(there, Directory) and isinstance(node, Directory):
                node = Directory(node.meta, there.entries)
            view.put(path, node)
            times.append((path, mtime))
        return Context().holding(view.finish().after)

    def holding(self, tree: Tree) -> Context:
        """This context with other files. Of the root only what is in it is sent: the builder makes one itself."""
        return replace(self, tree=Tree(Directory(EMPTY.root.meta, tree.root.entries)))

    @staticmethod
    def from_directory(directory: str | os.PathLike[str]) -> Context:
        """Read a context from the disk. Links are kept as links; what can't be read is listed as unreadable.

        Raises:
            ContextError: There is no such directory, or it is beyond the limits.
        """
        root = Path(directory)
        if not root.exists():
            raise ContextError("not-found", str(directory))
        if not root.is_dir():
            raise ContextError("not-a-directory", str(directory))
        reader = _Reader()
        tree = Tree(Directory(Meta(0o755), reader.entries(root, "/")))
        return Context(tree, tuple(reader.unreadable))

    def read(self, path: str) -> bytes | None:
        """The bytes of a file of the context, or None."""
        try:
            node = self.tree.lookup("/" + path.lstrip("/"))
        except FileSystemError:
            return None
        return node.content.data if isinstance(node, File) and isinstance(node.content, Bytes) else None


class _Reader:
    """Walks a directory on the disk within limits."""

    def __init__(self) -> None:
        self.unreadable: list[tuple[str, str]] = []
        self._count = 0
        self._bytes = 0

    def entries(self, directory: Path, at: str) -> dict[str, Node]:
        """The nodes of a directory by name."""
        found: dict[str, Node] = {}
        try:
            listed = sorted(os.scandir(directory), key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            self.unreadable.append((at, error.strerror or type(error).__name__))
            return found
        for entry in listed:
            name = os.fsencode(entry.name).decode("utf-8", "surrogateescape")
            node = self._read(entry, child(at, name))
            if node is not None:
                found[name] = node
        return found

    def _read(self, entry: os.DirEntry[str], at: str) -> Node | None:
        self._count += 1
        if self._count > MAX_ENTRIES:
            raise ContextError("too-large", at)
        try:
            facts = entry.stat(follow_symlinks=False)
            meta = Meta(stat.S_IMODE(facts.st_mode), 0, 0, facts.st_mtime_ns)
            if stat.S_ISLNK(facts.st_mode):
                return Symlink(Meta(0o777, 0, 0, facts.st_mtime_ns), str(Path(entry.path).readlink()))
            if stat.S_ISDIR(facts.st_mode):
                return Directory(meta, self.entries(Path(entry.path), at))
            if not stat.S_ISREG(facts.st_mode):
                return None
            self._bytes += facts.st_size
            if self._bytes > MAX_BYTES:
                raise ContextError("too-large", at)
            return File(meta, Bytes(Path(entry.path).read_bytes()))
        except OSError as error:
            self.unreadable.append((at, error.strerror or type(error).__name__))
            return File(Meta(0o644), Unknown("context.unreadable")) if entry.is_file(follow_symlinks=False) else None


def _node(entry: Mapping[str, object], mtime: int) -> Node:
    kind = entry.get("type", "file")
    mode = int(str(entry.get("mode") or ("0755" if kind == "dir" else "0644")), 8)
    match kind:
        case "dir":
            return Directory(Meta(mode, 0, 0, mtime), {})
        case "symlink":
            return Symlink(Meta(0o777, 0, 0, mtime), str(entry["link"]))
        case _:
            data = (
                base64.b64decode(str(entry["content_b64"]))
                if "content_b64" in entry
                else str(entry.get("content") or "").encode("utf-8", "surrogateescape")
            )
            return File(Meta(mode, 0, 0, mtime), Bytes(data))


def with_entry(context: Context, path: str, entry: Mapping[str, object] | None) -> Context:
    """The context with one entry set or, with None, taken away with all below it.

    Args:
        context: Before.
        path: Relative to the root; directories above it are made.
        entry: As in `Context.from_entries`; its `path` may be missing.
    """
    view = Editor(context.tree, DEFAULT_MTIME)
    at = "/" + path.strip("/")
    if entry is None:
        if view.exists(at, follow=False) and at != "/":
            view.rmtree(at)
    elif at != "/":
        mtime = int(float(str(entry["mtime"])) * 1_000_000_000) if "mtime" in entry else DEFAULT_MTIME
        view.makedirs(parent(at), 0o777)
        view.put(at, _node(entry, mtime))
    return context.holding(view.finish().after)


def filtered(context: Context, ignore: Ignore | None, *, legacy: bool = False) -> Filtered:
    """What the builder gets of a context.

    An excluded directory stays, with its own metadata, where an exception keeps something below it; a file that
    BuildKit's walk and transfer disagree about arrives empty (recorded).

    Args:
        context: The whole.
        ignore: Rules of the ignore file, or None without one.
        legacy: Whether the client of 20.10 packs it: an excluded directory is entered only where the text of an
            exception begins with its path, and isn't packed itself then.

    Raises:
        BadPatternError: For a pattern that fails when it is used.
    """
    listing: list[Sent] = []
    root = context.tree.root
    if ignore is None or not ignore.rules:
        _list_all("", root, listing)
        return Filtered(context.tree, tuple(listing))
    entries = ((path.lstrip("/"), isinstance(node, Directory)) for path, node in context.tree.walk())
    if legacy:
        kept = dict.fromkeys(_packed("", root, ignore), False)
    else:
        kept = {entry.path: entry.hollow for entry in ignore.keep(entries)}
    left = _kept("", root, kept, ignore, listing)
    tree = context.tree if left is root.entries else Tree(Directory(root.meta, left))
    hollow = {"/" + entry.path: entry.size for entry in listing if kept.get(entry.path)}
    return Filtered(tree, tuple(listing), hollow)


def _packed(prefix: str, directory: Directory, ignore: Ignore) -> Iterator[str]:
    for name, node in _sorted(directory):
        at = f"{prefix}/{name}" if prefix else name
        excluded = ignore.decide(at).excluded
        if not excluded:
            yield at
        if not isinstance(node, Directory):
            continue
        if not excluded:
            yield from _packed(at, node, ignore)
        elif any(rule.negated and f"{rule.glob.text}/".startswith(f"{at}/") for rule in ignore.rules):
            below = list(_packed(at, node, ignore))
            if below:
                yield at
                yield from below


def _kind(node: Node) -> str:
    return "dir" if isinstance(node, Directory) else "symlink" if isinstance(node, Symlink) else "file"


def _size(node: Node) -> int:
    return (size_of(node.content) or 0) if isinstance(node, File) else 0


def _sorted(directory: Directory) -> list[tuple[str, Node]]:
    return sorted(directory.entries.items(), key=lambda item: item[0].encode("utf-8", "surrogateescape"))


def _list_all(prefix: str, directory: Directory, listing: list[Sent]) -> None:
    for name, node in _sorted(directory):
        at = f"{prefix}/{name}" if prefix else name
        listing.append(Sent(at, _kind(node), _size(node), sent=True))
        if isinstance(node, Directory):
            _list_all(at, node, listing)


def _kept(
    prefix: str, directory: Directory, kept: Mapping[str, bool], ignore: Ignore, listing: list[Sent]
) -> Mapping[str, Node]:
    """The entries that stay; the directory's own mapping where all do."""
    left: dict[str, Node] = {}
    same = True
    for name, node in _sorted(directory):
        at = f"{prefix}/{name}" if prefix else name
        decision = ignore.decide(at)
        stays = at in kept
        listing.append(Sent(at, _kind(node), _size(node), stays, decision.pattern, decision.line or None))
        found: Node = node
        if isinstance(node, Directory):
            entries = _kept(at, node, kept, ignore, listing)
            if entries is not node.entries:
                found = Directory(node.meta, entries)
        elif kept.get(at) and isinstance(node, File):
            found = File(node.meta, NO_BYTES)
        if stays:
            left[name] = found
        same = same and stays and found is node
    return directory.entries if same else left
