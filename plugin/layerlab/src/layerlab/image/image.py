"""An image: configuration, history, layers and identity."""

from __future__ import annotations

from dataclasses import dataclass

from layerlab.filesystem.layer import Layer, Size
from layerlab.filesystem.tree import Tree
from layerlab.image.config import HistoryEntry, ImageConfig


@dataclass(frozen=True, slots=True)
class ImageLayer:
    """A layer of an image.

    Attributes:
        layer: Its entries.
        diff_id: `sha256:…` of its tar, or None where the bytes aren't known.
        chain_id: Of the stack up to it. Always set: a synthetic one, where digests are unknown, begins `layerlab:`.
        size: As the classic store shows it.
        snapshot_size: As the containerd store shows it.
        created: When it was made, nanoseconds since the epoch.
        compressed: Bytes of its blob in a registry, or None.
        digest: Of that blob, or None.
        archive: The uncompressed tar it came as, where ours of the same entries would be other bytes; else None.
    """

    layer: Layer
    diff_id: str | None
    chain_id: str
    size: Size
    snapshot_size: Size
    created: int | None = None
    compressed: int | None = None
    digest: str | None = None
    archive: bytes | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """An image on a host, or one that a build made.

    Attributes:
        id: What `docker images` shows: `sha256:…`. With `synthetic`, made by this program from what is known.
        config: How to run it.
        history: Oldest first; non-empty entries and `layers` go together in order.
        layers: From the bottom.
        tree: The files as a container sees them.
        created: Nanoseconds since the epoch, or None.
        synthetic: Whether the id is not Docker's, because bytes that it is a digest of aren't known.
        config_digest: Digest of the configuration; equal to `id` in the classic store.
        parent: Id of the local parent image (legacy builder, commit), or None.
        repo_digest: `sha256:…` the image was pulled by, or None.
        container_config: Legacy: command of the intermediate container (`docker inspect`).
        compressed: Bytes of all blobs, manifests and configuration in a registry, or None.
        config_json: The configuration's own bytes, where `config_bytes` would write other ones; else None.
    """

    id: str
    config: ImageConfig
    history: tuple[HistoryEntry, ...]
    layers: tuple[ImageLayer, ...]
    tree: Tree
    created: int | None
    synthetic: bool = False
    config_digest: str = ""
    parent: str | None = None
    repo_digest: str | None = None
    container_config: tuple[str, ...] = ()
    compressed: int | None = None
    config_json: bytes | None = None
