"""Answers that are of no block: a reader's own history, links, and two builds side by side."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from layerlab.comparing import Comparison
from layerlab.html import Element
from layerlab.messages import Messages
from layerlab.personality import Store
from layerlab.reading import Reading, meanings, read, reconstruct
from layerlab.session.comparison import compared_builds, comparison_json
from layerlab.session.document import Document, DocumentError, from_json, to_json
from layerlab.session.link import MAX_LINK, read_link, write_link
from layerlab.views.builds import builds_headline, builds_view
from layerlab.views.compare import compare_view, headline
from layerlab.views.prose import spoken
from layerlab.views.readerblock import reader_block
from layerlab.views.reading import reading_view
from layerlab.views.scene import Made

APART = frozenset({"read", "link", "unlink"})
"""Methods that need no host."""


def answer_apart(asked: Mapping[str, Any], say: Messages) -> dict[str, Any]:
    """The reply to `read` (a text; `whole` for the element of a page), `link` (a document) or `unlink` (a link).

    Raises:
        DocumentError: For wrong parameters, a document that isn't one, a link that can't be read.
    """
    match asked.get("method"):
        case "read" if isinstance(asked.get("text"), str):
            return _read(asked["text"], asked, say)
        case "link":
            link = write_link(from_json(asked.get("document")))
            return {"ok": True, "link": link, "length": len(link), "limit": MAX_LINK}
        case "unlink" if isinstance(asked.get("link"), str):
            return {"ok": True, "document": to_json(read_link(asked["link"]))}
        case _:
            raise DocumentError("session.request", str(asked.get("method")))


def answer_comparison(document: Document, found: Comparison, asked: Mapping[str, Any], say: Messages) -> dict[str, Any]:
    """The reply to `compare`."""
    return {
        "ok": True,
        "document": to_json(document),
        "fragments": _fragment("compare", compare_view(found, say, _prefix(asked)), asked),
        "comparison": comparison_json(found),
        "problems": [],
        "status": "ok" if found.left.record.ok and found.right.record.ok else "failed",
        "announce": headline(found, say),
    }


def answer_builds(
    document: Document, builds: Sequence[Made], asked: Mapping[str, Any], say: Messages, store: Store
) -> dict[str, Any]:
    """The reply to `compare` for two builds of the session."""
    numbers, found = compared_builds(builds, asked.get("builds"), store)
    return {
        "ok": True,
        "document": to_json(document),
        "fragments": _fragment("compare", builds_view(found, numbers, say, _prefix(asked)), asked),
        "comparison": comparison_json(found),
        "problems": [],
        "status": "ok",
        "announce": builds_headline(found, numbers, say),
    }


def _read(text: str, asked: Mapping[str, Any], say: Messages) -> dict[str, Any]:
    found = read(text)
    if asked.get("whole"):
        fragments = _fragment("block", reader_block(text, found, say, _prefix(asked)), asked)
    else:
        fragments = _fragment("reading", reading_view(found, say, _prefix(asked)), asked)
    reply: dict[str, Any] = {"ok": True, "fragments": fragments}
    if isinstance(found, Reading):
        made = reconstruct(meanings(found.entries), found.config).text()
        announce = say("reading.announce", rows=len(found.entries))
        return reply | {"status": "ok", "dockerfile": made, "announce": announce}
    announce = spoken(say(found.code, detail=found.detail))
    return reply | {"status": "invalid", "dockerfile": None, "announce": announce}


def _prefix(asked: Mapping[str, Any]) -> str:
    return str(asked.get("prefix") or asked.get("block") or "ll")


def _fragment(name: str, made: Element, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The fragment by its name; nothing if the page has it."""
    html = str(made)
    mark = hashlib.sha256(html.encode("utf-8", "replace")).hexdigest()[:16]
    known = asked.get("known")
    return {} if isinstance(known, Mapping) and known.get(name) == mark else {name: {"html": html, "hash": mark}}
