"""What a view may look at, and the rows that tie history, layers and Dockerfile together.

Every element that stands for a fact carries `data-refs`: `iN` for the instruction with index N in the Dockerfile,
`bN` for the base image's history entry N. Equal tokens in different views mean the same fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from layerlab.build.record import BuildRecord, Note, Step
from layerlab.docker.units import human
from layerlab.filesystem import Tree
from layerlab.filesystem.layer import NO_SIZE, Size
from layerlab.host import Host
from layerlab.html import Element, element
from layerlab.image.config import HistoryEntry
from layerlab.image.image import Image, ImageLayer
from layerlab.memo import Memo
from layerlab.messages import Messages

KEPT_ROWS = 1024
"""Rows of a view that are remembered as they were written: an edit leaves most of them as they are."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One line typed into a console, and the answer.

    Attributes:
        line: As typed.
        output: Standard output and error as they appeared, mixed.
        exit_code: 0 for success.
        prompt: What stood before the line.
        notes: What the simulation has to say of it, such as how much a push transferred; Docker doesn't print that.
        written: Files that docker wrote, such as archives: path in the terminal and bytes.
    """

    line: str
    output: str
    exit_code: int
    prompt: str = "$ "
    notes: tuple[Note, ...] = ()
    written: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A build of the session, for the timeline.

    Attributes:
        record: What happened.
        actions: How many actions of the session led to it; the page goes back by that number. None where it can't.
        later: Whether the reader has gone back to before it.
    """

    record: BuildRecord
    actions: int | None = None
    later: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """What views are made from.

    Attributes:
        host: After the build.
        record: The block's build; None for a console.
        image: What is shown: the build's image, or None where there is none.
        source: The Dockerfile's text.
        say: Sentences in the reader's language.
        prefix: Begins every id in the fragment.
        console: What was typed into the block, oldest first.
        document: The session as plain JSON.
        block: Id of the block.
        lab: Name of its lab.
        views: Views the author asked for, in order.
        previous: The block's build before this one.
        context: The block's build context, with the reader's changes.
        builds: Every build of the session, oldest first, those the reader went back from too; empty for the host's.
        memo: Parts of earlier fragments by what they were made from, so that an edit costs what it changes.
    """

    host: Host
    record: BuildRecord | None
    image: Image | None
    source: str
    say: Messages
    prefix: str
    console: tuple[Exchange, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict)
    block: str = ""
    lab: str = ""
    views: tuple[str, ...] = ()
    previous: BuildRecord | None = None
    context: Tree | None = None
    builds: tuple[Made, ...] = ()
    memo: Memo = field(default_factory=Memo, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One history entry with all that belongs to it.

    Attributes:
        number: From 0, oldest first.
        entry: The history entry.
        layer: None for a metadata entry.
        size: As the host's store counts; zero for metadata.
        step: The step of the build that made it; None for the base image's.
        refs: Tokens for `data-refs`.
    """

    number: int
    entry: HistoryEntry
    layer: ImageLayer | None
    size: Size
    step: Step | None
    refs: str


def rows_of(scene: Scene) -> tuple[Row, ...]:
    """The image's history, oldest first."""
    image = scene.image
    if image is None:
        return ()
    own = _own_steps(scene.record)
    first_own = len(image.history) - len(own)
    layers = iter(image.layers)
    rows: list[Row] = []
    for number, entry in enumerate(image.history):
        layer = None if entry.empty_layer else next(layers, None)
        step = own[number - first_own] if number >= first_own else None
        refs = f"i{step.instruction_index}" if step and step.instruction_index is not None else f"b{number}"
        rows.append(Row(number, entry, layer, layer_size(scene.host, layer), step, refs))
    return tuple(rows)


def layer_size(host: Host, layer: ImageLayer | None) -> Size:
    """A layer's size as the host's store counts it; zero without a layer."""
    if layer is None:
        return NO_SIZE
    return layer.snapshot_size if host.personality.store == "containerd" else layer.size


def size_text(size: Size) -> str:
    """Docker's three digits; `?` where the size isn't known, `≥` where only a part is."""
    if size.bytes is not None:
        return human(size.bytes)
    return f"≥{human(size.at_least)}" if size.at_least else "?"


def size_mark(size: Size, say: Messages) -> Element | str:
    """A size with a mark where it is estimated or unknown; the mark says so to screen readers too."""
    if size.bytes is None:
        return element("span", size_text(size), class_="ll-unknown", title=say("view.size_unknown"))
    if size.estimated:
        mark = element("span", "≈", class_="ll-mark", aria_hidden="true")
        spoken = element("span", say("view.estimated"), class_="ll-sr")
        return element("span", mark, spoken, size_text(size), class_="ll-estimated", title=say("view.size_estimated"))
    return size_text(size)


def _own_steps(record: BuildRecord | None) -> list[Step]:
    """The steps whose history entries the final image has, in order: the target's chain of stages."""
    if record is None or record.image is None or not record.stages:
        return []
    by_name = {stage.name: stage for stage in record.stages}
    target = by_name.get((record.target or "").lower(), record.stages[-1])
    chain = [target]
    while True:
        below = [stage for stage in record.stages if stage.name == chain[0].base and stage.index < chain[0].index]
        if not below:
            break
        chain.insert(0, below[-1])
    return [
        record.steps[index] for stage in chain for index in stage.steps if record.steps[index].created_by is not None
    ]
