"""What overlayfs' upper directory would hold after a session of writes.

The classic store makes a layer of just this, whether or not anything ended up different; the
containerd store compares trees instead and doesn't need it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from layerlab.filesystem.paths import child, parts

UpperKind: TypeAlias = Literal["present", "whiteout", "opaque"]


@dataclass(frozen=True, slots=True)
class UpperEntry:
    """One entry of the upper directory.

    Attributes:
        path: Absolute path.
        kind: `present` (written, created or copied up), `whiteout` (hides a lower entry) or `opaque`
            (a directory, listed as present too, that hides all that is below it in lower layers).
    """

    path: str
    kind: UpperKind


@dataclass(slots=True)
class _Name:
    whiteout: bool = False
    opaque: bool = False
    below: dict[str, _Name] = field(default_factory=dict)


class UpperLog:
    """Follows the writes of one session."""

    def __init__(self) -> None:
        self._top = _Name()

    def present(self, path: str) -> None:
        """A path was written: it and the directories above it are copied up."""
        here = self._top
        for name in parts(path):
            here = here.below.setdefault(name, _Name())
            if here.whiteout:
                here.whiteout, here.opaque = False, False

    def made_directory(self, path: str) -> None:
        """A directory was made. Where it replaces a hidden lower entry, it hides what lay below that."""
        known = self._find(path)
        hidden = known is not None and known.whiteout
        self.present(path)
        if hidden and (made := self._find(path)) is not None:
            made.opaque = True

    def removed(self, path: str, *, was_lower: bool) -> None:
        """A path was removed; a whiteout stays where a lower entry must be hidden."""
        above, _, name = path.rpartition("/")
        self.present(above or "/")
        parent = self._find(above or "/") or self._top
        if was_lower and not self._hidden(path):
            parent.below[name] = _Name(whiteout=True)
        else:
            parent.below.pop(name, None)

    def entries(self) -> Iterator[UpperEntry]:
        """All entries, parents before children, names in byte order."""
        yield from _entries("/", self._top)

    def _find(self, path: str) -> _Name | None:
        here: _Name | None = self._top
        for name in parts(path):
            here = here.below.get(name) if here is not None else None
        return here

    def _hidden(self, path: str) -> bool:
        here: _Name | None = self._top
        for name in parts(path)[:-1]:
            here = here.below.get(name) if here is not None else None
            if here is not None and (here.opaque or here.whiteout):
                return True
        return False


def _entries(path: str, here: _Name) -> Iterator[UpperEntry]:
    for name in sorted(here.below, key=lambda text: text.encode("utf-8", "surrogateescape")):
        below, at = here.below[name], child(path, name)
        if below.whiteout:
            yield UpperEntry(at, "whiteout")
            continue
        yield UpperEntry(at, "present")
        if below.opaque:
            yield UpperEntry(at, "opaque")
        yield from _entries(at, below)
