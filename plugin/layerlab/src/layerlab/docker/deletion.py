"""What goes when an image goes: itself, layers nothing else holds, and its unused parents (legacy builder)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from layerlab.docker.imagefacts import content_size, layer_size
from layerlab.docker.lookup import users_of
from layerlab.filesystem.layer import NO_SIZE, Size
from layerlab.host import Host
from layerlab.image.image import Image
from layerlab.image.store import ImageStore


@dataclass(frozen=True, slots=True)
class Deleted:
    """The result of a deletion.

    Attributes:
        host: Without the image.
        ids: What `Deleted:` lines name, in order.
        freed: Bytes of what was freed.
    """

    host: Host
    ids: tuple[str, ...]
    freed: Size


def delete(host: Host, image: Image, *, parents: bool = True) -> Deleted:
    """Remove an image whatever uses it.

    Args:
        host: Has the image.
        image: To remove.
        parents: Whether untagged, unused and childless parents go too.
    """
    if host.personality.store == "containerd":
        return _from_containerd(host, image)
    held = _held_layers(host, without=image)
    after = replace(host, images=host.images.remove(image.id))
    ids, freed = [image.id], NO_SIZE
    for layer in reversed(image.layers):
        if layer.chain_id not in held:
            ids.append(layer.chain_id)
            freed += layer_size(layer, host.personality.store)
    parent = after.images.images.get(image.parent) if parents and image.parent else None
    if parent is None or not _is_loose(after, parent):
        return Deleted(after, tuple(ids), freed)
    rest = delete(after, parent)
    return Deleted(rest.host, (*ids, *rest.ids), freed + rest.freed)


def _from_containerd(host: Host, image: Image) -> Deleted:
    """The target goes; its blobs and snapshots are collected where no other image has them."""
    after = replace(host, images=host.images.remove(image.id))
    held = _held_layers(host, without=image)
    freed = content_size(image, "containerd")
    for layer in image.layers:
        if layer.chain_id not in held:
            freed += layer_size(layer, "containerd")
    return Deleted(after, (image.id,), freed)


def _held_layers(host: Host, *, without: Image) -> frozenset[str]:
    """Chain ids that other images, containers or the build cache still need."""
    images = [image for image in host.images.images.values() if image.id != without.id]
    if users_of(host, without.id):
        images.append(without)
    cached = (layer.chain_id for record in host.cache.records.values() for layer in record.result.layers)
    return frozenset([*(layer.chain_id for image in images for layer in image.layers), *cached])


def _is_loose(host: Host, image: Image) -> bool:
    return not host.images.names(image.id) and not host.images.children(image.id) and not users_of(host, image.id)


def without_replaced(host: Host, store: ImageStore) -> ImageStore:
    """With the containerd store what a rebuild took the last name from is gone, unless a container uses it.

    Args:
        host: Before the build.
        store: Its images after the build.
    """
    for identity in dict.fromkeys(host.images.tags.values()):
        if identity in store.images and not store.names(identity) and not users_of(host, identity):
            store = store.remove(identity)
    return store
