"""Changes to a text as data: whole lines replaced by whole lines, everything else kept byte for byte."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from layerlab.dockerfile.source import Source


@dataclass(frozen=True, slots=True)
class Edit:
    """Some lines and what they become.

    Attributes:
        line: First line, from 1.
        end_line: Last line, included.
        text: The new lines, joined by line feeds, without the ending of the last.
    """

    line: int
    end_line: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change an editor can offer.

    Attributes:
        key: Its title in `messages/checks`.
        edits: In order of lines, none overlapping.
        values: Placeholders of the title.
    """

    key: str
    edits: tuple[Edit, ...]
    values: tuple[tuple[str, str], ...] = ()


def apply_edits(source: Source, edits: Iterable[Edit]) -> str:
    """The text after some edits; new lines get the line ending of the last line they replace.

    Args:
        source: The text before.
        edits: None overlapping, in any order.
    """
    lines = list(source.lines)
    for edit in sorted(edits, key=lambda edit: edit.line, reverse=True):
        last = lines[edit.end_line - 1]
        ending = last[len(last.rstrip("\r\n")) :]
        inner = "\r\n" if ending == "\r\n" else "\n"
        lines[edit.line - 1 : edit.end_line] = [inner.join(edit.text.split("\n")) + ending]
    return "".join(lines)
