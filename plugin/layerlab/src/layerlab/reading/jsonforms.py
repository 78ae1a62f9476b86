"""JSON that tells of an image: `docker history --format json`, the Engine API, an OCI configuration, `inspect`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from layerlab.image.config import ImageConfig, parse_run_config
from layerlab.reading.cleaning import clean
from layerlab.reading.model import Entry, Reading, ReadingError
from layerlab.reading.table import SIZE, is_cut, parse_human

MANIFEST_KEYS = ({"manifests"}, {"layers", "config"}, {"Layers", "Config", "RepoTags"})


def read_lines(text: str) -> Reading | None:
    """One JSON object a line, newest first, as `docker history --format json` prints; None for anything else."""
    rows: list[Mapping[str, Any]] = []
    for line in text.split("\n"):
        if not line.strip():
            continue
        value = _loads(line)
        if not isinstance(value, Mapping) or not _is_row(value):
            return None
        rows.append(value)
    return _rows(rows) if rows else None


def read_json(text: str) -> Reading | ReadingError:
    """A whole JSON text."""
    value = _loads(text)
    if value is None:
        return ReadingError("reading.json_broken")
    if isinstance(value, list):
        if value and all(isinstance(row, Mapping) and _is_row(row) for row in value):
            return _rows(value)
        value = value[0] if value else None
    if not isinstance(value, Mapping):
        return ReadingError("reading.json_unknown")
    if _is_row(value):
        return _rows([value])
    if isinstance(value.get("history"), list) or isinstance(value.get("rootfs"), Mapping):
        return _configuration(value)
    if "HostConfig" in value or "State" in value:
        return ReadingError("reading.container")
    if isinstance(value.get("RootFS"), Mapping):
        return _inspected(value)
    if any(keys <= set(value) for keys in MANIFEST_KEYS):
        return ReadingError("reading.manifest")
    return ReadingError("reading.json_unknown")


def _loads(text: str) -> Any:
    """The value, or None: for what is no JSON, and for nesting or numbers that Python refuses."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_row(value: Mapping[str, Any]) -> bool:
    return any(key.lower() == "createdby" for key in value) and not any(key.lower() == "rootfs" for key in value)


def _rows(rows: Sequence[Mapping[str, Any]]) -> Reading:
    """Rows of `docker history`, newest first, keys in any case: `CreatedBy`, `createdBy`."""
    entries = []
    for number, row in enumerate(reversed(rows)):
        lower = {key.lower(): item for key, item in row.items()}
        size, rounded = _size(lower.get("size"))
        text = _text(lower.get("createdby"))
        empty = lower.get("emptylayer")
        entries.append(
            Entry(
                number=number,
                id=_text(lower.get("id")),
                created=_text(lower.get("createdsince") or lower.get("createdat") or lower.get("created")),
                text=text,
                size=size,
                rounded=rounded,
                comment=_text(lower.get("comment")),
                empty=empty if isinstance(empty, bool) else None,
                cut=is_cut(text, _text(lower.get("comment"))),
            )
        )
    return Reading("json", tuple(entries))


def _size(value: object) -> tuple[int | None, bool]:
    if isinstance(value, bool):
        return None, False
    if isinstance(value, int):
        return _count(value), False
    match = SIZE.fullmatch(" " + str(value), 1) if isinstance(value, str) else None
    return parse_human(match["number"], match["unit"] or "") if match and match["number"] else (None, False)


def _count(value: object) -> int | None:
    """A number of bytes that fits Docker's own 64 bits."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


def _configuration(value: Mapping[str, Any]) -> Reading | ReadingError:
    history = value.get("history")
    if not isinstance(history, list) or not history:
        entries = _layers(value.get("rootfs"), "diff_ids")
    else:
        entries = tuple(
            Entry(
                number=number,
                created=_text(row.get("created")),
                text=_text(row.get("created_by")),
                size=0 if row.get("empty_layer") is True else None,
                comment=_text(row.get("comment")),
                empty=row.get("empty_layer") is True,
                cut=is_cut(_text(row.get("created_by")), _text(row.get("comment"))),
            )
            for number, row in enumerate(history)
            if isinstance(row, Mapping)
        )
    if not entries:
        return ReadingError("reading.json_unknown")
    return Reading("config", entries, _run_config(value.get("config"), value))


def _inspected(value: Mapping[str, Any]) -> Reading | ReadingError:
    entries = _layers(value.get("RootFS"), "Layers")
    if not entries:
        return ReadingError("reading.json_unknown")
    tags = value.get("RepoTags")
    return Reading(
        "inspect",
        entries,
        _run_config(value.get("Config"), {"author": value.get("Author")}),
        name=_text(tags[0]) if isinstance(tags, list) and tags else "",
        total=_count(value.get("Size")),
    )


def _layers(value: object, key: str) -> tuple[Entry, ...]:
    """One entry a layer, of which only the digest is known."""
    digests = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(digests, list):
        return ()
    return tuple(Entry(number, id=_text(digest), empty=False) for number, digest in enumerate(digests))


def _run_config(value: object, whole: Mapping[str, Any]) -> ImageConfig | None:
    if not isinstance(value, Mapping):
        return None
    try:
        return parse_run_config(_cleaned(value), author=_text(whole.get("author")))
    except (ValueError, TypeError, ArithmeticError):
        return None


def _cleaned(value: Any) -> Any:
    """The same with texts that can be written as UTF-8."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {_text(key): _cleaned(item) for key, item in value.items()}
    return [_cleaned(item) for item in value] if isinstance(value, list) else value


def _text(value: object) -> str:
    """A text without what can't be shown; a number as digits; nothing for the rest."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**20 else ""
    return clean(value) if isinstance(value, str) else ""
