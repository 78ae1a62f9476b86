"""The piece of the Dockerfile Docker prints beside an error or a warning."""

from __future__ import annotations

from collections.abc import Sequence

from layerlab.dockerfile.source import Source
from layerlab.dockerfile.span import Span

RULE = "-" * 20
NEWLINE = "\n"


def excerpt(source: Source, spans: Sequence[Span], filename: str = "Dockerfile") -> str:
    """Docker's excerpt of one location, as BuildKit v0.32 prints it, with a final line feed.

    Args:
        source: The text.
        spans: Ranges of the location; all their lines are marked.
        filename: Of the header: the base name in a build, the path as given for `--check`.

    Returns:
        The excerpt; empty where there is no location or it lies outside of the file.
    """
    lines = source.lines
    if not spans:
        return ""
    start = min(span.start_line for span in spans)
    end = max(span.end_line for span in spans)
    if not 1 <= start <= len(lines):
        return ""
    first, end = start, min(end, len(lines))
    pad = 4 if end == start else 2
    added = 0
    while added < pad:
        if start > 1:
            start -= 1
            added += 1
        if end != len(lines):
            end += 1
            added += 1
        added += 1
    marked = {line for span in spans for line in range(span.start_line, min(span.end_line, end) + 1)}
    rows = [
        f" {number:3d} | {'>>>' if number in marked else '   '} {lines[number - 1].removesuffix(NEWLINE)}\n"
        for number in range(start, end + 1)
    ]
    return f"{filename}:{first}\n{RULE}\n{''.join(rows)}{RULE}\n"
