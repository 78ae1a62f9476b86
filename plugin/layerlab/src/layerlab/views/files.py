"""Which files each layer adds, changes or hides, and what an image carries that nobody can see any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from layerlab.docker.units import human
from layerlab.filesystem import BULK_NAME, Bulk, Tree, size_of
from layerlab.filesystem.layer import NO_SIZE, Layer, LayerEntry, apply
from layerlab.filesystem.node import Directory, File, Node
from layerlab.filesystem.tree import EMPTY
from layerlab.html import Element, element
from layerlab.image.exporting import unknown_path
from layerlab.messages import Messages
from layerlab.views.scene import Row, Scene, rows_of, size_mark, size_text
from layerlab.views.text import difference, readable

MAX_ENTRIES = 200
"""Entries shown of one layer; the rest is counted."""

FEW_ENTRIES = 20
"""A layer of a known base with no more entries stands open."""

MAX_TEXT = 4_000
MAX_TEXTS = 24_000
"""Bytes of one file that are shown as text, and of all files of an image."""

MERGED_DEPTH = 3
MAX_MERGED = 40
"""How deep the merged tree is shown, and how many entries of one of its directories."""

MARKS = {"added": "A", "changed": "C", "removed": "D"}


@dataclass(frozen=True, slots=True)
class Waste:
    """Bytes of a lower layer that a later one hides.

    Attributes:
        path: What is hidden.
        size: Its bytes, as far as they are known.
        whole: Whether it is a directory with all below it.
        row: The history entry that hides it.
    """

    path: str
    size: int
    whole: bool
    row: Row


Cover: TypeAlias = "tuple[tuple[str, Row], ...]"
"""Paths of a layer that nobody sees any more, each with the row that hides it."""


def files(scene: Scene) -> Element:
    """Own layers open from the top down; the base's are one closed section, unless all its bytes are known."""
    say = scene.say
    rows = rows_of(scene)
    tree, sections, wasted, budget = EMPTY, [], list[Waste](), MAX_TEXTS
    base = [row for row in rows if row.step is None and row.layer is not None]
    opened = _is_known(base, scene)
    shown: list[tuple[Row, Layer, Tree]] = []
    for row in rows:
        if row.layer is None:
            continue
        layer = row.layer.layer
        if row.step is not None or opened:
            wasted.extend(_wasted(tree, layer, row, scene))
            shown.append((row, layer, tree))
        tree = scene.memo.get((tree.root, layer), "apply", partial(apply, tree, layer))
    for row, layer, below in shown:
        above = [waste for waste in wasted if waste.row.number > row.number]
        section, used = _section((row, layer, below), _cover(layer, above, scene), scene, budget)
        sections.append(section)
        budget -= used
    return element(
        "div",
        _summary(rows, wasted, say),
        list(reversed(sections)),
        element("p", say("files.base", layers=len(base)), class_="ll-note") if base and not opened else None,
        scene.memo.get((tree.root,), ("merged", say.language), partial(_merged, tree, say)) if rows else None,
        class_="ll-files",
    )


def _is_known(base: list[Row], scene: Scene) -> bool:
    """Whether all files of a base are known by their bytes, as those of a reader's own archive are."""
    layers = [row.layer.layer for row in base if row.layer is not None]
    return all(scene.memo.get((layer,), "unknown", partial(unknown_path, layer)) is None for layer in layers)


def _merged(tree: Tree, say: Messages) -> Element:
    """What a container sees: the merged tree, closed directories with the sum of what is known below them."""
    return element(
        "details",
        element("summary", say("blocks.files.merged")),
        _branch(tree.root, say, MERGED_DEPTH),
        class_="ll-files-merged",
    )


def _branch(directory: Directory, say: Messages, depth: int) -> Element:
    """One directory's entries; those below `depth` are only summed up."""
    named = [(name, node) for name, node in directory.entries.items() if name != BULK_NAME]
    items = [_leaf(name, node, say, depth) for name, node in named[:MAX_MERGED]]
    more = len(named) - len(items)
    rest = element("li", say("files.more", count=more)) if more else None
    return element("ul", items, rest, class_="ll-entries" if depth == MERGED_DEPTH else None)


def _leaf(name: str, node: Node, say: Messages, depth: int) -> Element:
    line = [
        element("code", name + ("/" if isinstance(node, Directory) else "")),
        element("span", human(bytes_below(node)), class_="ll-size"),
    ]
    if not isinstance(node, Directory) or not node.entries or depth <= 1:
        return element("li", line)
    return element(
        "li", element("details", element("summary", line), _branch(node, say, depth - 1)), class_="ll-branch"
    )


def _wasted(tree: Tree, layer: Layer, row: Row, scene: Scene) -> list[Waste]:
    hidden = scene.memo.get((tree.root, layer), "hidden", partial(hidden_by, tree, layer))
    return [Waste(path, size, whole, row) for path, size, whole in hidden]


def _cover(layer: Layer, above: list[Waste], scene: Scene) -> Cover:
    """What of a layer the layers above it hide; the lowest of them is named."""
    if not above:
        return ()
    paths = scene.memo.get((layer,), "paths", partial(_paths, layer))
    found = dict[str, Row]()
    for waste in above:
        if waste.path in paths:
            found.setdefault(waste.path, waste.row)
        elif waste.whole:
            for path in paths:
                if path.startswith(waste.path + "/"):
                    found.setdefault(path, waste.row)
    return tuple(found.items())


def _paths(layer: Layer) -> frozenset[str]:
    return frozenset(entry.path for entry in layer.entries if entry.kind not in {"dir", "whiteout", "opaque"})


def hidden_by(tree: Tree, layer: Layer) -> tuple[tuple[str, int, bool], ...]:
    """What a layer hides of the tree below it: paths, their bytes, and whether each is a directory with all in it."""
    found: list[tuple[str, int, bool]] = []
    for entry in layer.entries:
        below = tree.lookup(entry.path, follow=False)
        if below is None or (entry.kind == "dir" and isinstance(below, Directory)):
            continue
        size = bytes_below(below)
        if size:
            found.append((entry.path, size, isinstance(below, Directory)))
    return tuple(found)


def bytes_below(node: Node) -> int:
    """Known bytes of a file, or of all files in a directory."""
    match node:
        case File(content=content):
            return size_of(content) or 0
        case Directory(entries=entries):
            return sum(bytes_below(child) for child in entries.values())
        case _:
            return 0


def efficiency(total: int, lost: int) -> int:
    """Whole percent of the bytes that can be seen; 100 only where none is hidden."""
    if not total or not lost:
        return 100
    return min(99, round(100 * (total - min(lost, total)) / total))


def _summary(rows: tuple[Row, ...], wasted: list[Waste], say: Messages) -> Element:
    whole = NO_SIZE
    for row in rows:
        whole += row.size
    lost = human(sum(waste.size for waste in wasted))
    score = efficiency(whole.at_least, sum(waste.size for waste in wasted))
    total = ("≈" if whole.estimated and whole.bytes is not None else "") + size_text(whole)
    items = [
        element(
            "li",
            element("code", waste.path),
            " ",
            human(waste.size),
            " ",
            _hidden_by(waste.row, say),
            data_refs=waste.row.refs,
        )
        for waste in sorted(wasted, key=lambda item: (-item.size, item.path))[:10]
    ]
    return element(
        "div",
        element("p", say("files.efficiency", score=score, wasted=lost), class_="ll-summary"),
        element("p", say("files.formula", score=score, wasted=lost, total=total), class_="ll-note ll-formula"),
        element("ul", items, class_="ll-wasted") if items else None,
    )


def _hidden_by(row: Row, say: Messages) -> str:
    if row.step is None:
        return say("files.hidden_by_base")
    return say("files.hidden_by", line=row.step.lines[0] if row.step.lines else "–")


def _section(of: tuple[Row, Layer, Tree], cover: Cover, scene: Scene, budget: int) -> tuple[Element, int]:
    """One layer, and how many bytes of text it took of the budget."""
    row, layer, below = of
    covered = tuple((path, above.refs, _hidden_by(above, scene.say)) for path, above in cover)
    about = ("section", scene.say.language, row.entry.created_by, row.size, row.refs, budget, covered)
    make = partial(_made, of, {path: fact for path, *fact in covered}, scene.say, budget)
    return scene.memo.get((below.root, layer), about, make)


def _made(
    of: tuple[Row, Layer, Tree], covered: Mapping[str, Sequence[str]], say: Messages, budget: int
) -> tuple[Element, int]:
    row, layer, below = of
    shown = [entry for entry in layer.entries if entry.kind != "opaque"]
    items, left = list[Element](), budget
    for entry in shown[:MAX_ENTRIES]:
        item, used = _entry(entry, below, covered.get(entry.path, ()), say, min(left, MAX_TEXT))
        items.append(item)
        left -= used
    made = element(
        "details",
        element(
            "summary",
            element("code", row.entry.created_by),
            " ",
            element("span", size_mark(row.size, say), class_="ll-size"),
        ),
        element("ul", items, class_="ll-entries") if items else element("p", say("files.empty")),
        element("p", say("files.more", count=len(shown) - MAX_ENTRIES)) if len(shown) > MAX_ENTRIES else None,
        open=row.step is not None or len(shown) <= FEW_ENTRIES,
        data_refs=row.refs,
        class_="ll-files-layer",
    )
    return made, budget - left


def _entry(
    entry: LayerEntry, below: Tree, hidden: Sequence[str], say: Messages, limit: int
) -> tuple[Element, int]:
    """One entry; `hidden` has the tokens of the row that hides it, and a sentence, or nothing."""
    kind = _kind(entry, below)
    text = readable(entry.content, limit) if entry.kind == "file" else None
    made = element(
        "li",
        element("abbr", MARKS[kind], title=say(f"files.{kind}"), class_="ll-change"),
        " ",
        element("code", _path(entry, say)),
        element("span", hidden[1], class_="ll-by") if hidden else None,
        element("span", _size(entry), class_="ll-size") if entry.kind == "file" else None,
        _text_of(entry, text, below, say) if text else None,
        class_=f"ll-{kind} ll-hidden" if hidden else f"ll-{kind}",
        data_refs=hidden[0] if hidden else None,
    )
    return made, len(text or "")


def _text_of(entry: LayerEntry, text: str, below: Tree, say: Messages) -> Element:
    """The file's text, or how it differs from the one it hides."""
    was = below.lookup(entry.path, follow=False)
    old = readable(was.content, MAX_TEXT) if isinstance(was, File) else None
    lines = difference(old, text) if old is not None else []
    title, shown = ("blocks.difference", "\n".join(lines)) if lines else ("blocks.content", text)
    return element(
        "details",
        element("summary", say(title)),
        element(
            "pre",
            element("code", shown),
            class_="ll-text",
            tabindex=0,
            role="group",
            aria_label=say(f"{title}_of", path=entry.path),
        ),
        class_="ll-content",
    )


def _kind(entry: LayerEntry, below: Tree) -> str:
    if entry.kind == "whiteout":
        return "removed"
    return "changed" if below.lookup(entry.path, follow=False) is not None else "added"


def _path(entry: LayerEntry, say: Messages) -> str:
    if entry.path.endswith(BULK_NAME) and isinstance(entry.content, Bulk):
        directory = entry.path.removesuffix("/" + BULK_NAME) or "/"
        return say("files.bulk", directory=directory, count=entry.content.files)
    match entry.kind:
        case "dir":
            return entry.path + "/"
        case "symlink":
            return f"{entry.path} → {entry.link}"
        case _:
            return entry.path


def _size(entry: LayerEntry) -> str:
    size = size_of(entry.content) if entry.content is not None else 0
    return "?" if size is None else human(size)
