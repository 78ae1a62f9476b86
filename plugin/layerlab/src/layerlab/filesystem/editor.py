"""One session of writes on a tree: the system calls that commands need, with Linux' errors.

The result is a new tree and what overlayfs would have noted in its upper directory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from layerlab.filesystem.content import NO_BYTES, Bytes, Content, Estimated, Unknown, size_of
from layerlab.filesystem.errors import FileSystemError
from layerlab.filesystem.node import Directory, File, Meta, Node, Special, SpecialKind, Symlink
from layerlab.filesystem.paths import ancestors, basename, child, parent
from layerlab.filesystem.tree import Tree, find
from layerlab.filesystem.upper import UpperEntry, UpperLog
from layerlab.filesystem.working import Working
from layerlab.values import changed


@dataclass(frozen=True, slots=True)
class Who:
    """Whose rights count.

    Attributes:
        uid: 0 may do everything.
        gid: Primary group; new entries belong to it.
        groups: Further groups.
    """

    uid: int = 0
    gid: int = 0
    groups: frozenset[int] = frozenset()


ROOT = Who()


@dataclass(frozen=True, slots=True)
class Change:
    """What a session did.

    Attributes:
        before: The tree it began with.
        after: The tree it left, mounts taken off.
        upper: What overlayfs' upper directory holds, parents first; mounts are not part of it.
        mounts: What each mount held at the end, by the path it was mounted at.
    """

    before: Tree
    after: Tree
    upper: tuple[UpperEntry, ...]
    mounts: Mapping[str, Node]


class Editor:
    """A writing session.

    Every path is absolute. Calls raise `FileSystemError` with the errno Linux gives.

    Attributes:
        now: Time of all writes, nanoseconds since the epoch; may be moved on between calls.
        who: Whose rights count; may be changed between calls (`su`, setuid).
        umask: Bits taken off the mode of new entries by `write` and `mkdir`.
        created: How many entries were made, for budgets.
        written: How many bytes of known length were written, for budgets.
    """

    def __init__(self, tree: Tree, now: int, *, who: Who = ROOT, read_only: bool = False) -> None:
        self.before = tree
        self.now = now
        self.who = who
        self.umask = 0o022
        self.created = 0
        self.written = 0
        self._read_only = read_only
        self._working = Working(tree)
        self._log = UpperLog()
        self._links: dict[int, set[str]] = {}
        self._inodes = 0

    @property
    def mounts(self) -> tuple[str, ...]:
        """Canonical paths of what is mounted now."""
        return tuple(self._working.mounts)

    def link_count(self, inode: int) -> int:
        """How many names a file got in this session; 0 for one that came with the tree."""
        return len(self._links.get(inode, ()))

    # Reading

    @property
    def tree(self) -> Tree:
        """The present state, mounts included. Cheap, but directories are copied anew afterwards."""
        return self._working.freeze()

    def resolve(self, path: str, *, follow: bool = True) -> str:
        """The canonical path; a missing rest is kept as written. Raises `ELOOP`, `ENOTDIR`, `EACCES`."""
        return self.locate(path, follow=follow)[0]

    def locate(self, path: str, *, follow: bool = True) -> tuple[str, Node | None]:
        """The canonical path and the node there, or None if there is none. Raises what `resolve` raises."""
        canonical, found = self._working.locate(path, follow_last=follow)
        if self.who.uid != 0:
            for directory in ["/", *ancestors(canonical)]:
                node = self._working.find(directory)
                if node is not None and not self._may(node, 1):
                    raise FileSystemError("EACCES", path)
        return canonical, found

    def lookup(self, path: str, *, follow: bool = True) -> Node | None:
        """The node at a path, or None if there is none or the way is blocked."""
        try:
            return self.locate(path, follow=follow)[1]
        except FileSystemError:
            return None

    def stat(self, path: str, *, follow: bool = True) -> Node:
        """The node at a path. Raises `ENOENT` and what `resolve` raises."""
        node = self.locate(path, follow=follow)[1]
        if node is None:
            raise FileSystemError("ENOENT", path)
        return node

    def exists(self, path: str, *, follow: bool = True) -> bool:
        """Whether there is something at a path."""
        return self.lookup(path, follow=follow) is not None

    def is_directory(self, path: str) -> bool:
        """Whether a path leads to a directory."""
        return isinstance(self.lookup(path), Directory)

    def listdir(self, path: str) -> list[str]:
        """Names in a directory in byte order, `BULK_NAME` included. Raises `ENOENT`, `ENOTDIR`, `EACCES`."""
        node = self.stat(path)
        if not isinstance(node, Directory):
            raise FileSystemError("ENOTDIR", path)
        if not self._may(node, 4):
            raise FileSystemError("EACCES", path)
        return sorted(node.entries, key=lambda name: name.encode("utf-8", "surrogateescape"))

    def read(self, path: str) -> Content:
        """What is known of a file's bytes. Raises `ENOENT`, `EISDIR`, `EACCES`; special files are empty."""
        node = self.stat(path)
        if not self._may(node, 4):
            raise FileSystemError("EACCES", path)
        match node:
            case Directory():
                raise FileSystemError("EISDIR", path)
            case File(content=content):
                return content
            case _:
                return NO_BYTES

    def access(self, path: str, bit: int) -> bool:
        """Whether the user may read (4), write (2) or execute (1) what is at a path."""
        node = self.lookup(path)
        return node is not None and self.permits(node, bit)

    def permits(self, node: Node, bit: int) -> bool:
        """Whether the user may read (4), write (2) or execute (1) a node."""
        if bit == 1 and self.who.uid == 0 and not isinstance(node, Directory):
            return bool(node.meta.mode & 0o111)
        return self._may(node, bit)

    def check_writable(self, path: str) -> None:
        """Whether opening what is at a path for writing works. Raises `ENOENT`, `EACCES`, `EROFS`."""
        canonical = self.resolve(path)
        self._allow(self.stat(path), 2, canonical, path)

    # Writing

    def mkdir(self, path: str, mode: int = 0o777) -> None:
        """Make one directory. Raises `EEXIST`, `ENOENT`, `EACCES`."""
        canonical = self._new(path)
        self._create(canonical, Directory(self._meta(mode & ~self.umask), {}))

    def makedirs(self, path: str, mode: int = 0o777) -> list[str]:
        """Make a directory and what is missing above it; answers the canonical paths made, outermost first."""
        made: list[str] = []
        for directory in [*ancestors("/" + path.strip("/")), "/" + path.strip("/")]:
            if not self.is_directory(directory):
                self.mkdir(directory, mode)
                made.append(self.resolve(directory))
        return made

    def write(self, path: str, content: Content, mode: int = 0o666) -> None:
        """Replace a file's content, or make the file; links are followed. Raises `EISDIR`, `ENOENT`, `EACCES`."""
        canonical, node = self.locate(path)
        if path.endswith("/") and canonical != "/":
            raise FileSystemError("EISDIR", path)
        self.written += size_of(content) or 0
        match node:
            case None:
                self._writable_parent(canonical, path)
                self._create(canonical, File(self._meta(mode & ~self.umask), content))
            case Directory():
                raise FileSystemError("EISDIR", path)
            case File():
                self._allow(node, 2, canonical, path)
                self._update(canonical, changed(node, content=content, meta=changed(node.meta, mtime=self.now)))
            case _:
                self._allow(node, 2, canonical, path)

    def append(self, path: str, data: bytes) -> None:
        """Add bytes at the end of a file, or make it. Content that isn't known stays unknown or estimated."""
        node = self.lookup(path)
        if not isinstance(node, File):
            self.write(path, Bytes(data))
            return
        self.write(path, joined(node.content, data))

    def symlink(self, target: str, path: str) -> None:
        """Make a symbolic link. Raises `EEXIST`, `ENOENT`, `EACCES`."""
        self._create(self._new(path), Symlink(self._meta(0o777), target))

    def special(self, path: str, kind: SpecialKind, mode: int, device: tuple[int, int] = (0, 0)) -> None:
        """Make a fifo, a device or a socket."""
        self._create(self._new(path), Special(self._meta(mode), kind, device))

    def link(self, source: str, path: str) -> None:
        """Make a second name for a file; the source isn't followed if it is a link. Raises `EPERM` for directories."""
        old = self.resolve(source, follow=False)
        node = self._working.find(old)
        if node is None:
            raise FileSystemError("ENOENT", source)
        new = self._new(path)
        if isinstance(node, Directory):
            raise FileSystemError("EPERM", source)
        if self._working.mount_at(old) != self._working.mount_at(new):
            raise FileSystemError("EXDEV", path)
        if isinstance(node, File):
            if node.inode not in self._links:
                self._inodes += 1
                node = replace(node, inode=self.now * 65536 + self._inodes)
                self._links[node.inode or 0] = {old}
                self._set(old, node)
            self._links[node.inode or 0].add(new)
        self._create(new, node)

    def remove(self, path: str) -> None:
        """Remove anything but a directory. Raises `ENOENT`, `EISDIR`, `EACCES`."""
        canonical = self.resolve(path, follow=False)
        node = self._working.find(canonical)
        if node is None:
            raise FileSystemError("ENOENT", path)
        if isinstance(node, Directory):
            raise FileSystemError("EISDIR", path)
        self._take_away(canonical, path)

    def rmdir(self, path: str) -> None:
        """Remove an empty directory. Raises `ENOENT`, `ENOTDIR`, `ENOTEMPTY`, `EBUSY`."""
        canonical = self.resolve(path, follow=False)
        node = self._working.find(canonical)
        if node is None:
            raise FileSystemError("ENOENT", path)
        if not isinstance(node, Directory):
            raise FileSystemError("ENOTDIR", path)
        if node.entries:
            raise FileSystemError("ENOTEMPTY", path)
        self._take_away(canonical, path)

    def rmtree(self, path: str) -> None:
        """Remove whatever is at a path, with all below it. Rights are checked for the path alone."""
        canonical = self.resolve(path, follow=False)
        if self._working.find(canonical) is None:
            raise FileSystemError("ENOENT", path)
        if any(mounted == canonical or mounted.startswith(canonical + "/") for mounted in self._working.mounts):
            raise FileSystemError("EBUSY", path)
        self._take_away(canonical, path)

    def rename(self, source: str, path: str) -> None:
        """Move within one mount, replacing what the system call may replace. Raises `EXDEV`, `EINVAL`, `EISDIR`."""
        old, new = self.resolve(source, follow=False), self.resolve(path.rstrip("/") or "/", follow=False)
        node, there = self._working.find(old), self._working.find(new)
        if node is None:
            raise FileSystemError("ENOENT", source)
        if old == new:
            return
        if new.startswith(old + "/"):
            raise FileSystemError("EINVAL", path)
        if self._working.mount_at(old) != self._working.mount_at(new):
            raise FileSystemError("EXDEV", path)
        if isinstance(there, Directory):
            if not isinstance(node, Directory):
                raise FileSystemError("EISDIR", path)
            if there.entries:
                raise FileSystemError("ENOTEMPTY", path)
        elif there is not None and isinstance(node, Directory):
            raise FileSystemError("ENOTDIR", path)
        self._writable_parent(new, path)
        self._take_away(old, source)
        if there is not None:
            self._take_away(new, path)
        self._relink(old, new)
        self._set(new, node)
        self._working.stamp(parent(new), self.now)

    def chmod(self, path: str, mode: int) -> None:
        """Set permission bits (`0o7777` at most), following links. Raises `EPERM` for others' files."""
        canonical = self.resolve(path)
        node = self._owned_node(canonical, path)
        self._set_meta(canonical, replace(node.meta, mode=mode & 0o7777))

    def chown(self, path: str, uid: int | None, gid: int | None, *, follow: bool = True) -> None:
        """Set owner and group; None keeps. As Linux does, setuid and setgid bits of files are cleared."""
        canonical = self.resolve(path, follow=follow)
        node = self._working.find(canonical)
        if node is None:
            raise FileSystemError("ENOENT", path)
        new_uid = node.meta.uid if uid is None else uid
        new_gid = node.meta.gid if gid is None else gid
        own_group = new_gid == node.meta.gid or new_gid in {self.who.gid, *self.who.groups}
        if self.who.uid != 0 and (new_uid != node.meta.uid or self.who.uid != node.meta.uid or not own_group):
            raise FileSystemError("EPERM", path)
        mode = node.meta.mode & ~0o6000 if isinstance(node, File) else node.meta.mode
        self._writable_mount(canonical, path)
        self._set_meta(canonical, replace(node.meta, uid=new_uid, gid=new_gid, mode=mode))

    def utime(self, path: str, mtime: int | None = None, *, follow: bool = True) -> None:
        """Set the modification time, nanoseconds since the epoch; None means now."""
        canonical = self.resolve(path, follow=follow)
        node = self._working.find(canonical)
        if node is None:
            raise FileSystemError("ENOENT", path)
        self._allow(node, 2, canonical, path)
        self._set_meta(canonical, replace(node.meta, mtime=self.now if mtime is None else mtime))

    def set_xattr(self, path: str, name: str, value: bytes) -> None:
        """Set one extended attribute."""
        canonical = self.resolve(path)
        node = self._owned_node(canonical, path)
        pairs = {**dict(node.meta.xattrs), name: value}
        self._set_meta(canonical, replace(node.meta, xattrs=tuple(sorted(pairs.items()))))

    def inherited(self, path: str, meta: Meta, *, owned: bool) -> Meta:
        """Metadata of a directory that is made at a path: below a setgid directory it gets that bit and the group.

        Args:
            path: Canonical.
            meta: What it would have elsewhere.
            owned: Whether the owner is set after the directory was made: then the bit alone is inherited.
        """
        above = self.lookup(parent(path))
        if above is None or not above.meta.mode & 0o2000:
            return meta
        return replace(meta, mode=meta.mode | 0o2000, gid=meta.gid if owned else above.meta.gid)

    def put(self, path: str, node: Node) -> None:
        """Place a node, whole directories too, instead of what is at the path; no rights are checked.

        The last name isn't followed if it is a link; the directory above it must exist.
        """
        canonical = self.resolve(path, follow=False)
        if self._working.find(canonical) is not None:
            self._log.removed(canonical, was_lower=find(self.before.root, canonical) is not None)
        self._set(canonical, node)
        self.created += 1

    def mount(self, path: str, node: Node, *, read_only: bool = False) -> None:
        """Put a node over a path until `finish`. What is missing on the way is made, and gone afterwards."""
        self._working.mount(self._working.locate(path, follow_last=True)[0], node, read_only=read_only)

    def finish(self) -> Change:
        """End the session. The editor may go on to be used; a later `finish` reports all since the beginning."""
        mounts = self._working.release()
        return Change(self.before, self._working.freeze(), tuple(self._log.entries()), mounts)

    # Helpers, in the order of use

    def _may(self, node: Node, bit: int) -> bool:
        if self.who.uid == 0:
            return True
        meta = node.meta
        if meta.uid == self.who.uid:
            return bool(meta.mode >> 6 & bit)
        if meta.gid == self.who.gid or meta.gid in self.who.groups:
            return bool(meta.mode >> 3 & bit)
        return bool(meta.mode & bit)

    def _meta(self, mode: int) -> Meta:
        return Meta(mode, self.who.uid, self.who.gid, self.now)

    def _new(self, path: str) -> str:
        """The canonical path for a new entry; the name itself may not be there yet, not even as a link."""
        canonical, node = self.locate(path.rstrip("/") or "/", follow=False)
        if canonical == "/" or node is not None:
            raise FileSystemError("EEXIST", path)
        self._writable_parent(canonical, path)
        return canonical

    def _writable_parent(self, canonical: str, path: str) -> None:
        above = self._working.find(parent(canonical))
        if above is None:
            raise FileSystemError("ENOENT", path)
        if not isinstance(above, Directory):
            raise FileSystemError("ENOTDIR", path)
        if len(basename(canonical).encode("utf-8", "surrogateescape")) > 255:
            raise FileSystemError("ENAMETOOLONG", path)
        self._allow(above, 3, canonical, path)

    def _allow(self, node: Node, bits: int, canonical: str, path: str) -> None:
        self._writable_mount(canonical, path)
        if any(bits & bit and not self._may(node, bit) for bit in (1, 2, 4)):
            raise FileSystemError("EACCES", path)

    def _writable_mount(self, canonical: str, path: str) -> None:
        mount = self._working.mount_at(canonical)
        if mount.read_only if mount is not None else self._read_only:
            raise FileSystemError("EROFS", path)

    def _owned_node(self, canonical: str, path: str) -> Node:
        node = self._working.find(canonical)
        if node is None:
            raise FileSystemError("ENOENT", path)
        self._writable_mount(canonical, path)
        if self.who.uid not in (0, node.meta.uid):
            raise FileSystemError("EPERM", path)
        return node

    def _create(self, canonical: str, node: Node) -> None:
        self.created += 1
        above = self._working.find(parent(canonical))
        if above is not None and above.meta.mode & 0o2000 and getattr(node, "inode", None) is None:
            node = _of_group(node, above.meta.gid)
        self._set(canonical, node)
        self._working.stamp(parent(canonical), self.now)

    def _set(self, canonical: str, node: Node) -> None:
        """Place a node and note it; a new directory's contents are noted one by one."""
        self._working.place(canonical, node)
        if self._working.mount_at(canonical) is not None:
            return
        if isinstance(node, Directory):
            self._log.made_directory(canonical)
            for name, below in node.entries.items():
                self._note(child(canonical, name), below)
        else:
            self._log.present(canonical)

    def _note(self, path: str, node: Node) -> None:
        if isinstance(node, Directory):
            self._log.made_directory(path)
            for name, below in node.entries.items():
                self._note(child(path, name), below)
        else:
            self._log.present(path)

    def _update(self, canonical: str, node: File) -> None:
        """A change of a file reaches all names it got in this session; a lower hard link is broken by copying up."""
        names = self._links.get(node.inode or 0)
        if names is None:
            node, names = replace(node, inode=None), {canonical}
        for name in sorted(names):
            self._working.place(name, node)
            if self._working.mount_at(name) is None:
                self._log.present(name)

    def _set_meta(self, canonical: str, meta: Meta) -> None:
        node = self._working.find(canonical)
        if isinstance(node, File):
            self._update(canonical, replace(node, meta=meta))
            return
        self._working.set_meta(canonical, meta)
        if self._working.mount_at(canonical) is None:
            self._log.present(canonical)

    def _take_away(self, canonical: str, path: str) -> None:
        if canonical == "/" or canonical in self._working.mounts:
            raise FileSystemError("EBUSY", path)
        above = self._working.find(parent(canonical))
        node = self._working.find(canonical)
        if above is None or node is None:
            raise FileSystemError("ENOENT", path)
        self._allow(above, 3, canonical, path)
        if above.meta.mode & 0o1000 and self.who.uid not in (0, above.meta.uid, node.meta.uid):
            raise FileSystemError("EPERM", path)
        self._relink(canonical, None)
        self._working.place(canonical, None)
        self._working.stamp(parent(canonical), self.now)
        if self._working.mount_at(canonical) is None:
            self._log.removed(canonical, was_lower=find(self.before.root, canonical) is not None)

    def _relink(self, old: str, new: str | None) -> None:
        """Follow names of linked files when they, or a directory above them, move or go."""
        for names in self._links.values():
            for name in [name for name in names if name == old or name.startswith(old + "/")]:
                names.discard(name)
                if new is not None:
                    names.add(new + name[len(old) :])


def _of_group(node: Node, gid: int) -> Node:
    """A new entry of a setgid directory: it gets the directory's group, and a directory the bit too."""
    mode = node.meta.mode | 0o2000 if isinstance(node, Directory) else node.meta.mode
    return replace(node, meta=replace(node.meta, gid=gid, mode=mode))


def joined(content: Content, data: bytes) -> Content:
    """A content with bytes added; what isn't known stays so."""
    if not data:
        return content
    match content:
        case Bytes(known):
            return Bytes(known + data)
        case Unknown():
            return content
        case _:
            note = getattr(content, "note", "content.appended")
            return Estimated((size_of(content) or 0) + len(data), note)
