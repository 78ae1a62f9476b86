"""apt's way to print lists of names and sizes (apt 2.6), and words about effects that are only estimated."""

from __future__ import annotations

from collections.abc import Iterable

SCREEN_WIDTH = 79 - 3
"""Width apt wraps lists at when standard output is no terminal."""


def name_list(title: str, names: Iterable[str]) -> str:
    """A titled list as apt prints it; empty for no names.

    Args:
        title: The line above.
        names: In the order they are shown.
    """
    text, used = "", 0
    for name in names:
        if used == 0 or used + len(name) >= SCREEN_WIDTH:
            text += "\n  "
            used = 0
        else:
            text += " "
            used += 1
        text += name
        used += len(name)
    return f"{title}{text}\n" if text else ""


def size_text(size: int) -> str:
    """A size as apt words it: `633 kB`, `12.0 MB`.

    Args:
        size: Bytes, not negative.
    """
    value = float(size)
    for unit in ("", "k", "M", "G"):
        if value < 100 and unit:
            return f"{value:.1f} {unit}B"
        if value < 10_000:
            return f"{value:.0f} {unit}B"
        value /= 1000
    return f"{value:.0f} TB"
