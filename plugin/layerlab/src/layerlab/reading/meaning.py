"""What each row of a history means: which instruction and which builder wrote it, and whether it is a layer.

The wordings are those of BuildKit's Dockerfile front end (until 0.32 / Docker 29) and of the legacy builder
(until Docker 28), and of some tools that write histories without a Dockerfile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from layerlab.reading.gowords import plain_list
from layerlab.reading.model import Entry

Builder: TypeAlias = Literal["buildkit", "legacy", "tool", "unknown"]
LayerKind: TypeAlias = Literal["layer", "empty-layer", "metadata", "unsure"]

KEYWORDS = (
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "RUN",
    "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
)  # fmt: skip
KEYWORD = re.compile(rf"(?P<keyword>{'|'.join(KEYWORDS)})(?=\s|$)")
FILES = frozenset({"RUN", "COPY", "ADD"})
"""Instructions whose row always has a layer, an empty one too."""

BUILDKIT_COMMENT = "buildkit.dockerfile"
BUILDKIT_SUFFIX = " # buildkit"
NOP = re.compile(r"^(?P<shell>\S.{0,200}?) #\(nop\) {1,2}(?P<rest>.*)$", re.DOTALL)
ARGS = re.compile(r"\|(?P<count>\d{1,3}) (?P<rest>.*)$", re.DOTALL)
DEFAULT_SHELL = ("/bin/sh", "-c")
SHELLS = re.compile(
    r"(?:^|(?<= ))(?P<shell>/(?:usr/)?(?:local/)?(?:bin/)?(?:ba|a|da|z|k)?sh(?: -{1,2}[a-z]+| pipefail)*? -[a-z]*c) "
)

TOOLS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("debuerreotype", re.compile(r"^debuerreotype\b|^# debian\.sh ")),
    ("rockcraft", re.compile(r"^umoci [^\n]{0,400}rockcraft")),
    ("umoci", re.compile(r"^umoci ")),
    ("buildpacks", re.compile(r"^Buildpacks? |^Application Layer|^Software Bill-of-Materials")),
    ("jib", re.compile(r"^jib-(?:maven|gradle)-plugin:|^jib-(?:cli|core)")),
    ("ko", re.compile(r"^ko (?:build|publish) ")),
    ("bazel", re.compile(r"^bazel build ")),
    ("nix", re.compile(r"^store paths: \[")),
    ("import", re.compile(r"^Imported from ")),
    ("busybox", re.compile(r"^BusyBox \d")),
)
"""Tools that write histories of their own, by what stands in CREATED BY or COMMENT; the first that fits counts."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row, understood.

    Attributes:
        entry: The row.
        builder: Who wrote it.
        tool: Name of the tool, for `tool`.
        keyword: Of the instruction, or None where it is none.
        rest: What follows the keyword, without the builder's marks.
        shell: Of a RUN in shell form, the shell that ran it; None for others.
        args: Of a RUN, the build arguments that were visible, as `NAME=value` in one text; None for none.
        arg_count: How many they are.
        layer: Whether there is a layer.
    """

    entry: Entry
    builder: Builder
    tool: str = ""
    keyword: str | None = None
    rest: str = ""
    shell: tuple[str, ...] | None = None
    args: str | None = None
    arg_count: int = 0
    layer: LayerKind = "unsure"


def meanings(entries: Iterable[Entry]) -> tuple[Meaning, ...]:
    """What rows mean.

    Args:
        entries: Oldest first; SHELL rows tell how later RUN rows are read.
    """
    found: list[Meaning] = []
    shell: tuple[str, ...] = DEFAULT_SHELL
    for entry in entries:
        meaning = _meaning(entry, shell)
        found.append(meaning)
        if meaning.keyword == "SHELL" and not entry.cut:
            shell = plain_list(meaning.rest) or shell
    return tuple(found)


def _meaning(entry: Entry, shell: tuple[str, ...]) -> Meaning:
    text = entry.text
    tool = _tool(entry)
    if tool:
        return Meaning(entry, "tool", tool=tool, layer=_layer(entry, None))
    nop = NOP.match(text)
    if nop is not None:
        keyword, rest = _split(nop["rest"])
        return Meaning(entry, "legacy", "", keyword, rest, layer=_layer(entry, keyword, legacy=True))
    buildkit = entry.comment.startswith(BUILDKIT_COMMENT) or text.endswith(BUILDKIT_SUFFIX)
    keyword, rest = _split(text)
    if keyword is not None:
        builder: Builder = "buildkit" if buildkit else "unknown"
        body = rest.removesuffix(BUILDKIT_SUFFIX) if buildkit else rest
        if keyword == "RUN":
            return _run(entry, builder, body, shell)
        return Meaning(entry, builder, "", keyword, body, layer=_layer(entry, keyword))
    legacy = text.startswith((" ".join(shell) + " ", "/bin/sh -c ")) or ARGS.match(text) is not None
    if legacy:
        return _run(entry, "legacy", text, shell)
    return Meaning(entry, "unknown", layer=_layer(entry, None))


def _tool(entry: Entry) -> str:
    if KEYWORD.match(entry.text) is not None:
        return ""
    return next((name for name, mark in TOOLS if mark.search(entry.comment) or mark.match(entry.text)), "")


def _split(text: str) -> tuple[str | None, str]:
    match = KEYWORD.match(text)
    return (match["keyword"], text[match.end() :].strip(" ")) if match else (None, text)


def _run(entry: Entry, builder: Builder, text: str, shell: tuple[str, ...]) -> Meaning:
    """A RUN: `|N` build arguments, then the shell unless it was the exec form, then the command."""
    count, args, body = 0, None, text
    arguments = ARGS.match(text)
    if arguments is not None:
        count = int(arguments["count"])
        args, body = _after_arguments(arguments["rest"], shell)
    used: tuple[str, ...] | None = None
    for candidate in (shell, DEFAULT_SHELL):
        joined = " ".join(candidate) + " "
        if body.startswith(joined):
            used, body = candidate, body.removeprefix(joined)
            break
    else:
        match = SHELLS.match(body)
        if match is not None:
            used, body = tuple(match["shell"].split()), body[match.end() :]
    return Meaning(entry, builder, "", "RUN", body, used, args, count, _layer(entry, "RUN"))


def _after_arguments(text: str, shell: tuple[str, ...]) -> tuple[str, str]:
    """Arguments and command. Values may hold blanks, so that the shell is what ends them."""
    for joined in (" ".join(shell) + " ", " ".join(DEFAULT_SHELL) + " "):
        at = text.find(joined)
        if at >= 0:
            return text[:at].rstrip(), text[at:]
    match = SHELLS.search(text)
    return (text[: match.start()].rstrip(), text[match.start() :]) if match else (text, "")


def _layer(entry: Entry, keyword: str | None, *, legacy: bool = False) -> LayerKind:
    if entry.empty is not None:
        if entry.empty:
            return "metadata"
        return "empty-layer" if entry.size == 0 else "layer"
    if entry.size:
        return "layer"
    if keyword in FILES or (keyword == "WORKDIR" and not legacy):
        return "empty-layer" if entry.size == 0 else "layer"
    if keyword is None or keyword == "WORKDIR":
        return "unsure"
    return "metadata"
