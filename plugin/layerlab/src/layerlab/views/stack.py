"""The image as a stack: layers as blocks true to size, metadata as thin rows between them, the base at the bottom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import groupby

from layerlab.container.changes import changes
from layerlab.container.container import Container
from layerlab.docker.units import human
from layerlab.filesystem.layer import NO_SIZE, Size
from layerlab.html import Element, element
from layerlab.messages import Messages
from layerlab.views.scene import KEPT_ROWS, Row, Scene, layer_size, rows_of, size_mark

BAR_WIDTH = 1000
BAR_HEIGHT = 10
LOG_Y = 7
MIN_BAR = 4
"""Units of the bars' own coordinates; a layer with anything in it is never thinner than `MIN_BAR`. The logarithmic
bar is the strip below `LOG_Y`."""

FOLD = 3
"""So many metadata rows of a base in a row are folded."""

MAX_CHANGES = 12
"""Lines of `docker diff` shown for a container."""

DIFF_WORDS = {"A": "files.added", "C": "files.changed", "D": "files.removed"}


def stack(scene: Scene) -> Element:
    """An ordered list from the top of the stack down."""
    say = scene.say
    rows = rows_of(scene)
    largest = max((row.size.at_least for row in rows), default=0) or 1
    total = NO_SIZE
    for row in rows:
        total += row.size
    whole = total.at_least or 1
    items = [*_containers(scene), *_grouped(rows, largest, whole, scene, _sharing(scene))]
    layers = sum(1 for row in rows if row.layer is not None)
    return element(
        "div",
        element(
            "p",
            say("stack.summary", layers=layers, rows=len(rows) - layers),
            " ",
            say("stack.total"),
            " ",
            size_mark(total, say),
            class_="ll-summary",
        ),
        element("ol", items, class_="ll-stack", aria_label=say("stack.label")),
        element("p", say("blocks.stack.scale"), class_="ll-note"),
    )


def _grouped(
    rows: tuple[Row, ...], largest: int, whole: int, scene: Scene, sharing: Mapping[str, int]
) -> Iterator[Element]:
    """From the top down; rows of the base that follow each other without a layer between them are folded."""
    for (metadata, base), group in groupby(reversed(rows), key=lambda row: (row.layer is None, row.step is None)):
        items = [_item(row, largest, whole, scene.say, sharing) for row in group]
        if not (metadata and base) or len(items) < FOLD:
            yield from items
            continue
        yield element(
            "li",
            element(
                "details",
                element("summary", scene.say("blocks.stack.base_metadata", count=len(items))),
                element("ul", items, class_="ll-stack"),
            ),
            class_="ll-folded ll-base",
        )


def _containers(scene: Scene) -> list[Element]:
    """A writable layer for each container of the image, above everything."""
    image = scene.image
    if image is None:
        return []
    say = scene.say
    return [
        element(
            "li",
            element("span", say("stack.writable", name=container.name), class_="ll-what"),
            element("span", say("stack.writable_note"), class_="ll-size"),
            _written(container, scene),
            class_="ll-layer ll-writable",
            data_refs=f"c{container.id[:12]}",
        )
        for container in scene.host.containers
        if container.image == image.id
    ]


def _item(row: Row, largest: int, whole: int, say: Messages, sharing: Mapping[str, int]) -> Element:
    base = " ll-base" if row.step is None else ""
    if row.layer is None:
        return _metadata(say, row.entry.created_by, f"ll-metadata{base}", row.refs)
    chain = row.layer.chain_id
    weights = row.size, largest, whole, sharing.get(chain, 0)
    return _layer(say, row.entry.created_by, f"ll-layer{base}", row.refs, chain, weights)


@lru_cache(maxsize=KEPT_ROWS)
def _metadata(say: Messages, text: str, kind: str, refs: str) -> Element:
    return element(
        "li",
        element("span", text, class_="ll-what"),
        element("span", say("stack.metadata"), class_="ll-size"),
        class_=kind,
        data_refs=refs,
    )


@lru_cache(maxsize=KEPT_ROWS)
def _layer(
    say: Messages, text: str, kind: str, refs: str, chain: str, weights: tuple[Size, int, int, int]
) -> Element:
    """A layer; its weights are its size, the largest layer's, the image's, and the number of images that share it."""
    size, largest, whole, shared = weights
    return element(
        "li",
        element("span", text, class_="ll-what"),
        element("span", size_mark(size, say), _share(size, whole), class_="ll-size"),
        bar(size.at_least, largest),
        element("span", say("stack.shared", count=shared), class_="ll-shared") if shared else None,
        class_=kind,
        data_refs=refs,
        data_layer=chain,
    )


def _written(container: Container, scene: Scene) -> Element:
    """What `docker diff` lists: the container's own layer compared with its image."""
    say = scene.say
    found = changes(container.base, container.tree)
    if not found:
        return element("span", say("blocks.stack.untouched"), class_="ll-shared")
    return element(
        "ul",
        [
            element(
                "li",
                element("abbr", change.kind, title=say(DIFF_WORDS[change.kind]), class_="ll-change"),
                " ",
                element("code", change.path),
                class_=f"ll-diff-{change.kind.lower()}",
            )
            for change in found[:MAX_CHANGES]
        ],
        element("li", say("files.more", count=len(found) - MAX_CHANGES)) if len(found) > MAX_CHANGES else None,
        class_="ll-written",
    )


def _share(size: Size, whole: int) -> Element | None:
    """The layer's part of the image, in whole percent; None where its size isn't known."""
    if size.bytes is None:
        return None
    percent = size.bytes * 100 // whole
    return element("span", f" {percent}%" if percent or not size.bytes else " <1%", class_="ll-share")


def _logarithm(size: int) -> int:
    """1024 times the binary logarithm, between its whole numbers a straight line; the same on every machine."""
    if size < 1:
        return 0
    whole = size.bit_length() - 1
    return whole * 1024 + (size << 10 >> whole) - 1024


def _sharing(scene: Scene) -> Mapping[str, int]:
    """How many other images of the host stand on each layer, by its chain."""
    image = scene.image
    others = (other for other in scene.host.images.images.values() if image is not None and other.id != image.id)
    return Counter(chain for other in others for chain in {layer.chain_id for layer in other.layers})


def bar(size: int, largest: int) -> Element:
    """A horizontal bar, for eyes only.

    Args:
        size: What it stands for; a positive one is always to be seen.
        largest: The size of a full bar, at least 1.
    """
    width = size * BAR_WIDTH // largest
    if size:
        width = max(width, MIN_BAR)
    hint = _logarithm(size) * BAR_WIDTH // max(_logarithm(largest), 1)
    return element(
        "svg",
        element("rect", x=0, y=0, width=BAR_WIDTH, height=BAR_HEIGHT, class_="ll-track"),
        element("rect", x=0, y=LOG_Y, width=hint, height=BAR_HEIGHT - LOG_Y, class_="ll-log"),
        element("rect", x=0, y=0, width=width, height=BAR_HEIGHT, class_="ll-fill"),
        viewBox=f"0 0 {BAR_WIDTH} {BAR_HEIGHT}",
        preserveAspectRatio="none",
        class_="ll-bar",
        aria_hidden="true",
        focusable="false",
    )


def saved_bytes(scene: Scene) -> str:
    """What sharing saves on this host: the sum over images less the sum over distinct layers, in Docker's digits."""
    seen: dict[str, int] = {}
    total = 0
    for image in scene.host.images.images.values():
        for layer in image.layers:
            size = layer_size(scene.host, layer).at_least
            total += size
            seen[layer.chain_id] = size
    return human(total - sum(seen.values()))
