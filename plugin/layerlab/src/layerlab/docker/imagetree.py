"""The `docker images` table of Docker 29, and `--tree`: names sorted, sizes right-aligned, platforms below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from layerlab.docker import units
from layerlab.docker.images import ImageSummary
from layerlab.docker.table import short_id

GAP = "   "
UNTAGGED = "<untagged>"
ID_WIDTH, USAGE_WIDTH, CONTENT_WIDTH, EXTRA_WIDTH = 12, 10, 12, 5
CHILD_INDENT = 7
IN_USE = "U"


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    id: str = ""
    usage: str = ""
    content: str = ""
    extra: str = ""


def tree_text(images: Sequence[ImageSummary], *, expanded: bool = False) -> str:
    """What the new table prints when its output is no terminal.

    Args:
        images: In any order.
        expanded: `--tree`: several tags share one entry, and the platforms stand below.
    """
    blocks = list(_expanded(images)) if expanded else [[line] for line in _collapsed(images)]
    width = max([len("IMAGE"), *(_name_width(image, expanded=expanded) for image in images)])
    children = expanded and any(image.platforms for image in images)
    text = _header(width)
    for block in blocks:
        text += "".join(_row(line, width) for line in block)
        text += "\n" if children else ""
    return text


def _header(width: int) -> str:
    titles = ("IMAGE".ljust(width), "ID".ljust(ID_WIDTH), "DISK USAGE", "CONTENT SIZE", "EXTRA")
    return GAP.join(titles) + "\n"


def _name_width(image: ImageSummary, *, expanded: bool) -> int:
    names = [len(name.encode()) for name in _names(image)]
    children = [len(child.platform) + CHILD_INDENT for child in image.platforms] if expanded else []
    return max(names + children)


def _names(image: ImageSummary) -> list[str]:
    return [f"{repository}:{tag}" for repository, tag in sorted(image.names)] or [UNTAGGED]


def _collapsed(images: Sequence[ImageSummary]) -> list[_Line]:
    lines = [(not image.names, name, image) for image in images for name in _names(image)]
    lines.sort(key=lambda item: (item[0], item[1].encode()))
    return [_details(name, image) for _, name, image in lines]


def _details(name: str, image: ImageSummary) -> _Line:
    extra = IN_USE if image.in_use else ""
    return _Line(name, short_id(image.id), units.maybe(image.size), units.maybe(image.content), extra)


def _expanded(images: Sequence[ImageSummary]) -> list[list[_Line]]:
    blocks = []
    for image in sorted(images, key=lambda image: (not image.names, _names(image)[0].encode())):
        *others, last = _names(image)
        block = [*(_Line(name) for name in others), _details(last, image)]
        for child in image.platforms:
            branch = "└─ " if child is image.platforms[-1] else "├─ "
            extra = IN_USE if child.in_use else ""
            sizes = units.maybe(child.size), units.maybe(child.content)
            block.append(_Line(branch + child.platform, short_id(child.id), *sizes, extra))
        blocks.append(block)
    return blocks


def _row(line: _Line, width: int) -> str:
    cells = (
        line.name.ljust(width),
        line.id.ljust(ID_WIDTH),
        line.usage.rjust(USAGE_WIDTH),
        line.content.rjust(CONTENT_WIDTH),
        line.extra.ljust(EXTRA_WIDTH),
    )
    return GAP.join(cells) + "\n"
