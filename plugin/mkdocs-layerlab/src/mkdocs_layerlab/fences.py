"""The fences of a page as they stand in its text: which line each opens on, and whether it was taken.

Superfences gives a formatter the source of a fence but not its line, so this preprocessor looks at the text first.
It changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from markdown.preprocessors import Preprocessor

OPENING = re.compile(r"[> \t]*(?P<fence>`{3,}|~{3,})(?P<header>[^`]*)")
OURS = re.compile(r"\{[^}]*\.layerlab\b|^\s*layerlab-exercise\b")
LAB = re.compile(r"""\blab=(?:"([^"]*)"|'([^']*)'|([^\s}]+))""")


@dataclass(slots=True)
class Fence:
    """One fence of ours in the text.

    Attributes:
        line: Line of its opening, counted from 1 in the text that Markdown got.
        header: What follows the backticks.
        source: Its content without indentation and quote marks, by which it is recognised.
        taken: Whether superfences handed it to us.
    """

    line: int
    header: str
    source: str
    taken: bool = False

    @property
    def lab(self) -> str | None:
        """The lab its header names."""
        found = LAB.search(self.header)
        return next((group for group in found.groups() if group is not None), None) if found else None


class FenceLines(Preprocessor):
    """Remembers the fences of the page being converted."""

    def __init__(self) -> None:
        super().__init__()
        self.fences: list[Fence] = []

    def run(self, lines: list[str]) -> list[str]:
        """Find the fences; the lines stay as they are."""
        self.fences = find_fences(lines)
        return lines

    def take(self, source: str) -> Fence | None:
        """The next fence with this content that isn't taken, or None (say, for one out of a snippet)."""
        wanted = _plain(source.split("\n"))
        for fence in self.fences:
            if not fence.taken and fence.source == wanted:
                fence.taken = True
                return fence
        return None

    def left(self) -> list[Fence]:
        """Fences that carry our mark and were not handed to us: their header doesn't read as meant."""
        return [fence for fence in self.fences if not fence.taken]

    def fingerprint(self, lab: str | None, source: str) -> str:
        """Changes when a block of the lab changes, so that edits kept for an older page are noticed.

        Args:
            lab: The lab's name, or None for a block that stands alone.
            source: Content of that block.
        """
        parts = [source] if lab is None else [f"{f.header}\n{f.source}" for f in self.fences if f.lab == lab]
        return sha256("\0".join(parts or [source]).encode()).hexdigest()[:12]


def find_fences(lines: Sequence[str]) -> list[Fence]:
    """All fences with our mark. One that is shown inside another fence is text, not a fence."""
    found: list[Fence] = []
    index = 0
    while index < len(lines):
        opening = OPENING.fullmatch(lines[index])
        if opening is None:
            index += 1
            continue
        end = _closing(lines, index + 1, opening["fence"])
        if OURS.search(opening["header"]):
            found.append(Fence(index + 1, opening["header"].strip(), _plain(lines[index + 1 : end])))
        index = end + 1
    return found


def _closing(lines: Sequence[str], start: int, fence: str) -> int:
    for index in range(start, len(lines)):
        mark = lines[index].strip("> \t")
        if mark.startswith(fence) and not mark.strip(fence[0]):
            return index
    return start - 1  # never closed: not a fence, the text goes on


def _plain(lines: Sequence[str]) -> str:
    return "\n".join(line.strip("> \t\r") for line in lines).strip("\n")
