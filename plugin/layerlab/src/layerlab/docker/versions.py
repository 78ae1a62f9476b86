"""The versions a simulated Docker says it has: those whose behaviour is followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from layerlab.personality import Engine


@dataclass(frozen=True, slots=True)
class Release:
    """One release.

    Attributes:
        version: Of client and daemon.
        api: Version of the API.
        least_api: Oldest API the daemon speaks.
        go: The compiler's version.
    """

    version: str
    api: str
    least_api: str
    go: str


RELEASES: Mapping[Engine, Release] = {
    "20.10": Release("20.10.24", "1.41", "1.12", "go1.19.8"),
    "28": Release("28.5.2", "1.51", "1.24", "go1.24.9"),
    "29": Release("29.7.2", "1.53", "1.44", "go1.25.5"),
}
BUILD = "layerlab"
"""Stands where Docker shows the commit it was built from."""


def version_line(engine: Engine) -> str:
    """`Docker version 28.5.2, build layerlab`."""
    return f"Docker version {RELEASES[engine].version}, build {BUILD}\n"
