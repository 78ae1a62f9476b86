"""Records of the build cache as `system df` and `builder prune` list them.

Results of steps, the base they stand on, and what the client sent last. Ids are made up in BuildKit's form.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from layerlab.docker.imagefacts import layer_size
from layerlab.filesystem import EMPTY, File, size_of
from layerlab.filesystem.layer import NO_SIZE, Size, exactly
from layerlab.filesystem.sizes import BLOCK
from layerlab.host import Host
from layerlab.image.image import ImageLayer

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
        chain_id: Of the stack it is; of a source a word of its own.
        mutable: Whether later builds write to it: what the client sends is kept up to date in place.
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
    mutable: bool = False


def cache_rows(host: Host) -> tuple[CacheRow, ...]:
    """The records, those used longest ago first."""
    in_images = {layer.chain_id for image in host.images.images.values() for layer in image.layers}
    made = {record.result.layers[-1].chain_id for record in host.cache.records.values() if record.result.layers}
    rows: dict[str, CacheRow] = {}
    for record in host.cache.records.values():
        used = record.used or record.created
        for at, layer in enumerate(record.result.layers, 1):
            top, of_base = at == len(record.result.layers), layer.chain_id not in made
            if not top and (layer.chain_id in rows or not of_base):
                continue
            uses, key = (record.uses + 1, record.key) if top else (1, "")
            rows[layer.chain_id] = CacheRow(
                cache_id(layer.chain_id), "regular", _size(host, layer, of_base=of_base), record.created, used, uses,
                layer.chain_id in in_images, key, layer.chain_id,
            )  # fmt: skip
    return tuple(sorted([*rows.values(), *_sources(host)], key=lambda row: row.used))


def _size(host: Host, layer: ImageLayer, *, of_base: bool) -> Size:
    """A layer's share of the cache. A base's own layer takes nothing (classic) or its blob (containerd)."""
    if not of_base:
        return layer_size(layer, host.personality.store)
    if host.personality.store == "classic":
        return NO_SIZE
    return Size(None, 0) if layer.compressed is None else exactly(layer.compressed)


def _sources(host: Host) -> list[CacheRow]:
    """What the client last sent: the Dockerfile, the ignore file and the parts of the context that were asked for."""
    if host.cache.context is None or not host.builds:
        return []
    last = host.builds[-1]
    count = sum(1 for build in host.builds if build.personality.builder == "buildkit")
    taken = {
        entry.path
        for record in host.cache.records.values()
        if record.parts.source == "context" and (record.used or record.created) >= last.started
        for entry in record.parts.taken
    }
    context = host.cache.context or EMPTY
    nodes = [context.lookup(path, follow=False) for path in taken]
    lengths = [size_of(node.content) for node in nodes if isinstance(node, File)]
    sizes = {
        "dockerfile": _stored(host, [len(last.source.encode("utf-8", "surrogateescape"))]),
        "ignore": _stored(host, []),
        "context": _stored(host, lengths),
    }
    moment = last.started
    return [
        CacheRow(
            cache_id(f"source {name}"),
            "source.local",
            size,
            moment,
            moment,
            count,
            False,
            "",
            f"source {name}",
            mutable=True,
        )
        for name, size in sizes.items()
    ]


def _stored(host: Host, lengths: list[int | None]) -> Size:
    """What some files take: their bytes, or (containerd) whole blocks and one for the directory."""
    known = [length for length in lengths if length is not None]
    if host.personality.store == "containerd":
        total = BLOCK + sum(-(-length // BLOCK) * BLOCK for length in known)
    else:
        total = sum(known)
    return Size(total if len(known) == len(lengths) else None, total)


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
    sources = None if any(row.mutable for row in rows) else host.cache.context
    return replace(host, cache=replace(host.cache, records=kept, context=sources))
