"""What is recorded of packages: sizes, closures, lists, commands; one class for each package manager's facts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from layerlab.catalogue.data import Data
from layerlab.catalogue.debian import Deb, DebianFacts, DebianNames, Published, UbuntuFacts


@dataclass(frozen=True, slots=True)
class Wheel:
    """One Python distribution as pip installs it.

    Attributes:
        name: With version: `Flask@3.1.3`.
        wheel: Bytes of the download.
        installed: Bytes that are left, compiled files included.
        files: How many files that are.
        compiled: Bytes of the compiled files.
        compiled_files: How many of them.
    """

    name: str
    wheel: int
    installed: int
    files: int
    compiled: int
    compiled_files: int


@dataclass(frozen=True, slots=True)
class NodePackage:
    """One npm package with its closure, installed alone into an empty project.

    Attributes:
        name: As npm has it.
        version: The one that was measured.
        packages: How many packages that are.
        size: Bytes of `node_modules`.
        files: Its files.
        lock: Bytes of `package-lock.json`.
        own_size: Bytes of the package alone.
        own_files: Its files.
        closure: Folder names, or empty where they weren't listed.
    """

    name: str
    version: str
    packages: int
    size: int
    files: int
    lock: int
    own_size: int
    own_files: int
    closure: tuple[str, ...]


class AlpineFacts:
    """Single packages of Alpine, without dependencies, and the commands of well-known ones."""

    def __init__(self, data: Data) -> None:
        self._record: Mapping[str, Any] = data.get("packages/alpine")
        self._commands: Mapping[str, str] = data.get("packages/commands")["alpine"]

    @property
    def base(self) -> Mapping[str, tuple[str, int]]:
        """Packages of the base image with version and bytes."""
        return {name: (version, size) for name, (version, size) in self._record["base"].items()}

    def alone(self, name: str) -> tuple[str, int] | None:
        """Version and bytes of one package in an older release, its dependencies not counted."""
        found = self._record["alone"].get(name)
        return (found[0], found[1]) if found else None

    def commands(self, name: str) -> tuple[str, ...] | None:
        """Paths of a package's commands; None where they aren't known."""
        paths = self._commands.get(name)
        return None if paths is None else tuple(paths.split())


class PipFacts:
    """Python distributions, resolved and installed for CPython 3.11 on x86-64 Linux."""

    def __init__(self, data: Data) -> None:
        self._record: Mapping[str, Any] = data.get("packages/pip")
        self._names = list(self._record["distributions"])
        self._closures = {normalised(name): facts for name, facts in self._record["closures"].items()}
        self._alone = {normalised(name.partition("@")[0]): name for name in self._names}
        self._programs: Mapping[str, str] = data.get("packages/commands")["pip"]

    @property
    def snapshot(self) -> str:
        """The day on which the facts were read."""
        return str(self._record["snapshot"]).partition(",")[0]

    def closure(self, name: str) -> tuple[Wheel | str, ...] | None:
        """What pip installs for a project, itself first; a text for a member that wasn't measured; None if unknown."""
        key = normalised(name)
        facts = self._closures.get(key)
        if facts is not None:
            return tuple(self._wheel(each) if isinstance(each, int) else each for each in facts[1])
        alone = self._alone.get(key)
        return None if alone is None else (Wheel(alone, *self._record["distributions"][alone]),)

    def programs(self, name: str) -> tuple[str, ...]:
        """Names of the commands a project installs, as far as they are known."""
        return tuple(self._programs.get(normalised(name), "").split())

    def is_alone(self, name: str) -> bool:
        """Whether only the project itself was recorded, not what it needs."""
        return normalised(name) not in self._closures

    def _wheel(self, number: int) -> Wheel:
        name = self._names[number]
        return Wheel(name, *self._record["distributions"][name])


class NpmFacts:
    """npm packages, each measured alone in an empty project."""

    def __init__(self, data: Data) -> None:
        self._record: Mapping[str, Any] = data.get("packages/npm")
        self._programs: Mapping[str, str] = data.get("packages/commands")["npm"]

    @property
    def snapshot(self) -> str:
        """The day on which the facts were read."""
        return str(self._record["snapshot"]).partition(",")[0]

    def programs(self, name: str) -> tuple[str, ...]:
        """Names of the commands a package brings, as far as they are known."""
        return tuple(self._programs.get(name, "").split())

    def package(self, name: str) -> NodePackage | None:
        """A package by name, or None if nothing is recorded of it."""
        row = self._record["packages"].get(name)
        if row is None:
            return None
        version, packages, size, files, lock, own_size, own_files = row
        closure = tuple(self._record["closures"].get(name, ()))
        return NodePackage(name, version, packages, size, files, lock, own_size, own_files, closure)


class PackageFacts:
    """All of them, read when first asked for.

    Every method may raise `DataNotLoadedError`: the caller supplies the file and repeats the request.
    """

    def __init__(self, data: Data) -> None:
        self._data = data
        self._known: dict[str, Any] = {}

    def debian(self) -> DebianFacts:
        """Debian's packages."""
        facts: DebianFacts = self._once("debian", DebianFacts)
        return facts

    def debian_names(self) -> DebianNames:
        """All names of Debian's packages."""
        names: DebianNames = self._once("debian_names", DebianNames)
        return names

    def ubuntu(self) -> UbuntuFacts:
        """Ubuntu's published figures."""
        facts: UbuntuFacts = self._once("ubuntu", UbuntuFacts)
        return facts

    def alpine(self) -> AlpineFacts:
        """Alpine's packages."""
        facts: AlpineFacts = self._once("alpine", AlpineFacts)
        return facts

    def pip(self) -> PipFacts:
        """Python's distributions."""
        facts: PipFacts = self._once("pip", PipFacts)
        return facts

    def npm(self) -> NpmFacts:
        """Node packages."""
        facts: NpmFacts = self._once("npm", NpmFacts)
        return facts

    def _once(self, name: str, make: Any) -> Any:
        if name not in self._known:
            self._known[name] = make(self._data)
        return self._known[name]


def normalised(name: str) -> str:
    """A Python project's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


__all__ = [
    "AlpineFacts",
    "Deb",
    "DebianFacts",
    "DebianNames",
    "NodePackage",
    "NpmFacts",
    "PackageFacts",
    "PipFacts",
    "Published",
    "UbuntuFacts",
    "Wheel",
    "normalised",
]
