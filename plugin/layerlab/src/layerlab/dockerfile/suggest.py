"""“Did you mean”: the nearest of some names, as BuildKit chooses it."""

from __future__ import annotations

from collections.abc import Iterable

FARTHEST = 2
"""Edits at which a name is still near."""


def distance(left: str, right: str, limit: int = FARTHEST) -> int:
    """Levenshtein distance with unit costs; anything above the limit is `limit + 1`.

    The work is bounded by the shorter text times the limit, however long the other is.
    """
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    previous = list(range(len(right) + 1))
    for row, char in enumerate(left, 1):
        current = [row] + [limit + 1] * len(right)
        for column in range(max(1, row - limit), min(len(right), row + limit) + 1):
            current[column] = min(
                previous[column] + 1,
                current[column - 1] + 1,
                previous[column - 1] + (char != right[column - 1]),
            )
        if min(current) > limit:
            return limit + 1
        previous = current
    return min(previous[-1], limit + 1)


def nearest(value: str, options: Iterable[str], *, case_sensitive: bool = True) -> str | None:
    """The option with the fewest edits, two at most; None if there is none or the value itself is an option.

    Ties go to the alphabetically first (BuildKit leaves them to chance).

    Args:
        value: What was written.
        options: What it may have meant.
        case_sensitive: If not, the answer follows the case of the value.
    """
    wanted = value if case_sensitive else value.lower()
    best: str | None = None
    best_distance = FARTHEST + 1
    for option in sorted(options):
        candidate = option if case_sensitive else option.lower()
        if candidate == wanted:
            return None
        edits = distance(wanted, candidate)
        if edits < best_distance:
            best, best_distance = candidate, edits
    if best is None or case_sensitive:
        return best
    return best.upper() if value == value.upper() and value != value.lower() else best


def with_suggestion(message: str, value: str, options: Iterable[str], *, case_sensitive: bool = True) -> str:
    """The message with ` (did you mean X?)` where something is near."""
    best = nearest(value, options, case_sensitive=case_sensitive)
    return message if best is None else f"{message} (did you mean {best}?)"
