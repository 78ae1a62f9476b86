"""Putting an image together: the times of its history, its layers' identities, its id."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from layerlab.filesystem.layer import Layer, Size
from layerlab.filesystem.sizes import snapshot_size
from layerlab.filesystem.tar import chain_id, diff_id
from layerlab.filesystem.tree import Tree
from layerlab.image.config import HistoryEntry, ImageConfig, config_bytes, digest_of
from layerlab.image.image import Image, ImageLayer

SYNTHETIC = "layerlab:"
"""Begins every id that isn't a digest Docker would make, because bytes that it would be made of aren't known."""


def image_layer(
    layer: Layer, size: Size, below: Sequence[ImageLayer], created: int, *, is_whole: bool = True
) -> ImageLayer:
    """A new layer on others, with its identities.

    Args:
        layer: Its entries.
        size: As the classic store counts it.
        below: The layers it lies on.
        created: Nanoseconds since the epoch.
        is_whole: Whether all it holds is known. A program that isn't simulated may have written anything: then its
            sizes are not known and it has no digest.
    """
    snapshot = snapshot_size(layer)
    if not is_whole:
        size, snapshot = replace(size, bytes=None), replace(snapshot, bytes=None)
    real = diff_id(layer) if is_whole else None
    name = real or SYNTHETIC + hashlib.sha256(repr(layer).encode("utf-8", "surrogateescape")).hexdigest()
    chain = stacked(below[-1].chain_id if below else None, name)
    return ImageLayer(layer, real, chain, size, snapshot, created)


def stacked(below: str | None, name: str) -> str:
    """The chain id of a layer on a stack; synthetic where one of both is."""
    if name.startswith(SYNTHETIC) or (below or "").startswith(SYNTHETIC):
        return SYNTHETIC + hashlib.sha256(f"{below} {name}".encode()).hexdigest() if below else name
    return chain_id(below, name)


def dated(entries: Sequence[HistoryEntry]) -> tuple[HistoryEntry, ...]:
    """Fill in the times of entries without one, as BuildKit's exporter does.

    The first ones get the time of the next entry that has one (or of the last, if none follows), later ones that of
    the entry before them.
    """
    created: int | None = None
    gap = False
    for entry in entries:
        if entry.created is None:
            gap = True
            continue
        created = entry.created
        if gap:
            break
    filled: list[HistoryEntry] = []
    gap = False
    for entry in entries:
        if entry.created is None:
            gap = True
            filled.append(replace(entry, created=created))
            continue
        if gap:
            created = entry.created
        filled.append(entry)
    return tuple(filled)


def make_image(
    config: ImageConfig,
    history: Sequence[HistoryEntry],
    layers: Sequence[ImageLayer],
    tree: Tree,
    *,
    containerd: bool,
    fallback: int | None = None,
) -> Image:
    """The image of a BuildKit build.

    Args:
        config: How to run it.
        history: Complete, with times.
        layers: From the bottom.
        tree: The files.
        fallback: Time of an image whose history has none; BuildKit leaves it open, imports and commits don't.
        containerd: Whether the id is that of the store's index instead of the configuration's digest.
    """
    created = next((entry.created for entry in reversed(history) if entry.created is not None), fallback)
    names = [layer.diff_id or layer.chain_id for layer in layers]
    digest = digest_of(config_bytes(config, history, names, created))
    known = all(layer.diff_id is not None for layer in layers)
    if not containerd:
        return Image(digest, config, tuple(history), tuple(layers), tree, created, not known, digest)
    index = digest_of(b"layerlab index of " + digest.encode())
    return Image(index, config, tuple(history), tuple(layers), tree, created, synthetic=True, config_digest=digest)
