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


BOLD, PLAIN, BLUE, FAINT, RESET = "\x1b[1m", "\x1b[39m", "\x1b[34m", "\x1b[2m", "\x1b[0m"
CHIP = "\x1b[38;5;0m\x1b[48;5;14m U \x1b[0m"
LEGEND = f"{BOLD}\x1b[106m\x1b[30mi{RESET}{RESET} \x1b[96mInfo → {RESET}{RESET} {CHIP} In Use"
LEGEND_WIDTH = len("i Info →   U  In Use")


def tree_text(images: Sequence[ImageSummary], *, expanded: bool = False, columns: int | None = None) -> str:
    """What the new table prints.

    Args:
        images: In any order.
        expanded: `--tree`: several tags share one entry, and the platforms stand below.
        columns: Width of the terminal it goes to; None for no terminal: then without legend and colours.
    """
    blocks = list(_expanded(images)) if expanded else [[line] for line in _collapsed(images)]
    width = max([len("IMAGE"), *(_name_width(image, expanded=expanded) for image in images)])
    children = expanded and any(image.platforms for image in images)
    coloured = columns is not None
    text = f"{LEGEND:>{columns + len(LEGEND) - LEGEND_WIDTH}}\n" if columns is not None else ""
    text += _header(width, coloured=coloured)
    for block in blocks:
        text += "".join(_row(line, width, coloured=coloured) for line in block)
        text += "\n" if children else ""
    return text


def _header(width: int, *, coloured: bool) -> str:
    titles = (("IMAGE", width), ("ID", ID_WIDTH), ("DISK USAGE", 0), ("CONTENT SIZE", 0), ("EXTRA", 0))
    return GAP.join(_painted(title, room, PLAIN + BOLD if coloured else "") for title, room in titles) + "\n"


def _painted(text: str, room: int, paint: str, *, right: bool = False) -> str:
    """A cell, its blanks outside the colour."""
    blanks = " " * (room - len(text))
    shown = f"{paint}{text}{RESET}" if paint and text else text
    return blanks + shown if right else shown + blanks


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


def _row(line: _Line, width: int, *, coloured: bool) -> str:
    paint = PLAIN if coloured else ""
    name = ""
    if coloured:
        name = FAINT if line.name == UNTAGGED else PLAIN if line.name[:1] in "├└" else BLUE + BOLD
    extra = CHIP + "  " if coloured and line.extra else line.extra.ljust(EXTRA_WIDTH)
    cells = (
        _painted(line.name, width, name),
        _painted(line.id, ID_WIDTH, paint),
        _painted(line.usage, USAGE_WIDTH, paint, right=True),
        _painted(line.content, CONTENT_WIDTH, paint, right=True),
        extra,
    )
    return GAP.join(cells) + "\n"
