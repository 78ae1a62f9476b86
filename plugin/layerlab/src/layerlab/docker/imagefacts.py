"""What Docker shows of an image, worked out from the host: sizes by store, names, sharing, history rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from layerlab.docker.history import MISSING, HistoryRow
from layerlab.docker.images import ImageSummary, PlatformImage
from layerlab.docker.lookup import users_of
from layerlab.filesystem.layer import NO_SIZE, Size, exactly
from layerlab.host import Host
from layerlab.image.config import digest_of
from layerlab.image.image import Image, ImageLayer
from layerlab.image.reference import parse_reference
from layerlab.personality import Store


def layer_size(layer: ImageLayer, store: Store) -> Size:
    """A layer's size as the store counts."""
    return layer.snapshot_size if store == "containerd" else layer.size


def layers_size(image: Image, store: Store) -> Size:
    """The sum over an image's layers."""
    total = NO_SIZE
    for layer in image.layers:
        total += layer_size(layer, store)
    return total


def content_size(image: Image, store: Store) -> Size:
    """CONTENT SIZE: the compressed content (containerd); 0 in the classic store, unknown where not recorded."""
    if store == "classic":
        return NO_SIZE
    return Size(None, 0) if image.compressed is None else exactly(image.compressed)


def total_size(image: Image, store: Store) -> Size:
    """SIZE and DISK USAGE: layers, and with containerd the compressed content too."""
    return layers_size(image, store) + content_size(image, store)


def shared_sizes(host: Host) -> Mapping[str, Size]:
    """By image id: the size of its layers that at least one other listed image has too (`system df`)."""
    store = host.personality.store
    listed = [image for image, _ in host.images.listed()]
    users: dict[str, set[str]] = {}
    for image in listed:
        for layer in image.layers:
            users.setdefault(layer.chain_id, set()).add(image.id)
    shared: dict[str, Size] = {}
    for image in listed:
        total = NO_SIZE
        for layer in image.layers:
            if len(users[layer.chain_id]) > 1:
                total += layer_size(layer, store)
        shared[image.id] = total
    return shared


def manifests_of(image: Image) -> tuple[str, ...]:
    """containerd: the manifests in an image's index, its own and the attestation; a pulled or loaded one has none.

    Their bytes aren't known (they hold compressed digests), so the digests are made up from the image's id.
    """
    if image.repo_digest or not image.synthetic or image.id == image.config_digest:
        return ()
    return tuple(digest_of(f"layerlab {what} of {image.id}".encode()) for what in ("manifest", "attestation"))


def distinct_layers(images: Iterable[Image], store: Store) -> Size:
    """The size of all layers of some images, each stack counted once."""
    layers = {layer.chain_id: layer_size(layer, store) for image in images for layer in image.layers}
    total = NO_SIZE
    for size in layers.values():
        total += size
    return total


def names_of(host: Host, image: Image) -> tuple[tuple[str, str], ...]:
    """(repository, tag) in their familiar form, sorted."""
    references = [parse_reference(name) for name in host.images.names(image.id)]
    return tuple(sorted((reference.familiar_name, reference.tag or "") for reference in references))


def digests_of(host: Host, image: Image) -> tuple[tuple[str, str], ...]:
    """(repository, digest): of the pull in the classic store, of the target itself in the containerd store."""
    repositories = sorted({name for name, _ in names_of(host, image)})
    if host.personality.store == "containerd":
        return tuple((name, image.id) for name in repositories)
    return tuple((name, image.repo_digest) for name in repositories) if image.repo_digest else ()


def summary(host: Host, image: Image) -> ImageSummary:
    """An image as `docker images` lists it."""
    store = host.personality.store
    in_use = bool(users_of(host, image.id))
    size, content = total_size(image, store).bytes, content_size(image, store).bytes
    platforms: tuple[PlatformImage, ...] = ()
    if store == "containerd":
        config = image.config
        platform = "/".join(part for part in (config.os, config.architecture, config.variant) if part)
        own = (*manifests_of(image), image.id)[0]
        platforms = (PlatformImage(platform, own, size, content, in_use),)
    return ImageSummary(
        image.id,
        names_of(host, image),
        digests_of(host, image),
        image.created,
        size,
        content,
        in_use,
        platforms=platforms,
    )


def history_rows(host: Host, image: Image) -> tuple[HistoryRow, ...]:
    """Rows of `docker history`, newest first; ids follow local parent links, one a row."""
    store = host.personality.store
    layers = iter(image.layers)
    rows = []
    for entry in image.history:
        layer = None if entry.empty_layer else next(layers, None)
        size = 0 if layer is None else layer_size(layer, store).bytes
        rows.append(HistoryRow(MISSING, entry.created, entry.created_by, size, entry.comment))
    rows.reverse()
    parent: Image | None = image
    for at, row in enumerate(rows):
        if parent is None:
            break
        rows[at] = HistoryRow(parent.id, row.created, row.created_by, row.size, row.comment)
        parent = _known(host, parent.parent) if parent.parent else None
    return tuple(rows)


def _known(host: Host, identity: str) -> Image | None:
    """An image of the host, one that only stands below a legacy build included."""
    pulled = (base for base in host.images.bases.values() if base.id == identity)
    return host.images.images.get(identity) or next(pulled, None)
