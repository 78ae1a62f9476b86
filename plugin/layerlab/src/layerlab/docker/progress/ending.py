"""What stands below a BuildKit log: the failed vertex' output, warnings, the excerpt and the error (buildx v0.36)."""

from __future__ import annotations

from collections.abc import Iterator

from layerlab.build.record import BuildRecord, Failure
from layerlab.docker.excerpt import excerpt
from layerlab.docker.progress.lines import log_lines, stamp, warning_line

RULE = "------"
LAST_LINES = 10
"""How many log lines of a failed vertex plain mode repeats."""

YELLOW, RESET = "\x1b[33m", "\x1b[0m"


def ending(record: BuildRecord, *, all_lines: bool = False) -> str:
    """Everything after the vertices' blocks.

    Args:
        record: The build.
        all_lines: Whether the whole log of failed vertices is repeated (terminal view).
    """
    text = ""
    failure = record.failure
    if failure is not None:
        text += "".join(_failed(record, failure, all_lines=all_lines))
    text += warnings_block(record)
    if failure is not None:
        text += "".join(excerpt(record.name.rpartition("/")[2], record.source, *lines) for lines in failure.locations)
        text += f"ERROR: {failed_to_build(record)}{failure.message}\n"
    return text


def failed_to_build(record: BuildRecord) -> str:
    """The words buildx puts before its errors since v0.25; 20.10 has none."""
    return "" if record.personality.engine == "20.10" else "failed to build: "


def warnings_block(record: BuildRecord) -> str:
    """The coloured count and one line a warning; nothing where there are none."""
    lines = list(dict.fromkeys(map(warning_line, record.warnings)))
    if not lines:
        return ""
    count = len(record.warnings)
    head = f"{count} warning{'s' if count > 1 else ''} found (use docker --debug to expand):"
    return f"\n {YELLOW}{head}\n{RESET}" + "".join(f" - {line}\n" for line in lines)


def _failed(record: BuildRecord, failure: Failure, *, all_lines: bool) -> Iterator[str]:
    shown = [record.vertices[index] for index in failure.vertices]
    if not shown:
        return
    for vertex in shown:
        yield f"{RULE}\n > {vertex.name}:\n"
        lines = list(log_lines(vertex.output))
        for at, line in lines if all_lines else lines[-LAST_LINES:]:
            yield line + "\n" if all_lines else f"{stamp(at)} {line}\n"
    yield f"{RULE}\n"
