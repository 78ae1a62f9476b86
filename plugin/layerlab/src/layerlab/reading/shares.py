"""Which rows weigh what: sizes ranked, and their shares of the whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from layerlab.reading.model import Entry


@dataclass(frozen=True, slots=True)
class Shares:
    """Sizes of a history.

    Attributes:
        total: Sum of the known sizes, bytes.
        rounded: Whether Docker's three digits went into it.
        unknown: Rows whose size isn't known.
        ranked: Numbers of the rows with a size above zero, largest first.
        permille: By row number, thousandths of `total`.
    """

    total: int
    rounded: bool
    unknown: int
    ranked: tuple[int, ...]
    permille: dict[int, int]


def shares(entries: Iterable[Entry]) -> Shares:
    """Rank rows by size; equal ones stay newest first, as Docker lists them."""
    sized = {entry.number: entry for entry in entries}
    weights = {number: entry.size for number, entry in sized.items() if entry.size}
    total = sum(weights.values())
    ranked = sorted(weights, key=lambda number: (-weights[number], -number))
    return Shares(
        total=total,
        rounded=any(sized[number].rounded for number in weights),
        unknown=sum(1 for entry in sized.values() if entry.size is None),
        ranked=tuple(ranked),
        permille={number: weights[number] * 1000 // total for number in ranked},
    )
