"""The images that the legacy builder (20.10) makes, one an instruction, and their configuration's bytes."""

from __future__ import annotations

import hashlib

from layerlab.filesystem.tree import Tree
from layerlab.image.config import (
    HistoryEntry,
    ImageConfig,
    config_object,
    digest_of,
    health_object,
    legacy_run_config,
)
from layerlab.image.gojson import dumps
from layerlab.image.image import Image, ImageLayer

DOCKER_VERSION = "20.10.24+dfsg1"


def container_id(seed: str) -> str:
    """64 hex digits; real ones are random."""
    return hashlib.sha256(f"container {seed}".encode("utf-8", "surrogateescape")).hexdigest()


def legacy_image(
    config: ImageConfig,
    history: tuple[HistoryEntry, ...],
    layers: tuple[ImageLayer, ...],
    tree: Tree,
    *,
    parent: str,
    command: tuple[str, ...],
    container: str,
) -> Image:
    """The image of one instruction.

    Args:
        config: After the instruction.
        history: With the instruction's entry.
        layers: From the bottom.
        tree: The files.
        parent: Id of the image it was made from; empty for none.
        command: Of the intermediate container.
        container: Its id; empty for COPY and ADD.
    """
    created = history[-1].created
    names = [layer.diff_id or layer.chain_id for layer in layers]
    document = config_object(config, history, names, created)
    document["config"] = legacy_run_config(config, image=parent)
    if container:
        document["container"] = container
    document["container_config"] = {
        **legacy_run_config(config, image=parent, hostname=container[:12]),
        "Cmd": list(command),
        "Healthcheck": health_object(config.healthcheck) or None,
    }
    document["docker_version"] = DOCKER_VERSION
    data = dumps({key: document[key] for key in sorted(document)}).encode()
    identifier = digest_of(data)
    known = all(layer.diff_id is not None for layer in layers)
    return Image(
        identifier,
        config,
        history,
        layers,
        tree,
        created,
        synthetic=not known,
        config_digest=identifier,
        parent=parent or None,
        container_config=command,
        config_json=data,
    )
