"""Build contexts: folders of real files, as the JSON text that the engine is supplied with.

Times and owners of the files don't enter: a checkout elsewhere must give the same bytes.
"""

from __future__ import annotations

import base64
import json
import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

MTIME = 1_714_521_600_000_000_000
"""2024-05-01T00:00:00Z in nanoseconds: the time that every file of a context has."""

NOT_CONTEXTS = frozenset({"exercises", "samples"})
"""Folders beside the contexts that hold something else."""


@dataclass(frozen=True, slots=True)
class Supply:
    """A text for the engine, and the name it asks for it by."""

    name: str
    text: str


class Contexts:
    """The contexts in one folder; each is read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, Supply] = {}

    def names(self) -> list[str]:
        """All contexts there are."""
        if not self.folder.is_dir():
            return []
        entries = (entry for entry in self.folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
        return sorted(entry.name for entry in entries if entry.name not in NOT_CONTEXTS)

    def get(self, name: str) -> Supply | None:
        """A context, or None if there is no such folder."""
        if name not in self._read:
            if name not in self.names():
                return None
            text = read_context(self.folder / name)
            self._read[name] = Supply(f"context/{name}@{fingerprint(text)}", text)
        return self._read[name]


def fingerprint(text: str) -> str:
    """The part of a supply's name that changes with its text."""
    return sha256(text.encode()).hexdigest()[:12]


def read_context(folder: Path) -> str:
    """A folder as JSON text, equal for equal content: paths in byte order, modes 0644 or 0755, one fixed time."""
    paths = sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix().encode())
    entries = [_entry(path, path.relative_to(folder).as_posix()) for path in paths if path.name != "__pycache__"]
    return json.dumps({"mtime": MTIME, "entries": entries}, ensure_ascii=False, separators=(",", ":"))


def _entry(path: Path, name: str) -> dict[str, str]:
    if path.is_symlink():
        return {"path": name, "type": "symlink", "mode": "0777", "link": os.readlink(path)}  # noqa: PTH115  Path.readlink would normalise
    if path.is_dir():
        return {"path": name, "type": "dir", "mode": "0755"}
    mode = "0755" if path.stat().st_mode & stat.S_IXUSR else "0644"
    data = path.read_bytes()
    try:
        return {"path": name, "type": "file", "mode": mode, "content": data.decode()}
    except UnicodeDecodeError:
        return {"path": name, "type": "file", "mode": mode, "content_b64": base64.b64encode(data).decode()}
