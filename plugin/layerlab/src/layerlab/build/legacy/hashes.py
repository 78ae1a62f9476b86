"""The hashes that the legacy builder (20.10) puts into the history of COPY and ADD: tarsum v1, no mtime."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from layerlab.build.copying import CopyError, Match, legacy_matches
from layerlab.filesystem import Bytes, Directory, File, FileSystemError, Node, Special, Symlink, Tree
from layerlab.filesystem.content import sha256_of, size_of
from layerlab.filesystem.paths import child
from layerlab.plan.operations import ContextSource, CopyOperation

Users: TypeAlias = Mapping[tuple[str, int], str]
"""Name by `user` or `group` and number."""

_HOST = (
    "0 root root, 1 daemon daemon, 2 bin bin, 3 sys sys, 4 sync adm, 5 games tty, 6 man disk, 7 lp lp, 8 mail mail, "
    "9 news news, 10 uucp uucp, 12 - man, 13 proxy proxy, 15 - kmem, 20 - dialout, 21 - fax, 22 - voice, 24 - cdrom, "
    "25 - floppy, 26 - tape, 27 - sudo, 29 - audio, 30 - dip, 33 www-data www-data, 34 backup backup, "
    "37 - operator, 38 list list, 39 irc irc, 40 - src, 42 - shadow, 43 - utmp, 44 - video, 45 - sasl, 46 - plugdev, "
    "50 - staff, 60 - games, 100 - users, 65534 nobody nogroup"
)
HOST_USERS: Users = {
    (kind, int(number)): name
    for number, user, group in (item.split() for item in _HOST.split(", "))
    for kind, name in (("user", user), ("group", group))
    if name != "-"
}
"""Debian's fixed users and groups: a stage's files are hashed with the names that the daemon's host has for them."""

REGULAR, DIRECTORY, LINK, FIFO = 0o100000, 0o040000, 0o120000, 0o010000


def copy_hash(operation: CopyOperation, source: Tree) -> str:
    """`file:HEX`, `dir:HEX` or `multi:HEX` for all sources of an instruction.

    Raises:
        CopyError: With the builder's text, without `COPY failed: `.
    """
    local = isinstance(operation.from_, ContextSource)
    users = {} if local else HOST_USERS
    hashes = [_hash(source, match, users) for text in operation.sources for match in _found(source, text, operation)]
    if not hashes:
        raise CopyError("no source files were specified")
    if len(hashes) > 1 and not operation.destination.endswith("/"):
        raise CopyError(
            "When using COPY with more than one source file, the destination must be a directory and end with a /"
            if operation.kind == "copy"
            else "When using ADD with more than one source file, the destination must be a directory and end with a /"
        )
    return hashes[0] if len(hashes) == 1 else _of_list("multi", hashes)


def _found(source: Tree, text: str, operation: CopyOperation) -> tuple[Match, ...]:
    if isinstance(operation.from_, ContextSource) and _climbs(text):
        raise CopyError(f"forbidden path outside the build context: {text} ()", text)
    found = legacy_matches(source, text)
    for match in found:
        try:
            missing = source.lookup(match.path) is None
        except FileSystemError:
            missing = True
        if missing:  # a link that leads nowhere too, also one that a wildcard found
            name = match.path.lstrip("/") if match.wild else text.removeprefix("/").removeprefix("./")
            raise CopyError(_missing(name, operation), match.path)
    return found


def _climbs(text: str) -> bool:
    depth = 0
    for part in text.split("/"):
        depth += -1 if part == ".." else part not in {"", "."}
        if depth < 0:
            return True
    return False


def _missing(name: str, operation: CopyOperation) -> str:
    if not isinstance(operation.from_, ContextSource):
        return f"stat {name}: file does not exist"
    return f"file not found in build context or excluded by .dockerignore: stat {name}: file does not exist"


def _hash(source: Tree, match: Match, users: Users) -> str:
    canonical = source.resolve(match.path)
    node = source.lookup(canonical)
    if not isinstance(node, Directory):
        return "file:" + entry_hash(source, canonical.lstrip("/"), users)
    hashes = [] if canonical == "/" else [entry_hash(source, canonical.lstrip("/"), users)]
    hashes.extend(entry_hash(source, path.lstrip("/"), users) for path in _below(canonical, node))
    return _of_list("dir", sorted(hashes))


def _below(path: str, directory: Directory) -> Iterator[str]:
    for name, node in directory.entries.items():
        at = child(path, name)
        yield at
        if isinstance(node, Directory):
            yield from _below(at, node)


def _of_list(prefix: str, hashes: list[str]) -> str:
    return f"{prefix}:" + hashlib.sha256(",".join(hashes).encode("utf-8", "surrogateescape")).hexdigest()


def entry_hash(source: Tree, path: str, users: Users) -> str:
    """The hash of one entry; a link counts as what it leads to. A path that leads nowhere is its own hash.

    Args:
        source: The root.
        path: Relative.
        users: Names of users and groups that the builder's host knows; none for the context.
    """
    try:
        canonical = source.resolve("/" + path).lstrip("/")
        node = source.lookup("/" + canonical)
    except FileSystemError:
        return path
    if node is None or not canonical:
        return path
    return tarsum(canonical, node, users)


def tarsum(name: str, node: Node, users: Users) -> str:
    """Header fields and bytes of one tar entry, hashed. Content that isn't known counts by its digest."""
    kind, mode, size, link, data = _facts(node)
    fields = (
        ("name", name + ("/" if isinstance(node, Directory) else "")),
        ("mode", str(kind | node.meta.mode)),
        ("uid", str(node.meta.uid)),
        ("gid", str(node.meta.gid)),
        ("size", str(size)),
        ("typeflag", mode),
        ("linkname", link),
        ("uname", users.get(("user", node.meta.uid), "")),
        ("gname", users.get(("group", node.meta.gid), "")),
        ("devmajor", "0"),
        ("devminor", "0"),
    )
    digest = hashlib.sha256()
    for field, value in fields:
        digest.update((field + value).encode("utf-8", "surrogateescape"))
    digest.update(data)
    return digest.hexdigest()


def _facts(node: Node) -> tuple[int, str, int, str, bytes]:
    match node:
        case Directory():
            return DIRECTORY, "5", 0, "", b""
        case Symlink(target=target):
            return LINK, "2", 0, target, b""
        case Special():
            return FIFO, "6", 0, "", b""
        case File(content=Bytes(data)):
            return REGULAR, "0", len(data), "", data
        case File(content=content):
            return REGULAR, "0", size_of(content) or 0, "", (sha256_of(content) or repr(content)).encode()
