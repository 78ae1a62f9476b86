"""Terminal colours in Docker's output as spans: the few codes Docker writes, the rest is dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from layerlab.html import Element, element
from layerlab.views.cells import boxed

CODE = re.compile(r"\x1b\[([0-9;]*)m")
PICTURES = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\n\t\r"} | {ord("\r"): ""}
CLASSES = {"33": "ll-yellow", "91": "ll-red", "31": "ll-red", "34": "ll-blue", "32": "ll-green"}


def coloured(text: str) -> Iterator[Element | str]:
    """The text with its colours; control characters other than newline and tab are shown as symbols."""
    colour: str | None = None
    at = 0
    for code in CODE.finditer(text):
        yield from _piece(text[at : code.start()], colour)
        colour = CLASSES.get(code[1])
        at = code.end()
    yield from _piece(text[at:], colour)


def _piece(text: str, colour: str | None) -> Iterator[Element | str]:
    if not text:
        return
    shown = list(boxed(visible(text)))
    if colour:
        yield element("span", shown, class_=colour)
    else:
        yield from shown


def visible(text: str) -> str:
    """A text as it may stand in a page: control characters become their pictures, carriage returns go."""
    return text.translate(PICTURES)
