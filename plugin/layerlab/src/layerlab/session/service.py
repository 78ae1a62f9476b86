"""Requests as JSON text, replies as JSON text: what the worker, the Markdown extension and the tests call.

The engine is a pure function of the document in the request. Hosts of documents seen before are remembered,
so that an edit costs one build, not a replay.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from typing import Any

from layerlab.build.context import Context
from layerlab.catalogue.data import DataNotLoadedError, Loader
from layerlab.docker.completion import complete
from layerlab.image.archive import ImageArchiveError
from layerlab.lab import Builder
from layerlab.memo import Memo
from layerlab.messages import LANGUAGES, Messages
from layerlab.messages import load as load_messages
from layerlab.session.apart import APART, answer_apart, answer_builds, answer_comparison
from layerlab.session.archives import PREFIX, Archives
from layerlab.session.bench import Bench, Block, Means, apply, begin, terminal_of
from layerlab.session.comparison import compared
from layerlab.session.document import (
    Action,
    Command,
    Commit,
    Document,
    DocumentError,
    Edit,
    Option,
    Touch,
    appended,
    from_json,
    to_json,
    without_changes,
)
from layerlab.session.foresee import foreseen
from layerlab.session.lines import lines_of
from layerlab.session.problems import problems_of
from layerlab.session.travel import export, importing, loaded_json
from layerlab.session.wellformed import archive_is_fine
from layerlab.views import VIEWS
from layerlab.views.block import block, console_block
from layerlab.views.scene import Made, Scene

PROTOCOL = 1
KEPT_BENCHES = 64
MAX_SUPPLIED = 256
KEPT_PARTS = 4096
"""How many states, supplied texts and parts of fragments are remembered."""

ALWAYS = frozenset({"source", "log", "cache", "console", "containers", "context", "timeline"})
"""Views that a failed build changes too; the others keep showing the last image."""


class Service:
    """One engine with its memory.

    Attributes:
        load: Where recorded facts are read from when they weren't supplied; None in the browser.
    """

    def __init__(self, load: Loader | None = None) -> None:
        self._load = load
        self._supplied: OrderedDict[str, str] = OrderedDict()
        self._contexts: OrderedDict[str, Context] = OrderedDict()
        self._benches: OrderedDict[str, Bench] = OrderedDict()
        self._builder = Builder(self._text)
        self._memo = Memo(KEPT_PARTS)
        self._marks = Memo()
        self._archives = Archives()
        self._parcel = b""

    def supply(self, name: str, text: str) -> None:
        """Give a text that a reply asked for under `needs`.

        Args:
            name: As it was asked for: `image/ubuntu_20.04@HASH`, `context/web-app@HASH`.
            text: JSON.
        """
        self._supplied[name] = text
        while len(self._supplied) > MAX_SUPPLIED:
            self._supplied.popitem(last=False)

    def deposit(self, data: bytes) -> str:
        """Take an archive's bytes, for `import` or because a reply asked for `archive/DIGEST`; returns its digest."""
        digest = self._archives.deposit(data)
        self._benches.clear()  # some may have been made without it
        return digest

    def lose(self, name: str) -> None:
        """Nobody has the archive any more that a reply asked for; sessions that loaded it go on without."""
        self._archives.lose(name.removeprefix(PREFIX))

    def take(self) -> bytes:
        """The bytes that the last reply with a `file` speaks of; once."""
        data, self._parcel = self._parcel, b""
        return data

    def handle(self, request: str) -> str:
        """Answer one request; never raises."""
        try:
            asked = json.loads(request)
        except ValueError:
            return _text({"v": PROTOCOL, "id": None, "ok": False, "error": {"code": "session.request", "message": ""}})
        head = {"v": PROTOCOL, "id": asked.get("id") if isinstance(asked, dict) else None}
        say = load_messages(asked["lang"] if isinstance(asked, dict) and asked.get("lang") in LANGUAGES else "en")
        if not isinstance(asked, dict) or asked.get("v") != PROTOCOL:
            error = {"code": "session.request", "message": say("session.request")}
            return _text(head | {"ok": False, "error": error})
        try:
            return _text(head | self._answer(asked, say))
        except DataNotLoadedError as error:
            return _text(head | {"needs": self._needs(error.names, asked)})
        except DocumentError as error:
            message = say(error.code, detail=error.detail)
            return _text(head | {"ok": False, "error": {"code": error.code, "message": message}})
        except ImageArchiveError as error:
            message = say(error.key, **error.values)
            return _text(head | {"ok": False, "error": {"code": error.key, "message": message}})
        except RecursionError:
            return _text(head | {"ok": False, "error": {"code": "session.deep", "message": say("session.deep")}})

    def _needs(self, names: tuple[str, ...], asked: Mapping[str, Any]) -> list[str]:
        """What was missed, and with it what the rest of the request is likely to miss."""
        if asked.get("method") == "compare":  # its other Dockerfile is no action of the document
            return list(names)
        document = changed(from_json(asked.get("document")), asked)
        more = foreseen(document, self._builder.catalogue, lambda name: self._text(name) is not None)
        return list(dict.fromkeys((*names, *more)))

    def _answer(self, asked: Mapping[str, Any], say: Messages) -> dict[str, Any]:
        if str(asked.get("method")) in APART:
            return answer_apart(asked, say)
        document, more = self._changed(asked)
        bench = self._state(document, say)
        builds = self._builds(document, bench, asked, say)
        name = str(asked.get("block", ""))
        if asked.get("method") == "complete":
            text = str(asked.get("text", ""))
            found = complete(terminal_of(bench, name), bench.host, text, int(asked.get("offset", len(text))))
            return {"ok": True, "start": found.start, "candidates": list(found.candidates)}
        if asked.get("method") == "export":
            parcel = export(bench, asked, say)
            self._parcel = parcel.data
            return parcel.reply
        if asked.get("method") == "compare" and "builds" in asked:
            return answer_builds(document, builds, asked, say, bench.host.personality.store)
        if asked.get("method") == "compare":
            return answer_comparison(document, compared(bench, asked, self._builder), asked, say)
        state = bench.blocks.get(name)
        if state is None:
            raise DocumentError("session.block", name)
        scene = Scene(
            host=bench.host,
            record=state.record,
            image=state.image,
            source=state.text,
            say=say,
            prefix=str(asked.get("prefix") or name),
            console=state.exchanges,
            document=to_json(document),
            block=name,
            lab=document.start.lab,
            views=tuple(str(view) for view in asked.get("views", ()) if view in VIEWS),
            previous=state.previous,
            context=state.context.tree,
            builds=builds,
            memo=self._memo,
        )
        return {
            "ok": True,
            "document": to_json(document),
            "fragments": _whole(scene) if asked.get("method") == "render" else _fragments(scene, state, asked),
            "problems": self._marks.get((state.record,), ("problems", say.language), partial(problems_of, state, say)),
            "lines": self._marks.get((state.record,), "lines", partial(lines_of, state)),
            "status": _status(state),
            "announce": _announce(state, asked, say),
            **more,
        }

    def _builds(self, document: Document, bench: Bench, asked: Mapping[str, Any], say: Messages) -> tuple[Made, ...]:
        """All builds of the session, those too that the reader went back from: `ahead` has the actions after these."""
        ahead = asked.get("ahead")
        if not ahead:
            return tuple(map(Made, bench.host.builds, bench.made))
        plain = to_json(document)
        whole = self._state(from_json(plain | {"actions": [*plain["actions"], *list(ahead)]}), say)
        return tuple(
            Made(record, count, count > bench.done)
            for record, count in zip(whole.host.builds, whole.made, strict=True)
        )

    def _changed(self, asked: Mapping[str, Any]) -> tuple[Document, dict[str, Any]]:
        """The document with what the request does to it, and what the reply says of that besides."""
        document = from_json(asked.get("document"))
        if asked.get("method") != "import":
            return changed(document, asked), {}
        containerd = document.start.personality.store == "containerd"
        if not archive_is_fine(asked.get("archive")):
            raise DocumentError("session.request", "archive")
        images = self._archives.images(str(asked["archive"]), containerd=containerd)
        return importing(document, asked, images), {"loaded": loaded_json(asked, images)}

    def _state(self, document: Document, say: Messages) -> Bench:
        """The bench after all actions, found as far as it was seen before."""
        keys = _keys(document, say)
        means = Means(self._builder, self._context, self._archives, say)
        bench, done = begin(document.start), 0
        for count in range(len(document.actions), 0, -1):
            known = self._benches.get(keys[count])
            if known is not None:
                self._benches.move_to_end(keys[count])
                bench, done = known, count
                break
        for count in range(done, len(document.actions)):
            bench = apply(bench, document.actions[count], means)
            self._benches[keys[count + 1]] = bench
        while len(self._benches) > KEPT_BENCHES:
            self._benches.popitem(last=False)
        return bench

    def _text(self, name: str) -> str | None:
        if name in self._supplied:
            return self._supplied[name]
        return self._load(name) if self._load is not None else None

    def _context(self, name: str) -> Context:
        if name not in self._contexts:
            full = f"context/{name}"
            text = self._text(full)
            if text is None:
                raise DataNotLoadedError(full)
            self._contexts[name] = Context.from_entries(json.loads(text)["entries"])
            while len(self._contexts) > MAX_SUPPLIED:
                self._contexts.popitem(last=False)
        return self._contexts[name]


def changed(document: Document, asked: Mapping[str, Any]) -> Document:
    """The document with what the request's method adds to it.

    Raises:
        DocumentError: For an unknown method or wrong parameters.
    """
    block = str(asked.get("block", ""))
    match asked.get("method"):
        case "open" | "render" | "complete" | "compare" | "export":
            return document
        case "edit" if isinstance(asked.get("text"), str):
            action: Action = Edit(block, asked["text"])
        case "commit":
            action = Commit(block)
        case "command" if isinstance(asked.get("line"), str):
            action = Command(block, asked["line"])
        case "touch" if isinstance(asked.get("path"), str):
            action = Touch(block, asked["path"], asked.get("entry"))
        case "option" if isinstance(asked.get("name"), str):
            action = Option(block, asked["name"], asked.get("value"))
        case "reset":
            return without_changes(document, block)
        case _:
            raise DocumentError("session.request", str(asked.get("method")))
    return from_json(to_json(appended(document, action)))


def _keys(document: Document, say: Messages) -> list[str]:
    """A key for every prefix of the document's actions; the first is that of the start alone, in a language."""
    plain = to_json(document)
    keys = [hashlib.sha256((say.language + json.dumps(plain["start"], sort_keys=True)).encode()).hexdigest()]
    for action in plain["actions"]:
        text = keys[-1] + json.dumps(action, sort_keys=True)
        keys.append(hashlib.sha256(text.encode()).hexdigest())
    return keys


def _fragments(scene: Scene, state: Block, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The views asked for; unchanged ones are left out, and after a failed build those of the last image too."""
    known = asked.get("known") or {}
    failed = state.record is not None and not state.record.ok
    found: dict[str, Any] = {}
    for name in asked.get("views", ()):
        make = VIEWS.get(name)
        if make is None or (failed and state.image is not None and name not in ALWAYS):
            continue
        html = str(make(scene))
        mark = hashlib.sha256(html.encode()).hexdigest()[:16]
        if known.get(name) != mark:
            found[name] = {"html": html, "hash": mark}
    return found


def _whole(scene: Scene) -> dict[str, Any]:
    """The block as a page has it before any script runs; only site builds ask for it."""
    make = block if scene.record is not None else console_block
    html = str(make(scene))
    return {"block": {"html": html, "hash": hashlib.sha256(html.encode()).hexdigest()[:16]}}


def _status(state: Block) -> str:
    if state.record is None:
        return "failed" if any(exchange.exit_code for exchange in state.exchanges) else "ok"
    if state.record.ok:
        return "ok"
    return "invalid" if state.record.failure and state.record.failure.step is None else "failed"


def _announce(state: Block, asked: Mapping[str, Any], say: Messages) -> str:
    if asked.get("method") in {"command", "import"}:
        return say("announce.ran")
    record = state.record
    if record is None:
        return ""
    if record.image is None or not record.ok:
        return say("announce.failed", message=record.failure.message if record.failure else "")
    hits = sum(1 for step in record.steps if step.status == "cached")
    return say("announce.built", layers=len(record.image.layers), hits=hits)


def _text(reply: Mapping[str, Any]) -> str:
    return json.dumps(reply, ensure_ascii=False, separators=(",", ":"))
