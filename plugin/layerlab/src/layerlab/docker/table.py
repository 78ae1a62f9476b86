"""Tables as docker/cli lays them out (a copy of Go's tabwriter: cells of at least 10, 3 apart), and cuts."""

from __future__ import annotations

from collections.abc import Sequence

from layerlab.docker.width import Measure, character, is_wide, measured

MINIMUM, PADDING = 10, 3
ID_LENGTH = 12
ELLIPSIS = "…"


def tabulate(text: str, measure: Measure = "cells") -> str:
    """Lay out lines whose cells end in TAB.

    A cell is padded to its column's width; a column is a run of consecutive lines that all have a terminated cell
    there. What follows the last TAB of a line is printed as it is.

    Args:
        text: Lines, each ending in a newline.
        measure: How widths are counted.
    """
    lines: list[str] = []
    for block in text.split("\f"):
        rows = [row.replace("\v", "\t").split("\t") for row in block.split("\n")]
        _format(rows, [], measure, lines)
    return "\n".join(lines)


def _format(rows: list[list[str]], widths: list[int], measure: Measure, out: list[str]) -> None:
    column, start, at = len(widths), 0, 0
    while at < len(rows):
        if column >= len(rows[at]) - 1:
            at += 1
            continue
        _write(rows[start:at], widths, measure, out)
        end, width = at, MINIMUM
        while end < len(rows) and column < len(rows[end]) - 1:
            width = max(width, measured(rows[end][column], measure) + PADDING)
            end += 1
        _format(rows[at:end], [*widths, width], measure, out)
        start = at = end
    _write(rows[start:], widths, measure, out)


def _write(rows: list[list[str]], widths: list[int], measure: Measure, out: list[str]) -> None:
    for row in rows:
        text = ""
        for index, cell in enumerate(row):
            gap = widths[index] - measured(cell, measure) if index < len(widths) else 0
            text += cell + " " * gap
        out.append(text)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], measure: Measure = "cells") -> str:
    """A header and rows as Docker prints them; the header stands even over no rows.

    Args:
        header: Column titles.
        rows: As many cells each.
        measure: How widths are counted.
    """
    return tabulate("".join("\t".join(row) + "\n" for row in (header, *rows)), measure)


def ellipsis(text: str, width: int) -> str:
    """Cut a text to a width, the last place being `…`.

    Args:
        text: Any text.
        width: Cells, at least 1.
    """
    if text.isascii():
        return text if len(text) <= width else text[: width - 1] + ELLIPSIS
    if sum(_display(char) for char in text) <= width:
        return text
    taken = 0
    for at, char in enumerate(text):
        taken += _display(char)
        if taken > width - 1:
            return text[:at] + ELLIPSIS
    return text


def short_id(identity: str) -> str:
    """The first 12 digits of an id, without its algorithm."""
    return identity.rpartition("sha256:")[2][:ID_LENGTH]


def go_quote(text: str) -> str:
    r"""Go's `%q`: double quotes, with escapes for what can't be printed."""
    named = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\a": "\\a", "\b": "\\b"}
    named |= {"\f": "\\f", "\v": "\\v"}
    return '"' + "".join(named.get(char) or _quoted(char) for char in text) + '"'


def _quoted(char: str) -> str:
    code = ord(char)
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    if char == " " or character(char) or not char.isspace():
        return char
    return f"\\u{code:04x}"


def _display(char: str) -> int:
    return 2 if is_wide(char) else 1
