"""A tiny element builder that escapes everything; raw text can't pass through it.

Views return elements; only `session` and the command line turn them into text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

VOID = frozenset({"br", "col", "hr", "img", "input", "line", "path", "rect"})
"""Elements written without content; the SVG ones are closed with a slash."""

SVG_VOID = frozenset({"line", "path", "rect"})

Content: TypeAlias = "Element | str | int | Iterable[Content] | None"


@dataclass(frozen=True, slots=True)
class Element:
    """One HTML or SVG element."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple[Element | str, ...]

    def __str__(self) -> str:
        parts: list[str] = []
        _write(self, parts)
        return "".join(parts)


def element(tag: str, *children: Content, **attributes: str | int | bool | None) -> Element:
    """Build an element.

    Args:
        tag: Name, lower case.
        children: Elements, text, or nested sequences of both; None is left out.
        attributes: Underscores become hyphens, a trailing one is dropped (`class_`); None and False are
            left out, True writes the bare name.
    """
    pairs: list[tuple[str, str]] = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        name = key.rstrip("_").replace("_", "-")
        if name == "style" or name.startswith("on"):
            raise ValueError(f"attribute {name} is not allowed: the pages run under a strict policy")
        pairs.append((name, "" if value is True else str(value)))
    return Element(tag, tuple(pairs), tuple(_flat(children)))


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
    """A `<script type="application/json">`: data that travels with the page and is never run.

    Args:
        text: JSON. `<`, `>` and `&` are written as JSON escapes, so that no markup can end the block.
        class_: By which the page finds it.
    """
    safe = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return Element("script", (("type", "application/json"), ("class", class_)), (safe,))


def _flat(children: Iterable[Content]) -> Iterable[Element | str]:
    for child in children:
        match child:
            case None:
                continue
            case str() | Element():
                yield child
            case int():
                yield str(child)
            case _:
                yield from _flat(child)


def _write(here: Element, parts: list[str]) -> None:
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in here.attributes)
    if here.tag in VOID:
        parts.append(f"<{here.tag}{attributes}{'/' if here.tag in SVG_VOID else ''}>")
        return
    parts.append(f"<{here.tag}{attributes}>")
    for child in here.children:
        if isinstance(child, str):
            parts.append(child if here.tag == "script" else escape(child))
        else:
            _write(child, parts)
    parts.append(f"</{here.tag}>")
