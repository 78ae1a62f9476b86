"""Terminal text that keeps its columns: characters whose width a font may get wrong stand in boxes of whole cells.

Few fonts give `…` one cell and Hangul two; a table set in them would run out of line. The text itself stays the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from layerlab.docker.width import cells, graphemes
from layerlab.html import Element, element

BOXES = {1: "ll-w1", 2: "ll-w2"}


def boxed(text: str) -> Iterator[Element | str]:
    """The text, with every character beyond ASCII in a box of its width in cells."""
    if text.isascii():
        if text:
            yield text
        return
    plain = ""
    for cluster in graphemes(text):
        box = None if cluster.isascii() else BOXES.get(cells(cluster))
        if box is None:
            plain += cluster
            continue
        if plain:
            yield plain
            plain = ""
        yield element("span", cluster, class_=box)
    if plain:
        yield plain


def boxed_all(parts: Iterable[Element | str]) -> Iterator[Element | str]:
    """The same for text among elements; what stands in an element is left to whoever made it."""
    for part in parts:
        if isinstance(part, str):
            yield from boxed(part)
        else:
            yield part
