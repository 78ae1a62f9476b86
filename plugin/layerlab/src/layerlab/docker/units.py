"""Sizes as Docker words them, and as it reads them: docker/go-units 2bd057e and BuildKit's progress library."""

from __future__ import annotations

import re

DECIMAL = ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")
BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB")
SHORT, LONG = 3, 4
"""Significant digits: `SHORT` in tables of images and history, `LONG` in `system df` and totals."""

INPUT_UNITS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
INPUT = re.compile(r"^(\d+(?:\.\d+)?) ?([a-zA-Z]*)$")
SUFFIX = re.compile(r"^([kmgtp]?)(b|ib)?$")


class InvalidSizeError(ValueError):
    """A size that Docker doesn't read; the message is its own."""


def human(size: float, digits: int = SHORT) -> str:
    """A decimal size such as `72.8MB`.

    Args:
        size: Bytes. Negative values are never divided, as in Docker.
        digits: Significant digits, `SHORT` or `LONG`. With 3 a value just below 1000 prints as `1e+03MB`.
    """
    return _scaled(size, 1000.0, DECIMAL, digits)


def bytes_size(size: float) -> str:
    """A binary size such as `1.5KiB` (`docker stats`, `docker info`).

    Args:
        size: Bytes.
    """
    return _scaled(size, 1024.0, BINARY, LONG)


def progress_bytes(size: int) -> str:
    """Bytes as BuildKit's progress shows them: `475B`, `5.12kB`.

    Args:
        size: Bytes; below 1000 as an integer, else two decimals.
    """
    if size < 1000:
        return f"{size}B"
    value, unit = float(size), 0
    while value >= 1000 and unit < len(DECIMAL) - 1:
        value /= 1000
        unit += 1
    return f"{value:.2f}{DECIMAL[unit]}"


def maybe(size: int | None, digits: int = SHORT) -> str:
    """A size, or `?` where nobody knows it.

    Args:
        size: Bytes, or None for unknown.
        digits: As for `human`.
    """
    return "?" if size is None else human(size, digits)


def parse_size(text: str) -> int:
    """Read a size such as `512m` (`--memory`), binary units.

    Args:
        text: A number, an optional unit.

    Raises:
        InvalidSizeError: With Docker's message.
    """
    found = INPUT.match(text)
    if not found:
        raise InvalidSizeError(f"invalid size: '{text}'")
    suffix = found[2].lower()
    unit = SUFFIX.match(suffix)
    if not unit or (suffix and not unit[1] and suffix != "b"):
        raise InvalidSizeError(f"invalid suffix: '{suffix}'")
    return int(float(found[1]) * 1024 ** INPUT_UNITS[unit[1]])


def _scaled(size: float, base: float, units: tuple[str, ...], digits: int) -> str:
    value, unit = float(size), 0
    while value >= base and unit < len(units) - 1:
        value /= base
        unit += 1
    return f"{value:.{digits}g}{units[unit]}"
