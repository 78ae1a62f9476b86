"""What an author writes in a fence's header, as typed values. Whatever else stands there is refused."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Given: TypeAlias = Mapping[str, str | None]
"""Options as superfences reads them; None is one written without a value."""

NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
PERSONALITY = {
    "engine": ("20.10", "28", "29"),
    "builder": ("buildkit", "legacy"),
    "store": ("classic", "containerd"),
}
DEFAULT_VIEWS = ("log", "history", "stack", "files")
LISTS = {"build-args": "build_args", "labels": "labels"}
TEXTS = {"target": "target", "platform": "platform"}
FLAGS = frozenset({"archive", "fails", "no-cache"})
LAB_OPTIONS = frozenset({"lab", "title", "fails", *PERSONALITY})
READER_OPTIONS = frozenset({"title", "fails"})
BUILD_OPTIONS = LAB_OPTIONS | {"archive", "context", "tag", "views", "no-cache", "no-cache-filter", *LISTS, *TEXTS}


class FenceError(Exception):
    """What is wrong with a fence.

    Attributes:
        line: Counted from the fence's own opening line, which is 0.
    """

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Header:
    """What a fence of either kind may say.

    Attributes:
        lab: Name of the host it shares with other blocks of the page, or None for one of its own.
        title: A caption.
        fails: Whether the author expects it to fail.
        personality: `engine`, `builder`, `store`, as far as they are given.
    """

    lab: str | None = None
    title: str | None = None
    fails: bool = False
    personality: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Build:
    """A `dockerfile` fence.

    Attributes:
        header: What it has in common with a console.
        context: Name of a folder of build contexts, or None for an empty context.
        tag: Name of the image, or None.
        views: Names of the views to show, in their order.
        options: Build options by the names that the session's documents use.
        archive: Whether a button offers to open an archive of the reader's here, before anything else is touched.
    """

    header: Header
    context: str | None = None
    tag: str | None = None
    views: tuple[str, ...] = DEFAULT_VIEWS
    options: Mapping[str, object] = field(default_factory=dict)
    archive: bool = False


def read_build(given: Given) -> Build:
    """Options of a `dockerfile` fence.

    Raises:
        FenceError: For an unknown option or a value it can't have.
    """
    known = _known(given, BUILD_OPTIONS)
    options: dict[str, object] = {}
    for name, key in TEXTS.items():
        if name in known:
            options[key] = known[name]
    for name, key in LISTS.items():
        if name in known:
            options[key] = _pairs(name, known[name])
    if _flag(known, "no-cache"):
        options["no_cache"] = True
    if "no-cache-filter" in known:
        options["no_cache_filter"] = known["no-cache-filter"].replace(",", " ").split()
    views = tuple(known["views"].split()) if "views" in known else DEFAULT_VIEWS
    if not views:
        raise FenceError("option 'views' names no view")
    return Build(
        read_header(known), _name(known, "context"), known.get("tag"), views, options, archive=_flag(known, "archive")
    )


def read_console(given: Given) -> Header:
    """Options of a `console` fence.

    Raises:
        FenceError: For an unknown option or a value it can't have.
    """
    return read_header(_known(given, LAB_OPTIONS))


def read_reader(given: Given) -> Header:
    """Options of a `history` fence.

    Raises:
        FenceError: For an unknown option or a value it can't have.
    """
    return read_header(_known(given, READER_OPTIONS))


def read_header(given: Mapping[str, str]) -> Header:
    """The options that both kinds know.

    Raises:
        FenceError: For a value they can't have.
    """
    personality: dict[str, str] = {}
    for name, known in PERSONALITY.items():
        if name not in given:
            continue
        if given[name] not in known:
            raise FenceError(f"option {name!r} is one of {', '.join(known)}, not {given[name]!r}")
        personality[name] = given[name]
    return Header(_name(given, "lab"), given.get("title"), _flag(given, "fails"), personality)


def read_commands(source: str) -> list[tuple[int, str]]:
    r"""The commands of a console fence with the line each stands on (1 is the first line of the content).

    A leading `$ ` is taken off, blank lines and lines of comment are left out, a `\` at the end joins the next line.

    Raises:
        FenceError: If there is none.
    """
    commands: list[tuple[int, str]] = []
    joined: tuple[int, str] | None = None
    for number, raw in enumerate(source.split("\n"), start=1):
        line = raw.strip()
        if joined is None:
            line = line.removeprefix("$ ") if line != "$" else ""
            if not line or line.startswith("#"):
                continue
        first, text = joined or (number, "")
        if line.endswith("\\"):
            joined = (first, text + line[:-1])
            continue
        commands.append((first, text + line))
        joined = None
    if joined:
        commands.append(joined)
    if not commands:
        raise FenceError("the console has no command")
    return commands


def _known(given: Given, known: frozenset[str]) -> dict[str, str]:
    """The options as text; a flag written alone is `true`.

    Raises:
        FenceError: For one that isn't known, or lacks its value.
    """
    if unknown := sorted(given.keys() - known):
        raise FenceError(f"unknown option {unknown[0]!r}; known are {', '.join(sorted(known))}")
    if bare := sorted(name for name, value in given.items() if value is None and name not in FLAGS):
        raise FenceError(f'option {bare[0]!r} needs a value: {bare[0]}="…"')
    return {name: "true" if value is None else value for name, value in given.items()}


def _name(given: Mapping[str, str], option: str) -> str | None:
    value = given.get(option)
    if value is not None and not NAME.fullmatch(value):
        raise FenceError(f"option {option!r} is lower-case letters, digits and hyphens, not {value!r}")
    return value


def _flag(given: Mapping[str, str], option: str) -> bool:
    value = given.get(option, "false")
    if value in {"true", "yes", "", option}:
        return True
    if value in {"false", "no"}:
        return False
    raise FenceError(f"option {option!r} is written alone or as true or false, not {value!r}")


def _pairs(option: str, value: str) -> dict[str, str]:
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise FenceError(f"option {option!r}: {error}") from error
    pairs = [word.partition("=") for word in words]
    if any(not equals for _, equals, _ in pairs):
        raise FenceError(f"option {option!r} is a list of NAME=VALUE, not {value!r}")
    return {name: text for name, _, text in pairs}
