"""Two builds side by side: layers, sizes, what they share, and what an edit of one file costs each of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from layerlab.build.record import BuildRecord
from layerlab.docker.imagefacts import layer_size
from layerlab.filesystem.layer import NO_SIZE, Size
from layerlab.image.image import ImageLayer
from layerlab.personality import Store

RAN = frozenset({"ran", "failed"})


@dataclass(frozen=True, slots=True)
class LayerFact:
    """A layer of one of the two images.

    Attributes:
        row: Its row of the history, from 0, oldest first.
        created_by: What made it.
        size: As the store counts.
    """

    row: int
    created_by: str
    size: Size


@dataclass(frozen=True, slots=True)
class Pair:
    """Layers at the same height of the two stacks.

    Attributes:
        left: None above the top.
        right: None above the top.
        shared: Whether they are one layer, stored once: all below them is shared too.
        same: Whether they hold the same, though they aren't shared.
    """

    left: LayerFact | None
    right: LayerFact | None
    shared: bool
    same: bool


@dataclass(frozen=True, slots=True)
class Cost:
    """What a build did.

    Attributes:
        ok: Whether it made an image.
        ran: Indices of the steps that ran.
        cached: How many steps came from the cache.
        written: Sizes of the layers that steps made anew.
        duration: Modelled nanoseconds.
    """

    ok: bool
    ran: tuple[int, ...]
    cached: int
    written: Size
    duration: int


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two builds.

    Attributes:
        record: The build.
        layers: How many layers its image has; 0 without one.
        rows: How many rows its history has.
        size: Of all layers.
        cost: Of building it on a host that has nothing.
        rebuild: Of building it again after an edit; None if no file was edited.
    """

    record: BuildRecord
    layers: int
    rows: int
    size: Size
    cost: Cost
    rebuild: Cost | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both.

    Attributes:
        left: The first.
        right: The second.
        pairs: Layers from the bottom.
        shared: Sizes of the layers that both have.
        edited: Path of the file whose edit `rebuild` is about, or None.
    """

    left: Side
    right: Side
    pairs: tuple[Pair, ...]
    shared: Size
    edited: str | None


def compare(left: Side, right: Side, store: Store, edited: str | None = None) -> Comparison:
    """Set two builds side by side.

    Args:
        left: The first, from `side`.
        right: The second.
        store: Whose sizes count.
        edited: The file that was edited.
    """
    ours, theirs = _layers(left.record, store), _layers(right.record, store)
    pairs: list[Pair] = []
    shared = NO_SIZE
    contents = {found.layer.diff_id for found in ours if found.layer.diff_id}
    for height in range(max(len(ours), len(theirs))):
        one = ours[height] if height < len(ours) else None
        other = theirs[height] if height < len(theirs) else None
        together = one is not None and other is not None and one.layer.chain_id == other.layer.chain_id
        if one is not None and together:
            shared += one.fact.size
        same = not together and other is not None and other.layer.diff_id in contents
        pairs.append(Pair(one.fact if one else None, other.fact if other else None, together, same))
    return Comparison(left, right, tuple(pairs), shared, edited)


def side(record: BuildRecord, fresh: BuildRecord, again: BuildRecord | None, store: Store) -> Side:
    """One build with its costs.

    Args:
        record: The build.
        fresh: The same on a host that has nothing.
        again: The same after an edit, on the host that has `record`; None for no edit.
        store: Whose sizes count.
    """
    image = record.image if record.ok else None
    total = NO_SIZE
    for found in _layers(record, store):
        total += found.fact.size
    return Side(
        record,
        len(image.layers) if image else 0,
        len(image.history) if image else 0,
        total,
        cost(fresh),
        None if again is None else cost(again),
    )


def cost(record: BuildRecord) -> Cost:
    """What a build had to do."""
    ran = tuple(step.index for step in record.steps if step.status in RAN)
    written = NO_SIZE
    for index in ran:
        written += record.steps[index].size or NO_SIZE
    cached = sum(1 for step in record.steps if step.status == "cached")
    return Cost(record.ok, ran, cached, written, record.duration)


def likely_edit(paths: Iterable[str]) -> str | None:
    """The file of a context that is edited most often: a source file before others, none of the usual manifests.

    Args:
        paths: Relative, of files.
    """
    names = sorted(path for path in paths if not path.rpartition("/")[2].startswith("."))
    source = [path for path in names if path.endswith(SOURCES)]
    return next(iter([*source, *names]), None)


SOURCES = (".py", ".js", ".ts", ".go", ".rb", ".php", ".java", ".c", ".rs", ".html", ".sh")


@dataclass(frozen=True, slots=True)
class _Found:
    fact: LayerFact
    layer: ImageLayer


def _layers(record: BuildRecord, store: Store) -> list[_Found]:
    """The image's layers with the rows they belong to."""
    image = record.image if record.ok else None
    if image is None:
        return []
    waiting = iter(image.layers)
    found = []
    for row, entry in enumerate(image.history):
        layer = None if entry.empty_layer else next(waiting, None)
        if layer is not None:
            found.append(_Found(LayerFact(row, entry.created_by, layer_size(layer, store)), layer))
    return found
