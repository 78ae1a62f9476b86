"""What an archive says it holds: an OCI image layout, or what `docker save` writes; digests checked on the way."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from layerlab.image.archive import ArchiveLimits, ImageArchiveError, printable
from layerlab.image.reference import InvalidReferenceError, parse_reference

LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
MANIFEST_TYPES = frozenset({MANIFEST_TYPE, "application/vnd.docker.distribution.manifest.v2+json"})
INDEX_TYPES = frozenset({INDEX_TYPE, "application/vnd.docker.distribution.manifest.list.v2+json"})
CONFIG_TYPES = frozenset({CONFIG_TYPE, "application/vnd.docker.container.image.v1+json"})
LAYOUT_VERSION = "1.0.0"
IMAGE_NAME = "io.containerd.image.name"
REF_NAME = "org.opencontainers.image.ref.name"
ATTESTATION = "vnd.docker.reference.type"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
MAX_DEPTH = 3
"""Indexes in indexes that are looked into."""


@dataclass(frozen=True, slots=True)
class Blob:
    """One stored piece.

    Attributes:
        path: Its name in the archive.
        data: As stored, so a layer may be compressed.
    """

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Packed:
    """An image in an archive, not yet looked into.

    Attributes:
        config: The configuration.
        layers: From the bottom.
        names: Full references.
        target: Digest of the manifest, or of the index that the name points to; None without one.
        extra: Bytes of manifests and indexes that belong to it.
    """

    config: Blob
    layers: tuple[Blob, ...]
    names: tuple[str, ...] = ()
    target: str | None = None
    extra: int = 0


def packed_images(files: Mapping[str, bytes], limits: ArchiveLimits) -> tuple[Packed, ...]:
    """The images of an archive, in its order.

    Args:
        files: By name.
        limits: Of which the size of documents counts here.

    Raises:
        ImageArchiveError: `not-image`, `too-old`, `missing`, `digest`, `size`, `json`, `media-type` or `name`.
    """
    reader = _Reader(files, limits)
    if "index.json" in files and "oci-layout" in files:
        return reader.layout()
    if "manifest.json" in files:
        return tuple(reader.saved())
    if "repositories" in files:
        raise ImageArchiveError("too-old", "repositories")
    raise ImageArchiveError("not-image", min(files, default="-"))


def digest(data: bytes) -> str:
    """`sha256:` and 64 hex digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def document(data: bytes, name: str, limits: ArchiveLimits) -> Any:
    """A JSON document.

    Raises:
        ImageArchiveError: `json`, or `too-large`.
    """
    if len(data) > limits.document:
        raise ImageArchiveError("too-large", name, limit=limits.document)
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ImageArchiveError("json", name) from error


class _Reader:
    """Looks things up in the archive's files and checks them."""

    def __init__(self, files: Mapping[str, bytes], limits: ArchiveLimits) -> None:
        self._files = files
        self._limits = limits

    def saved(self) -> Iterator[Packed]:
        """Images of `manifest.json` (`docker save`)."""
        for item in _objects(self._json("manifest.json"), "manifest.json"):
            layers = item.get("Layers") or []
            if not isinstance(item.get("Config"), str) or not _all_text(layers):
                raise ImageArchiveError("json", "manifest.json")
            config = self._file(item["Config"], "manifest.json")
            blobs = tuple(self._file(path, "manifest.json") for path in layers)
            yield Packed(config, blobs, tuple(self._tags(item)))

    def layout(self) -> tuple[Packed, ...]:
        """Images of `index.json`; several names of one become one image."""
        version = self._json("oci-layout")
        if not isinstance(version, dict) or version.get("imageLayoutVersion") != LAYOUT_VERSION:
            raise ImageArchiveError("json", "oci-layout")
        saved = self._saved_names()
        found: dict[str, Packed] = {}
        for descriptor in self._descriptors(self._json("index.json"), "manifests", "index.json"):
            if _is_attestation(descriptor):
                continue
            packed = self._image(descriptor, "index.json", MAX_DEPTH)
            key = packed.target or packed.config.path
            names = self._annotated(descriptor) or saved.get(packed.config.path, ())
            before = found[key].names if key in found else ()
            found[key] = replace(packed, names=tuple(dict.fromkeys((*before, *names))))
        if not found:
            raise ImageArchiveError("not-image", "index.json")
        return tuple(found.values())

    def _image(self, descriptor: Mapping[str, Any], by: str, depth: int) -> Packed:
        blob = self._blob(descriptor, by)
        content = document(blob.data, blob.path, self._limits)
        kind = str(descriptor.get("mediaType") or (isinstance(content, dict) and content.get("mediaType")) or "")
        target = str(descriptor["digest"])
        if kind in INDEX_TYPES and depth:
            packed = self._image(self._chosen(content, blob.path), blob.path, depth - 1)
        elif kind in MANIFEST_TYPES and isinstance(content, dict):
            config = self._blob(_object(content.get("config"), blob.path), blob.path)
            self._check_config_type(content["config"], config.path)
            layers = tuple(self._layer(layer, blob.path) for layer in self._descriptors(content, "layers", blob.path))
            packed = Packed(config, layers)
        else:
            raise ImageArchiveError("media-type", blob.path, kind=printable(kind) or "-")
        return replace(packed, target=target, extra=packed.extra + len(blob.data))

    def _chosen(self, index: object, by: str) -> Mapping[str, Any]:
        """The manifest for linux/amd64, or else the first that is there at all; attestations aside."""
        offered = [entry for entry in self._descriptors(index, "manifests", by) if not _is_attestation(entry)]
        here = [entry for entry in offered if _path(str(entry.get("digest"))) in self._files] or offered
        if not here:
            raise ImageArchiveError("not-image", by)
        return next((entry for entry in here if _platform(entry) == ("linux", "amd64")), here[0])

    def _layer(self, descriptor: Mapping[str, Any], by: str) -> Blob:
        kind = str(descriptor.get("mediaType") or "")
        if kind.endswith("zstd"):
            raise ImageArchiveError("zstd", _path(str(descriptor.get("digest"))))
        if "encrypted" in kind or not ("layer" in kind or "rootfs" in kind):
            raise ImageArchiveError("media-type", by, kind=printable(kind) or "-")
        return self._blob(descriptor, by)

    @staticmethod
    def _check_config_type(descriptor: Mapping[str, Any], path: str) -> None:
        kind = str(descriptor.get("mediaType") or "")
        if kind not in CONFIG_TYPES:
            raise ImageArchiveError("media-type", path, kind=printable(kind) or "-")

    def _blob(self, descriptor: Mapping[str, Any], by: str) -> Blob:
        """A blob whose size and digest are those that were announced; its path is its digest, which is checked."""
        announced = descriptor.get("digest")
        if not isinstance(announced, str) or not DIGEST.fullmatch(announced):
            raise ImageArchiveError("json", by)
        blob = self._file(_path(announced), by)
        size = descriptor.get("size")
        if isinstance(size, int) and size != len(blob.data):
            raise ImageArchiveError("size", blob.path, announced=size, found=len(blob.data))
        return blob

    def _file(self, path: str, by: str) -> Blob:
        """A file; one that is named after its digest must have it."""
        if path not in self._files:
            raise ImageArchiveError("missing", path, by=printable(by))
        data = self._files[path]
        named = "sha256:" + path.removeprefix("blobs/sha256/").removesuffix(".json")
        if DIGEST.fullmatch(named) and digest(data) != named:
            raise ImageArchiveError("digest", path, announced=named, found=digest(data))
        return Blob(path, data)

    def _json(self, name: str) -> Any:
        return document(self._files[name], name, self._limits)

    def _descriptors(self, holder: object, key: str, name: str) -> list[Mapping[str, Any]]:
        return _objects(_object(holder, name).get(key) or [], name)

    def _saved_names(self) -> Mapping[str, tuple[str, ...]]:
        """Names by the configuration's path, of the compatibility file that `docker save` adds to a layout."""
        if "manifest.json" not in self._files:
            return {}
        items = _objects(self._json("manifest.json"), "manifest.json")
        return {str(item.get("Config")): tuple(self._tags(item)) for item in items}

    @staticmethod
    def _tags(item: Mapping[str, Any]) -> Iterator[str]:
        names = item.get("RepoTags") or []
        if not _all_text(names):
            raise ImageArchiveError("json", "manifest.json")
        for name in names:
            yield full_name(name, "manifest.json")

    @staticmethod
    def _annotated(descriptor: Mapping[str, Any]) -> tuple[str, ...]:
        """The name in a descriptor's annotations; a bare tag names nothing."""
        notes = descriptor.get("annotations") or {}
        if not isinstance(notes, dict):
            raise ImageArchiveError("json", "index.json")
        name = notes.get(IMAGE_NAME) or notes.get(REF_NAME)
        if not isinstance(name, str) or not (":" in name or "/" in name):
            return ()
        return (full_name(name, "index.json"),)


def full_name(name: str, entry: str) -> str:
    """A name of somebody else's archive, normalised.

    Raises:
        ImageArchiveError: `name`.
    """
    try:
        return parse_reference(name).tagged().full
    except InvalidReferenceError as error:
        raise ImageArchiveError("name", entry, name=printable(name), reason=str(error)) from error


def _path(announced: str) -> str:
    return "blobs/sha256/" + announced.removeprefix("sha256:")


def _is_attestation(descriptor: Mapping[str, Any]) -> bool:
    notes = descriptor.get("annotations")
    return isinstance(notes, dict) and ATTESTATION in notes


def _platform(descriptor: Mapping[str, Any]) -> tuple[object, object]:
    platform = descriptor.get("platform")
    return (platform.get("os"), platform.get("architecture")) if isinstance(platform, dict) else (None, None)


def _object(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ImageArchiveError("json", name)
    return value


def _objects(value: object, name: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list):
        raise ImageArchiveError("json", name)
    return [_object(item, name) for item in value]


def _all_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
