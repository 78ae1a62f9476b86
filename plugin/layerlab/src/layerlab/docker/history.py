"""`docker history`: one row an entry of the configuration's history, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from layerlab.docker import durations, units
from layerlab.docker.format import Listing, render
from layerlab.docker.table import ellipsis, short_id
from layerlab.docker.width import Measure

MISSING = "<missing>"
CREATED_BY_WIDTH = 45

LISTING = Listing(
    "*formatter.historyContext",
    {
        "Comment": "COMMENT",
        "CreatedAt": "CREATED AT",
        "CreatedBy": "CREATED BY",
        "CreatedSince": "CREATED",
        "ID": "IMAGE",
        "Size": "SIZE",
    },
    ("ID", "CreatedSince", "CreatedBy", "Size", "Comment"),
)


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One row.

    Attributes:
        id: `sha256:…`, or `<missing>`.
        created: Nanoseconds since the epoch, or None.
        created_by: As the configuration has it.
        size: Bytes, 0 for metadata, None where unknown.
        comment: As the configuration has it.
    """

    id: str
    created: int | None
    created_by: str
    size: int | None
    comment: str


@dataclass(frozen=True, slots=True)
class HistoryOptions:
    """The command's flags."""

    human: bool = True
    quiet: bool = False
    no_trunc: bool = False
    format: str = ""


def history_text(rows: Sequence[HistoryRow], now: int, options: HistoryOptions, measure: Measure = "cells") -> str:
    """What `docker history` prints.

    Args:
        rows: Newest first.
        now: The client's clock.
        options: Its flags.
        measure: `code points` for 20.10.

    Raises:
        FormatError: A bad `--format`.
    """
    pattern = options.format or TABLE_FORMAT
    if pattern == "table":
        pattern = LISTING.default()
    if pattern == TABLE_FORMAT:
        pattern = LISTING.quiet if options.quiet else LISTING.default(() if options.human else PLAIN_COLUMNS)
    return render(LISTING, [_fields(row, now, options) for row in rows], pattern, measure)


TABLE_FORMAT = ""
PLAIN_COLUMNS = ("ID", "CreatedAt", "CreatedBy", "Size", "Comment")


def _fields(row: HistoryRow, now: int, options: HistoryOptions) -> dict[str, object]:
    created_by = row.created_by.replace("\t", " ")
    size = "?" if row.size is None else units.human(row.size) if options.human else str(row.size)
    created_at = durations.rfc3339_seconds(row.created)
    return {
        "Comment": row.comment,
        "CreatedAt": created_at,
        "CreatedBy": created_by if options.no_trunc else ellipsis(created_by, CREATED_BY_WIDTH),
        "CreatedSince": durations.history_age(row.created, now) if options.human else created_at,
        "ID": row.id if options.no_trunc else short_id(row.id),
        "Size": size,
    }
