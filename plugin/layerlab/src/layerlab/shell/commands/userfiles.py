"""Writing `/etc/passwd`, `/etc/group` and their shadows."""

from __future__ import annotations

from dataclasses import dataclass

from layerlab.filesystem import Bytes, Editor, FileSystemError
from layerlab.shell.commands.accounts import accounts, groups, lines
from layerlab.shell.commands.dates import SECOND


@dataclass(frozen=True, slots=True)
class NewUser:
    """What a new line of `/etc/passwd` says."""

    name: str
    uid: int
    gid: int
    comment: str
    home: str
    shell: str


def rewrite(fs: Editor, path: str, text: list[str], *, mode: int = 0o644, backup: bool = True) -> None:
    """Write a file anew, the old one kept with a dash behind its name as shadow's tools do."""
    if backup and fs.exists(path):
        old = fs.stat(path)
        fs.write(path + "-", fs.read(path), mode)
        fs.chmod(path + "-", old.meta.mode)
        if (old.meta.uid, old.meta.gid) != (0, 0):
            fs.chown(path + "-", old.meta.uid, old.meta.gid)
    known = "".join(line + "\n" for line in text)
    fs.write(path, Bytes(known.encode("utf-8", "surrogateescape")), mode)


def append(fs: Editor, path: str, line: str, *, backup: bool, mode: int = 0o644) -> None:
    """Add one line; nothing if the file isn't there."""
    if not fs.exists(path):
        return
    try:
        content = fs.read(path)
    except FileSystemError:
        return
    if not isinstance(content, Bytes):
        # Known by its size alone: so is what it becomes.
        if backup:
            fs.write(path + "-", content, mode)
            fs.chmod(path + "-", fs.stat(path).meta.mode)
        fs.append(path, f"{line}\n".encode("utf-8", "surrogateescape"))
        return
    rewrite(fs, path, [*lines(fs, path), line], mode=mode, backup=backup)


def replace_line(fs: Editor, path: str, name: str, line: str | None, *, backup: bool) -> bool:
    """Replace the line of a name, or take it out; whether there was one."""
    before = lines(fs, path)
    after = [one if one.partition(":")[0] != name else line for one in before]
    kept = [one for one in after if one is not None]
    if kept == before:
        return False
    rewrite(fs, path, kept, backup=backup)
    return True


def free_id(taken: set[int], first: int, last: int, *, downwards: bool) -> int:
    """The id a tool picks: shadow's take the one above the highest for users, the highest free for system ones."""
    if downwards:
        return next((number for number in range(last, first - 1, -1) if number not in taken), first)
    inside = [number for number in taken if first <= number <= last]
    return (
        max(inside) + 1
        if inside and max(inside) < last
        else next((n for n in range(first, last + 1) if n not in taken), first)
    )


def first_free(taken: set[int], first: int, last: int) -> int:
    """The lowest free id, as busybox and Debian's adduser pick it."""
    return next((number for number in range(first, last + 1) if number not in taken), first)


def uids(fs: Editor) -> set[int]:
    """Ids of all users."""
    return {account.uid for account in accounts(fs)}


def gids(fs: Editor) -> set[int]:
    """Ids of all groups."""
    return {group.gid for group in groups(fs)}


def day(fs: Editor) -> int:
    """Days since the epoch, as `/etc/shadow` counts."""
    return fs.now // SECOND // 86400


def add_user_lines(fs: Editor, user: NewUser, *, aging: str, backup: bool) -> None:
    """Add a user to passwd and shadow."""
    append(
        fs, "/etc/passwd", f"{user.name}:x:{user.uid}:{user.gid}:{user.comment}:{user.home}:{user.shell}", backup=backup
    )
    append(fs, "/etc/shadow", f"{user.name}:!:{day(fs)}:{aging}", backup=backup, mode=0o640)


def add_group_lines(fs: Editor, name: str, gid: int, *, backup: bool) -> None:
    """Add a group to group and gshadow."""
    append(fs, "/etc/group", f"{name}:x:{gid}:", backup=backup)
    append(fs, "/etc/gshadow", f"{name}:!::", backup=backup, mode=0o640)


def add_member(fs: Editor, group: str, user: str, *, backup: bool) -> None:
    """Add a user to a group's members."""
    for path in ("/etc/group", "/etc/gshadow"):
        for line in lines(fs, path):
            cells = line.split(":")
            if cells[0] == group and len(cells) > 3 and user not in cells[3].split(","):
                cells[3] = f"{cells[3]},{user}" if cells[3] else user
                replace_line(fs, path, group, ":".join(cells), backup=backup)


def make_home(fs: Editor, user: NewUser, mode: int, *, skeleton: bool) -> None:
    """Make a home directory, with copies of `/etc/skel`."""
    fs.makedirs(user.home, 0o755)
    fs.chown(user.home, user.uid, user.gid)
    fs.chmod(user.home, mode)
    if skeleton and fs.is_directory("/etc/skel"):
        for name in fs.listdir("/etc/skel"):
            node = fs.stat(f"/etc/skel/{name}", follow=False)
            fs.put(f"{user.home}/{name}", node)
            fs.chown(f"{user.home}/{name}", user.uid, user.gid, follow=False)
