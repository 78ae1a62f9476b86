"""A simulated Docker host: images, build cache, containers, volumes and the clock, as one frozen value.

Every command takes a host and answers a new one, so undo, comparison and replay need nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from layerlab.build.cache import BuildCache
from layerlab.build.record import BuildRecord
from layerlab.container.container import Container
from layerlab.filesystem import Tree
from layerlab.image.store import ImageStore
from layerlab.personality import DEFAULT, Personality
from layerlab.registry.registry import Registry


@dataclass(frozen=True, slots=True)
class Host:
    """One state of a host.

    Attributes:
        now: The clock, nanoseconds since the epoch.
        personality: Which Docker it runs.
        images: Images and their tags.
        cache: The build cache.
        containers: In order of creation.
        volumes: Named volumes by name.
        builds: Records of the builds so far, oldest first; the last `MAX_BUILDS` are kept.
        registry: What was pushed, and where layers are known to be.
        counter: Grows with every id that is made; ids are derived from it, so equal histories have equal ids.
    """

    now: int
    personality: Personality = DEFAULT
    images: ImageStore = field(default_factory=ImageStore)
    cache: BuildCache = field(default_factory=BuildCache)
    containers: tuple[Container, ...] = ()
    volumes: Mapping[str, Tree] = field(default_factory=dict)
    builds: tuple[BuildRecord, ...] = ()
    counter: int = 0
    registry: Registry = field(default_factory=Registry)


MAX_BUILDS = 50
"""How many build records a host remembers."""
