"""Small pieces of Go's standard library whose exact behaviour shows in Docker's messages."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""Characters `unicode.IsSpace` accepts (Python's `isspace` has four more)."""

BLANKS = re.compile(r"[\t\v\f\r ]+")
"""Runs the Dockerfile parser splits at."""

ESCAPES = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    '"': r"\"",
    "\\": r"\\",
}


def quote(text: str) -> str:
    """`%q` of Go: double quotes, non-printable characters as escapes.

    Undecodable bytes (lone surrogates of `surrogateescape`) become hexadecimal escapes.
    """
    return '"' + "".join(_quoted(char) for char in text) + '"'


def _quoted(char: str) -> str:
    if char in ESCAPES:
        return ESCAPES[char]
    code = ord(char)
    if 0x20 <= code < 0x7F:
        return char
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    if unicodedata.category(char)[0] in "LMNPS":
        return char
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def parse_bool(text: str) -> bool:
    """`strconv.ParseBool`.

    Raises:
        ValueError: With Go's message.
    """
    if text in {"1", "t", "T", "TRUE", "true", "True"}:
        return True
    if text in {"0", "f", "F", "FALSE", "false", "False"}:
        return False
    raise ValueError(f"strconv.ParseBool: parsing {quote(text)}: invalid syntax")


INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1


def parse_int32(text: str) -> int:
    """`strconv.ParseInt(text, 10, 32)`.

    Raises:
        ValueError: With Go's message.
    """
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise ValueError(f"strconv.ParseInt: parsing {quote(text)}: invalid syntax")
    digits = text.lstrip("+-").lstrip("0")
    value = int(digits or "0") if len(digits) <= 10 else INT32_MAX + 1  # never converts endless digits
    value = -value if text.startswith("-") else value
    if not INT32_MIN <= value <= INT32_MAX:
        raise ValueError(f"strconv.ParseInt: parsing {quote(text)}: value out of range")
    return value


UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
DURATION_PART = re.compile(r"([0-9]*)(\.?)([0-9]*)([^0-9.]*)")
INT64_MAX = 2**63 - 1
LONGEST_NUMBER = 19


def parse_duration(text: str) -> int:
    """`time.ParseDuration`: nanoseconds of `1m30s`.

    Raises:
        ValueError: With Go's message.
    """
    invalid = f"time: invalid duration {quote(text)}"
    rest = text[1:] if text[:1] in {"+", "-"} else text
    sign = -1 if text.startswith("-") else 1
    if rest == "0":
        return 0
    if not rest:
        raise ValueError(invalid)
    total = 0
    position = 0
    while position < len(rest):
        match = DURATION_PART.match(rest, position)
        if match is None or not (match[1] or match[3]):
            raise ValueError(invalid)
        if not match[4]:
            raise ValueError(f"time: missing unit in duration {quote(text)}")
        if match[4] not in UNITS:
            raise ValueError(f"time: unknown unit {quote(match[4])} in duration {quote(text)}")
        if len(match[1].lstrip("0")) > LONGEST_NUMBER:
            raise ValueError(invalid)
        number = Decimal((match[1] or "0") + "." + (match[3][:LONGEST_NUMBER] or "0"))
        total += int(number * UNITS[match[4]])
        if total > INT64_MAX:
            raise ValueError(invalid)
        position = match.end()
    return sign * total


TEMPLATE = re.compile(r"\$(?:(\$)|([0-9A-Za-z_]+)|\{([0-9A-Za-z_]+)\})")


def go_template(template: str, match: str) -> str:
    """`regexp.Expand` of Go for an expression without groups: `$0` is the match, `$$` a dollar, other names nothing."""

    def value(found: re.Match[str]) -> str:
        if found[1]:
            return "$"
        return match if (found[2] or found[3]) == "0" else ""

    return TEMPLATE.sub(value, template)
