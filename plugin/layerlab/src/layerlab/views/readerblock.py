"""A history reader as it stands in the page before any script runs: the pasted text, and what it says."""

from __future__ import annotations

import hashlib

from layerlab.html import Element, element
from layerlab.messages import Messages
from layerlab.reading import Reading, ReadingError
from layerlab.views.reading import reading_view


def reader_block(text: str, read: Reading | ReadingError, say: Messages, block: str) -> Element:
    """The `<layer-reader>` element.

    Args:
        text: As pasted.
        read: What it was understood as.
        say: Sentences of the reader's language.
        block: Id of the element.
    """
    inner = reading_view(read, say, block)
    mark = hashlib.sha256(str(inner).encode("utf-8", "replace")).hexdigest()[:16]
    return element(
        "layer-reader",
        element(
            "div",
            element("pre", element("code", text), tabindex=0, role="group", aria_label=say("reading.pasted")),
            class_="ll-source",
        ),
        element(
            "div",
            element(
                "div",
                element("div", inner, data_view="reading", data_hash=mark),
                class_="ll-view ll-view-reading",
                role="group",
                aria_label=say("view.reading"),
            ),
            class_="ll-views",
        ),
        id=block,
        data_kind="reader",
        data_lab=block,
        data_lang=say.language,
        data_views="reading",
        data_search_exclude=True,
        class_="ll-block",
    )
