"""BuildKit's `--progress=plain` (buildx v0.36): one block a vertex, numbered in the order they are printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from layerlab.build.record import BuildRecord, SubStatus, Vertex, Warned
from layerlab.docker import units
from layerlab.docker.progress.ending import ending
from layerlab.docker.progress.lines import SECOND, log_lines, stamp, warning_line

SHOWN = SECOND // 100
"""A status line says how long it took from 10 ms on."""

HEADER = '#0 building with "default" instance using docker driver\n'


def plain_log(record: BuildRecord) -> str:
    """The whole log, ending block included; it goes to stderr.

    Args:
        record: A build with BuildKit.
    """
    header = "" if record.personality.engine == "20.10" else HEADER
    blocks = [header] if header else []
    for number, vertex in enumerate(record.vertices, 1):
        warnings = record.warnings if vertex.kind == "definition" else ()
        blocks.append("".join(line + "\n" for line in _block(number, vertex, warnings)))
    return "\n".join(blocks) + ending(record)


def _block(number: int, vertex: Vertex, warnings: Sequence[Warned]) -> Iterator[str]:
    yield f"#{number} {vertex.name}"
    for status in vertex.statuses:
        yield f"#{number} {status_line(status)}"
    for warning in dict.fromkeys(map(warning_line, warnings)):
        yield f"#{number} WARN: {warning}"
    for at, line in log_lines(vertex.output):
        yield f"#{number} {stamp(at)} {line}"
    match vertex.status:
        case "DONE":
            yield f"#{number} DONE {vertex.duration / SECOND:.1f}s"
        case "ERROR":
            yield f"#{number} ERROR: {vertex.error or ''}"
        case None:
            yield f"#{number} ..."
        case status_word:
            yield f"#{number} {status_word}"


def status_line(status: SubStatus, *, done: bool = True) -> str:
    """`transferring context: 475B 0.1s done`: a status with its bytes and time.

    Args:
        status: What to show.
        done: Whether it is finished.
    """
    text = status.text
    if status.current is not None and status.total is not None:
        text += f" {units.progress_bytes(status.current)} / {units.progress_bytes(status.total)}"
    elif status.current is not None:
        text += f" {units.progress_bytes(status.current)}"
    if status.duration > SHOWN:
        text += f" {status.duration / SECOND:.1f}s"
    return text + " done" if done else text
