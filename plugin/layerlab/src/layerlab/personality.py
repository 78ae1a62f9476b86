"""Which Docker is being simulated: one value, chosen at the edge, that the variants' modules are picked by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Engine: TypeAlias = Literal["20.10", "28", "29"]
Builder: TypeAlias = Literal["buildkit", "legacy"]
Store: TypeAlias = Literal["classic", "containerd"]


@dataclass(frozen=True, slots=True)
class Personality:
    """One Docker installation's habits.

    Attributes:
        engine: Version of dockerd and the command line; decides the tables' layout and the wording of errors.
        builder: BuildKit or the legacy builder (`DOCKER_BUILDKIT=0`).
        store: `classic` (overlay2 graph driver) or `containerd` (the default of fresh installs of 29).
    """

    engine: Engine = "28"
    builder: Builder = "buildkit"
    store: Store = "classic"


DEFAULT = Personality()
"""Engine 28 with BuildKit and the classic store: the tables that most tutorials show."""
