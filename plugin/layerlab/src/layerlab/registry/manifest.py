"""The manifest that a push writes, where all of its bytes are known: digests and sizes of compressed layers are in it.

The form is that of Docker's schema 2 as the classic store of Docker 20.10 to 29 writes it, indented by three blanks.
"""

from __future__ import annotations

import hashlib
import json

from layerlab.image.config import config_bytes, digest_of
from layerlab.image.image import Image

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def manifest(image: Image) -> tuple[str, int | None]:
    """Digest and size of an image's manifest.

    Args:
        image: As the classic store has it.

    Returns:
        The digest and the number of bytes. Where a layer's compressed form isn't known, the digest is made up from
        the image's id and the number is None.
    """
    data = _bytes(image)
    if data is None:
        known = image.config_digest or image.id
        return "sha256:" + hashlib.sha256(f"layerlab manifest of {known}".encode()).hexdigest(), None
    return digest_of(data), len(data)


def _bytes(image: Image) -> bytes | None:
    config = image.config_json
    if config is None:
        names = [layer.diff_id or "" for layer in image.layers]
        config = config_bytes(image.config, image.history, names, image.created)
    if digest_of(config) != image.config_digest:
        return None
    layers = []
    for layer in image.layers:
        if layer.digest is None or layer.compressed is None:
            return None
        layers.append({"mediaType": LAYER, "size": layer.compressed, "digest": layer.digest})
    whole = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "size": len(config), "digest": digest_of(config)},
        "layers": layers,
    }
    return json.dumps(whole, indent=3).encode()
