"""Checks of `--chmod` values: octal digits, or the clauses of chmod(1). Applying them is `build`'s."""

from __future__ import annotations

import re

MOST = 0o7777
_CLAUSE = re.compile(r"[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+")


def chmod_problem(value: str) -> str:
    """BuildKit's message for a bad value (v0.32); empty for a good one.

    Args:
        value: After expansion.
    """
    octal = f"invalid chmod parameter: '{value}'. it should be octal string and between 0 and 07777"
    if value and not value.strip("01234567"):
        return "" if int(value, 8) <= MOST else octal
    if all(_CLAUSE.fullmatch(clause) for clause in value.split(",")):
        return ""
    return octal if value[:1].isdigit() else "invalid syntax"
