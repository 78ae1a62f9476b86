"""Two Dockerfiles side by side: what each image weighs, what they share, and what an edit costs.

Tokens in `data-refs`: `xN` and `yN`, N being the row of the left and of the right image's history.
"""

from __future__ import annotations

from layerlab.comparing import Comparison, Cost, LayerFact, Pair, Side
from layerlab.filesystem.layer import Size
from layerlab.html import Content, Element, element
from layerlab.messages import Messages
from layerlab.views.prose import prose
from layerlab.views.scene import size_mark, size_text
from layerlab.views.stack import bar

SECOND = 1_000_000_000


def compare_view(found: Comparison, say: Messages, prefix: str) -> Element:
    """The whole fragment.

    Args:
        found: Both builds.
        say: Sentences of the reader's language.
        prefix: Begins every id in the fragment.
    """
    return element(
        "div",
        element("p", headline(found, say), class_="ll-summary"),
        [_failure(name, side, say) for name, side in (("left", found.left), ("right", found.right))],
        _section("numbers", prefix, say, _numbers(found, say)),
        _section("layers", prefix, say, _layers(found, say)),
        element("p", say("compare.model"), class_="ll-note"),
        class_="ll-compare",
    )


def headline(found: Comparison, say: Messages) -> str:
    """One sentence: which image is smaller, or that one wasn't built."""
    left, right = found.left, found.right
    if not (left.record.ok and right.record.ok):
        return say("compare.failed")
    if left.size.bytes is None or right.size.bytes is None:
        return say("compare.unknown")
    if left.size.bytes == right.size.bytes:
        return say("compare.equal", size=size_text(left.size))
    smaller = "left" if left.size.bytes < right.size.bytes else "right"
    difference = abs(left.size.bytes - right.size.bytes)
    text = size_text(Size(difference, difference))
    key = "compare.smaller_estimated" if left.size.estimated or right.size.estimated else "compare.smaller"
    return say(key, side=say(f"compare.{smaller}"), size=text)


def _failure(name: str, side: Side, say: Messages) -> Element | None:
    if side.record.failure is None:
        return None
    return element("p", say(f"compare.{name}"), ": ", side.record.failure.message, class_="ll-refused")


def _section(name: str, prefix: str, say: Messages, content: Element) -> Element:
    mark = f"{prefix}-compare-{name}"
    return element("section", element("h3", say(f"compare.{name}"), id=mark), content, aria_labelledby=mark)


def _numbers(found: Comparison, say: Messages) -> Element:
    left, right = found.left, found.right
    rows: list[tuple[str, Content, Content]] = [
        (say("compare.layer_count"), left.layers, right.layers),
        (say("compare.row_count"), left.rows, right.rows),
        (say("compare.size"), size_mark(left.size, say), size_mark(right.size, say)),
        (say("compare.shared"), size_mark(found.shared, say), size_mark(found.shared, say)),
        (say("compare.first_build"), _time(left.cost, say), _time(right.cost, say)),
    ]
    if left.rebuild is not None and right.rebuild is not None:
        rows += [
            (say("compare.steps", path=found.edited), _steps(left.rebuild, say), _steps(right.rebuild, say)),
            (say("compare.written"), size_mark(left.rebuild.written, say), size_mark(right.rebuild.written, say)),
            (say("compare.rebuild"), _time(left.rebuild, say), _time(right.rebuild, say)),
        ]
    body = [
        element("tr", element("th", prose(name), scope="row"), element("td", one), element("td", two))
        for name, one, two in rows
    ]
    head = element("tr", element("td"), _head("left", say), _head("right", say))
    return table(head, body, say("compare.numbers"))


def _head(name: str, say: Messages) -> Element:
    return element("th", say(f"compare.{name}"), scope="col")


def table(head: Element, body: list[Element], label: str, kind: str = "") -> Element:
    """A table that may be wider than the screen, with a name for those who reach it by keyboard.

    Args:
        head: Its first row.
        body: The others.
        label: What it is about.
        kind: A class of its own.
    """
    made = element("table", element("thead", head), element("tbody", body), class_=f"ll-table {kind}".strip())
    return element("div", made, class_="ll-scroll", tabindex=0, role="group", aria_label=label)


def _time(cost: Cost, say: Messages) -> str:
    return say("compare.seconds", seconds=f"{cost.duration / SECOND:.1f}")


def _steps(cost: Cost, say: Messages) -> str:
    return say("compare.ran", ran=len(cost.ran), cached=cost.cached)


def _layers(found: Comparison, say: Messages) -> Element:
    return pairs_table(found, (say("compare.left"), say("compare.right")), say)


def pairs_table(found: Comparison, names: tuple[str, str], say: Messages) -> Element:
    """Both stacks from the top down, as the stack view has them.

    Args:
        found: Both builds.
        names: What the columns are called.
        say: Sentences of the reader's language.
    """
    sizes = [fact.size.at_least for pair in found.pairs for fact in (pair.left, pair.right) if fact is not None]
    largest = max(sizes, default=0) or 1
    body = [_pair(pair, largest, say) for pair in reversed(found.pairs)]
    head = element("tr", [element("th", name, scope="col") for name in names])
    return table(head, body, say("compare.layers"), "ll-pairs")


def _pair(pair: Pair, largest: int, say: Messages) -> Element:
    cells = (_cell(pair.left, "x", largest, say), _cell(pair.right, "y", largest, say))
    if not pair.shared:
        note = element("small", say("compare.same"), class_="ll-shared") if pair.same else None
        return element("tr", [element("td", cell, note if at else None) for at, cell in enumerate(cells)])
    mark = element("small", say("compare.one_layer"), class_="ll-shared")
    return element("tr", [element("td", cell, mark) for cell in cells], class_="ll-together")


def _cell(fact: LayerFact | None, token: str, largest: int, say: Messages) -> Element | None:
    if fact is None:
        return None
    return element(
        "div",
        element("code", fact.created_by, class_="ll-what"),
        " ",
        element("span", size_mark(fact.size, say), class_="ll-size"),
        bar(fact.size.at_least, largest),
        class_="ll-layer",
        data_refs=f"{token}{fact.row}",
    )
