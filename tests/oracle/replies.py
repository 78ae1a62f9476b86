"""Requests of a page about every recorded case, and what this Python answers: other runtimes must give the same bytes.

Run as a program it prints JSON: `supplies` (name and text of each build context), `requests`, `replies`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from layerlab.catalogue.files import load
from layerlab.session import Service
from layerlab.views import VIEWS

HERE = Path(__file__).parent
WARM = HERE.parents[1] / "plugin/browser/runtime/warm.json"
PERSONALITIES = (
    {"engine": "28", "builder": "buildkit", "store": "classic"},
    {"engine": "29", "builder": "buildkit", "store": "containerd"},
    {"engine": "20.10", "builder": "legacy", "store": "classic"},
)
NOW = 1_795_392_000 * 1_000_000_000
OPTIONS = ("target", "build_args", "labels", "no_cache", "no_cache_filter", "file")


def documents() -> Iterator[tuple[str, dict[str, str], list[dict[str, Any]]]]:
    """Of every case its name, its context as supplies, and its builds as a session's actions."""
    for folder in sorted((HERE / "cases").iterdir()):
        args = json.loads((folder / "args.json").read_text(encoding="utf-8"))
        entries = json.loads((folder / "context.json").read_text(encoding="utf-8"))
        by_path = {entry["path"]: entry for entry in entries}
        file = args.get("file") or "Dockerfile"
        context = f"{folder.name}@0"
        text = by_path.get(file, {}).get("content", "")
        chosen = {name: args[name] for name in OPTIONS if args.get(name)}
        given = {name: value for name, value in (chosen.get("build_args") or {}).items() if value is not None}
        build = {"type": "build", "block": "b1", "text": text, "context": context, "tag": "demo", **chosen}
        if "build_args" in chosen:
            build["build_args"] = given
        supplies = {f"context/{context}": json.dumps({"entries": entries}, ensure_ascii=False)}
        yield folder.name, supplies, [build, *edits(folder)]


def edits(folder: Path) -> Iterator[dict[str, Any]]:
    """What was changed between two builds of a case, as far as a page has an action for it."""
    file = folder / "steps.json"
    for change in json.loads(file.read_text(encoding="utf-8")) if file.exists() else []:
        for path, entry in (change.get("write") or {}).items():
            kept = {name: entry[name] for name in ("type", "mode", "content", "content_b64", "link") if name in entry}
            yield {"type": "touch", "block": "b1", "path": path, "entry": {"type": "file", **kept}}
        for path in change.get("delete") or []:
            yield {"type": "touch", "block": "b1", "path": path, "entry": None}
        if "dockerfile" in change:
            yield {"type": "edit", "block": "b1", "text": change["dockerfile"]}


def request(number: int, actions: list[dict[str, Any]]) -> dict[str, Any]:
    """What a page asks about a session; languages and Dockers take turns."""
    start = {"lab": "golden", "hash": "0", "now": NOW, "personality": PERSONALITIES[number % len(PERSONALITIES)]}
    return {
        "v": 1,
        "id": number,
        "method": "open",
        "lang": ("ko", "en")[number % 2],
        "block": "b1",
        "prefix": "b1",
        "views": list(VIEWS),
        "known": {},
        "document": {"schema": 1, "engine": "0", "start": start, "actions": actions},
    }


def main() -> None:
    """Print everything."""
    found = list(documents())
    supplies = {name: text for _, some, _ in found for name, text in some.items()}
    requests = [request(number, actions) for number, (_, _, actions) in enumerate(found)]
    service = Service(load)
    replies = []
    for asked in [*json.loads(WARM.read_text(encoding="utf-8")), *requests]:
        for name in {str(action.get("context")) for action in asked["document"]["actions"]} - {"None"}:
            full = f"context/{name}"
            service.supply(full, supplies.setdefault(full, '{"entries": {}}'))
        replies.append([asked, service.handle(json.dumps(asked))])
    json.dump({"supplies": supplies, "replies": replies}, sys.stdout)


if __name__ == "__main__":
    main()
