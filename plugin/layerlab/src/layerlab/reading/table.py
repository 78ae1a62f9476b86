"""The table of `docker history`: rows found by what their cells look like, not by columns.

Columns shift where text was copied from a web page, where Docker counted Hangul as one cell (20.10), or where a
command holds line breaks. A row begins with an id and an age and ends with a size and a comment.
"""

from __future__ import annotations

import re
from dataclasses import replace

from layerlab.reading.model import Entry, Reading, ReadingError

IDENTITY = r"(?P<id><missing>|&lt;missing&gt;|sha256:[0-9a-f]{64}|[0-9a-f]{64}|[0-9a-f]{12})"
AGE = (
    r"(?P<created>N/A|Less than a second ago|About an? (?:minute|hour) ago"
    r"|\d{1,4} (?:second|minute|hour|day|week|month|year)s? ago"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d))"
)
ROW = re.compile(rf"^[ \t]{{0,8}}{IDENTITY}[ \t]+{AGE}(?=\s|$)")
BARE_ROW = re.compile(rf"^[ \t]{{0,8}}{IDENTITY}(?=[ \t]|$)")
SIZE = re.compile(
    r"(?<=\s)(?P<number>\d{1,20}(?:\.\d{1,20})?(?:e\+\d\d)?)(?P<unit> ?(?:[kKMGTPEZY]i?)?B)?(?=\s|$)|(?<=\s)\?(?=\s|$)"
)
UNITS = {"": 0, "k": 1, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6, "Z": 7, "Y": 8}
HEADER = re.compile(r"^\s{0,8}(?:IMAGE|ID|SNAPSHOT)\s+(?:CREATED\b|SIZE\b)", re.IGNORECASE)
MARKED = re.compile(r"(?:RUN|COPY|ADD) ")
CUT_WIDTH = 45
"""CREATED BY is at most so wide without `--no-trunc`; until Docker 17 a cut text ended in three dots."""


def read_table(text: str) -> Reading | ReadingError:
    """Rows of a table, with or without its header, in the order of `docker history`: newest first.

    Args:
        text: Lines; those before the first row are left out, those that belong to none are counted.
    """
    lines = text.split("\n")
    begins = ROW if any(ROW.match(line) for line in lines) else BARE_ROW
    groups: list[list[str]] = []
    skipped = 0
    for line in lines:
        if begins.match(line):
            groups.append([line])
        elif HEADER.match(line) or not line.strip():
            if groups and not _complete(groups[-1]):
                groups[-1].append(line)
        elif groups and not _complete(groups[-1]):
            groups[-1].append(line)
        else:
            skipped += 1
    entries = [_entry(group, begins) for group in groups]
    known = [entry for entry in entries if entry is not None]
    if entries and not known:
        return ReadingError("reading.only_ids")
    if not known:
        return ReadingError("reading.not_history")
    return Reading("table", _oldest_first(known), skipped=skipped + len(entries) - len(known))


def parse_human(number: str, unit: str) -> tuple[int, bool]:
    """Bytes of a size as shown, and whether digits may be missing.

    Args:
        number: Such as `72.8` or `1e+03`.
        unit: Such as `MB`, `MiB`, `B` or nothing.
    """
    name = unit.strip().removesuffix("B")
    base = 1024 if name.endswith("i") else 1000
    power = UNITS.get(name.removesuffix("i"), 0)
    return round(float(number) * base**power), power > 0


def is_cut(text: str, comment: str) -> bool:
    """Whether a text was shortened.

    Args:
        text: CREATED BY.
        comment: COMMENT. BuildKit ends the text of its RUN, COPY and ADD rows with its mark; without it, something
            is missing.
    """
    if text.endswith("…") or (text.endswith("...") and len(text) == CUT_WIDTH):
        return True
    return comment.startswith("buildkit.dockerfile") and MARKED.match(text) is not None and "# buildkit" not in text


def _oldest_first(entries: list[Entry]) -> tuple[Entry, ...]:
    return tuple(replace(entry, number=number) for number, entry in enumerate(reversed(entries)))


def _complete(group: list[str]) -> bool:
    line = group[-1]
    row = ROW.match(line) or BARE_ROW.match(line)
    return _size(line, row.end() if row and len(group) == 1 else 0, dated=_dated(group[0])) is not None


def _dated(line: str) -> bool:
    row = ROW.match(line)
    return row is not None and "T" in row["created"]


def _size(line: str, start: int, *, dated: bool) -> re.Match[str] | None:
    """The size cell: the last that stands apart as cells do; else the last that looks like one."""
    found = [
        match
        for match in SIZE.finditer(line, start)
        if match["unit"] or match[0] == "?" or (dated and match["number"].isdigit())
    ]
    apart = [match for match in found if _is_apart(line, match)]
    if apart:
        return apart[-1]
    loose = [match for match in found if match["unit"]]
    return loose[-1] if loose and len(line[loose[-1].end() :].split()) <= 1 else None


def _is_apart(line: str, match: re.Match[str]) -> bool:
    before, after = line[max(0, match.start() - 3) : match.start()], line[match.end() : match.end() + 3]
    clear = before.isspace() and (len(before) == 3 or "\t" in before)
    return clear and (not after.strip() or "\t" in after[:1])


def _entry(group: list[str], begins: re.Pattern[str]) -> Entry | None:
    row = begins.match(group[0])
    if row is None:
        return None
    dated = _dated(group[0])
    last = group[-1]
    start = row.end() if len(group) == 1 else 0
    size = _size(last, start, dated=dated)
    body = [*group[:-1], last[: size.start()] if size else last]
    body[0] = body[0][row.end() :]
    text = "\n".join(body).strip(" \t").rstrip()
    if not text and size is None:
        return None
    known = size is not None and size["number"]
    number, rounded = parse_human(size["number"], size["unit"] or "") if size and known else (None, False)
    comment = last[size.end() :].strip() if size else ""
    return Entry(
        number=0,
        id=row["id"].replace("&lt;", "<").replace("&gt;", ">"),
        created=row["created"] if begins is ROW else "",
        text=text,
        size=number,
        rounded=rounded,
        comment=comment,
        cut=is_cut(text, comment),
    )
