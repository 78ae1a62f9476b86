"""Texts as Go's `fmt` writes them, beyond quoting: lists, characters and durations. History is made of these."""

from __future__ import annotations

from collections.abc import Iterable

from layerlab.dockerfile.gotext import quote

SECOND = 1_000_000_000
LAST_RUNE = 0x10FFFF
_UNITS = ((1_000_000, "ms"), (1_000, "µs"), (1, "ns"))


def quote_list(texts: Iterable[str]) -> str:
    """`%q` of a list of strings: `["a" "b"]`."""
    return "[" + " ".join(quote(text) for text in texts) + "]"


def quote_rune(code: int) -> str:
    r"""`%q` of an int: the character of that number in single quotes, such as `'\x02'`."""
    character = chr(code) if 0 <= code <= LAST_RUNE else "\ufffd"
    return {"'": r"'\''", '"': "'\"'"}.get(character) or f"'{quote(character)[1:-1]}'"


def duration(nanoseconds: int) -> str:
    """`%v` of a `time.Duration`: `1m30s`, `500ms`, `0s`.

    Args:
        nanoseconds: Length of time.
    """
    if nanoseconds == 0:
        return "0s"
    sign, rest = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if rest < SECOND:
        size, unit = next(pair for pair in _UNITS if rest >= pair[0])
        return sign + _fraction(rest, size) + unit
    minutes, rest = divmod(rest, 60 * SECOND)
    hours, minutes = divmod(minutes, 60)
    seconds = _fraction(rest, SECOND) + "s"
    if hours:
        return f"{sign}{hours}h{minutes}m{seconds}"
    return f"{sign}{minutes}m{seconds}" if minutes else sign + seconds


def _fraction(amount: int, unit: int) -> str:
    whole, rest = divmod(amount, unit)
    if not rest:
        return str(whole)
    digits = str(rest).rjust(len(str(unit)) - 1, "0").rstrip("0")
    return f"{whole}.{digits}"
