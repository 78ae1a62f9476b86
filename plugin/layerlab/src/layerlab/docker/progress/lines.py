"""Single lines of a build's output that several views share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from layerlab.build.record import OutputChunk, Warned

SECOND = 1_000_000_000


def warning_line(warning: Warned) -> str:
    """`Rule: message (line 3)`."""
    line = f" (line {warning.ranges[0][0]})" if warning.ranges else ""
    return f"{warning.rule}: {warning.detail}{line}"


def stamp(at: int) -> str:
    """Seconds since the vertex started: three decimals below 10, two below 100, else one."""
    seconds = at / SECOND
    places = 3 if seconds < 10 else 2 if seconds < 100 else 1
    return f"{seconds:.{places}f}"


def log_lines(output: Sequence[OutputChunk]) -> Iterator[tuple[int, str]]:
    """Whole lines of a vertex' log, each with the time it began at; the last one need not end in a newline.

    The two streams are separate pipes: each line is of one stream.
    """
    begun: dict[int, tuple[int, str]] = {}
    for chunk in output:
        text = chunk.data.decode("utf-8", "replace")
        *whole, rest = text.split("\n")
        for line in whole:
            at, before = begun.pop(chunk.fd, (chunk.at, ""))
            yield at, (before + line).removesuffix("\r")
        if rest:
            at, before = begun.get(chunk.fd, (chunk.at, ""))
            begun[chunk.fd] = (at, before + rest)
    yield from begun.values()
