"""The lines of a Dockerfile around a problem, as buildx v0.36 prints them below an error or a warning."""

from __future__ import annotations

RULER = "-" * 20


def excerpt(name: str, source: str, first: int, last: int) -> str:
    """File name and line, and the lines around with `>>>` before those that are meant.

    Args:
        name: The Dockerfile as given with `-f`.
        source: Its text.
        first: First line meant, from 1.
        last: Last line meant.
    """
    lines = source.replace("\r\n", "\n").split("\n")
    first, last = max(1, min(first, len(lines))), max(1, min(last, len(lines)))
    start, end = _widened(first, last, len(lines))
    rows = [
        f" {number:3d} | {'>>>' if first <= number <= last else '   '} {lines[number - 1]}"
        for number in range(start, end + 1)
    ]
    return "\n".join([f"{name}:{first}", RULER, *rows, RULER]) + "\n"


def _widened(first: int, last: int, count: int) -> tuple[int, int]:
    """The lines to show: a budget of 4 around a single line, of 2 around several; a round costs one as well."""
    budget = 4 if first == last else 2
    start, end, used = first, last, 0
    while used < budget:
        if start > 1:
            start, used = start - 1, used + 1
        if end < count:
            end, used = end + 1, used + 1
        used += 1
    return start, end
