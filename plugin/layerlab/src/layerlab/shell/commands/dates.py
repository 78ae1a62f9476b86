"""Dates: `date`, and what `touch -d` and `date -d` understand. The zone is always UTC."""

from __future__ import annotations

import datetime as dt
import re

from layerlab.shell.commands.registry import command
from layerlab.shell.options import parse_options
from layerlab.shell.process import Process

SECOND = 1_000_000_000
FORMATS = (
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d",
    "%Y%m%d",
    "%Y%m%d %H:%M:%S",
)
RELATIVE = re.compile(r"([-+]?\d+)\s*(sec|second|min|minute|hour|day|week|month|year)s?(\s+ago)?\Z")
SECONDS = {"sec": 1, "second": 1, "min": 60, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}


class DateError(ValueError):
    """A date that can't be read."""


def moment(now: int) -> dt.datetime:
    """Nanoseconds since the epoch as a date and time."""
    return dt.datetime.fromtimestamp(now // SECOND, dt.UTC)


def parse_date(text: str, now: int, *, stamp: bool = False) -> int:
    """A date as nanoseconds since the epoch.

    Args:
        text: As given to `-d`, or `[[CC]YY]MMDDhhmm[.ss]` for a stamp.
        now: The present.
        stamp: Which of them.

    Raises:
        DateError: It can't be read.
    """
    text = text.strip()
    if stamp:
        return _stamp(text, now)
    if re.fullmatch(r"@-?\d+(\.\d+)?", text):
        whole, _, fraction = text[1:].partition(".")
        return int(whole) * SECOND + int(fraction.ljust(9, "0")[:9] or 0)
    if text in {"now", ""}:
        return now
    if text in {"yesterday", "tomorrow"}:
        return now + (86400 if text == "tomorrow" else -86400) * SECOND
    if (found := RELATIVE.match(text)) and found.group(2) in SECONDS:
        count = int(found.group(1)) * SECONDS[found.group(2)] * SECOND
        return now - count if found.group(3) else now + count
    plain = re.sub(r"(\.\d+)?\s*(Z|UTC|GMT|[+]00:?00)\Z", "", text)
    for form in FORMATS:
        try:
            value = dt.datetime.strptime(plain, form).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
        return int(value.timestamp()) * SECOND
    raise DateError(text)


def _stamp(text: str, now: int) -> int:
    digits, _, seconds = text.partition(".")
    if len(digits) == 8:
        digits = f"{moment(now).year}{digits}"
    elif len(digits) == 10:
        digits = ("19" if int(digits[:2] or 0) >= 69 else "20") + digits
    try:
        value = dt.datetime.strptime(digits + (seconds or "00"), "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    except ValueError as error:
        raise DateError(text) from error
    return int(value.timestamp()) * SECOND


def formatted(form: str, now: int) -> str:
    """Strftime in the C locale, UTC."""
    when = moment(now)
    own = {
        "s": str(now // SECOND), "N": f"{now % SECOND:09d}", "Z": "UTC", "z": "+0000", "n": "\n", "t": "\t",
        "e": f"{when.day:2d}", "F": when.strftime("%Y-%m-%d"), "T": when.strftime("%H:%M:%S"),
        "R": when.strftime("%H:%M"),
        "D": when.strftime("%m/%d/%y"), "h": when.strftime("%b"), "k": f"{when.hour:2d}",
        "l": f"{(when.hour + 11) % 12 + 1:2d}",
        "C": f"{when.year // 100:02d}", "P": when.strftime("%p").lower(),
        "c": when.strftime("%a %b ") + f"{when.day:2d}" + when.strftime(" %H:%M:%S %Y"),
        "x": when.strftime("%m/%d/%y"), "X": when.strftime("%H:%M:%S"), "r": when.strftime("%I:%M:%S %p"), "%": "%",
        "G": when.strftime("%G"), "V": when.strftime("%V"), "g": when.strftime("%G")[2:], "u": when.strftime("%u"),
        "q": str((when.month + 2) // 3),
    }  # fmt: skip

    def one(found: re.Match[str]) -> str:
        flag, width, letter = found.group(1), found.group(2), found.group(3)
        if letter in own:
            text = own[letter]
        elif letter in "YmdHMSyjaAbBIpwUW":
            text = when.strftime("%" + letter)
        else:
            return found.group(0)
        if letter == "N" and width:
            return text[: int(width)]
        if flag == "-":
            text = text.lstrip("0 ") or "0"
        if flag == "^":
            text = text.upper()
        return text

    return re.sub(r"%([-_0^#]?)(\d*)(?::*)([A-Za-z%])", one, form)


@command("date")
def date(process: Process) -> int:
    """`date`."""
    long = {"date=": "d", "utc": "u", "universal": "u", "iso-8601=?": "I", "rfc-2822": "R", "rfc-email": "R",
            "rfc-3339=": "rfc-3339",
            "reference=": "r", "set=": "s"}  # fmt: skip
    options = parse_options(process, "d:uI::Rr:s:D:", long)
    now = process.fs.now
    if (reference := options.get("r")) is not None:
        now = (
            int(reference) * SECOND
            if reference.isdigit() and not process.fs.exists(process.path(reference))
            else process.fs.stat(process.path(reference)).meta.mtime
        )
    if (text := options.get("d")) is not None:
        try:
            now = parse_date(text, now)
        except DateError:
            return process.error(f"invalid date '{text}'")
    elif "r" not in options:
        process.note("estimated", "shell.clock")
    form = "%a %b %e %H:%M:%S %Z %Y"
    precision = options.get("I")
    if precision is not None:
        form = {
            "": "%F",
            "date": "%F",
            "seconds": "%FT%T+00:00",
            "s": "%FT%T+00:00",
            "minutes": "%FT%R+00:00",
            "hours": "%FT%H+00:00",
        }.get(precision, "%F")
    elif "R" in options:
        form = "%a, %d %b %Y %T +0000"
    elif (kind := options.get("rfc-3339")) is not None:
        form = "%F" if kind == "date" else "%F %T+00:00"
    for word in options.operands:
        if word.startswith("+"):
            form = word[1:]
    process.out(formatted(form, now) + "\n")
    return 0
