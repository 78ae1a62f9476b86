"""Contents of small files as text, and what differs between two of them."""

from __future__ import annotations

from difflib import unified_diff

from layerlab.filesystem import Bytes, Content

CONTROLS = frozenset(range(32)) - {9, 10, 13}
MAX_DIFF = 200
"""Lines of a difference that are shown."""


def readable(content: Content | None, limit: int) -> str | None:
    """The content as text.

    Args:
        content: Of a file.
        limit: Bytes above which nothing is shown.

    Returns:
        None for what isn't UTF-8 text, is too long, or is known by its size only.
    """
    if not isinstance(content, Bytes) or len(content.data) > limit or not CONTROLS.isdisjoint(content.data):
        return None
    try:
        return content.data.decode()
    except UnicodeDecodeError:
        return None


def difference(old: str, new: str) -> list[str]:
    """Lines of a unified difference, without its file names."""
    lines = unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2)
    return list(lines)[2 : 2 + MAX_DIFF]
