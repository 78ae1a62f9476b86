"""A host as a file: a zip with the graph of its values as JSON and the bytes of its files beside it.

Values that are shared in memory are written once and shared again when read. Only classes of the engine are read,
and only with fields they have, so a file can't make anything but a host.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import Any

from layerlab import host, personality
from layerlab.build import cache, checksums, reasons, record
from layerlab.container import container
from layerlab.filesystem import content, layer, node, tree, upper
from layerlab.image import config, image, store
from layerlab.registry import registry

SCHEMA = 1
MODULES: tuple[ModuleType, ...] = (
    host,
    personality,
    cache,
    checksums,
    reasons,
    record,
    container,
    content,
    layer,
    node,
    tree,
    upper,
    config,
    image,
    store,
    registry,
)
MAX_FILE = 1 << 30
"""Bytes a state file may unpack to."""

DATE = (1980, 1, 1, 0, 0, 0)


class StateError(Exception):
    """A state file that can't be used; the message says why."""


def classes() -> Mapping[str, type]:
    """The classes a state is made of, by name."""
    found: dict[str, type] = {}
    for module in MODULES:
        for name, value in vars(module).items():
            if isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__ == module.__name__:
                known = found.setdefault(name, value)
                assert known is value, f"two classes are called {name}"
    return MappingProxyType(found)


def write_state(state: host.Host) -> bytes:
    """A host as the bytes of a file; equal hosts give equal bytes."""
    writer = _Writer()
    root = writer.reference(state)
    text = json.dumps({"schema": SCHEMA, "root": root, "nodes": writer.nodes}, ensure_ascii=True, separators=(",", ":"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(zipfile.ZipInfo("state.json", DATE), text, zipfile.ZIP_DEFLATED)
        for digest, data in writer.blobs.items():
            archive.writestr(zipfile.ZipInfo(f"blobs/{digest}", DATE), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def read_state(data: bytes) -> host.Host:
    """The host of a file's bytes.

    Raises:
        StateError: For a file of another schema, a broken or a huge one.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_FILE:
                raise StateError(f"unpacks to more than {MAX_FILE} bytes")
            whole = json.loads(archive.read("state.json"))
            blobs = {name.removeprefix("blobs/"): archive.read(name) for name in archive.namelist()}
        if whole.get("schema") != SCHEMA:
            raise StateError(f"was written by another version (schema {whole.get('schema')})")
        found = _Reader(whole["nodes"], blobs).value(whole["root"])
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise StateError(f"is no state file, or a broken one ({type(error).__name__}: {error})") from error
    if not isinstance(found, host.Host):
        raise StateError("holds no host")
    return found


class _Writer:
    """Numbers values as they are met, what they are made of first; equal ones share a number.

    Plain JSON values stand where they are used.
    """

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.blobs: dict[str, bytes] = {}
        self._known: dict[int, int] = {}
        self._numbers: dict[str, int] = {}
        self._alive: list[object] = []

    def reference(self, value: object) -> Any:
        """How a value is written where it is used: itself, or `[number]`."""
        if value is None or isinstance(value, bool | int | str):
            return value
        if id(value) not in self._known:
            written = self._node(value)
            key = json.dumps(written)
            if key not in self._numbers:
                self._numbers[key] = len(self.nodes)
                self.nodes.append(written)
            self._known[id(value)] = self._numbers[key]
            self._alive.append(value)
        return [self._known[id(value)]]

    def _node(self, value: object) -> Any:
        match value:
            case bytes():
                digest = hashlib.sha256(value).hexdigest()
                self.blobs[digest] = value
                return ["b", digest]
            case tuple() | list():
                return ["t", *map(self.reference, value)]
            case frozenset() | set():
                return ["s", *sorted(map(self.reference, value), key=repr)]
            case Mapping():
                return ["m", *([self.reference(key), self.reference(item)] for key, item in value.items())]
            case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
                fields = {
                    field.name: self.reference(getattr(value, field.name)) for field in dataclasses.fields(value)
                }
                return [type(value).__name__, fields]
            case _:
                raise StateError(f"{type(value).__name__} can't be written")


class _Reader:
    """Makes values in the order they were numbered."""

    def __init__(self, nodes: list[Any], blobs: Mapping[str, bytes]) -> None:
        self._made: list[object] = []
        self._blobs = blobs
        self._classes = classes()
        for written in nodes:
            self._made.append(self._make(written))

    def value(self, reference: Any) -> object:
        """A value where it is used."""
        return self._made[reference[0]] if isinstance(reference, list) else reference

    def _make(self, written: list[Any]) -> object:
        kind, *rest = written
        match kind:
            case "b":
                return self._blobs[rest[0]]
            case "t":
                return tuple(map(self.value, rest))
            case "s":
                return frozenset(map(self.value, rest))
            case "m":
                return dict(self._pairs(rest))
            case _:
                return self._classes[kind](**{name: self.value(item) for name, item in rest[0].items()})

    def _pairs(self, rest: list[Any]) -> Iterator[tuple[Any, object]]:
        for key, item in rest:
            yield self.value(key), self.value(item)
