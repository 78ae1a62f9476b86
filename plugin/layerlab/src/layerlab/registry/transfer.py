"""What a push sends and what a pull fetches: only layers that aren't there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from layerlab.filesystem.layer import Size
from layerlab.filesystem.tar import tar_chunks
from layerlab.image.image import Image, ImageLayer
from layerlab.image.reference import Reference, parse_reference
from layerlab.registry.manifest import manifest
from layerlab.registry.registry import Registry, Repository, Stored, layer_key

State: TypeAlias = Literal["exists", "mounted", "sent"]


@dataclass(frozen=True, slots=True)
class Moved:
    """What happened to one layer.

    Attributes:
        layer: Which.
        state: Whether it was there already, was linked from another repository, or had to be transferred.
        source: The repository it was linked from: `docker.io/library/python`; else empty.
    """

    layer: ImageLayer
    state: State
    source: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """A push or a pull.

    Attributes:
        layers: From the bottom; a layer that an image has twice is moved once.
        compressed: Bytes that were transferred, as compressed; unknown where a layer was never compressed.
        unpacked: Bytes of the same layers' tars; unknown where one's bytes aren't.
    """

    layers: tuple[Moved, ...]
    compressed: Size
    unpacked: Size

    def count(self, state: State) -> int:
        """How many layers ended so."""
        return sum(1 for moved in self.layers if moved.state == state)


@dataclass(frozen=True, slots=True)
class Pushed:
    """A push that was accepted.

    Attributes:
        registry: After it.
        transfer: What it took.
        stored: What the tag points to now.
    """

    registry: Registry
    transfer: Transfer
    stored: Stored


def push(registry: Registry, image: Image, reference: Reference, *, containerd: bool = False) -> Pushed:
    """Push an image.

    Args:
        registry: Before.
        image: With its layers.
        reference: With a tag.
        containerd: Whether the manifest is the store's own, so that its digest is the image's id.
    """
    there = registry.repositories.get(reference.name, Repository())
    moved: dict[str, Moved] = {}
    for layer in image.layers:
        key = layer_key(layer)
        if key in moved:
            continue
        source = _source(registry, key, reference)
        if key in there.blobs:
            moved[key] = Moved(layer, "exists")
        elif source:
            moved[key] = Moved(layer, "mounted", source)
        else:
            moved[key] = Moved(layer, "sent")
    digest, size = (image.id, None) if containerd else manifest(image)
    stored = Stored(image, digest, size)
    after = registry.holding(reference, stored).remembering(image, reference.name)
    return Pushed(after, transfer(moved.values()), stored)


def _source(registry: Registry, key: str, reference: Reference) -> str:
    """A repository on the same host that the daemon knows to have the layer."""
    for name in registry.sources.get(key, ()):
        if name != reference.name and parse_reference(name).host == reference.host:
            return name
    return ""


def pull(image: Image, known: Mapping[str, object] | frozenset[str]) -> Transfer:
    """What a pull fetches: every layer above the lowest one that isn't on this host on the same stack.

    Args:
        image: In the registry.
        known: Chain ids on the host.
    """
    moved: list[Moved] = []
    missing = False
    for layer in image.layers:
        missing = missing or layer.chain_id not in known
        moved.append(Moved(layer, "sent" if missing else "exists"))
    return transfer(moved)


def transfer(layers: Iterable[Moved]) -> Transfer:
    """Add up what was transferred."""
    moved = tuple(layers)
    sent = [one.layer for one in moved if one.state == "sent"]
    return Transfer(moved, _sum(layer.compressed for layer in sent), _sum(map(tar_length, sent)))


def tar_length(layer: ImageLayer) -> int | None:
    """Bytes of a layer's uncompressed tar, or None."""
    if layer.archive is not None:
        return len(layer.archive)
    chunks = tar_chunks(layer.layer)
    return None if chunks is None else sum(map(len, chunks))


def _sum(numbers: Iterable[int | None]) -> Size:
    listed = list(numbers)
    known = [number for number in listed if number is not None]
    return Size(sum(known) if len(known) == len(listed) else None, sum(known))
