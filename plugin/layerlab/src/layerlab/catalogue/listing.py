"""What the site's pages list: every recorded image with its source, and how far package sums are off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from layerlab.catalogue.data import Data
from layerlab.catalogue.facts import Provenance, SizeBasis


@dataclass(frozen=True, slots=True)
class Listed:
    """One recorded tag.

    Attributes:
        reference: `ubuntu:20.04`; `ubuntu:20.04@2022-12` for an older snapshot.
        aliases: Other names of the tag.
        created: As recorded, RFC 3339; empty if it isn't known.
        rows: Rows of `docker history`.
        layers: Those that are layers.
        open_layers: Layers without a known size.
        cut: Rows whose text is recorded only in part.
        size: Bytes, or None.
        basis: How good the size is.
        has_ids: Whether image id and digests are recorded.
        provenance: Where it was read.
    """

    reference: str
    aliases: tuple[str, ...]
    created: str
    rows: int
    layers: int
    open_layers: int
    cut: int
    size: int | None
    basis: SizeBasis
    has_ids: bool
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Measured:
    """One command that was run for real, and the engine's layer for it.

    Attributes:
        command: The shell line, on the image `debian:12@2024-12`.
        measured: Bytes of the real layer.
        ours: Bytes of ours, or None.
        hit: Whether they agree within the tolerance.
    """

    command: str
    measured: int
    ours: int | None
    hit: bool


def recorded_images(data: Data) -> Iterator[Listed]:
    """Every tag of the catalogue, by repository and in the record's order.

    Raises:
        DataNotLoadedError: If a data file isn't there; this reads all images' files.
    """
    index: Mapping[str, Any] = data.get("index")["repositories"]
    for repository, entry in sorted(index.items()):
        for tag, file in entry["tags"].items():
            aliases = tuple(alias for alias, meant in entry["aliases"].items() if meant == tag)
            yield _listed(f"{repository}:{tag}", aliases, data.get(f"image/{file}"))


def measured_layers(data: Data) -> tuple[float, tuple[Measured, ...]]:
    """The tolerance, as a share of the real layer, and every measured command.

    Raises:
        DataNotLoadedError: If the data file isn't there.
    """
    record: Mapping[str, Any] = data.get("packages/measured")
    layers = tuple(
        Measured(layer["command"], layer["measured"], layer["ours"], layer["hit"]) for layer in record["layers"]
    )
    return record["tolerance"], layers


def _listed(reference: str, aliases: tuple[str, ...], record: Mapping[str, Any]) -> Listed:
    layers = [row for row in record["history"] if not row.get("empty_layer")]
    source = record["provenance"]
    return Listed(
        reference=reference,
        aliases=aliases,
        created=record["created"] or "",
        rows=len(record["history"]),
        layers=len(layers),
        open_layers=sum(row["size"]["kind"] in {"unknown", "estimated"} for row in layers),
        cut=sum(bool(row.get("cut")) for row in record["history"]),
        size=record["size"]["bytes"],
        basis=SizeBasis(record["size"]["kind"], record["size"]["text"]),
        has_ids=record["image_id"] is not None,
        provenance=Provenance(
            source["source"], source["file"], source["commit"], source["snapshot"], tuple(source["notes"])
        ),
    )
