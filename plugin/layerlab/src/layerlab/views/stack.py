"""The image as a stack: layers as blocks true to size, metadata as thin rows between them, the base at the bottom."""

from __future__ import annotations

from layerlab.docker.units import human
from layerlab.filesystem.layer import NO_SIZE, Size
from layerlab.html import Element, element
from layerlab.views.scene import Row, Scene, layer_size, rows_of, size_mark

BAR_WIDTH = 1000
BAR_HEIGHT = 10
MIN_BAR = 4
"""Units of the bars' own coordinates; a layer with anything in it is never thinner than `MIN_BAR`."""


def stack(scene: Scene) -> Element:
    """An ordered list from the top of the stack down."""
    say = scene.say
    rows = rows_of(scene)
    largest = max((row.size.at_least for row in rows), default=0) or 1
    items = [*_containers(scene), *(_item(row, largest, scene) for row in reversed(rows))]
    total = NO_SIZE
    for row in rows:
        total += row.size
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
            class_="ll-layer ll-writable",
            data_refs=f"c{container.id[:12]}",
        )
        for container in scene.host.containers
        if container.image == image.id
    ]


def _item(row: Row, largest: int, scene: Scene) -> Element:
    say = scene.say
    base = row.step is None
    if row.layer is None:
        return element(
            "li",
            element("span", row.entry.created_by, class_="ll-what"),
            element("span", say("stack.metadata"), class_="ll-size"),
            class_="ll-metadata ll-base" if base else "ll-metadata",
            data_refs=row.refs,
        )
    shared = _shared_by(row, scene)
    return element(
        "li",
        element("span", row.entry.created_by, class_="ll-what"),
        element("span", size_mark(row.size, say), class_="ll-size"),
        _bar(row.size, largest),
        element("span", say("stack.shared", count=shared), class_="ll-shared") if shared else None,
        class_="ll-layer ll-base" if base else "ll-layer",
        data_refs=row.refs,
        data_layer=row.layer.chain_id,
    )


def _shared_by(row: Row, scene: Scene) -> int:
    """How many other images of the host stand on this very layer."""
    image = scene.image
    if row.layer is None or image is None:
        return 0
    chain = row.layer.chain_id
    return sum(
        1
        for other in scene.host.images.images.values()
        if other.id != image.id and any(layer.chain_id == chain for layer in other.layers)
    )


def _bar(size: Size, largest: int) -> Element:
    width = size.at_least * BAR_WIDTH // largest
    if size.at_least:
        width = max(width, MIN_BAR)
    return element(
        "svg",
        element("rect", x=0, y=0, width=BAR_WIDTH, height=BAR_HEIGHT, class_="ll-track"),
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
