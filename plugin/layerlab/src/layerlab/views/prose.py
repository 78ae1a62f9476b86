"""Sentences with code in them: what stands between backticks becomes `<code>`."""

from __future__ import annotations

from layerlab.html import Element, element


def prose(sentence: str) -> list[Element | str]:
    """The parts of a sentence; a backtick without a partner stays as it is."""
    parts = sentence.split("`")
    if len(parts) % 2 == 0:
        return [sentence]
    return [element("code", part) if at % 2 else part for at, part in enumerate(parts)]


def spoken(sentence: str) -> str:
    """The sentence for a live region, without backticks."""
    return sentence.replace("`", "")
