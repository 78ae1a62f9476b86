"""The scripts of the differential tests: files of one-line scripts and of blocks, grouped by topic.

A line is a script. A block from `<<<` to `>>>`, each alone on a line, is one, too. Before either
may stand words: `@dash`, `@busybox`, `@bash` (only there), `!err` (standard error isn't compared).
Lines that begin with `##` are comments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "scripts"


@dataclass(frozen=True)
class Script:
    """One script and where it runs."""

    name: str
    text: str
    shells: tuple[str, ...]
    compare_errors: bool


def scripts() -> Iterator[Script]:
    """All scripts."""
    for file in sorted(FOLDER.glob("*.txt")):
        default = ("bash",) if file.stem.startswith("bash") else ("dash", "busybox")
        for number, words, text in _parts(file.read_text(encoding="utf-8").splitlines()):
            only = tuple(word[1:] for word in words if word.startswith("@"))
            yield Script(f"{file.stem}-{number}", text, only or default, "!err" not in words)


def _parts(lines: list[str]) -> Iterator[tuple[int, list[str], str]]:
    position = 0
    while position < len(lines):
        line, number = lines[position], position + 1
        position += 1
        words: list[str] = []
        while line.startswith(("@", "!err ")) or line == "!err":
            word, _, line = line.partition(" ")
            words.append(word)
        if line == "<<<":
            end = lines.index(">>>", position)
            yield number, words, "\n".join(lines[position:end])
            position = end + 1
        elif line and not line.startswith("##"):
            yield number, words, line
