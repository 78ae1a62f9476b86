"""Text that can be shown anywhere: no terminal escapes, no control characters, no lone surrogates."""

from __future__ import annotations

import re

ESCAPES = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
"""All but tab and newline; also the marks that turn the direction of text around."""


def without_escapes(text: str) -> str:
    """The text without terminal colours, a byte order mark and carriage returns at line ends."""
    return ESCAPES.sub("", text.removeprefix("\ufeff").replace("\r\n", "\n"))


def clean(text: str) -> str:
    r"""The text with `\ufffd` for every control character."""
    return CONTROL.sub("\ufffd", text)


def strange(text: str) -> int:
    """How many control characters there are."""
    return len(CONTROL.findall(text))
