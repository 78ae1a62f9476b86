"""Remembers what was worked out about file trees and layers, so that what an edit leaves as it is costs nothing again.

It holds results of pure functions by the identity of their arguments, a bounded number of them: a build gives the
same answer with and without it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

Value = TypeVar("Value")
MOST = 64
"""How many results are kept where nothing else is said; the least recently used go first."""


class Memo:
    """Results by what they are of.

    Attributes:
        most: How many are kept.
    """

    __slots__ = ("_kept", "most")

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._kept: dict[tuple[Hashable, ...], tuple[tuple[object, ...], object]] = {}

    def get(self, about: tuple[object, ...], key: Hashable, make: Callable[[], Value]) -> Value:
        """The result for some arguments, made now if it isn't known.

        Args:
            about: Immutable values whose identity counts; they are kept alive with the result.
            key: What else the result depends on, the function included.
            make: Works it out.
        """
        at = (key, *map(id, about))
        known = self._kept.pop(at, None)
        if known is None:
            known = (about, make())
            while len(self._kept) >= self.most:
                del self._kept[next(iter(self._kept))]
        self._kept[at] = known
        value: Value = known[1]  # type: ignore[assignment]
        return value
