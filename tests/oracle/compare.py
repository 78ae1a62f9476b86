"""Builds recorded cases in process and compares with what Docker answered, by the rules of the shared comparer.

Tables of the command line are compared elsewhere; here: error, warnings, history, config, layers, sizes, steps, cache, log.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from layerlab.build.context import Context
from layerlab.buildoptions import BuildOptions
from layerlab.catalogue.bases import load_bases
from layerlab.lab import Lab
from layerlab.personality import Personality

HERE = Path(__file__).parent
CASES = HERE / "cases"
FLAVOURS = {
    "containerd": ("expect.json", Personality("29", "buildkit", "containerd")),
    "classic": ("expect.overlay2.json", Personality("29", "buildkit", "classic")),
    "legacy": ("expect.legacy.json", Personality("20.10", "legacy", "classic")),
}
START = 1_795_392_000 * 1_000_000_000
HIDDEN = ("building with", "[internal]", "exporting", "docker-image", "resolve")
FILE_KEYS = ("path", "type", "mode", "uid", "gid", "size", "link", "sha256", "whiteout")


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison of a case."""

    aspect: str
    docker: Any
    ours: Any

    @property
    def equal(self) -> bool:
        return bool(self.docker == self.ours)


def normal(text: str | None) -> str:
    """A text without times, digests and ids."""
    text = re.sub(r"(?m)^(#\d+ )?(?:<t>|\d+\.\d+)(?= )", r"\1<t>", text or "")
    text = re.sub(r"\b\d+(\.\d+)?s\b", "<t>", text)
    text = re.sub(r"sha256:(<digest>|[0-9a-f]{64})", "<digest>", text)
    text = re.sub(r"<hex64>|<id>|<ref>|\b[0-9a-f]{64}\b|[a-z0-9]{25}::[a-z0-9]{25}", "<id>", text)
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE).strip()


def files(layers: list[dict[str, Any]] | None) -> list[Any]:
    """The files of the layers that aren't a base's."""
    return [
        sorted(
            tuple((key, entry.get(key)) for key in FILE_KEYS if entry.get(key) is not None)
            for entry in layer.get("files", [])
        )
        for layer in layers or []
        if "base" not in layer
    ]


def history(answer: dict[str, Any]) -> list[Any]:
    return [
        (row.get("created_by"), bool(row.get("empty_layer")), row.get("comment") or "")
        for row in answer.get("history") or []
    ]


def config(answer: dict[str, Any]) -> dict[str, Any]:
    whole = (answer.get("config") or {}).get("config") or {}
    return {key: value for key, value in whole.items() if key not in ("Image", "Hostname")}


def warnings(answer: dict[str, Any]) -> list[Any]:
    return sorted(
        (item.get("rule"), item.get("detail"), str(item.get("ranges"))) for item in answer.get("warnings") or []
    )


def steps(answer: dict[str, Any]) -> list[Any]:
    return sorted(
        (normal(step["name"]), _status(step))
        for step in answer.get("steps") or []
        if step.get("name") and not step["name"].startswith(HIDDEN)
    )


def _status(step: dict[str, Any]) -> str:
    if "status" in step:
        return str(step["status"])
    return "CACHED" if step.get("cached") else "DONE"


def log(text: str | None) -> list[str]:
    return sorted(
        re.sub(r"^#\d+ ", "", line) for line in normal(text).splitlines() if line.strip() and not line.startswith("#0")
    )


def edited(entries: dict[str, dict[str, Any]], change: dict[str, Any], dockerfile: str) -> None:
    """Apply the edits between two builds of a series."""
    for path, entry in (change.get("write") or {}).items():
        entries[path] = {**entry, "path": path}
    for path in change.get("delete") or []:
        for name in [name for name in entries if name == path or name.startswith(path + "/")]:
            del entries[name]
    for path, mode in (change.get("chmod") or {}).items():
        entries[path] = {**entries.get(path, {"path": path, "type": "dir"}), "mode": str(mode)}
    for path in change.get("touch") or []:
        entries[path] = {**entries[path], "mtime": 1_714_522_599}
    renames = change.get("rename") or {}
    for old, new in list(renames.items() if isinstance(renames, dict) else renames):
        for name in [name for name in entries if name == old or name.startswith(old + "/")]:
            entry = entries.pop(name)
            moved = new + name[len(old) :]
            entries[moved] = {**entry, "path": moved}
    if "dockerfile" in change:
        entries[dockerfile] = {"path": dockerfile, "type": "file", "mode": "0644", "content": change["dockerfile"]}
    if "ignore" in change:
        entries[".dockerignore"] = {
            "path": ".dockerignore",
            "type": "file",
            "mode": "0644",
            "content": change["ignore"],
        }


def options(args: dict[str, Any], tag: str) -> BuildOptions:
    file = args.get("file") or "Dockerfile"
    build_args = {key: value for key, value in (args.get("build_args") or {}).items() if value is not None}
    return BuildOptions(
        tags=(tag,),
        file=file,
        display_file=file,
        target=args.get("target"),
        build_args=build_args,
        labels=tuple((args.get("labels") or {}).items()),
        no_cache=bool(args.get("no_cache")),
        no_cache_filter=tuple(args.get("no_cache_filter") or ()),
    )


@cache
def bases() -> Any:
    return load_bases(HERE / "bases")


def expected(folder: Path, flavour: str) -> dict[str, Any]:
    name, _ = FLAVOURS[flavour]
    want: dict[str, Any] = json.loads((folder / name).read_text())
    if name != "expect.json":
        full = json.loads((folder / "expect.json").read_text())
        want |= {key: full[key] for key in want.get("same_as_expect_json", []) if key in full}
    return want


def answers(folder: Path, flavour: str) -> tuple[list[dict[str, Any]], Lab]:
    """Our records of all builds of a case, and the lab they were made in."""
    args = json.loads((folder / "args.json").read_text())
    want = expected(folder, flavour)
    entries = {entry["path"]: entry for entry in json.loads((folder / "context.json").read_text())}
    lab = Lab(bases=bases(), personality=FLAVOURS[flavour][1], now=START)
    file = args.get("file") or "Dockerfile"
    tag = want.get("tag") or "app:x"
    edits = json.loads((folder / "steps.json").read_text()) if "builds" in want else []
    made = [_build(lab, entries, options(args, tag), file)]
    for change in edits:
        edited(entries, change, file)
        made.append(_build(lab, entries, options({**args, **(change.get("args") or {})}, tag), file))
    return made, lab


def _build(lab: Lab, entries: dict[str, dict[str, Any]], chosen: BuildOptions, file: str) -> dict[str, Any]:
    context = Context.from_entries(entries.values())
    record = lab.build(context.read(file), context=context, options=chosen)
    out, err = lab.log(record)
    return {**lab.record_json(record), "log_plain": out + err}


def compare(folder: Path, flavour: str) -> Iterator[Row]:
    """All comparisons of a case in a flavour."""
    args = json.loads((folder / "args.json").read_text())
    want = expected(folder, flavour)
    only = args.get("compare_only")
    made, _ = answers(folder, flavour)
    for row in _rows(want, made):
        if not only or row.aspect in only:
            yield row


def _rows(want: dict[str, Any], made: list[dict[str, Any]]) -> Iterator[Row]:
    got = made[-1]
    if "builds" in want:
        for docker, ours in zip(want["builds"], made, strict=True):
            yield Row("cache", (docker.get("ok"), steps(docker)), (ours.get("ok"), steps(ours)))
    else:
        yield Row("ok", want["ok"], got.get("ok"))
        yield Row("error", normal(want.get("error")), normal(got.get("error")))
        yield Row("warnings", warnings(want), warnings(got))
        yield Row("steps", steps(want), steps(got))
        yield Row("log", log(want.get("log_plain")), log(got.get("log_plain")))
    if want.get("ok"):
        yield Row("history", history(want), history(got))
        yield Row("config", config(want), config(got))
        if "layers" in want:
            yield Row("layers", files(want["layers"]), files(got.get("layers")))
        if "layer_sizes" in want:
            yield Row("layer_sizes", want["layer_sizes"], got.get("layer_sizes"))


def cases(flavour: str) -> list[Path]:
    name, _ = FLAVOURS[flavour]
    return [
        folder for folder in sorted(CASES.iterdir()) if (folder / name).exists() and (folder / "args.json").exists()
    ]
