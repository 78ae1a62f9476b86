"""From an archive to images: every digest that the archive announces is checked against the bytes.

Reads what `docker save` of any version since 1.10 writes, OCI layouts in a tar, and either of them compressed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from layerlab.filesystem import EMPTY, Tree
from layerlab.filesystem.layer import apply
from layerlab.filesystem.sizes import snapshot_size, walk_size
from layerlab.filesystem.tar import chain_id, diff_id
from layerlab.image.archive import ArchiveLimits, Budget, ImageArchiveError, plain_tar, read_files
from layerlab.image.archivelayer import read_layer
from layerlab.image.config import HistoryEntry, ImageConfig, config_bytes, parse_history, parse_run_config
from layerlab.image.exporting import manifest_of
from layerlab.image.gojson import from_rfc3339
from layerlab.image.image import Image, ImageLayer
from layerlab.image.oci import IMAGE_NAME, REF_NAME, Blob, Packed, digest, document, packed_images

DEFAULT_LIMITS = ArchiveLimits()


@dataclass(frozen=True, slots=True)
class Loaded:
    """One image of an archive.

    Attributes:
        image: Complete.
        names: Full references it is saved under; empty for one saved by its id.
    """

    image: Image
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Facts:
    """A configuration, read."""

    config: ImageConfig
    history: tuple[HistoryEntry, ...]
    diff_ids: tuple[str, ...]
    created: int | None


def read_images(data: bytes, *, containerd: bool = False, limits: ArchiveLimits = DEFAULT_LIMITS) -> tuple[Loaded, ...]:
    """All images of an archive, or none.

    Args:
        data: The archive, plain or compressed with gzip, bzip2 or xz.
        containerd: Whether ids are the manifests' digests (containerd store) instead of the configurations'.
        limits: What reading may take; the archive itself isn't counted.

    Raises:
        ImageArchiveError: Naming the entry that is to blame.
    """
    budget = Budget(limits)
    files = read_files(data, budget)
    known: dict[tuple[str, str], ImageLayer] = {}
    trees: dict[str, Tree] = {}
    found = []
    for packed in packed_images(files, limits):
        image = _image(packed, known, trees, budget, containerd=containerd)
        found.append(Loaded(image, packed.names))
    return tuple(found)


def layout_image(
    files: Mapping[str, bytes],
    wanted: str | None,
    tag: str,
    *,
    containerd: bool = False,
    limits: ArchiveLimits = DEFAULT_LIMITS,
) -> tuple[str, Image] | None:
    """One image of an OCI layout, as `--build-context NAME=oci-layout://…` picks it.

    Args:
        files: Of the layout, by name.
        wanted: Digest of its manifest or index; None to go by the name.
        tag: Its name in the index; the only image there is counts under any.
        containerd: Whether its id is the manifest's digest.
        limits: What reading may take.

    Returns:
        The digest and the image, or None where the index has no such image.

    Raises:
        ImageArchiveError: Naming the file that is to blame.
    """
    chosen = (
        {"digest": wanted} if wanted is not None else _indexed(document(files["index.json"], "index.json", limits), tag)
    )
    if chosen is None:
        return None
    budget = Budget(limits)
    only = {**files, "index.json": json.dumps({"manifests": [chosen]}).encode()}
    (packed,) = packed_images(only, limits)
    return str(chosen["digest"]), _image(packed, {}, {}, budget, containerd=containerd)


def _indexed(index: Any, tag: str) -> Mapping[str, Any] | None:
    entries = index.get("manifests") if isinstance(index, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ImageArchiveError("json", "index.json")
    for key in (IMAGE_NAME, REF_NAME):
        for entry in entries:
            notes = entry.get("annotations")
            if isinstance(notes, dict) and notes.get(key) == tag:
                return dict(entry)
    return dict(entries[0]) if len(entries) == 1 else None


def _image(
    packed: Packed,
    known: dict[tuple[str, str], ImageLayer],
    trees: dict[str, Tree],
    budget: Budget,
    *,
    containerd: bool,
) -> Image:
    facts = _facts(packed.config, budget.limits)
    if len(facts.diff_ids) != len(packed.layers):
        raise ImageArchiveError("layers", packed.config.path, announced=len(facts.diff_ids), found=len(packed.layers))
    times = [entry.created for entry in facts.history if not entry.empty_layer]
    if len(times) > len(packed.layers):
        raise ImageArchiveError("layers", packed.config.path, announced=len(times), found=len(packed.layers))
    layers: list[ImageLayer] = []
    for at, (blob, announced) in enumerate(zip(packed.layers, facts.diff_ids, strict=True)):
        below = layers[-1].chain_id if layers else None
        created = times[at] if at < len(times) else None
        chain = chain_id(below, announced)
        if (chain, blob.path) not in known:
            under = trees[below] if below else EMPTY
            known[chain, blob.path] = layer = _layer(blob, announced, chain, under, budget, created=created)
            trees[chain] = apply(under, layer.layer)
        layers.append(_seen_by(known[chain, blob.path], blob, containerd=containerd))
    own = config_bytes(facts.config, facts.history, facts.diff_ids, facts.created)
    config_digest = digest(packed.config.data)
    return Image(
        id=_target(packed) if containerd else config_digest,
        config=facts.config,
        history=facts.history,
        layers=tuple(layers),
        tree=trees[layers[-1].chain_id] if layers else EMPTY,
        created=facts.created,
        config_digest=config_digest,
        compressed=_content_size(packed) if containerd else None,
        config_json=None if own == packed.config.data else packed.config.data,
    )


def _layer(blob: Blob, announced: str, chain: str, under: Tree, budget: Budget, *, created: int | None) -> ImageLayer:
    tar = plain_tar(blob.data, blob.path, budget)
    found = digest(tar)
    if found != announced:
        raise ImageArchiveError("digest", blob.path, announced=announced, found=found)
    layer = read_layer(tar, blob.path, under, budget)
    ours = diff_id(layer) == announced
    return ImageLayer(
        layer, announced, chain, walk_size(layer), snapshot_size(layer), created, archive=None if ours else tar
    )


def _seen_by(layer: ImageLayer, blob: Blob, *, containerd: bool) -> ImageLayer:
    """The containerd store keeps the blob as it was; the classic one forgets it."""
    if not containerd:
        return layer
    return ImageLayer(
        layer.layer,
        layer.diff_id,
        layer.chain_id,
        layer.size,
        layer.snapshot_size,
        layer.created,
        len(blob.data),
        digest(blob.data),
        layer.archive,
    )


def _target(packed: Packed) -> str:
    return packed.target or digest(manifest_of(packed.config.data, [blob.data for blob in packed.layers]))


def _content_size(packed: Packed) -> int:
    extra = packed.extra or len(manifest_of(packed.config.data, [blob.data for blob in packed.layers]))
    blobs = {blob.path: len(blob.data) for blob in packed.layers}
    return extra + len(packed.config.data) + sum(blobs.values())


def _facts(blob: Blob, limits: ArchiveLimits) -> _Facts:
    whole: Any = document(blob.data, blob.path, limits)
    try:
        outside = {key: str(whole.get(key) or "") for key in ("architecture", "os", "variant", "author")}
        created = from_rfc3339(whole["created"]) if whole.get("created") else None
        return _Facts(
            parse_run_config(_mapping(whole.get("config")), **outside),
            parse_history(whole.get("history") or ()),
            tuple(_diff_id(value) for value in whole["rootfs"]["diff_ids"] or ()),
            created,
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ImageArchiveError("config", blob.path, reason=type(error).__name__) from error


def _mapping(value: object) -> Mapping[str, object]:
    if value is not None and not isinstance(value, dict):
        raise TypeError("config is no object")
    return value or {}


def _diff_id(value: object) -> str:
    text = str(value)
    digits = text.removeprefix("sha256:")
    if len(digits) != 64 or digits.strip("0123456789abcdef"):
        raise ValueError("no digest")
    return f"sha256:{digits}"
