"""The copy algorithm of COPY and ADD (BuildKit v0.32, fsutil), on trees; with what the legacy builder does otherwise.

Sources are resolved in the source tree, everything is written through an `Editor` on the destination.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from layerlab.build.modes import changed_mode, octal_mode
from layerlab.build.wildcards import has_wildcards, match
from layerlab.dockerfile.ignorefile import Ignore
from layerlab.filesystem import (
    BULK_NAME,
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
from layerlab.filesystem.paths import ancestors, basename, child, clean, parent, parts

NO_NEW_DIRECTORY = "failed to copy files: failed to create new directory: mkdir {at}: not a directory"


class CopyError(Exception):
    """A source that isn't there or a destination that can't be; the text is the builder's own.

    Attributes:
        message: The text; `{at}` in it stands for a path of the destination.
        missing: The absolute source path that isn't there, or None for another failure.
        at: That path of the destination, in the image; None if the text has none.
    """

    def __init__(self, message: str, missing: str | None = None, at: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.missing = missing
        self.at = at

    def below(self, root: str) -> str:
        """The text with the destination's path as the builder sees it: below a directory of the host."""
        return self.message if self.at is None else self.message.replace("{at}", root + self.at)


@dataclass(frozen=True, slots=True)
class How:
    """How entries are copied.

    Attributes:
        owner: (uid, gid) of `--chown`; None keeps the source's.
        chmod: Text of `--chmod`, or None.
        exclude: Patterns of `--exclude`, or None.
        include: What `--parents` keeps, as a pattern that "excludes" what is wanted; None for all.
        replaces: Legacy: what is in the way is removed, directory or not.
        drops_setid: Legacy: setuid, setgid and sticky bits of files are lost.
        not_a_directory: The text when a directory meets something else.
    """

    owner: tuple[int, int] | None = None
    chmod: str | None = None
    exclude: Ignore | None = None
    include: Ignore | None = None
    replaces: bool = False
    drops_setid: bool = False
    not_a_directory: str = "cannot copy to non-directory: {at}"


@dataclass(frozen=True, slots=True)
class Match:
    """One source after its wildcards.

    Attributes:
        path: Absolute path in the source tree, links not followed.
        name: Path below the part without wildcards; the last name where there were none.
        wild: Whether wildcards found it.
    """

    path: str
    name: str
    wild: bool


def matches(tree: Tree, source: str) -> tuple[Match, ...]:
    """What a source names, in walking order; a path without wildcards is one match, there or not."""
    above = ground(source)
    if above is None:
        path = clean(source)
        return (Match(path, basename(path), wild=False),)
    try:
        base = tree.resolve(above)
    except FileSystemError:
        return ()
    node = tree.lookup(base)
    if not isinstance(node, Directory):
        return ()
    pattern = parts(clean(source))[len(parts(above)) :]
    return tuple(
        Match(child(base, name) if base != "/" else "/" + name, name, wild=True)
        for name in _matching(node, "", pattern)
    )


def ground(source: str) -> str | None:
    """The directory in which the wildcards of a source begin; None where it has none."""
    names = parts(clean(source))
    first = next((at for at, name in enumerate(names) if has_wildcards(name)), None)
    return None if first is None else "/" + "/".join(names[:first])


def require_ground(tree: Tree, path: str, sent: Callable[[str], bool]) -> None:
    """BuildKit walks the directory in which wildcards begin, so it has to be there, and to have been sent.

    Of a context only what the build asks for is sent: a directory in which nothing matches isn't.

    Args:
        tree: The source's root.
        path: That directory, links not followed.
        sent: Whether a path is at the builder.

    Raises:
        CopyError: It isn't there.
    """
    try:
        base = tree.resolve(path)
    except FileSystemError as error:
        raise unresolved(tree, path, error) from error
    if base == "/" or may_be_there(tree, base) is not None:
        return
    if tree.lookup(base) is None or not sent(base):
        raise CopyError(f"lstat {base}: no such file or directory", base)


def legacy_matches(tree: Tree, source: str) -> tuple[Match, ...]:
    """What a source names for the legacy builder: a pattern is held against whole paths of a walk.

    So one that isn't clean (`d*/`) matches nothing, and neither does one through a link to a directory.
    """
    text = source.removeprefix("/").removeprefix("./")
    found = matches(tree, source)
    if not any(match.wild for match in found):
        return found
    if clean(text) != "/" + text:
        return ()
    names = text.split("/")
    first = next(at for at, name in enumerate(names) if has_wildcards(name))
    above = "/" + "/".join(names[:first])
    return found if tree.resolve(above) == clean(above) else ()


def _matching(directory: Directory, prefix: str, pattern: list[str]) -> Iterator[str]:
    for name in sorted(directory.entries, key=lambda text: text.encode("utf-8", "surrogateescape")):
        if name == BULK_NAME or not match(pattern[0], name):
            continue
        at = f"{prefix}/{name}" if prefix else name
        node = directory.entries[name]
        if len(pattern) == 1:
            yield at
        elif isinstance(node, Directory):
            yield from _matching(node, at, pattern[1:])


def source_node(tree: Tree, path: str) -> tuple[str, Node]:
    """The node of a source path, followed if it is a link.

    Raises:
        CopyError: There is none, or its links go round.
    """
    try:
        canonical = tree.resolve(path)
    except FileSystemError as error:
        raise CopyError(f"lstat {path}: {error.message.lower()}", path) from error
    node = tree.lookup(canonical) or may_be_there(tree, canonical)
    if node is None:
        raise CopyError(f"lstat {path}: no such file or directory", path)
    return canonical, node


def may_be_there(tree: Tree, canonical: str) -> Node | None:
    """What stands for a missing path below a directory that an unmodelled program wrote to; None elsewhere.

    Such a program (`npm run build`, `mvn package`) may well have made it; failing the build would be a guess.
    """
    above = next((path for path in reversed(ancestors(canonical)) if tree.lookup(path) is not None), "/")
    directory = tree.lookup(above)
    bulk = directory.entries.get(BULK_NAME) if isinstance(directory, Directory) else None
    if not isinstance(bulk, File) or not isinstance(bulk.content, Unknown):
        return None
    if "." in basename(canonical).lstrip("."):
        return File(Meta(0o644, mtime=bulk.meta.mtime), bulk.content)
    return Directory(Meta(0o755, mtime=bulk.meta.mtime), {BULK_NAME: bulk})


@dataclass(slots=True)
class Copier:
    """Copies sources one after the other, each as if alone.

    Attributes:
        view: Where to.
        how: Owner, mode, patterns.
    """

    view: Editor
    how: How

    def copy(self, tree: Tree, source: Match, target: str) -> None:
        """Copy one match to a target path.

        Args:
            tree: The source's root.
            source: What to copy.
            target: Absolute; a final `/` or `/.` means directory.

        Raises:
            CopyError: With the builder's text.
        """
        canonical, node = source_node(tree, source.path)
        if canonical == "/" and not node.meta.mtime and isinstance(node, Directory):
            # made for this build: the root of what the client sent, and of an image FROM scratch
            node = Directory(replace(node.meta, mtime=self.view.now), node.entries)
        self.place(node, basename(source.path), target)

    def place(self, node: Node, name: str, target: str) -> None:
        """Copy a node that is called `name` at its source."""
        if self.how.replaces and isinstance(node, Directory) and self.how.owner is not None:
            Copier(self.view, replace(self.how, owner=None)).make_way(target)  # the legacy builder owns the last one
        if self.how.replaces and isinstance(node, Directory):
            target = target.rstrip("/") or "/"  # a directory is its target, which isn't made before
        at = self.prepared(target)
        there = self.view.lookup(at)
        if isinstance(node, Directory):
            if there is None:
                self._make(at)
                there = self.view.lookup(at)
            if not isinstance(there, Directory):
                raise CopyError(self.how.not_a_directory, at=at)
            self._merge(node, at, "")
            self.view.utime(at, node.meta.mtime)
            return
        if isinstance(there, Directory):
            at = child(at, name) if self.how.replaces else self._canonical(child(at, name))
        self._make(parent(at))
        self.put(node, at)

    def prepared(self, target: str) -> str:
        """Make the directory a target lies in, or the target itself where it ends in `/`; answers its real path."""
        if self.how.replaces:
            self._canonical(target)  # the legacy builder looks at all of it first
        into = target.endswith(("/", "/."))
        self._make(self._canonical(target if into else parent(clean(target))))
        return self._canonical(target)

    def make_way(self, target: str) -> None:
        """Make the directories above a target."""
        self._make(self._canonical(parent(clean(target))))

    def put(self, node: Node, at: str) -> None:
        """Put a file, link or special file at a canonical path, replacing what may be replaced."""
        there = self.view.lookup(at, follow=False)
        if isinstance(there, Directory):
            if not self.how.replaces:
                raise CopyError("cannot replace to directory {at} with file", at=at)
            self.view.rmtree(at)
        elif there is not None:
            self.view.remove(at)
        self.view.put(at, self.dressed(node))
        self.view.utime(parent(at))

    def dressed(self, node: Node) -> Node:
        """The node with the owner and mode it gets."""
        meta = node.meta
        if self.how.owner is not None:
            meta = replace(meta, uid=self.how.owner[0], gid=self.how.owner[1])
        if not isinstance(node, Symlink):
            if self.how.chmod is not None:
                directory = isinstance(node, Directory)
                meta = replace(meta, mode=changed_mode(self.how.chmod, meta.mode, directory=directory))
            if self.how.drops_setid and isinstance(node, File):
                meta = replace(meta, mode=meta.mode & 0o777)
        if isinstance(node, File):
            return replace(node, meta=meta)
        return node if meta == node.meta else replace(node, meta=meta)

    def directory_meta(self) -> Meta:
        """Of a directory that the copy makes on its way: Go's `mkdir` knows permission bits, nothing above them."""
        mode = octal_mode(self.how.chmod)
        uid, gid = self.how.owner or (0, 0)
        return Meta(0o755 if mode is None else mode & 0o777, uid, gid, self.view.now)

    def _make(self, path: str) -> None:
        """Make a canonical directory and what is missing above it."""
        for directory in [*ancestors(path), path]:
            if directory == "/":
                continue
            there = self.view.lookup(directory)
            if there is None:
                owned = self.how.owner is not None or self.how.replaces
                meta = self.view.inherited(directory, self.directory_meta(), owned=owned)
                self.view.put(directory, Directory(meta, {}))
                self.view.utime(parent(directory))
            elif not isinstance(there, Directory):
                raise self._in_the_way(directory)

    def _in_the_way(self, path: str) -> CopyError:
        """A file where a directory has to be; only the legacy builder tells the path on the host."""
        text = NO_NEW_DIRECTORY if self.how.replaces else f"mkdir {path}: not a directory"
        return CopyError(text, at=path)

    def _merge(self, source: Directory, at: str, below: str) -> None:
        """Copy what is in a directory into the one at a canonical path."""
        for name in sorted(source.entries, key=lambda text: text.encode("utf-8", "surrogateescape")):
            node = source.entries[name]
            relative = f"{below}/{name}" if below else name
            if isinstance(node, Directory):
                self._subdirectory(node, child(at, name), relative)
            elif self._wanted(relative):
                self.put(node, child(at, name))

    def _subdirectory(self, node: Directory, target: str, relative: str) -> None:
        there = self.view.lookup(target, follow=False)
        if not self._wanted(relative) and not any(self._kept(node, relative)):
            return
        if there is None and self.how.exclude is None and self.how.include is None and self._unchanged():
            self.view.put(target, node)
            return
        if there is not None and not isinstance(there, Directory):
            if not self.how.replaces:
                raise CopyError(self.how.not_a_directory, at=target)
            self.view.remove(target)
            there = None
        meta = self.dressed(Directory(node.meta, {})).meta
        if there is None:
            self.view.put(target, Directory(meta, {}))
        else:
            self.view.chown(target, meta.uid, meta.gid)
            self.view.chmod(target, meta.mode)
        self._merge(node, target, relative)
        self.view.utime(target, node.meta.mtime)

    def _wanted(self, relative: str) -> bool:
        if self.how.include is not None and not self.how.include.decide(relative).excluded:
            return False
        return self.how.exclude is None or not self.how.exclude.decide(relative).excluded

    def _kept(self, node: Directory, relative: str) -> Iterator[bool]:
        """Whether something below a directory that isn't wanted itself is."""
        for name, below in node.entries.items():
            at = f"{relative}/{name}"
            if self._wanted(at):
                yield True
            elif isinstance(below, Directory):
                yield from self._kept(below, at)

    def _unchanged(self) -> bool:
        return self.how.owner is None and self.how.chmod is None and not self.how.drops_setid

    def _canonical(self, path: str) -> str:
        try:
            return self.view.resolve(path)
        except FileSystemError as error:
            if self.how.replaces and error.code != "ENOTDIR":
                raise CopyError("{at}: " + error.message.lower(), at=clean(path)) from error
            found = unresolved(self.view, path, error)
            if self.how.replaces:
                raise CopyError("failed to copy files: lstat {at}: not a directory", at=found.at) from error
            raise found from error


def unresolved(view: Editor | Tree, path: str, error: FileSystemError) -> CopyError:
    """BuildKit's words for a path that leads through a file, or round and round."""
    if error.code != "ENOTDIR":
        return CopyError("too many links", at=clean(path))
    for above, name in pairwise(["/", *ancestors(clean(path)), clean(path)]):
        if not isinstance(view.lookup(above), Directory):
            at = child(view.resolve(above), basename(name))
            return CopyError(f"lstat {at}: not a directory", at=at)
    return CopyError(f"lstat {clean(path)}: not a directory", at=clean(path))
