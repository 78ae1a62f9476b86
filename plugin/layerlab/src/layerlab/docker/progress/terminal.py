"""`[+] Building`: the last screen of BuildKit's display on a terminal (buildx v0.36).

Docker redraws it while it builds; here is what stays. It cuts and pads by characters, so wide ones (Hangul) stand out
to the right, as they do with Docker.
"""

from __future__ import annotations

from collections.abc import Iterator

from layerlab.build.reasons import BuildStopped, Skipped
from layerlab.build.record import BuildRecord, SubStatus, Vertex
from layerlab.docker import units
from layerlab.docker.progress.ending import ending
from layerlab.docker.progress.lines import SECOND, warning_line

COLUMNS = 80
BLUE, RED, YELLOW, RESET = "\x1b[34m", "\x1b[31m", "\x1b[33m", "\x1b[0m"
COLOURS = {"DONE": BLUE, "CACHED": BLUE, "ERROR": RED, "CANCELED": YELLOW}
PREFIXES = {"CACHED": "CACHED ", "ERROR": "ERROR ", "CANCELED": "CANCELED "}
SMALLEST = 12
"""Characters a name must have room for; without them the row is left out."""


def terminal_log(record: BuildRecord, columns: int = COLUMNS, *, colours: bool = False) -> str:
    """The final screen and what stands below it; it goes to stderr.

    Args:
        record: A build with BuildKit.
        columns: Width of the terminal.
        colours: Whether rows are coloured as on a terminal.
    """
    rows = [_head(record, columns)]
    for vertex in record.vertices:
        colour = COLOURS.get(vertex.status or "", "") if colours else ""
        rows.extend(f"{colour}{row}{RESET}" if colour else row for row in _vertex(vertex, columns))
        if vertex.kind == "definition":
            for warning in dict.fromkeys(map(warning_line, record.warnings)):
                rows.extend(_row(f" => WARN: {warning.rpartition(' (line ')[0] or warning}", 0, columns))
    return "\n".join(rows) + "\n" + ending(record)


def _head(record: BuildRecord, columns: int) -> str:
    completed = sum(1 for vertex in record.vertices if vertex.status)
    shown = {vertex.step for vertex in record.vertices}
    waiting = sum(1 for step in record.steps if step.index not in shown and step.number and _stopped(step.cache))
    total = len(record.vertices) + waiting
    left = f"[+] Building {record.duration / SECOND:.1f}s ({completed}/{total})"
    left += " FINISHED" if completed == total else ""
    return _aligned(left, "docker:default", columns - 1)


def _stopped(decision: object) -> bool:
    return isinstance(decision, Skipped) and isinstance(decision.because, BuildStopped)


def _vertex(vertex: Vertex, columns: int) -> Iterator[str]:
    prefix = PREFIXES.get(vertex.status or "", "")
    yield from _row(f" => {prefix}{vertex.name}", vertex.duration, columns)
    for status in vertex.statuses:
        yield from _row(f" => => {status.text}{_bytes(status)}", status.duration, columns)


def _bytes(status: SubStatus) -> str:
    if status.current is None:
        return ""
    total = "" if status.total is None else f" / {units.progress_bytes(status.total)}"
    return f" {units.progress_bytes(status.current)}{total}"


def _row(text: str, duration: int, columns: int) -> Iterator[str]:
    timer = f" {duration / SECOND:3.1f}s"
    room = columns - len(timer) - 2
    if room >= SMALLEST:
        yield _aligned(text[:room], timer, columns - 1)


def _aligned(left: str, right: str, width: int) -> str:
    return f"{left:<{width - len(right) - 1}} {right}"
