"""File modes as people write them: `755`, `u=rwX,go-w`."""

from __future__ import annotations

import re
from collections.abc import Callable

WHO = {"u": 0o4700, "g": 0o2070, "o": 0o0007}
CLAUSE = re.compile(r"([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)\Z")
ACTION = re.compile(r"([-+=])([ugo]|[rwxXst]*)")

Change = Callable[[int, bool], int]


class ModeError(ValueError):
    """A mode that can't be read."""


def parse_mode(text: str, umask: int = 0, *, keep_special: bool = True) -> Change:
    """A mode as a function from old bits and whether it is a directory to new bits.

    Args:
        text: Octal digits or symbolic clauses.
        umask: Bits left alone by clauses that name nobody (`+x`).
        keep_special: Whether octal digits leave setuid and setgid of directories alone, as coreutils do.

    Raises:
        ModeError: It is neither.
    """
    if re.fullmatch(r"[0-7]{1,5}", text) and int(text, 8) <= 0o7777:
        value = int(text, 8)
        # Special bits of directories stay unless five digits (or `=`) say otherwise.
        return lambda old, directory: value | (old & 0o6000 if keep_special and directory and len(text) < 5 else 0)
    clauses: list[tuple[str, list[tuple[str, str]]]] = []
    for clause in text.split(","):
        found = CLAUSE.match(clause)
        if found is None:
            raise ModeError(text)
        clauses.append((found.group(1), ACTION.findall(found.group(2))))

    def change(old: int, directory: bool) -> int:
        for who, actions in clauses:
            for operator, permissions in actions:
                old = _apply(old, who, operator, permissions, directory=directory, umask=umask)
        return old

    return change


def _apply(old: int, who: str, operator: str, permissions: str, *, directory: bool, umask: int) -> int:
    people = "ugo" if not who or "a" in who else who
    scope = 0
    for person in people:
        scope |= WHO[person]
    if "t" in permissions or "a" in who or not who or "o" in who:
        scope |= 0o1000
    bits = _bits(old, permissions, directory=directory) & scope
    if not who:
        bits &= ~umask | 0o7000
    if operator == "+":
        return old | bits
    if operator == "-":
        return old & ~bits
    kept = scope & 0o777
    special = scope & 0o7000 if not directory else (scope & 0o1000 if "t" in permissions else 0)
    return (old & ~(kept | special)) | bits


def _bits(old: int, permissions: str, *, directory: bool) -> int:
    if permissions in ("u", "g", "o") and permissions:
        shift = {"u": 6, "g": 3, "o": 0}[permissions]
        return ((old >> shift) & 7) * 0o111
    bits = 0
    for letter in permissions:
        match letter:
            case "r":
                bits |= 0o444
            case "w":
                bits |= 0o222
            case "x":
                bits |= 0o111
            case "X":
                bits |= 0o111 if directory or old & 0o111 else 0
            case "s":
                bits |= 0o6000
            case _:
                bits |= 0o1000
    return bits


def symbolic(mode: int) -> str:
    """A mode as `umask -S` shows it."""
    names = ("u", mode >> 6), ("g", mode >> 3), ("o", mode)
    return ",".join(
        f"{who}={''.join(letter for letter, bit in zip('rwx', (4, 2, 1), strict=True) if bits & bit)}"
        for who, bits in names
    )


def listing(mode: int, kind: str) -> str:
    """Ten characters as `ls -l` shows them; `kind` is its first."""
    out = [kind]
    for shift, special, letter in ((6, 0o4000, "s"), (3, 0o2000, "s"), (0, 0o1000, "t")):
        bits = mode >> shift
        out.append("r" if bits & 4 else "-")
        out.append("w" if bits & 2 else "-")
        if mode & special:
            out.append(letter if bits & 1 else letter.upper())
        else:
            out.append("x" if bits & 1 else "-")
    return "".join(out)
