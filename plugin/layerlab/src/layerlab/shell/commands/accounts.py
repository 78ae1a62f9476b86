"""Users and groups as the tree's `/etc/passwd` and `/etc/group` have them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from layerlab.filesystem import Bytes, Editor, FileSystemError


@dataclass(frozen=True, slots=True)
class Account:
    """One line of `/etc/passwd`."""

    name: str
    uid: int
    gid: int
    comment: str
    home: str
    shell: str


@dataclass(frozen=True, slots=True)
class Group:
    """One line of `/etc/group`."""

    name: str
    gid: int
    members: tuple[str, ...]


def lines(fs: Editor, path: str) -> list[str]:
    """The lines of a file; none if it isn't there or isn't known."""
    try:
        content = fs.read(path)
    except FileSystemError:
        return []
    return content.data.decode("utf-8", "surrogateescape").splitlines() if isinstance(content, Bytes) else []


def accounts(fs: Editor) -> Iterator[Account]:
    """All users."""
    for line in lines(fs, "/etc/passwd"):
        cells = line.split(":")
        if len(cells) >= 7 and cells[2].isdigit() and cells[3].isdigit():
            yield Account(cells[0], int(cells[2]), int(cells[3]), cells[4], cells[5], cells[6])


def groups(fs: Editor) -> Iterator[Group]:
    """All groups."""
    for line in lines(fs, "/etc/group"):
        cells = line.split(":")
        if len(cells) >= 4 and cells[2].isdigit():
            yield Group(cells[0], int(cells[2]), tuple(name for name in cells[3].split(",") if name))


def find_account(fs: Editor, name: str) -> Account | None:
    """A user by name."""
    return next((account for account in accounts(fs) if account.name == name), None)


def find_group(fs: Editor, name: str) -> Group | None:
    """A group by name."""
    return next((group for group in groups(fs) if group.name == name), None)


def user_name(fs: Editor, uid: int) -> str | None:
    """The name of a user id."""
    return next((account.name for account in accounts(fs) if account.uid == uid), None)


def group_name(fs: Editor, gid: int) -> str | None:
    """The name of a group id."""
    return next((group.name for group in groups(fs) if group.gid == gid), None)


def groups_of(fs: Editor, account: Account) -> list[int]:
    """The ids of a user's groups, the primary one first."""
    found = [account.gid]
    found.extend(group.gid for group in groups(fs) if account.name in group.members and group.gid != account.gid)
    return found
