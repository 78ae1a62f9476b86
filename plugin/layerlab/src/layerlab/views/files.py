"""Which files each layer adds, changes or hides, and what an image carries that nobody can see any more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from layerlab.docker.units import human
from layerlab.filesystem import BULK_NAME, Bulk, Tree, size_of
from layerlab.filesystem.layer import Layer, LayerEntry, apply
from layerlab.filesystem.node import Directory, File, Node
from layerlab.filesystem.tree import EMPTY
from layerlab.html import Element, element
from layerlab.image.exporting import unknown_path
from layerlab.messages import Messages
from layerlab.views.scene import Row, Scene, rows_of, size_mark
from layerlab.views.text import difference, readable

MAX_ENTRIES = 200
"""Entries shown of one layer; the rest is counted."""

FEW_ENTRIES = 20
"""A layer of a known base with no more entries stands open."""

MAX_TEXT = 4_000
MAX_TEXTS = 24_000
"""Bytes of one file that are shown as text, and of all files of an image."""

MARKS = {"added": "A", "changed": "C", "removed": "D"}


@dataclass(frozen=True, slots=True)
class Waste:
    """Bytes of a lower layer that a later one hides.

    Attributes:
        path: What is hidden.
        size: Its bytes, as far as they are known.
        row: The history entry that hides it.
    """

    path: str
    size: int
    row: Row


def files(scene: Scene) -> Element:
    """Own layers open from the top down; the base's are one closed section, unless all its bytes are known."""
    say = scene.say
    rows = rows_of(scene)
    tree, sections, wasted, budget = EMPTY, [], list[Waste](), MAX_TEXTS
    base = [row for row in rows if row.step is None and row.layer is not None]
    opened = _is_known(base, scene)
    for row in rows:
        if row.layer is None:
            continue
        layer = row.layer.layer
        if row.step is not None or opened:
            wasted.extend(_wasted(tree, layer, row, scene))
            section, used = _section(row, layer, tree, scene, budget)
            sections.append(section)
            budget -= used
        tree = scene.memo.get((tree.root, layer), "apply", partial(apply, tree, layer))
    return element(
        "div",
        _summary(rows, wasted, say),
        list(reversed(sections)),
        element("p", say("files.base", layers=len(base)), class_="ll-note") if base and not opened else None,
        scene.memo.get((tree.root,), ("merged", say.language), partial(_merged, tree, scene)) if rows else None,
        class_="ll-files",
    )


def _is_known(base: list[Row], scene: Scene) -> bool:
    """Whether all files of a base are known by their bytes, as those of a reader's own archive are."""
    layers = [row.layer.layer for row in base if row.layer is not None]
    return all(scene.memo.get((layer,), "unknown", partial(unknown_path, layer)) is None for layer in layers)


def _merged(tree: Tree, scene: Scene) -> Element:
    """What a container sees: the top of the merged tree, each directory with the sum of what is known below it."""
    say = scene.say
    return element(
        "details",
        element("summary", say("blocks.files.merged")),
        element(
            "ul",
            [
                element(
                    "li",
                    element("code", f"/{name}" + ("/" if isinstance(node, Directory) else "")),
                    element("span", human(bytes_below(node)), class_="ll-size"),
                )
                for name, node in tree.root.entries.items()
                if name != BULK_NAME
            ],
            class_="ll-entries",
        ),
        class_="ll-files-merged",
    )


def _wasted(tree: Tree, layer: Layer, row: Row, scene: Scene) -> list[Waste]:
    hidden = scene.memo.get((tree.root, layer), "hidden", partial(hidden_by, tree, layer))
    return [Waste(path, size, row) for path, size in hidden]


def hidden_by(tree: Tree, layer: Layer) -> tuple[tuple[str, int], ...]:
    """What a layer hides of the tree below it: paths of files replaced or removed, with their bytes."""
    found: list[tuple[str, int]] = []
    for entry in layer.entries:
        below = tree.lookup(entry.path, follow=False)
        if below is None or (entry.kind == "dir" and isinstance(below, Directory)):
            continue
        size = bytes_below(below)
        if size:
            found.append((entry.path, size))
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


def _summary(rows: tuple[Row, ...], wasted: list[Waste], say: Messages) -> Element:
    total = sum(row.size.at_least for row in rows)
    lost = sum(waste.size for waste in wasted)
    score = 100 if not total else round(100 * (total - min(lost, total)) / total)
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
        element("p", say("files.efficiency", score=score, wasted=human(lost), total=human(total)), class_="ll-summary"),
        element("ul", items, class_="ll-wasted") if items else None,
    )


def _hidden_by(row: Row, say: Messages) -> str:
    if row.step is None:
        return say("files.hidden_by_base")
    return say("files.hidden_by", line=row.step.lines[0] if row.step.lines else "–")


def _section(row: Row, layer: Layer, below: Tree, scene: Scene, budget: int) -> tuple[Element, int]:
    """One layer, and how many bytes of text it took of the budget."""
    about = ("section", scene.say.language, row.entry.created_by, row.size, row.refs, budget)
    return scene.memo.get((below.root, layer), about, partial(_made, row, layer, below, scene.say, budget))


def _made(row: Row, layer: Layer, below: Tree, say: Messages, budget: int) -> tuple[Element, int]:
    shown = [entry for entry in layer.entries if entry.kind != "opaque"]
    items, left = list[Element](), budget
    for entry in shown[:MAX_ENTRIES]:
        item, used = _entry(entry, below, say, min(left, MAX_TEXT))
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


def _entry(entry: LayerEntry, below: Tree, say: Messages, limit: int) -> tuple[Element, int]:
    kind = _kind(entry, below)
    text = readable(entry.content, limit) if entry.kind == "file" else None
    made = element(
        "li",
        element("abbr", MARKS[kind], title=say(f"files.{kind}"), class_="ll-change"),
        " ",
        element("code", _path(entry, say)),
        element("span", _size(entry), class_="ll-size") if entry.kind == "file" else None,
        _text_of(entry, text, below, say) if text else None,
        class_=f"ll-{kind}",
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
