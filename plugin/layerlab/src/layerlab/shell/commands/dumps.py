"""`hexdump` and `xxd` as BusyBox prints them: the forms people type, and no answer where another one is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from layerlab.shell.commands.reading import inputs
from layerlab.shell.commands.registry import command
from layerlab.shell.options import parse_options
from layerlab.shell.process import Process

ROW = 16
PLAIN_ROW = 30
"""Bytes of a line; of one of `xxd -p`."""


@command("hexdump")
def hexdump(process: Process) -> int:
    """`hexdump` and `hexdump -C`, `-v` with either; rows that repeat the one above are one `*`."""
    options = parse_options(process, "Cbcdoxve:f:n:s:")
    if set(options.values) - {"C", "v"}:
        return _not_this(process)
    data, good = _data(process, options.operands)
    canonical = "C" in options
    above: bytes | None = None
    starred = False
    for at, row in _rows(data, ROW):
        if row == above and len(row) == ROW and "v" not in options:
            if not starred:
                process.out("*\n")
            starred = True
            continue
        above, starred = row, False
        process.out(f"{at:08x}  {_canonical(row)}\n" if canonical else f"{at:07x}{_words(row)}\n")
    if data:
        process.out(f"{len(data):08x}\n" if canonical else f"{len(data):07x}\n")
    return 0 if good else 1


@command("xxd")
def xxd(process: Process) -> int:
    """`xxd`, `-p`, `-c` and `-l`."""
    options = parse_options(process, "pril:c:g:s:o:")
    if set(options.values) - {"p", "c", "l"}:
        return _not_this(process)
    data, good = _data(process, options.operands)
    data = data[: int(options.get("l") or len(data))]
    width = int(options.get("c") or (PLAIN_ROW if "p" in options else ROW))
    for at, row in _rows(data, width):
        if "p" in options:
            process.out(row.hex() + "\n")
            continue
        pairs = " ".join(row[place : place + 2].hex() for place in range(0, len(row), 2))
        process.out(f"{at:08x}: {pairs:<{2 * width + (width + 1) // 2}} {_printable(row)}\n")
    return 0 if good else 1


def _data(process: Process, names: list[str]) -> tuple[bytes, bool]:
    found = [data for _, data in inputs(process, names)]
    return b"".join(data or b"" for data in found), None not in found


def _rows(data: bytes, width: int) -> Iterator[tuple[int, bytes]]:
    return ((at, data[at : at + width]) for at in range(0, len(data), width))


def _canonical(row: bytes) -> str:
    halves = [" ".join(f"{byte:02x}" for byte in half) for half in (row[:8], row[8:])]
    return f"{halves[0]:<23}  {halves[1]:<23}  |{_printable(row)}|"


def _words(row: bytes) -> str:
    words = "".join(f" {int.from_bytes(row[at : at + 2], 'little'):04x}" for at in range(0, len(row), 2))
    return f"{words:<40}"


def _printable(row: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)


def _not_this(process: Process) -> int:
    process.note("unknown", "shell.unmodelled", command=process.name)
    return 0
