"""Records of the build cache as `system df` and `builder prune` list them.

Only the results of steps are known here; what BuildKit keeps besides (local sources, the front end) has no number on
record and isn't listed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from layerlab.docker.imagefacts import layer_size
from layerlab.filesystem.layer import Size
from layerlab.host import Host

LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
ID_LENGTH = 25


@dataclass(frozen=True, slots=True)
class CacheRow:
    """One record.

    Attributes:
        id: 25 letters and digits, as BuildKit's ids look.
        kind: `regular`.
        size: Of its layer, as the store counts.
        created: Nanoseconds since the epoch.
        used: When last used.
        uses: How often.
        shared: Whether an image has the layer too.
        key: Of the record in the cache; empty for a base's layers.
        chain_id: Of the stack it is.
    """

    id: str
    kind: str
    size: Size
    created: int
    used: int
    uses: int
    shared: bool
    key: str
    chain_id: str


def cache_rows(host: Host) -> tuple[CacheRow, ...]:
    """The records, those used longest ago first."""
    store = host.personality.store
    in_images = {layer.chain_id for image in host.images.images.values() for layer in image.layers}
    rows: dict[str, CacheRow] = {}
    for record in host.cache.records.values():
        used = record.used or record.created
        for at, layer in enumerate(record.result.layers, 1):
            top = at == len(record.result.layers)
            if not top and layer.chain_id in rows:
                continue
            shared, size = layer.chain_id in in_images, layer_size(layer, store)
            uses, key = (record.uses + 1, record.key) if top else (1, "")
            rows[layer.chain_id] = CacheRow(
                cache_id(layer.chain_id), "regular", size, record.created, used, uses, shared, key, layer.chain_id
            )
    return tuple(sorted(rows.values(), key=lambda row: row.used))


def cache_id(text: str) -> str:
    """An id in BuildKit's form, made from what it is of."""
    number = int(hashlib.sha256(b"layerlab cache " + text.encode()).hexdigest(), 16)
    digits = ""
    for _ in range(ID_LENGTH):
        number, rest = divmod(number, len(LETTERS))
        digits += LETTERS[rest]
    return digits


def without_records(host: Host, rows: tuple[CacheRow, ...]) -> Host:
    """The host with some records gone from its build cache."""
    gone = {row.chain_id for row in rows}
    kept = {
        key: record
        for key, record in host.cache.records.items()
        if not record.result.layers or record.result.layers[-1].chain_id not in gone
    }
    return replace(host, cache=replace(host.cache, records=kept))
