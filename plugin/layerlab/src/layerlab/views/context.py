"""The build context: what is sent to the builder, what the ignore file leaves out, and which line decided."""

from __future__ import annotations

from layerlab.build.record import Sent
from layerlab.docker.units import human
from layerlab.html import Element, element
from layerlab.messages import Messages
from layerlab.views.scene import Scene

MAX_ENTRIES = 300


def context(scene: Scene) -> Element:
    """A list of the entries with their fate, and the bytes that travel."""
    record, say = scene.record, scene.say
    if record is None:
        return element("p", say("view.nothing"))
    entries = record.context.entries
    sent = [entry for entry in entries if entry.sent]
    size = sum(entry.size for entry in sent)
    return element(
        "div",
        element("p", say("context.summary", sent=len(sent), all=len(entries), size=human(size)), class_="ll-summary"),
        element("p", say("context.transferred", size=human(record.context.context_bytes)), class_="ll-note")
        if record.context.context_bytes is not None
        else element("p", say("context.not_read"), class_="ll-note"),
        element("ul", [_item(entry, say) for entry in entries[:MAX_ENTRIES]], class_="ll-entries"),
        element("p", say("files.more", count=len(entries) - MAX_ENTRIES)) if len(entries) > MAX_ENTRIES else None,
        class_="ll-context",
    )


def _item(entry: Sent, say: Messages) -> Element:
    decided = None
    if entry.pattern is not None:
        key = "context.kept_by" if entry.sent else "context.left_out_by"
        decided = element("span", say(key, pattern=entry.pattern, line=entry.line or 0), class_="ll-reason")
    return element(
        "li",
        element("code", entry.path + ("/" if entry.kind == "dir" else "")),
        element("span", human(entry.size), class_="ll-size") if entry.kind == "file" else None,
        None if entry.sent else element("span", say("context.left_out"), class_="ll-status"),
        decided,
        class_="ll-sent" if entry.sent else "ll-left-out",
        data_path=entry.path,
    )
