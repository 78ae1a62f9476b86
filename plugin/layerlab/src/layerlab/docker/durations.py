"""Ages and moments as Docker words them: go-units' HumanDuration and Go's time formats."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND = 1_000_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEPT = 256
"""Moments whose wording is remembered: the rows of an image have few."""

YEAR_2000 = 946_684_800 * SECOND
"""`docker history` prints `N/A` for anything made until then."""


def human_duration(nanoseconds: int) -> str:
    """A rough duration such as `About a minute` or `2 weeks`; there is never `1 day`, `1 week` or `1 month`.

    Args:
        nanoseconds: Negative (a clock that runs behind) counts as none.
    """
    seconds = nanoseconds // SECOND if nanoseconds > 0 else 0
    if seconds < 1:
        return "Less than a second"
    if seconds == 1:
        return "1 second"
    if seconds < 60:
        return f"{seconds} seconds"
    minutes = seconds // 60
    if minutes == 1:
        return "About a minute"
    if minutes < 60:
        return f"{minutes} minutes"
    return _hours((nanoseconds + 1800 * SECOND) // (3600 * SECOND), nanoseconds)


def _hours(hours: int, nanoseconds: int) -> str:
    if hours == 1:
        return "About an hour"
    for below, length, word in ((48, 1, "hours"), (336, 24, "days"), (1440, 168, "weeks"), (17520, 720, "months")):
        if hours < below:
            return f"{hours // length} {word}"
    return f"{nanoseconds // (3600 * SECOND) // 24 // 365} years"


def ago(created: int | None, now: int) -> str:
    """`human_duration` with ` ago`; a moment that isn't known counts from 1970, as in Docker.

    Args:
        created: Nanoseconds since the epoch.
        now: The host's clock; Docker compares whole seconds of `created`.
    """
    moment = (created or 0) // SECOND * SECOND
    return human_duration(now - moment) + " ago"


@lru_cache(maxsize=KEPT)
def history_age(created: int | None, now: int) -> str:
    """CREATED of `docker history`: `N/A` for moments until the year 2000."""
    return "N/A" if (created or 0) <= YEAR_2000 else ago(created, now)


@lru_cache(maxsize=KEPT)
def rfc3339_seconds(moment: int | None) -> str:
    """`2026-05-01T10:00:00Z`: CREATED AT of `docker history`, the client's zone being UTC."""
    return f"{_date(moment):%Y-%m-%dT%H:%M:%SZ}"


def go_time(moment: int | None) -> str:
    """`2026-05-01 10:00:00 +0000 UTC`: `.CreatedAt` of images and containers."""
    return f"{_date(moment):%Y-%m-%d %H:%M:%S} +0000 UTC"


def go_duration(nanoseconds: int) -> str:
    """A duration as Go prints it: `1m30s`, `1.5s`, `0s`.

    Args:
        nanoseconds: Not negative.
    """
    if nanoseconds == 0:
        return "0s"
    for below, length, unit in ((1_000, 1, "ns"), (1_000_000, 1_000, "µs"), (SECOND, 1_000_000, "ms")):
        if nanoseconds < below:
            return _decimal(nanoseconds, length) + unit
    minutes, rest = divmod(nanoseconds, 60 * SECOND)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}h" if hours else ""
    text += f"{minutes}m" if hours or minutes else ""
    return text + _decimal(rest, SECOND) + "s"


def _decimal(value: int, unit: int) -> str:
    whole, part = divmod(value, unit)
    digits = str(part).zfill(len(str(unit)) - 1).rstrip("0") if part else ""
    return f"{whole}.{digits}" if digits else str(whole)


def _date(moment: int | None) -> datetime:
    return EPOCH + timedelta(seconds=(moment or 0) // SECOND)
