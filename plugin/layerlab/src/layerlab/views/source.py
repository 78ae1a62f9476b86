"""The Dockerfile itself, line by line, as it stands on a page before anybody edits it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from layerlab.dockerfile import parse
from layerlab.html import Element, element
from layerlab.views.scene import KEPT_ROWS, Scene

WORDS = re.compile(
    r"""(?P<variable>\$\{[^}\n]*\}|\$[A-Za-z_][A-Za-z0-9_]*)|(?P<string>"(?:\\.|[^"\\\n])*"|'[^'\n]*')|(?P<flag>(?<=\s)--[a-z][a-z-]*)"""
)
COMMENT = re.compile(r"\s*#")


def source(scene: Scene) -> Element:
    """A `pre` with one span per line; each carries the token of the instruction it belongs to."""
    return element(
        "pre",
        element("code", list(source_lines(scene.source))),
        tabindex=0,
        role="group",
        aria_label=scene.say("source.region"),
        class_="ll-text",
    )


def source_lines(text: str) -> Iterable[Element | str]:
    """The lines with their colours and tokens."""
    owner: dict[int, tuple[str, bool]] = {}
    for instruction in parse(text).instructions:
        span = instruction.span
        for number in range(span.start_line, span.end_line + 1):
            owner[number] = (f"i{instruction.index}", number == span.start_line)
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, start=1):
        refs, first = owner.get(number, (None, False))
        yield _line(line.rstrip("\r"), number, refs, first)
        yield "\n"


@lru_cache(maxsize=KEPT_ROWS)
def _line(line: str, number: int, refs: str | None, first: bool) -> Element:
    return element("span", list(_coloured(line, first=first)), class_="ll-line", data_line=number, data_refs=refs)


def _coloured(line: str, *, first: bool) -> Iterable[Element | str]:
    if COMMENT.match(line):
        yield element("span", line, class_="ll-comment")
        return
    rest = line
    if first and (word := re.match(r"\s*[A-Za-z]+", line)):
        yield element("span", word[0], class_="ll-keyword")
        rest = line[word.end() :]
    at = 0
    for match in WORDS.finditer(rest):
        yield rest[at : match.start()]
        yield element("span", match[0], class_=f"ll-{match.lastgroup}")
        at = match.end()
    yield rest[at:]
