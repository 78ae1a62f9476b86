"""Image archives as `docker save` of 25 and later writes them (classic store): OCI layout with compatibility files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from layerlab.filesystem import EMPTY, Bytes, Meta
from layerlab.filesystem.archive import ArchiveError, read_archive
from layerlab.filesystem.layer import Layer, LayerEntry, apply
from layerlab.filesystem.sizes import walk_size
from layerlab.filesystem.tar import tar_bytes
from layerlab.image.assemble import image_layer, make_image
from layerlab.image.config import config_bytes, parse_history, parse_run_config
from layerlab.image.image import Image, ImageLayer
from layerlab.image.reference import parse_reference

LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"


class UnknownBytesError(ValueError):
    """A layer whose bytes aren't known; the message names it."""


def image_archive(images: Sequence[tuple[Image, Sequence[str]]]) -> bytes:
    """A tar archive of some images.

    Args:
        images: Each with the full names to save it under.

    Raises:
        UnknownBytesError: A layer has files of which only the size is known.
    """
    files: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}
    manifests: list[dict[str, object]] = []
    listed: list[dict[str, object]] = []
    repositories: dict[str, dict[str, str]] = {}
    for image, names in images:
        descriptor, compatible = _image(image, files)
        manifests += [_named(descriptor, name) for name in names or ("",)]
        tags = [parse_reference(name).familiar for name in names]
        listed.append({**compatible, "RepoTags": tags or None})
        for name in names:
            reference = parse_reference(name)
            repositories.setdefault(reference.familiar_name, {})[reference.tag or ""] = _top(image)
    files["index.json"] = _json({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": manifests})
    files["manifest.json"] = _json(listed)
    if repositories:
        files["repositories"] = _json(repositories)
    return _tar(files)


def _image(image: Image, files: dict[str, bytes]) -> tuple[dict[str, object], dict[str, object]]:
    """Add an image's blobs; its descriptor and its entry in `manifest.json`."""
    descriptors: list[dict[str, object]] = []
    for layer in image.layers:
        data = tar_bytes(layer.layer)
        if data is None or layer.diff_id is None:
            raise UnknownBytesError(layer.chain_id)
        descriptors.append(_blob(files, data, LAYER_TYPE))
    names = [layer.diff_id or "" for layer in image.layers]
    config = _blob(files, config_bytes(image.config, image.history, names, image.created), CONFIG_TYPE)
    manifest = _json({"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": config, "layers": descriptors})
    paths = [_path(str(descriptor["digest"])) for descriptor in descriptors]
    sources = {str(descriptor["digest"]): descriptor for descriptor in descriptors}
    compatible: dict[str, object] = {
        "Config": _path(str(config["digest"])),
        "RepoTags": None,
        "Layers": paths,
        "LayerSources": sources,
    }
    return _blob(files, manifest, MANIFEST_TYPE), compatible


def _blob(files: dict[str, bytes], data: bytes, kind: str) -> dict[str, object]:
    digest = hashlib.sha256(data).hexdigest()
    files[f"blobs/sha256/{digest}"] = data
    return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data)}


def _path(digest: str) -> str:
    return "blobs/sha256/" + digest.removeprefix("sha256:")


def _top(image: Image) -> str:
    return (image.layers[-1].diff_id or "").removeprefix("sha256:") if image.layers else ""


def _named(descriptor: Mapping[str, object], name: str) -> dict[str, object]:
    if not name:
        return dict(descriptor)
    tag = parse_reference(name).tag or ""
    return {**descriptor, "annotations": {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": tag}}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _tar(files: Mapping[str, bytes]) -> bytes:
    entries = [LayerEntry("/" + path, "file", Meta(0o644), Bytes(files[path])) for path in sorted(files)]
    entries += [LayerEntry(directory, "dir", Meta(0o755)) for directory in ("/blobs", "/blobs/sha256")]
    data = tar_bytes(Layer(tuple(sorted(entries, key=lambda entry: entry.path))))
    assert data is not None, "every file has bytes"
    return data


def read_image_archive(data: bytes, *, containerd: bool = False) -> list[tuple[Image, tuple[str, ...]]] | None:
    """Images and their full names of an archive with a `manifest.json`; None for anything else.

    Args:
        data: The archive.
        containerd: Whether ids are those of the containerd store.
    """
    try:
        entries = read_archive(data)
        files = {entry.path.lstrip("/"): entry.content.data for entry in entries if isinstance(entry.content, Bytes)}
        listed = json.loads(files["manifest.json"])
        return [_read(files, item, containerd=containerd) for item in listed]
    except (ArchiveError, KeyError, ValueError, TypeError, AttributeError):
        return None


def _read(files: Mapping[str, bytes], item: Mapping[str, object], *, containerd: bool) -> tuple[Image, tuple[str, ...]]:
    config = json.loads(files[str(item["Config"])])
    history = parse_history(config.get("history") or ())
    facts = {key: str(config.get(key) or "") for key in ("architecture", "os", "variant", "author")}
    layers: tuple[ImageLayer, ...] = ()
    tree = EMPTY
    paths = item["Layers"]
    assert isinstance(paths, list)
    times = [entry.created or 0 for entry in history if not entry.empty_layer]
    for at, path in enumerate(paths):
        layer = Layer(read_archive(files[str(path)]))
        layers = (*layers, image_layer(layer, walk_size(layer), layers, times[at] if at < len(times) else 0))
        tree = apply(tree, layer)
    run_config = parse_run_config(config.get("config") or {}, **facts)
    image = make_image(run_config, history, layers, tree, containerd=containerd, fallback=0)
    names = item.get("RepoTags") or ()
    assert isinstance(names, list | tuple)
    return image, tuple(parse_reference(str(name)).tagged().full for name in names)
