"""A build record as JSON: the field names and shapes of the recordings in `tests/oracle`, plus reasons and fidelity.

The schema is stable: fields may be added, never renamed. It is documented in the site's reference for authors.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from layerlab.build.record import BuildRecord, Step, Warned
from layerlab.docker.progress.ending import ending
from layerlab.filesystem import Bytes, sha256_of, size_of
from layerlab.filesystem.layer import LayerEntry, Size
from layerlab.filesystem.sizes import tar_size
from layerlab.image.config import legacy_run_config, run_config
from layerlab.image.image import Image
from layerlab.personality import Personality

TEXT_LIMIT = 512
"""Bytes of a file's text that are shown with the file."""

STATUS = {"ran": "DONE", "cached": "CACHED", "failed": "ERROR", "canceled": "CANCELED", "skipped": None, "done": "DONE"}


def record_json(
    record: BuildRecord, name_base: Callable[[str], str | None], check: Mapping[str, Any]
) -> dict[str, Any]:
    """The whole record.

    Args:
        record: What to show.
        name_base: From a layer's chain id to `busybox:1.36#0` if it is a base image's, else None.
        check: What `docker build --check` says: `text`, `exit_code`, `warnings`.
    """
    whole: dict[str, Any] = {
        "ok": record.ok,
        "exit_code": record.exit_code,
        "error": error_text(record),
        "warnings": check.get("warnings", [warning_json(warning) for warning in record.warnings]),
        "check": dict(check),
        "steps": steps_json(record),
        "instructions": [step_json(step) for step in record.steps],
        "notes": [{"key": note.key, "values": dict(note.values)} for note in record.notes],
    }
    if record.image is not None:
        whole |= image_json(record.image, record.personality, name_base)
    return whole


def image_json(image: Image, personality: Personality, name_base: Callable[[str], str | None]) -> dict[str, Any]:
    """History, config, layers and sizes of an image."""
    layers = []
    waiting = iter(image.layers)
    for index, entry in enumerate(image.history):
        if entry.empty_layer or (layer := next(waiting, None)) is None:
            continue
        base = name_base(layer.chain_id)
        if base is not None:
            layers.append({"history_index": index, "base": base})
        else:
            layers.append(
                {
                    "history_index": index,
                    "files": [entry_json(item) for item in sorted(layer.layer.entries, key=_by_path)],
                    "size": tar_size(layer.layer).bytes,
                    "diff_id": layer.diff_id,
                }
            )
    legacy = personality.builder == "legacy" and bool(image.container_config)
    return {
        "id": image.id,
        "history": [
            {"created_by": entry.created_by, "empty_layer": entry.empty_layer, "comment": entry.comment}
            for entry in image.history
        ],
        "config": {
            "architecture": image.config.architecture,
            "config": legacy_run_config(image.config) if legacy else run_config(image.config),
            "os": image.config.os,
        },
        "layers": layers,
        "layer_sizes": [None if "base" in layer else layer["size"] for layer in layers],
        "sizes": [size_json(layer.size) for layer in image.layers],
    }


def entry_json(entry: LayerEntry) -> dict[str, Any]:
    """One entry of a layer, as the recordings have it."""
    kind = entry.kind
    found: dict[str, Any] = {"path": entry.path, "type": kind}
    if kind in {"whiteout", "opaque"}:
        return found | {"whiteout": True}
    found |= {"mode": f"{entry.meta.mode:04o}", "uid": entry.meta.uid, "gid": entry.meta.gid}
    if kind in {"symlink", "hardlink"}:
        found["link"] = entry.link
    if kind == "file" and entry.content is not None:
        found |= {"size": size_of(entry.content), "sha256": sha256_of(entry.content)}
        if isinstance(entry.content, Bytes) and len(entry.content.data) <= TEXT_LIMIT:
            text = entry.content.data.decode("utf-8", "replace")
            if "\ufffd" not in text:
                found["content"] = text
    return found


def steps_json(record: BuildRecord) -> list[dict[str, Any]]:
    """One entry a vertex (BuildKit) or a step (legacy), as the recordings have it, plus reason, fidelity and lines."""
    if record.personality.builder == "legacy":
        return [
            {
                "step": f"{step.number}/{step.total}",
                "name": step.label,
                "status": "CACHED" if step.status == "cached" else "DONE",
                "cached": step.status == "cached",
                **_about(step),
            }
            for step in record.steps
            if step.number is not None and step.status not in {"skipped", "canceled"}
        ]
    return [
        {
            "n": number,
            "name": vertex.name,
            "status": vertex.status,
            **(_about(record.steps[vertex.step]) if vertex.step is not None else {}),
        }
        for number, vertex in enumerate(record.vertices, 1)
    ]


def step_json(step: Step) -> dict[str, Any]:
    """One instruction with what became of it."""
    return {
        "instruction": step.instruction,
        "text": step.text,
        "status": step.status,
        "size": None if step.size is None else size_json(step.size),
        **_about(step),
    }


def _about(step: Step) -> dict[str, Any]:
    return {
        "lines": list(step.lines) if step.lines else None,
        "fidelity": step.fidelity,
        "reason": reason_json(step.cache),
        "notes": [{"key": note.key, "values": dict(note.values)} for note in step.notes],
    }


def reason_json(value: object) -> Any:
    """A decision or a reason as `{"kind": class name, …fields}`."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: reason_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"kind": type(value).__name__, **fields}
    if isinstance(value, tuple):
        return [reason_json(item) for item in value]
    return value


def warning_json(warning: Warned) -> dict[str, Any]:
    """A finding of the linter."""
    return {
        "rule": warning.rule,
        "description": warning.description,
        "url": warning.url,
        "detail": warning.detail,
        "ranges": [list(lines) for lines in warning.ranges],
    }


def size_json(size: Size) -> dict[str, Any]:
    """A size with how good it is."""
    fidelity = "unknown" if size.bytes is None else "estimated" if size.estimated else "exact"
    return {"bytes": size.bytes, "at_least": size.at_least, "fidelity": fidelity}


def error_text(record: BuildRecord) -> str:
    """What the command line prints for the failure, without the log's own lines; empty for a build that went well."""
    if record.failure is None:
        return ""
    if record.personality.builder == "legacy":
        return record.failure.message + "\n"
    return ending(dataclasses.replace(record, warnings=()))


def _by_path(entry: LayerEntry) -> tuple[str, bool]:
    return entry.path, entry.kind == "opaque"
