"""BuildKit's cache as a value: results by key, and beside each the parts its key was made of.

A key is a hash of the step's own definition, its parent's key and the checksum of what it takes in; because the parts
stay with the result, a miss can be explained by comparing with the most similar earlier step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, TypeAlias

from layerlab.build.checksums import SourceEntry, digest
from layerlab.build.record import Fidelity, Note
from layerlab.filesystem import Directory, Tree
from layerlab.image.image import ImageLayer

StepKind: TypeAlias = Literal["run", "copy", "workdir", "instruction"]
MAX_RECORDS = 5_000
"""How many results are kept; the least recently used go first."""
MAX_HASHES = 2048
"""How many hashes of steps are remembered: those of the build before are asked for again."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files after a step, and the layers they come from.

    Attributes:
        tree: The files.
        layers: From the bottom, the base's included.
    """

    tree: Tree
    layers: tuple[ImageLayer, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """What a key is made of.

    Attributes:
        kind: Of step.
        parent: Key of what the step stands on.
        own: The definition, as (name, text): `argv`, `env`, `cwd`, `user`, `actions`, …
        taken: What is taken in from a context, a stage or an image.
        arguments: Names of declared build arguments, to tell ARG from ENV.
        source: Where `taken` comes from: `context`, a stage's name, an image; empty for nowhere.
        base: Name of the base the step stands on directly; empty on another step. Not part of the key.
        shown: The command or the copy, for people. Not part of the key.
    """

    kind: StepKind
    parent: str
    own: tuple[tuple[str, str], ...]
    taken: tuple[SourceEntry, ...] = ()
    taken_digest: str = ""
    arguments: tuple[str, ...] = ()
    source: str = ""
    base: str = ""
    shown: str = ""

    @property
    def definition(self) -> str:
        """Hash of the own definition and of what is taken in, without the parent."""
        return _definition(self.kind, self.own, self.taken_digest)

    @property
    def key(self) -> str:
        """The whole key."""
        return _key(self.definition, self.parent)


@lru_cache(maxsize=MAX_HASHES)
def _definition(kind: StepKind, own: tuple[tuple[str, str], ...], taken: str) -> str:
    return digest([kind, own, taken])


@lru_cache(maxsize=MAX_HASHES)
def _key(definition: str, parent: str) -> str:
    return digest([definition, parent])


@dataclass(frozen=True, slots=True)
class CacheRecord:
    """A result.

    Attributes:
        key: What it is found under.
        parts: What the key is made of.
        text: The instruction's text, for people.
        stage: Name of the stage it was made in.
        place: Place among the steps of its stage.
        build: Number of the build that made it.
        result: The files and layers it left.
        created: When, nanoseconds since the epoch.
        fidelity: How true it is.
        notes: Remarks on it.
        used: When it was last used, nanoseconds since the epoch.
        uses: How often it was used, not counting the making.
        created_by: Text of its history entry.
        definition: Hash of the parts without the parent.
    """

    key: str
    parts: Parts
    text: str
    stage: str
    place: int
    build: int
    result: Snapshot
    created: int
    fidelity: Fidelity = "exact"
    notes: tuple[Note, ...] = ()
    used: int = 0
    uses: int = 0
    created_by: str = ""
    definition: str = ""


@dataclass(frozen=True, slots=True)
class LegacyRecord:
    """Legacy builder: an image that an instruction made.

    Attributes:
        parent: Id of the image it was made from; empty for none.
        command: The container's command, which is what is compared.
        image: Its id.
        text: The instruction, for people.
        place: Place among the steps of its stage.
        build: Number of the build that made it.
        result: Files and layers.
        taken: What a COPY or ADD took in.
        fidelity: How true it is.
        notes: Remarks on it.
    """

    parent: str
    command: str
    image: str
    text: str
    place: int
    build: int
    result: Snapshot
    taken: tuple[SourceEntry, ...] = ()
    fidelity: Fidelity = "exact"
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class BuildCache:
    """All that builds leave for later ones.

    Attributes:
        records: BuildKit's results by key.
        legacy: The legacy builder's images by parent and command.
        mounts: Contents of cache mounts by id.
        bases: Names of base images that were used.
        context: The context as the builder last received it and its checksums see it, or None.
        named: The same of named contexts.
        linked: Layers that `COPY --link` made, by what went into them; they lie on any parent.
        builds: How many builds there were.
    """

    records: Mapping[str, CacheRecord] = field(default_factory=dict)
    legacy: Mapping[tuple[str, str], LegacyRecord] = field(default_factory=dict)
    mounts: Mapping[str, Directory] = field(default_factory=dict)
    bases: frozenset[str] = frozenset()
    context: Tree | None = None
    named: Mapping[str, Tree] = field(default_factory=dict)
    linked: Mapping[str, ImageLayer] = field(default_factory=dict)
    builds: int = 0

    def with_records(self, made: Iterable[CacheRecord]) -> BuildCache:
        """The cache with new or newly used results; the least recently used fall out beyond `MAX_RECORDS`."""
        records = dict(self.records)
        for record in made:
            records.pop(record.key, None)
            records[record.key] = record
        while len(records) > MAX_RECORDS:
            del records[next(iter(records))]
        return replace(self, records=records)

    def with_linked(self, made: Mapping[str, ImageLayer]) -> BuildCache:
        """The cache with layers of `--link`; the oldest fall out beyond `MAX_RECORDS`."""
        whole = {**{key: layer for key, layer in self.linked.items() if key not in made}, **made}
        return replace(self, linked=dict(list(whole.items())[-MAX_RECORDS:]))

    def pruned(self) -> BuildCache:
        """The cache after `docker builder prune -af`: no results, no cache mounts, nothing of the context."""
        return replace(self, records={}, mounts={}, bases=frozenset(), context=None, named={}, linked={})
