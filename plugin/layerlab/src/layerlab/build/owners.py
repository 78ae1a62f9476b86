"""Who a user or a group is, by an image's /etc/passwd and /etc/group: for COPY --chown, WORKDIR and RUN."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from layerlab.filesystem import Bytes, File, FileSystemError, Tree

USERS = "/etc/passwd"
GROUP = "/etc/group"


@dataclass(frozen=True, slots=True)
class RunUser:
    """The identity of a process.

    Attributes:
        uid: User.
        gid: Primary group.
        groups: Supplementary groups, sorted; the primary one is among them.
        home: Home directory.
    """

    uid: int = 0
    gid: int = 0
    groups: tuple[int, ...] = ()
    home: str = "/root"


class UserError(Exception):
    """A user or group that isn't there; the text is the runtime's own."""


@dataclass(frozen=True, slots=True)
class _Account:
    name: str
    uid: int
    gid: int
    home: str


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    gid: int
    members: tuple[str, ...]


def id_of(text: str) -> int | None:
    """The number that a user or group is written as, or None for a name (Go's `strconv.ParseInt`, 32 bits)."""
    digits = text[1:] if text[:1] in {"+", "-"} else text
    if not (digits.isascii() and digits.isdigit()):
        return None
    number = -int(digits) if text.startswith("-") else int(digits)
    return number % (1 << 32) if -(1 << 31) <= number < 1 << 31 else None


def named_parts(spec: str) -> tuple[str, ...]:
    """The names in `user[:group]`, which have to be looked up; `root` hasn't."""
    return tuple(part for part in spec.split(":", 1) if part and part != "root" and id_of(part) is None)


def copy_owner(spec: str, tree: Tree) -> tuple[int, int]:
    """Owner and group of `--chown` and WORKDIR with BuildKit v0.32: unknown names are 0, silently.

    Args:
        spec: `user[:group]`, names or numbers.
        tree: The destination's files, in which names are looked up.
    """
    user, colon, group = spec.partition(":")
    uid = gid = 0
    if (number := id_of(user)) is not None:
        uid = gid = number
    elif user and user != "root":
        account = next((found for found in accounts(tree) if found.name == user), None)
        if account is not None:
            uid, gid = account.uid, account.gid
    if not colon:
        return uid, gid
    if (number := id_of(group)) is not None:
        return uid, number
    if group and group != "root":
        found = next((item for item in groups(tree) if item.name == group), None)
        return uid, found.gid if found is not None else 0
    return uid, 0


def legacy_copy_owner(spec: str, tree: Tree) -> tuple[int, int]:
    """Owner and group of `--chown` with the legacy builder of 20.10: a bare user's name must be a group's too.

    Raises:
        UserError: With the builder's text.
    """
    user, colon, group = spec.partition(":")
    group = group if colon else user
    prefix = "unable to convert uid/gid chown string to host mapping: "
    if (number := id_of(user)) is not None:
        uid = number
    else:
        account = next((found for found in accounts(tree) if found.name == user), None)
        if account is None:
            raise UserError(f"{prefix}can't find uid for user {user}: {_not_found('user', user, tree)}")
        uid = account.uid
    if (number := id_of(group)) is not None:
        return uid, number
    found = next((item for item in groups(tree) if item.name == group), None)
    if found is None:
        raise UserError(f"{prefix}can't find gid for group {group}: {_not_found('group', group, tree)}")
    return uid, found.gid


def _not_found(what: str, name: str, tree: Tree) -> str:
    """Why the legacy builder knows no such name; without any layer the files lie in the new layer's own directory."""
    path = USERS if what == "user" else GROUP
    try:
        missing = tree.lookup(path) is None
    except FileSystemError:
        missing = True
    if not missing:
        return f"no such {what}: {name}"
    mounted = "merged" if tree.root.entries else "diff"
    return f"open /var/lib/docker/overlay2/<id>/{mounted}{path}: no such file or directory"


def run_user(spec: str, tree: Tree) -> RunUser:
    """The identity of a RUN, as runc finds it.

    Args:
        spec: As USER has it; empty for root.
        tree: The image's files.

    Raises:
        UserError: `unable to find user foo: no matching entries in passwd file`, or of a group.
    """
    user, colon, group = (spec or "0").partition(":")
    numbers = [0 if part == "root" else id_of(part) for part in (user, group)]
    if colon and numbers[0] is not None and numbers[1] is not None:
        known = next((found for found in accounts(tree) if found.uid == numbers[0]), None)
        return RunUser(numbers[0], numbers[1], (numbers[1],), known.home if known is not None else "/")
    account = _account(user, tree)
    if account is None and id_of(user) is None:
        raise UserError(f"unable to find user {user}: no matching entries in passwd file")
    uid = account.uid if account is not None else id_of(user) or 0
    gid = account.gid if account is not None else 0
    home = account.home if account is not None else "/"
    if colon and group:
        number = _run_group(group, tree)
        return RunUser(uid, number, (number,), home)
    name = account.name if account is not None else ""
    extra = {item.gid for item in groups(tree) if name and name in item.members}
    return RunUser(uid, gid, tuple(sorted({gid, *extra})), home)


def _account(user: str, tree: Tree) -> _Account | None:
    number = id_of(user)
    return next((found for found in accounts(tree) if user == found.name or number == found.uid), None)


def _run_group(group: str, tree: Tree) -> int:
    number = id_of(group)
    found = next((item for item in groups(tree) if group == item.name or number == item.gid), None)
    if found is None and number is None:
        raise UserError(f"unable to find group {group}: no matching entries in group file")
    return found.gid if found is not None else int(group)


def accounts(tree: Tree) -> tuple[_Account, ...]:
    """The lines of /etc/passwd that are well formed."""
    return _accounts(_data(tree, USERS))


@lru_cache(maxsize=8)
def _accounts(data: bytes) -> tuple[_Account, ...]:
    return tuple(
        _Account(fields[0], int(fields[2]), int(fields[3]), fields[5])
        for fields in _lines(data)
        if len(fields) >= 6 and fields[2].isdigit() and fields[3].isdigit()
    )


def groups(tree: Tree) -> tuple[_Group, ...]:
    """The lines of /etc/group that are well formed."""
    return _groups(_data(tree, GROUP))


@lru_cache(maxsize=8)
def _groups(data: bytes) -> tuple[_Group, ...]:
    found = []
    for fields in _lines(data):
        if len(fields) >= 3 and fields[2].isdigit():
            members = tuple(name for name in (fields[3] if len(fields) > 3 else "").split(",") if name)
            found.append(_Group(fields[0], int(fields[2]), members))
    return tuple(found)


def _data(tree: Tree, path: str) -> bytes:
    """What a file holds; nothing where there is none, or none whose bytes are known."""
    try:
        node = tree.lookup(path)
    except FileSystemError:
        return b""
    return node.content.data if isinstance(node, File) and isinstance(node.content, Bytes) else b""


def _lines(data: bytes) -> list[list[str]]:
    text = data.decode("utf-8", "replace")
    return [line.split(":") for line in text.splitlines() if line and not line.startswith("#")]
