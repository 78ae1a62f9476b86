"""Two builds of one session side by side: sizes, what changed in the text, what ran again and why."""

from __future__ import annotations

from collections.abc import Callable

from layerlab.build.record import BuildRecord
from layerlab.comparing import Comparison, Side
from layerlab.filesystem.layer import NO_SIZE, Size
from layerlab.html import Content, Element, element
from layerlab.messages import Messages
from layerlab.views.cache import steps_list
from layerlab.views.compare import pairs_table, table
from layerlab.views.scene import size_mark, size_text
from layerlab.views.text import difference


def builds_view(found: Comparison, numbers: tuple[int, int], say: Messages, prefix: str) -> Element:
    """The whole fragment.

    Args:
        found: Both builds, the earlier on the left.
        numbers: Of the builds in the timeline.
        say: Sentences of the reader's language.
        prefix: Begins every id in the fragment.
    """
    names = _names(numbers, say)
    left, right = found.left.record, found.right.record
    return element(
        "div",
        element("p", builds_headline(found, numbers, say), class_="ll-summary"),
        _section("numbers", prefix, say("compare.numbers"), _numbers(found, names, say)),
        _section("text", prefix, say("builds.text"), _text(left, right, say)),
        _section("steps", prefix, say("builds.steps", number=numbers[1]), steps_list(right, say, tied=False)),
        _section("layers", prefix, say("compare.layers"), pairs_table(found, names, say)),
        class_="ll-compare",
    )


def builds_headline(found: Comparison, numbers: tuple[int, int], say: Messages) -> str:
    """One sentence: by how much the later image is larger or smaller."""
    old, new = numbers
    left, right = found.left, found.right
    if not (left.record.ok and right.record.ok):
        return say("builds.failed", number=old if not left.record.ok else new)
    one, other = _unshared(found)
    if one.bytes is None or other.bytes is None:
        return say("builds.unknown", old=old, new=new)
    grown = other.bytes - one.bytes
    if not grown:
        return say("builds.equal", old=old, new=new)
    text = size_text(Size(abs(grown), abs(grown)))
    about = "≈" if one.estimated or other.estimated else ""
    return say("builds.larger" if grown > 0 else "builds.smaller", old=old, new=new, size=about + text)


def _unshared(found: Comparison) -> tuple[Size, Size]:
    """What each image has for itself: what both share may be estimated or unknown, and makes no difference."""
    one = other = NO_SIZE
    for pair in found.pairs:
        if not pair.shared:
            one += pair.left.size if pair.left is not None else NO_SIZE
            other += pair.right.size if pair.right is not None else NO_SIZE
    return one, other


def _names(numbers: tuple[int, int], say: Messages) -> tuple[str, str]:
    first, second = (say("blocks.timeline.number", number=number) for number in numbers)
    return first, second


def _section(name: str, prefix: str, title: str, content: Element) -> Element:
    mark = f"{prefix}-builds-{name}"
    title_line = element("p", title, class_="ll-part-title", id=mark)
    return element("div", title_line, content, role="group", aria_labelledby=mark)


def _numbers(found: Comparison, names: tuple[str, str], say: Messages) -> Element:
    shared = size_mark(found.shared, say)
    rows: list[tuple[str, Content, Content]] = [
        (say("compare.layer_count"), *_both(found, lambda side: side.layers)),
        (say("compare.row_count"), *_both(found, lambda side: side.rows)),
        (say("compare.size"), *_both(found, lambda side: size_mark(side.size, say))),
        (say("compare.shared"), shared, shared),
        (
            say("builds.ran"),
            *_both(found, lambda side: say("compare.ran", ran=len(side.cost.ran), cached=side.cost.cached)),
        ),
        (say("builds.written"), *_both(found, lambda side: size_mark(side.cost.written, say))),
    ]
    head = element("tr", element("td"), [element("th", name, scope="col") for name in names])
    body = [
        element("tr", element("th", name, scope="row"), element("td", one), element("td", other))
        for name, one, other in rows
    ]
    return table(head, body, say("compare.numbers"))


def _both(found: Comparison, cell: Callable[[Side], Content]) -> tuple[Content, Content]:
    return cell(found.left), cell(found.right)


def _text(left: BuildRecord, right: BuildRecord, say: Messages) -> Element:
    lines = difference(left.source, right.source)
    if not lines:
        return element("p", say("builds.same_text"), class_="ll-note")
    kinds = {"+": "ll-plus", "-": "ll-minus", "@": "ll-head"}
    shown: list[Content] = [[element("span", line, class_=kinds.get(line[:1])), "\n"] for line in lines]
    return element(
        "pre", element("code", shown), class_="ll-text ll-diff", tabindex=0, role="group", aria_label=say("builds.text")
    )
