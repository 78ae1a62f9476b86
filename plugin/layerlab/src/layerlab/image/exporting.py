"""From images to an archive that real tools load; equal images give equal bytes.

Layers are stored uncompressed, as `docker save` 25 and later does with the classic store, so no digest in the archive
depends on a compressor. What isn't known by its bytes isn't written: there is no archive with made-up digests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from layerlab.filesystem import BULK_NAME, Bytes, Meta
from layerlab.filesystem.layer import Layer, LayerEntry
from layerlab.filesystem.tar import tar_bytes
from layerlab.image.config import config_bytes
from layerlab.image.gojson import dumps
from layerlab.image.image import Image, ImageLayer
from layerlab.image.oci import CONFIG_TYPE, IMAGE_NAME, INDEX_TYPE, LAYER_TYPE, MANIFEST_TYPE, REF_NAME, digest
from layerlab.image.reference import parse_reference

Form: TypeAlias = Literal["docker", "oci"]
"""`docker`: an OCI layout with the files that `docker load` of every version reads; `oci`: the layout alone."""

OCI_LAYOUT = b'{"imageLayoutVersion": "1.0.0"}'


class UnknownBytesError(ValueError):
    """An image that can't be written.

    Attributes:
        number: Of the layer, from 1 at the bottom.
        count: Of layers.
        path: The first file whose bytes aren't known; of files known only in sum, their directory.
        image: Its id.
        values: What the sentence about it is filled with, beside the image's name.
    """

    def __init__(self, number: int, count: int, path: str, image: str) -> None:
        super().__init__(f"layer {number} of {count}: {path}")
        self.image = image
        self.number = number
        self.count = count
        self.path = path
        self.values = {"number": number, "count": count, "path": path}


@dataclass(frozen=True, slots=True)
class Written:
    """An image as it stands in the archive.

    Attributes:
        image: As it was given.
        config_digest: Of its configuration there; the id that the classic store will show.
        manifest_digest: Of its manifest there; the id that the containerd store will show.
        repacked: Numbers of layers, from 1, whose tar isn't the recorded one: same files, another diff id.
    """

    image: Image
    config_digest: str
    manifest_digest: str
    repacked: tuple[int, ...] = ()

    @property
    def keeps_id(self) -> bool:
        """Whether a tool that loads it shows the configuration digest that we show."""
        return self.config_digest == (self.image.config_digest or self.image.id)


@dataclass(frozen=True, slots=True)
class Exported:
    """An archive.

    Attributes:
        data: Its bytes.
        images: What is in it.
    """

    data: bytes
    images: tuple[Written, ...]


def export_images(images: Sequence[tuple[Image, Sequence[str]]], form: Form = "docker") -> Exported:
    """An archive of some images.

    Args:
        images: Each with the full references to save it under.
        form: With or without Docker's own files.

    Raises:
        UnknownBytesError: A layer has files of which only the size is known.
    """
    files: dict[str, bytes] = {"oci-layout": OCI_LAYOUT}
    descriptors: list[dict[str, object]] = []
    saved: list[dict[str, object]] = []
    repositories: dict[str, dict[str, str]] = {}
    written = []
    for image, names in images:
        one, descriptor, item = _add(image, files)
        written.append(one)
        descriptors += [_named(descriptor, name) for name in names or ("",)]
        references = [parse_reference(name) for name in names]
        saved.append({**item, "RepoTags": [reference.familiar for reference in references] or None})
        for reference in references:
            repositories.setdefault(reference.familiar_name, {})[reference.tag or ""] = _top(one, files, item)
    files["index.json"] = _json({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": descriptors})
    if form == "docker":
        files["manifest.json"] = _json(saved)
        if repositories:
            files["repositories"] = _json(repositories)
    return Exported(_tar(files), tuple(written))


def layer_tar(layer: ImageLayer) -> bytes | None:
    """A layer's uncompressed tar: the one it came as, or ours; None where bytes aren't known."""
    return layer.archive if layer.archive is not None else tar_bytes(layer.layer)


def unknown_path(layer: Layer) -> str | None:
    """The first path of a layer whose bytes aren't known."""
    for entry in layer.entries:
        if entry.kind == "file" and not isinstance(entry.content, Bytes):
            return entry.path.removesuffix(BULK_NAME).rstrip("/") or "/"
    return None


def missing_bytes(image: Image) -> UnknownBytesError | None:
    """What `export_images` would raise for an image, without making its tars; None if it would write it."""
    for number, layer in enumerate(image.layers, 1):
        path = unknown_path(layer.layer) if layer.archive is None else None
        if path is not None:
            return UnknownBytesError(number, len(image.layers), path, image.id)
    return None


def manifest_of(config: bytes, layers: Sequence[bytes]) -> bytes:
    """The manifest of a configuration and uncompressed layers, as made up for an archive without one."""
    described = [_descriptor(data, LAYER_TYPE) for data in layers]
    return _json({
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": _descriptor(config, CONFIG_TYPE),
        "layers": described,
    })  # fmt: skip


def config_of(image: Image, diff_ids: Sequence[str]) -> bytes:
    """The configuration's bytes: those it came as, if they still list the same layers."""
    own = [layer.diff_id for layer in image.layers]
    if image.config_json is not None and list(diff_ids) == own:
        return image.config_json
    return config_bytes(image.config, image.history, diff_ids, image.created)


def _add(image: Image, files: dict[str, bytes]) -> tuple[Written, dict[str, object], dict[str, object]]:
    """Add an image's blobs; what was written, its descriptor and its entry in `manifest.json`."""
    tars: list[bytes] = []
    for number, layer in enumerate(image.layers, 1):
        data = layer_tar(layer)
        if data is None:
            raise UnknownBytesError(number, len(image.layers), unknown_path(layer.layer) or "/", image.id)
        tars.append(data)
    layers = [_store(files, data, LAYER_TYPE) for data in tars]
    found = [str(layer["digest"]) for layer in layers]
    repacked = [at for at, layer in enumerate(image.layers, 1) if layer.diff_id != found[at - 1]]
    data = config_of(image, found)
    config = _store(files, data, CONFIG_TYPE)
    descriptor = _store(files, manifest_of(data, tars), MANIFEST_TYPE)
    item: dict[str, object] = {
        "Config": _path(str(config["digest"])),
        "RepoTags": None,
        "Layers": [_path(name) for name in found],
        "LayerSources": dict(zip(found, layers, strict=True)),
    }
    return Written(image, str(config["digest"]), str(descriptor["digest"]), tuple(repacked)), descriptor, item


def _descriptor(data: bytes, kind: str) -> dict[str, object]:
    return {"mediaType": kind, "digest": digest(data), "size": len(data)}


def _store(files: dict[str, bytes], data: bytes, kind: str) -> dict[str, object]:
    descriptor = _descriptor(data, kind)
    files[_path(str(descriptor["digest"]))] = data
    return descriptor


def _path(name: str) -> str:
    return "blobs/sha256/" + name.removeprefix("sha256:")


def _top(one: Written, files: Mapping[str, bytes], item: Mapping[str, object]) -> str:
    """What `repositories` points to: the top layer, or the configuration of an image without layers."""
    layers = item["Layers"]
    assert isinstance(layers, list)
    path = layers[-1] if layers else _path(one.config_digest)
    assert path in files, "every blob was stored"
    return str(path).removeprefix("blobs/sha256/")


def _named(descriptor: Mapping[str, object], name: str) -> dict[str, object]:
    if not name:
        return dict(descriptor)
    return {**descriptor, "annotations": {IMAGE_NAME: name, REF_NAME: parse_reference(name).tag or ""}}


def _json(value: object) -> bytes:
    return dumps(value).encode()


def _tar(files: Mapping[str, bytes]) -> bytes:
    entries = [LayerEntry("/" + path, "file", Meta(0o644), Bytes(data)) for path, data in files.items()]
    entries += [LayerEntry(directory, "dir", Meta(0o755)) for directory in ("/blobs", "/blobs/sha256")]
    data = tar_bytes(Layer(tuple(sorted(entries, key=lambda entry: entry.path))))
    assert data is not None, "every file has bytes"
    return data
