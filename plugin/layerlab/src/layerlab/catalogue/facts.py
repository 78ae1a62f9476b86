"""What is known of a base image, as frozen values, with the basis of every size beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from layerlab.filesystem import Node, Tree
from layerlab.image.config import HistoryEntry, ImageConfig

SizeKind: TypeAlias = Literal["exact", "measured", "rounded", "sibling", "estimated", "unknown"]
"""How good a size is: added up from the real files, measured in a rebuild, printed rounded, of another
build of the same tag, computed from recorded facts, or not known."""

EntryKind: TypeAlias = Literal["node", "whiteout", "opaque"]

SYNTHETIC_PREFIX = "catalogue:"
"""Begins the ids that stand in for diff ids nobody recorded."""


@dataclass(frozen=True, slots=True)
class SizeBasis:
    """How good a size is, and where it comes from.

    Attributes:
        kind: One word.
        text: The record's own words; English, may be empty.
    """

    kind: SizeKind
    text: str = ""


UNKNOWN_SIZE = SizeBasis("unknown")
EXACT_SIZE = SizeBasis("exact")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the facts of an image were read.

    Attributes:
        source: Repository or collection.
        file: Path in it.
        commit: Its commit.
        snapshot: Date of the image, `2026-08-05`; may be in words.
        notes: What was rendered, inferred or taken from elsewhere.
    """

    source: str
    file: str = ""
    commit: str = ""
    snapshot: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordedId:
    """A layer's real diff id, `sha256:` and 64 hex digits."""

    diff_id: str


@dataclass(frozen=True, slots=True)
class SyntheticId:
    """Stands for a diff id that wasn't recorded; its text begins with `catalogue:`, so it can't pass for one.

    Layers of different images with the same compressed digest have the same id: they are shared.
    """

    text: str


LayerId: TypeAlias = RecordedId | SyntheticId


@dataclass(frozen=True, slots=True)
class LayerEntry:
    """One entry of a layer.

    Attributes:
        path: Absolute; of a whiteout the path it hides, of an opaque directory the directory.
        kind: What it does.
        node: For `node`: the file, link or directory; a directory's own entries are separate ones.
    """

    path: str
    kind: EntryKind
    node: Node | None = None


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """One layer.

    Attributes:
        id: Recorded or synthetic.
        digest: Of the compressed layer, or None.
        size: Bytes of its files, or None.
        size_basis: How good the size is.
        compressed_size: Bytes of the download, or None.
        entries: What the layer puts into the tree; exact for `--bases`, else a model.
        tar_size: Bytes of the uncompressed archive, or None.
    """

    id: LayerId
    digest: str | None
    size: int | None
    size_basis: SizeBasis
    compressed_size: int | None
    entries: tuple[LayerEntry, ...]
    tar_size: int | None = None

    @property
    def diff_id(self) -> str | None:
        """The real diff id, where there is one."""
        return self.id.diff_id if isinstance(self.id, RecordedId) else None

    @property
    def key(self) -> str:
        """Text that is equal for equal layers: the diff id or the synthetic id."""
        return self.id.diff_id if isinstance(self.id, RecordedId) else self.id.text


@dataclass(frozen=True, slots=True)
class BaseImage:
    """A base image.

    Attributes:
        reference: Familiar name and tag: `ubuntu:20.04`.
        created: Nanoseconds since the epoch, or None.
        config: As `docker inspect` has it.
        history: Oldest row first.
        cut: Positions in `history` whose text was recorded only in part.
        layers: One for each row that isn't `empty_layer`, in the same order.
        tree: What a container of it starts with.
        exact_tree: Whether the tree is the real one (`--bases`), not a model of it.
        tree_basis: Where the tree's model comes from; English, from the record.
        image_id: Config digest, or None.
        manifest_digest: Of this platform, or None.
        index_digest: Of the tag, or None.
        size: Bytes of all layers' files, or None.
        size_basis: How good the size is.
        compressed_size: Bytes of all downloads, or None.
        provenance: Where the facts come from.
        family: Distribution: `debian`, `ubuntu`, `alpine`, `busybox`, `oraclelinux`, `none`; empty for `--bases`.
        facts: Data files with the package facts of the distribution, such as `packages/debian-12`.
    """

    reference: str
    created: int | None
    config: ImageConfig
    history: tuple[HistoryEntry, ...]
    cut: frozenset[int]
    layers: tuple[LayerFacts, ...]
    tree: Tree
    exact_tree: bool
    tree_basis: str
    image_id: str | None
    manifest_digest: str | None
    index_digest: str | None
    size: int | None
    size_basis: SizeBasis
    compressed_size: int | None
    provenance: Provenance
    family: str = ""
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The very image that was asked for."""

    image: BaseImage


@dataclass(frozen=True, slots=True)
class StandIn:
    """Another image of the family, its sizes, digests and ids taken off.

    Attributes:
        image: What to build on; `reference` is the one asked for.
        asked: The reference as asked, in its familiar form.
        stands: The recorded image whose rows, config and tree are used.
        note: Key of the note: `catalogue.standin`, `….variant`, `….family`, or `catalogue.declared`.
    """

    image: BaseImage
    asked: str
    stands: str
    note: str


@dataclass(frozen=True, slots=True)
class NotInCatalogue:
    """Nothing of that repository is recorded.

    Attributes:
        asked: The reference in its familiar form.
        known: The repositories that are.
    """

    asked: str
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotLoaded:
    """Data files must be supplied first.

    Attributes:
        names: Such as `image/ubuntu_20.04@0123456789abcdef`; ask again once all are there.
    """

    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """The first of them."""
        return self.names[0]


Resolution: TypeAlias = Found | StandIn | NotInCatalogue | NotLoaded
