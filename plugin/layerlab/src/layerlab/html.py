"""A tiny element builder that escapes everything; raw text can't pass through it.

Views return elements; only `session` and the command line turn them into text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

VOID = frozenset({"br", "col", "hr", "img", "input", "line", "path", "rect"})
"""Elements written without content; the SVG ones are closed with a slash."""

SVG_VOID = frozenset({"line", "path", "rect"})

Content: TypeAlias = "Element | str | int | Iterable[Content] | None"


@dataclass(frozen=True, slots=True)
class Element:
    """One HTML or SVG element, written out: what stands in it is text already, so an outer one only joins its parts.

    Only `element` and `data_block` make one.
    """

    _markup: str

    def __str__(self) -> str:
        return self._markup


def element(tag: str, *children: Content, **attributes: str | int | bool | None) -> Element:
    """Build an element.

    Args:
        tag: Name, lower case.
        children: Elements, text, or nested sequences of both; None is left out.
        attributes: Underscores become hyphens, a trailing one is dropped (`class_`); None and False are
            left out, True writes the bare name.
    """
    parts = ["<", tag]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        parts += (" ", _attribute(key), '="', "" if value is True else escape(str(value)), '"')
    if tag in VOID:
        parts.append("/>" if tag in SVG_VOID else ">")
    else:
        parts.append(">")
        _write(children, parts)
        parts += ("</", tag, ">")
    return Element("".join(parts))


@lru_cache(maxsize=256)
def _attribute(key: str) -> str:
    """An attribute's name from that of the argument."""
    name = key.rstrip("_").replace("_", "-")
    if name == "style" or name.startswith("on"):
        raise ValueError(f"attribute {name} is not allowed: the pages run under a strict policy")
    return name


def escape(text: str) -> str:
    """Text safe in content and in double-quoted attributes."""
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&#39;")
    )


def data_block(text: str, class_: str) -> Element:
    """A `<template>`: data that travels with the page and is neither shown nor run.

    A `<script type="application/json">` would do as well, but for instant navigation, which makes a script of every
    script of the page it has fetched: one without a type, which the browser then tries to run.

    Args:
        text: JSON. `<`, `>` and `&` are written as JSON escapes, so that no markup can end the block.
        class_: By which the page finds it.
    """
    safe = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return Element(f'<template class="{escape(class_)}">{safe}</template>')


def _write(children: Iterable[Content], parts: list[str]) -> None:
    for child in children:
        if isinstance(child, Element):
            parts.append(str(child))
        elif isinstance(child, str):
            parts.append(escape(child))
        elif isinstance(child, int):
            parts.append(str(child))
        elif child is not None:
            _write(child, parts)
