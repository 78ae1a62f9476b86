"""Histories to read: those of the catalogue, as Docker prints them."""

from __future__ import annotations

from layerlab.catalogue import Data
from layerlab.catalogue.files import load
from layerlab.docker.history import HistoryRow
from layerlab.image.gojson import from_rfc3339

NOW = 1_790_000_000_000_000_000
ID = "sha256:" + "0123456789abcdef" * 4


def catalogue_files():
    """(tag, name of its data file) of every recorded image."""
    index = Data(load).get("index")["repositories"]
    return [(f"{name}:{tag}", file) for name, entry in sorted(index.items()) for tag, file in entry["tags"].items()]


def catalogue_rows(file):
    """Rows newest first, as `docker history` has them."""
    history = Data(load).get(f"image/{file}")["history"]
    rows = [
        HistoryRow(
            "<missing>",
            from_rfc3339(row["created"]) if row.get("created") else None,
            row["created_by"],
            0 if row.get("empty_layer") else row["size"]["bytes"],
            row.get("comment") or "",
        )
        for row in history
    ]
    rows[-1] = HistoryRow(ID, rows[-1].created, rows[-1].created_by, rows[-1].size, rows[-1].comment)
    return rows[::-1]
