"""The text of `docker history` itself, every row tied to its line and layer, and what its columns don't say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from layerlab.docker.command import run
from layerlab.filesystem.layer import Size
from layerlab.html import Element, element
from layerlab.messages import Messages
from layerlab.views.cells import boxed, boxed_all
from layerlab.views.scene import KEPT_ROWS, Row, Scene, rows_of, size_text

BEGINS_ROW = re.compile(r"(<missing>|[0-9a-f]{12})(?= )")
TITLE = re.compile(r"\S+(?: \S+)*")
COLUMNS = ("ll-image", "ll-created", "ll-created-by", "ll-size", "ll-comment")
"""Classes of the cells, so that a narrow screen can show a row on two lines; the text stays one."""


def history(scene: Scene) -> Element:
    """The table, then the notes on estimates, on `<missing>` and on rows without a layer."""
    image, say = scene.image, scene.say
    if image is None:
        return element("p", say("view.nothing"))
    _, output = run(scene.host, ("history", image.id))
    rows = rows_of(scene)
    layers = sum(1 for row in rows if row.layer is not None)
    estimated = [row for row in rows if row.size.estimated and row.size.bytes is not None]
    unknown = [row for row in rows if row.size.bytes is None]
    return element(
        "div",
        element(
            "pre",
            element("samp", list(_lines(output.stdout, rows, scene))),
            class_="ll-text",
            tabindex=0,
            role="group",
            aria_label=say("history.region"),
        ),
        _names(estimated, "history.estimates", scene),
        _names(unknown, "history.unknown", scene),
        element(
            "details",
            element("summary", say("history.more")),
            element("p", say("history.missing")),
            element("p", say("history.metadata", layers=layers, rows=len(rows) - layers)),
            class_="ll-note",
        ),
    )


def _names(rows: list[Row], key: str, scene: Scene) -> Element | None:
    if not rows:
        return None
    shown = ", ".join(dict.fromkeys(_short(row.entry.created_by) for row in reversed(rows)))
    return element("p", scene.say(key, rows=shown), class_="ll-note")


def _short(text: str) -> str:
    line = " ".join(text.removesuffix(" # buildkit").replace("/bin/sh -c #(nop) ", "").split())
    return line if len(line) <= 40 else line[:39] + "…"


def _lines(text: str, rows: tuple[Row, ...], scene: Scene) -> Iterator[Element | str]:
    header, *lines = text.removesuffix("\n").split("\n")
    starts = tuple(found.start() for found in TITLE.finditer(header))
    yield element(
        "span", [element("span", cell, class_=name) for name, cell in _cells(header, starts)], class_="ll-head"
    )
    yield "\n"
    newest_first = iter(reversed(rows))
    row: Row | None = None
    for line in lines:
        if BEGINS_ROW.match(line):
            row = next(newest_first, None)
        if row is None:
            yield from boxed(line)
        else:
            kind = "ll-row" if row.layer is not None else "ll-row ll-metadata"
            yield _row(scene.say, line, starts, kind, row.size, row.entry.comment, row.refs)
        yield "\n"


@lru_cache(maxsize=KEPT_ROWS)
def _row(
    say: Messages, line: str, starts: tuple[int, ...], kind: str, size: Size, comment: str, refs: str
) -> Element:
    return element("span", list(_inside(say, line, starts, size, comment)), class_=kind, data_refs=refs)


def _inside(say: Messages, line: str, starts: tuple[int, ...], size: Size, comment: str) -> Iterator[Element | str]:
    cells = _cells(line, starts)
    if len(cells) < len(COLUMNS) - 1:  # a command with line breaks
        before = line.removesuffix(comment)
        yield from boxed_all([*_marked(before, size, say), line[len(before) :]])
        return
    for name, cell in cells:
        inside = list(_marked(cell, size, say)) if name == "ll-size" else [cell]
        yield element("span", list(boxed_all(inside)), class_=name)


def _cells(line: str, starts: tuple[int, ...]) -> list[tuple[str, str]]:
    """The cells with their blanks, as far as the columns of the header are kept and something stands in them."""
    begin = [start for start in starts if start < len(line) and (not start or line[start - 1] == " ")]
    ends = [*begin[1:], len(line)]
    return [(name, line[start:end]) for name, start, end in zip(COLUMNS, begin, ends, strict=False) if line[start:end]]


def _marked(line: str, size: Size, say: Messages) -> Iterator[Element | str]:
    """The line, its size cell wrapped where the number isn't exact; the text stays what Docker prints."""
    text = size_text(size) if size.bytes is not None else "?"
    at = line.rfind(text)
    if at < 0 or (size.bytes is not None and not size.estimated):
        yield line
        return
    title = say("view.size_unknown" if size.bytes is None else "view.size_estimated")
    yield line[:at]
    yield element("span", text, class_="ll-unknown" if size.bytes is None else "ll-estimated", title=title)
    yield line[at + len(text) :]
