"""What is recorded of Debian's packages, and the little that is of Ubuntu's."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from layerlab.catalogue.data import Data


@dataclass(frozen=True, slots=True)
class Deb:
    """One package of Debian's archive.

    Attributes:
        name: As the archive has it.
        version: As the archive has it.
        installed: Installed-Size in bytes (KiB x 1024).
        archive: Bytes of the .deb file; 0 for packages of the base system.
    """

    name: str
    version: str
    installed: int
    archive: int


@dataclass(frozen=True, slots=True)
class Published:
    """A published size of one installation.

    Attributes:
        image: On which it was done.
        bytes: What it added, package lists removed.
        date: When it was published.
    """

    image: str
    bytes: int
    date: str


class DebianFacts:
    """Packages of Debian 12, relative to the package set of `debian:12`."""

    def __init__(self, data: Data) -> None:
        self._record: Mapping[str, Any] = data.get("packages/debian-12")
        self._table: Mapping[str, Any] = data.get("packages/commands")
        self._names = list(self._record["meta"])
        self._numbers = {name: number for number, name in enumerate(self._names)}

    @property
    def snapshot(self) -> str:
        """The day on which the facts were read."""
        return str(self._record["snapshot"]).partition(",")[0]

    @property
    def base(self) -> frozenset[str]:
        """Packages that are in the base image."""
        return frozenset(self._record["base"])

    @property
    def lists(self) -> Mapping[str, int]:
        """Files of `/var/lib/apt/lists` after an update with the image's settings, with their bytes."""
        files: Mapping[str, int] = self._record["lists"]["files"]
        return files

    @property
    def lists_without_settings(self) -> int:
        """Bytes of the lists and caches after an update without the image's three settings."""
        return int(self._record["lists"]["without_docker_settings"])

    @property
    def measured(self) -> tuple[tuple[str, int], ...]:
        """Commands run for real, with the bytes of the layer."""
        return tuple((layer["command"], layer["bytes"]) for layer in self._record["measured"])

    def package(self, name: str) -> Deb | None:
        """A package by name, or None if nothing is recorded of it."""
        if name in self._record["meta"]:
            return Deb(name, *self._record["meta"][name])
        if name in self._record["base"]:
            version, installed = self._record["base"][name]
            return Deb(name, version, installed, 0)
        return None

    def closure(self, name: str, *, recommends: bool) -> tuple[str, ...] | None:
        """What apt would add to the base for a package, itself included, in apt's order.

        For packages that were only recorded inside others' closures it is what all of those have in common.

        Returns:
            Names, or None if nothing is recorded.
        """
        if name in self._record["base"]:
            return ()
        recorded = self._record["closures"].get(name)
        if recorded is not None:
            return tuple(self._names[number] for number in recorded[1 if recommends else 0])
        number = self._numbers.get(name)
        if number is None:
            return None
        around = [without for without, _ in self._record["closures"].values() if number in without]
        around = around or [whole for _, whole in self._record["closures"].values() if number in whole]
        common = set.intersection(*(set(each) for each in around)) if around else {number}
        order = around[0] if around else [number]
        return tuple(self._names[each] for each in order if each in common)

    def is_inferred(self, name: str) -> bool:
        """Whether a closure isn't recorded but inferred from others."""
        return name not in self._record["closures"] and name not in self._record["base"]

    def commands(self, name: str) -> tuple[str, ...] | None:
        """Paths of a package's commands, the main one first; empty for none, None where that isn't known."""
        paths = self._table["commands"].get(name)
        if paths is not None:
            return tuple(paths.split())
        return () if name in self._table["without"] else None

    def asks_debconf(self, name: str) -> bool:
        """Whether installing a package makes debconf rewrite its cache."""
        return name in self._table["debconf"]

    def generated(self, packages: Iterable[Deb]) -> dict[str, int]:
        """What maintainer scripts write beyond the packages' own files: path of a directory or file → bytes."""
        made: Mapping[str, Any] = self._record["generated"]
        names = {package.name: package for package in packages}
        found: dict[str, int] = {}
        if "ca-certificates" in names:
            found["/etc/ssl/certs/ca-certificates.crt"] = made["ca-certificates"]
        if "python3" in names:
            found["/usr/lib/python3.11/__pycache__"] = made["python3"]
        modules = [package.installed for name, package in names.items() if is_python_module(name)]
        if modules:
            found["/usr/lib/python3/dist-packages/__pycache__"] = round(sum(modules) * made["python3-*"])
        return found


def is_python_module(name: str) -> bool:
    """Whether a Debian package holds Python modules that its scripts compile."""
    return name.startswith("python3-") and name not in {"python3-minimal", "python3-dev", "python3-venv"}


class DebianNames:
    """All package names of Debian 12, as a Bloom filter."""

    def __init__(self, data: Data) -> None:
        record: Mapping[str, Any] = data.get("packages/debian-12-names")
        self._bits = int(record["bits"])
        self._hashes = int(record["hashes"])
        self._table = base64.b64decode(record["table"])

    def may_exist(self, name: str) -> bool:
        """Whether there may be such a package: always for a real one, by chance for one text in fifty."""
        digest = hashlib.sha256(name.encode()).digest()
        places = [int.from_bytes(digest[n * 4 : n * 4 + 4], "big") % self._bits for n in range(self._hashes)]
        return all(self._table[place // 8] >> place % 8 & 1 for place in places)


class UbuntuFacts:
    """The few figures published for Ubuntu."""

    def __init__(self, data: Data) -> None:
        self._record: Mapping[str, Any] = data.get("packages/ubuntu")

    @property
    def lists(self) -> int:
        """Bytes of `/var/lib/apt/lists` after an update, as the published pair of sizes implies."""
        return max(int(facts["lists"]) for facts in self._record["published"].values())

    def added_by(self, package: str) -> Published | None:
        """What an installation added to an image, from the published sizes with and without it."""
        facts = self._record["published"].get(package)
        if facts is None or facts["base_bytes"] is None:
            return None
        return Published(facts["image"], facts["image_bytes"] - facts["base_bytes"], facts["date"])
