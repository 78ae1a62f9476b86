"""The browser part as `plugin/browser` built it into this package: what a page loads, and what lies beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("assets")
"""Where the bundle is put; not in git, but in the wheel."""

SERVICE_WORKER, SERVICE_WORKER_OFF = "serviceworker.js", "serviceworker.off.js"
"""Published at the site's root under another name, never from the folder."""


@dataclass(frozen=True, slots=True)
class Assets:
    """The files of the browser part.

    Attributes:
        folder: Where they are.
        scripts: Classic scripts that every page loads, relative to the folder; their names carry a hash.
        styles: Style sheets, likewise.
        files: All files to publish, these included.
    """

    folder: Path
    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    files: tuple[str, ...]


def read_assets(folder: Path = FOLDER) -> Assets | None:
    """What the bundle's `manifest.json` says, or None if the browser part isn't built."""
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        return None
    content = json.loads(manifest.read_text(encoding="utf-8"))
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return Assets(
        folder,
        tuple(content.get("scripts", ())),
        tuple(content.get("styles", ())),
        tuple(name for name in files if name not in ("manifest.json", SERVICE_WORKER, SERVICE_WORKER_OFF)),
    )
