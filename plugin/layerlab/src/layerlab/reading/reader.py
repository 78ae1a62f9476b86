"""Decides what a pasted text is, refuses what is no history, and leaves each form to its own reader."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from layerlab.reading.cleaning import clean, strange, without_escapes
from layerlab.reading.jsonforms import read_json, read_lines
from layerlab.reading.model import MAX_SHOWN, Reading, ReadingError
from layerlab.reading.table import read_table

MAX_TEXT = 1_000_000
MAX_ROWS = 1000
"""Characters and rows that are read. Docker itself stops at 127 layers."""

LINES_TELL = frozenset({"reading.not_history", "reading.only_ids"})
"""Refusals that a look at the line explains."""

MAX_CONTROL_SHARE = 50
"""One control character in so many is still text."""


def read(text: str) -> Reading | ReadingError:
    r"""Understand the output of `docker history` or `docker image inspect`.

    Args:
        text: `docker history` of Docker 1.10 to 29 (also of Podman and nerdctl) with any of `--no-trunc`, `-H=false`,
            `--format json`; an answer of the Engine API; `docker image inspect`; an OCI image configuration.

    Returns:
        What it says, or why it isn't read. Terminal colours are dropped; other control characters become `\ufffd`.
    """
    if len(text) > MAX_TEXT:
        return ReadingError("reading.too_long", f"{MAX_TEXT:,}")
    plain = without_escapes(text)
    if not plain.strip():
        return ReadingError("reading.empty")
    if "\x00" in plain or strange(plain) * MAX_CONTROL_SHARE > len(plain):
        return ReadingError("reading.binary")
    text = clean(plain)
    found = _by_form(text)
    if isinstance(found, ReadingError):
        return _located(found, text)
    if isinstance(found, Reading) and len(found.entries) > MAX_ROWS:
        return ReadingError("reading.too_many", f"{MAX_ROWS:,}")
    return found


def _located(error: ReadingError, text: str) -> ReadingError:
    """With the line that isn't what was expected: where JSON breaks, else the first that isn't blank."""
    lines = text.split("\n")
    number = next(number for number, line in enumerate(lines, 1) if line.strip())
    if error.code == "reading.json_broken":
        try:
            json.loads(text)
        except json.JSONDecodeError as broken:
            number = broken.lineno
        except (ValueError, RecursionError):
            pass
    elif error.code not in LINES_TELL:
        return error
    shown = lines[number - 1].strip()
    return replace(error, line=number, shown=shown if len(shown) <= MAX_SHOWN else shown[: MAX_SHOWN - 1] + "…")


def _by_form(text: str) -> Reading | ReadingError:
    start = text.lstrip()
    if start.startswith(("{", "[")):
        lines = read_lines(text)
        return lines if lines is not None else read_json(text)
    table = read_table(text)
    if isinstance(table, Reading):
        return table
    at = re.search(r"^[ \t]{0,8}[\[{]", text, re.MULTILINE)
    if at is not None:
        below = text[at.start() :]
        found = read_lines(below) or read_json(below)
        if isinstance(found, Reading):
            return found
    return table
