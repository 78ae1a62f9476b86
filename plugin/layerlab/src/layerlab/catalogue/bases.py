"""Base images from files of exact facts (`--bases DIR`): every entry of every layer, text up to 4 KiB with content."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from layerlab.catalogue.draft import Draft
from layerlab.catalogue.facts import (
    EXACT_SIZE,
    UNKNOWN_SIZE,
    BaseImage,
    LayerFacts,
    Provenance,
    RecordedId,
    SyntheticId,
)
from layerlab.catalogue.names import familiar
from layerlab.filesystem import Bytes, Content, Directory, File, Meta, Node, Opaque, Special, Symlink, Unknown
from layerlab.image.config import HistoryEntry, parse_run_config
from layerlab.image.gojson import from_rfc3339

NOTE_NO_CONTENT = "catalogue.bases.no_content"
SPECIAL = ("fifo", "char", "block", "socket")


class BaseFileError(ValueError):
    """A file that isn't a base image; the message says what is wrong, in English."""


def load_bases(directory: Path) -> dict[str, BaseImage]:
    """Every `*.json` of a directory, by familiar reference. This is an edge: it reads files.

    Raises:
        BaseFileError: With the name of the file that can't be used.
        OSError: If the directory can't be read.
    """
    images = {}
    for path in sorted(directory.glob("*.json")):
        try:
            image = parse_base(path.read_text(encoding="utf-8"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BaseFileError(f"{path}: not a base image: {error}") from error
        images[image.reference] = image
    return images


def parse_base(text: str) -> BaseImage:
    """A base image from the JSON text of its file.

    Raises:
        ValueError: If it isn't JSON, or a reference, mode, kind or time in it can't be read.
        KeyError: If a needed key is missing.
    """
    record: dict[str, Any] = json.loads(text)
    reference = familiar(record["image"])
    created = from_rfc3339(record["created"]) if record.get("created") else None
    draft = Draft(created or 0)
    history: list[HistoryEntry] = []
    layers: list[LayerFacts] = []
    for position, row in enumerate(record["layers"]):
        empty = bool(row.get("empty"))
        made = from_rfc3339(row["created"]) if row.get("created") else created
        history.append(HistoryEntry(made, row["created_by"], row.get("comment") or "", empty, row.get("author") or ""))
        if not empty:
            layers.append(_layer(draft, row, f"{reference}#{position}"))
    sizes = [layer.size for layer in layers]
    total = sum(size for size in sizes if size is not None) if None not in sizes else None
    outside = {"architecture": record.get("architecture", "amd64"), "os": record.get("os", "linux")}
    return BaseImage(
        reference=reference,
        created=created,
        config=parse_run_config(record["config"], **outside),
        history=tuple(history),
        cut=frozenset(),
        layers=tuple(layers),
        tree=draft.tree(),
        exact_tree=True,
        tree_basis="",
        image_id=record.get("image_id"),
        manifest_digest=record.get("manifest_digest"),
        index_digest=record.get("index_digest"),
        size=total,
        size_basis=EXACT_SIZE if total is not None else UNKNOWN_SIZE,
        compressed_size=record.get("compressed_size"),
        provenance=Provenance("--bases"),
    )


def _layer(draft: Draft, row: Mapping[str, Any], name: str) -> LayerFacts:
    inodes: dict[str, int] = {}
    for entry in row.get("files") or ():
        _add(draft, entry, inodes)
    size = row.get("size")
    diff_id = row.get("diff_id")
    synthetic = SyntheticId("catalogue:" + hashlib.sha256(name.encode()).hexdigest())
    return LayerFacts(
        id=RecordedId(diff_id) if diff_id else synthetic,
        digest=row.get("digest"),
        size=size,
        size_basis=EXACT_SIZE if size is not None else UNKNOWN_SIZE,
        compressed_size=row.get("compressed_size"),
        entries=draft.layer(),
        tar_size=row.get("tar_size"),
    )


def _add(draft: Draft, entry: Mapping[str, Any], inodes: dict[str, int]) -> None:
    path = entry["path"]
    match entry["type"]:
        case "whiteout":
            draft.whiteout(path)
        case "opaque":
            draft.opaque(path)
        case "hardlink":
            target = "/" + entry["link"].lstrip("/")
            first = draft.nodes.get(target)
            if not isinstance(first, File):
                raise BaseFileError(f"hard link {path} to {target}, which is no file before it")
            inode = first.inode or inodes.setdefault(target, len(draft.nodes) + 1)
            linked = File(first.meta, first.content, inode)
            draft.put(target, linked)
            draft.put(path, linked)
        case _:
            if not isinstance(draft.nodes.get(path), Directory) or entry["type"] != "dir":
                draft.remove(path)
            draft.put(path, _node(entry, draft.mtime))


def _node(entry: Mapping[str, Any], mtime: int) -> Node:
    when = entry.get("mtime")
    meta = Meta(
        int(entry.get("mode", "0755"), 8),
        entry.get("uid", 0),
        entry.get("gid", 0),
        from_rfc3339(when) if isinstance(when, str) else mtime,
    )
    match entry["type"]:
        case "dir":
            return Directory(meta, {})
        case "symlink":
            return Symlink(meta, entry["link"])
        case "file":
            return File(meta, _content(entry))
        case kind if kind in SPECIAL:
            return Special(meta, kind, tuple(entry.get("device", (0, 0))))
        case kind:
            raise BaseFileError(f"{entry['path']}: unknown type {kind!r}")


def _content(entry: Mapping[str, Any]) -> Content:
    if "content" in entry:
        return Bytes(entry["content"].encode("utf-8", "surrogateescape"))
    if "content_b64" in entry:
        return Bytes(base64.b64decode(entry["content_b64"]))
    if entry.get("size") == 0:
        return Bytes(b"")
    if entry.get("sha256"):
        return Opaque(entry["size"], entry["sha256"].removeprefix("sha256:"))
    return Unknown(NOTE_NO_CONTENT)
