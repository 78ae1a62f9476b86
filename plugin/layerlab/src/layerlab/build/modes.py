"""`--chmod`: octal digits, or symbolic clauses as chmod(1) has them, with umask 0."""

from __future__ import annotations

import re

CLAUSE = re.compile(r"([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)")
ACTION = re.compile(r"([-+=])([ugo]|[rwxXst]*)")
SHIFT = {"u": 6, "g": 3, "o": 0}
BITS = {"r": 4, "w": 2, "x": 1}


def octal_mode(text: str | None) -> int | None:
    """The mode of an octal `--chmod`; None for a symbolic one or none at all."""
    return int(text, 8) if text and re.fullmatch(r"[0-7]+", text) else None


def changed_mode(text: str, mode: int, *, directory: bool) -> int:
    """The mode an entry gets.

    Args:
        text: Of `--chmod`; what can't be read changes nothing (the plan refuses it before).
        mode: The entry's own.
        directory: Whether it is one, for `X`.
    """
    octal = octal_mode(text)
    if octal is not None:
        return octal & 0o7777
    for clause in text.split(","):
        found = CLAUSE.fullmatch(clause)
        if found is None:
            return mode
        for operator, what in ACTION.findall(found[2]):
            mode = _applied(found[1] or "a", operator, what, mode, directory=directory)
    return mode


def _applied(who: str, operator: str, what: str, mode: int, *, directory: bool) -> int:
    classes = "ugo" if "a" in who else who
    given = cleared = 0
    for name in classes:
        bits = mode >> SHIFT[what] & 7 if what in SHIFT and what else _bits(what, mode, directory=directory)
        given |= bits << SHIFT[name]
        cleared |= 7 << SHIFT[name]
        special = 0o4000 if name == "u" else 0o2000 if name == "g" else 0
        given |= special if "s" in what else 0
        cleared |= special
    if "t" in what and ("o" in classes or "a" in who):
        given |= 0o1000
    match operator:
        case "+":
            return mode | given
        case "-":
            return mode & ~given
        case _:
            return mode & ~cleared | given


def _bits(what: str, mode: int, *, directory: bool) -> int:
    bits = 0
    for char in what:
        bits |= BITS.get(char, 0)
        if char == "X" and (directory or mode & 0o111):
            bits |= 1
    return bits
