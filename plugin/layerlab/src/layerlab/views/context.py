"""The build context: what is sent to the builder, what the ignore file leaves out, and which line decided."""

from __future__ import annotations

from functools import partial

from layerlab.build.record import Sent
from layerlab.docker.units import human
from layerlab.filesystem import Bytes, Content, File
from layerlab.html import Element, element
from layerlab.messages import Messages
from layerlab.views.prose import prose
from layerlab.views.scene import Scene
from layerlab.views.text import readable

MAX_ENTRIES = 300
MAX_TEXT = 16_000
FIRST_BYTES = 8
"""Entries shown, bytes of one file that are shown as text, and bytes of a binary one."""


def context(scene: Scene) -> Element:
    """A list of the entries with their fate, and the bytes that travel."""
    record, say = scene.record, scene.say
    if record is None:
        return element("p", say("view.nothing"))
    entries = record.context.entries
    sent = [entry for entry in entries if entry.sent]
    size = sum(entry.size for entry in sent)
    files = scene.context.root if scene.context is not None else None
    return element(
        "div",
        element("p", say("context.summary", sent=len(sent), all=len(entries), size=human(size)), class_="ll-summary")
        if entries
        else element("p", say("blocks.context.empty"), class_="ll-summary"),
        element("p", prose(say("context.transferred", size=human(record.context.context_bytes))), class_="ll-note")
        if record.context.context_bytes is not None
        else element("p", say("context.not_read"), class_="ll-note"),
        scene.memo.get((entries, files), ("context", say.language), partial(_entries, entries, scene)),
        element("p", say("files.more", count=len(entries) - MAX_ENTRIES)) if len(entries) > MAX_ENTRIES else None,
        class_="ll-context",
    )


def _entries(entries: tuple[Sent, ...], scene: Scene) -> Element:
    items = [_item(entry, scene) for entry in entries[:MAX_ENTRIES]]
    return element("ul", items, class_="ll-entries ll-context-files")


def _item(entry: Sent, scene: Scene) -> Element:
    say = scene.say
    decided = None
    if entry.pattern is not None:
        key = "context.kept_by" if entry.sent else "context.left_out_by"
        decided = element("p", prose(say(key, pattern=entry.pattern, line=entry.line or 0)), class_="ll-reason")
    node = scene.context.lookup("/" + entry.path, follow=False) if scene.context is not None else None
    mode = f"{node.meta.mode:04o}" if node is not None else None
    text = readable(node.content, MAX_TEXT) if isinstance(node, File) else None
    name = element("code", entry.path + ("/" if entry.kind == "dir" else ""))
    return element(
        "li",
        name,
        element("span", mode, class_="ll-mode") if mode else None,
        element("span", human(entry.size), class_="ll-size") if entry.kind == "file" else None,
        None if entry.sent else element("span", say("context.left_out"), class_="ll-status"),
        decided,
        _content(entry, node.content, text, scene) if isinstance(node, File) else None,
        class_="ll-sent" if entry.sent else "ll-left-out",
        data_path=entry.path,
        data_mode=mode,
        data_file=entry.kind == "file",
    )


def _content(entry: Sent, content: Content, text: str | None, scene: Scene) -> Element:
    say = scene.say
    if text is None:
        return element("p", prose(_about_bytes(content, say)), class_="ll-note")
    return element(
        "details",
        element("summary", say("blocks.content")),
        element(
            "pre",
            element("code", text),
            class_="ll-text",
            tabindex=0,
            role="group",
            aria_label=say("blocks.content_of", path=entry.path),
        ),
        class_="ll-content",
    )


def _about_bytes(content: Content, say: Messages) -> str:
    """Why there is no text to show."""
    if not isinstance(content, Bytes):
        return say("blocks.context.no_text")
    if len(content.data) > MAX_TEXT:
        return say("blocks.context.long", limit=human(MAX_TEXT))
    return say("blocks.context.binary", bytes=content.data[:FIRST_BYTES].hex(" "))
