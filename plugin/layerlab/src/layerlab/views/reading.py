"""A reader's own history: what it was read as, its rows by size, every row explained, and a Dockerfile from it.

Tokens in `data-refs` are `hN`, N being the row's number from 0, oldest first.
"""

from __future__ import annotations

from collections.abc import Iterator

from layerlab.docker.units import human
from layerlab.explain.reading import explain_row, row_name
from layerlab.html import Element, element
from layerlab.messages import Messages
from layerlab.reading import (
    Entry,
    Meaning,
    Reading,
    ReadingError,
    Reconstruction,
    Shares,
    meanings,
    reconstruct,
    shares,
)
from layerlab.views.prose import prose
from layerlab.views.stack import bar

SHOWN_RANKS = 10
"""Rows in the list of the largest."""


def reading_view(read: Reading | ReadingError, say: Messages, prefix: str) -> Element:
    """The whole fragment, or the sentence that says why there is none.

    Args:
        read: What was understood.
        say: Sentences of the reader's language.
        prefix: Begins every id in the fragment.
    """
    if isinstance(read, ReadingError):
        return element(
            "div",
            element("p", element("strong", say("reading.refused")), " — ", prose(say(read.code, detail=read.detail))),
            _place(read, say),
            class_="ll-refused",
        )
    rows = meanings(read.entries)
    weights = shares(read.entries)
    made = reconstruct(rows, read.config)
    return element(
        "div",
        [element("p", prose(sentence), class_="ll-note") for sentence in summary(read, weights, say)],
        _section("ranking", prefix, say, _ranking(rows, weights, say)),
        _section("every_row", prefix, say, _table(rows, weights, say)),
        _section("dockerfile", prefix, say, *_dockerfile(made, say)),
        _section("lost", prefix, say, _lost(made, rows, say)),
        class_="ll-reading",
    )


def _place(error: ReadingError, say: Messages) -> Element | None:
    """The line that isn't what was expected."""
    if error.line is None:
        return None
    return element("p", say("reading.at_line", line=error.line), " ", element("code", error.shown))


def summary(read: Reading, weights: Shares, say: Messages) -> Iterator[str]:
    """What the text was, how much it weighs, and what is missing in it."""
    yield say(f"reading.from.{read.origin}")
    if read.name:
        yield say("reading.image_name", name=read.name)
    if read.total is not None:
        yield say("reading.image_size", size=human(read.total))
    if read.origin != "inspect":
        key = "reading.rows_rounded" if weights.rounded else "reading.rows"
        yield say(key, rows=len(read.entries), total=human(weights.total))
    if weights.unknown:
        yield say("reading.unknown_sizes", count=weights.unknown)
    cut = sum(entry.cut for entry in read.entries)
    if cut:
        yield say("reading.cut_rows", count=cut)
    if any(entry.id == "<missing>" for entry in read.entries):
        yield say("reading.missing")
    if read.skipped:
        yield say("reading.skipped", count=read.skipped)


def _section(name: str, prefix: str, say: Messages, *content: Element | list[Element]) -> Element:
    mark = f"{prefix}-reading-{name.replace('_', '-')}"
    return element("section", element("h3", say(f"reading.{name}"), id=mark), content, aria_labelledby=mark)


def _ranking(rows: tuple[Meaning, ...], weights: Shares, say: Messages) -> Element:
    if not weights.ranked:
        return element("p", say("reading.no_ranking"))
    largest = rows[weights.ranked[0]].entry.size or 1
    items = [
        element(
            "li",
            element("span", ranked(rows[number], weights, say), class_="ll-what"),
            bar(rows[number].entry.size or 0, largest),
            data_refs=f"h{number}",
        )
        for number in weights.ranked[:SHOWN_RANKS]
    ]
    return element("ol", items, class_="ll-ranking")


def ranked(meaning: Meaning, weights: Shares, say: Messages) -> str:
    """`RUN (row 3): 72.8MB (61.2%)`."""
    permille = weights.permille[meaning.entry.number]
    share = f"{permille // 10}.{permille % 10}" if permille else "<0.1"
    return say("reading.ranked", name=row_name(meaning, say), size=size_words(meaning.entry, say), share=share)


def size_words(entry: Entry, say: Messages) -> str:
    """Docker's digits; in words where the size isn't known."""
    return say("reading.size_unknown") if entry.size is None else human(entry.size)


def _table(rows: tuple[Meaning, ...], weights: Shares, say: Messages) -> Element:
    """The rows, newest first; roles are said because narrow screens lay the rows out as sheets."""
    columns = ("number", "row", "size", "meaning")
    cells = [element("th", say(f"reading.column.{name}"), scope="col", role="columnheader") for name in columns]
    body = [_row(meaning, weights, say) for meaning in reversed(rows)]
    table = element(
        "table",
        element("thead", element("tr", cells, role="row"), role="rowgroup"),
        element("tbody", body, role="rowgroup"),
        class_="ll-rows",
        role="table",
    )
    return element("div", table, class_="ll-scroll", tabindex=0, role="group", aria_label=say("reading.region"))


def _row(meaning: Meaning, weights: Shares, say: Messages) -> Element:
    entry = meaning.entry
    rank = weights.ranked.index(entry.number) + 1 if entry.number in weights.permille else None
    kind = "ll-layer" if meaning.layer in {"layer", "empty-layer"} else "ll-metadata"
    return element(
        "tr",
        element("th", entry.number + 1, scope="row", role="rowheader"),
        element("td", element("code", entry.text or entry.comment or entry.id), role="cell"),
        element(
            "td",
            size_words(entry, say),
            element("small", f" #{rank}") if rank else None,
            class_="ll-unknown" if entry.size is None else "ll-size",
            title=say("reading.size_rounded") if entry.rounded else None,
            role="cell",
        ),
        element("td", [element("p", prose(sentence)) for sentence in explain_row(meaning, say)], role="cell"),
        class_=kind,
        role="row",
        data_refs=f"h{entry.number}",
    )


def _dockerfile(made: Reconstruction, say: Messages) -> Iterator[Element]:
    yield element("p", say("reading.reconstructed"), class_="ll-note")
    lines: list[Element | str] = []
    for line in made.lines:
        refs = None if line.row is None else f"h{line.row}"
        kind = "ll-line ll-comment" if line.comment else "ll-line"
        lines.extend((element("span", line.text, class_=kind, data_refs=refs), "\n"))
    yield element(
        "pre",
        element("code", lines),
        class_="ll-text ll-reconstructed",
        tabindex=0,
        role="group",
        aria_label=say("reading.dockerfile"),
    )


def _lost(made: Reconstruction, rows: tuple[Meaning, ...], say: Messages) -> Element:
    """One item a loss; rows that lost the same stand together."""
    places: dict[str, list[int]] = {}
    for loss in made.lost:
        places.setdefault(loss.key, []).extend(() if loss.row is None else (loss.row,))
    items = [
        element(
            "li",
            prose(say(key)),
            f" — {', '.join(row_name(rows[number], say) for number in numbers)}" if numbers else None,
            data_refs=" ".join(f"h{number}" for number in numbers) or None,
        )
        for key, numbers in places.items()
    ]
    return element("ul", items)
