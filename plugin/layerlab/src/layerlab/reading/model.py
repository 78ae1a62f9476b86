"""What was understood of a pasted text, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from layerlab.image.config import ImageConfig

MAX_SHOWN = 120
"""Characters of a line that isn't understood."""

Origin: TypeAlias = Literal["table", "json", "config", "inspect"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a history.

    Attributes:
        number: From 0, oldest first.
        id: As shown: `<missing>`, 12 or 64 hex digits; empty where the text has none.
        created: As shown: `2 weeks ago`, a date; empty where the text has none.
        text: What made it (CREATED BY), as shown; empty where it isn't known.
        size: Bytes, or None where it isn't known.
        rounded: Whether `size` was read from Docker's three digits.
        comment: As shown.
        empty: Whether it has no layer; None where the text doesn't say (`docker history` never does).
        cut: Whether `text` was shortened by Docker.
    """

    number: int
    id: str = ""
    created: str = ""
    text: str = ""
    size: int | None = None
    rounded: bool = False
    comment: str = ""
    empty: bool | None = None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A history.

    Attributes:
        origin: What the text was: the table or JSON of `docker history`, an image's OCI configuration,
            or `docker image inspect`, which has no history.
        entries: Oldest first.
        config: How the image runs, where the text says so.
        name: The image's name, where the text says so.
        total: The image's size in bytes, where the text says so.
        skipped: Lines that belong to no row.
    """

    origin: Origin
    entries: tuple[Entry, ...]
    config: ImageConfig | None = None
    name: str = ""
    total: int | None = None
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class ReadingError:
    """Why a text isn't read.

    Attributes:
        code: Message key: `reading.empty`, `reading.too_long`, `reading.too_many`, `reading.binary`,
            `reading.not_history`, `reading.only_ids`, `reading.json_broken`, `reading.json_unknown`,
            `reading.container`, `reading.manifest`.
        detail: The limit, where one was met.
        line: Number of the line, from 1, at which reading ended; None where it isn't about a line.
        shown: That line, cut to `MAX_SHOWN`.
    """

    code: str
    detail: str = ""
    line: int | None = None
    shown: str = ""
