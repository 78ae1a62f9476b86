"""JSON and times as Go's encoding/json and time packages write them: the bytes that Docker's digests are made of."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NANOS = 1_000_000_000

SURROGATE = re.compile("[\ud800-\udfff]")
ESCAPES = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
    "\x7f": "\x7f",
}
"""What Go escapes beyond the JSON standard, so that JSON may stand in HTML."""


def dumps(value: object) -> str:
    """Compact JSON in the order of the given mappings, with Go's escapes.

    Args:
        value: Plain data; lone surrogates become U+FFFD, as invalid UTF-8 does in Go.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if SURROGATE.search(text):
        text = json.dumps(_clean(value), ensure_ascii=False, separators=(",", ":"))
    for char, escape in ESCAPES.items():
        if char in text:
            text = text.replace(char, escape)
    return text


def _clean(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        case dict():
            return {_clean(key): _clean(item) for key, item in value.items()}
        case list() | tuple():
            return [_clean(item) for item in value]
        case _:
            return value


@lru_cache(maxsize=1024)
def rfc3339(nanoseconds: int) -> str:
    """A moment as Go's RFC3339Nano in UTC: trailing zeros of the fraction are left out.

    Args:
        nanoseconds: Since the epoch; years 1 to 9999.
    """
    seconds, fraction = divmod(nanoseconds, NANOS)
    moment = EPOCH + timedelta(seconds=seconds)
    text = f"{moment.year:04}-{moment:%m-%dT%H:%M:%S}"
    if fraction:
        text += "." + f"{fraction:09}".rstrip("0")
    return text + "Z"


def from_rfc3339(text: str) -> int:
    """Nanoseconds since the epoch of an RFC3339 time with any fraction and offset.

    Raises:
        ValueError: The text isn't such a time.
    """
    head, dot, rest = text.partition(".")
    fraction = 0
    if dot:
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        fraction = int(digits[:9].ljust(9, "0") or "0")
        head += rest[len(digits) :]
    delta = datetime.fromisoformat(head) - EPOCH
    return (delta.days * 86_400 + delta.seconds) * NANOS + fraction
