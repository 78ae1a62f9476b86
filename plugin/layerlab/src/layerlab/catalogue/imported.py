"""An image of the reader's own archive as a base image: exact facts, with content."""

from __future__ import annotations

from layerlab.catalogue.facts import (
    EXACT_SIZE,
    BaseImage,
    LayerEntry,
    LayerFacts,
    Provenance,
    RecordedId,
    SyntheticId,
)
from layerlab.filesystem.content import Bytes
from layerlab.filesystem.layer import Layer, entry_node
from layerlab.filesystem.node import File
from layerlab.image.image import Image, ImageLayer


def base_image(image: Image, reference: str) -> BaseImage:
    """The base image that `FROM` finds.

    Args:
        image: As read from an archive.
        reference: Its familiar name and tag.
    """
    sizes = [layer.size.bytes for layer in image.layers]
    return BaseImage(
        reference=reference,
        created=image.created,
        config=image.config,
        history=image.history,
        cut=frozenset(),
        layers=tuple(_facts(layer) for layer in image.layers),
        tree=image.tree,
        exact_tree=True,
        tree_basis="",
        image_id=image.config_digest or image.id,
        manifest_digest=None if image.id == image.config_digest else image.id,
        index_digest=None,
        size=sum(size or 0 for size in sizes),
        size_basis=EXACT_SIZE,
        compressed_size=image.compressed,
        provenance=Provenance("archive"),
    )


def _facts(layer: ImageLayer) -> LayerFacts:
    known = layer.diff_id
    return LayerFacts(
        id=RecordedId(known) if known else SyntheticId("catalogue:" + layer.chain_id),
        digest=layer.digest,
        size=layer.size.bytes,
        size_basis=EXACT_SIZE,
        compressed_size=layer.compressed,
        entries=_entries(layer.layer),
        tar_size=None if layer.archive is None else len(layer.archive),
    )


def _entries(layer: Layer) -> tuple[LayerEntry, ...]:
    """Entries with their nodes; names of one file share an inode."""
    linked = {entry.link for entry in layer.entries if entry.kind == "hardlink"}
    inodes = {path: number for number, path in enumerate(sorted(linked), 1)}
    found = []
    for entry in layer.entries:
        match entry.kind:
            case "whiteout" | "opaque" as kind:
                found.append(LayerEntry(entry.path, kind))
            case "hardlink":
                content = entry.content or Bytes(b"")
                found.append(LayerEntry(entry.path, "node", File(entry.meta, content, inodes[entry.link])))
            case _:
                node = entry_node(entry)
                if isinstance(node, File) and entry.path in inodes:
                    node = File(node.meta, node.content, inodes[entry.path])
                found.append(LayerEntry(entry.path, "node", node))
    return tuple(found)
