"""The engine as the extension sees it: one JSON request, one JSON reply, and texts supplied when it asks for them."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, Protocol

MAX_ROUNDS = 16
"""How often one request may ask for more; a build names its images one stage after the other."""

MAX_KEPT = 256
"""How many rendered blocks are kept; a rebuild while writing repeats most of them."""


class Service(Protocol):
    """What `layerlab.session.Service` offers."""

    def handle(self, request_json: str, /) -> str:
        """Answer a request."""

    def supply(self, name: str, text: str, /) -> None:
        """Take a text that was asked for."""


class EngineError(Exception):
    """The engine refused a request or asked for something that isn't there."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in a block.

    Attributes:
        line: Line of the block's text, from 1, or None.
        message: A sentence, or Docker's own words.
    """

    line: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A block as the engine made it.

    Attributes:
        html: The whole element.
        ok: Whether its build, or all its commands, succeeded.
        errors: What went wrong.
    """

    html: str
    ok: bool
    errors: tuple[Problem, ...]


class Engine:
    """A service, and what it answered lately.

    Attributes:
        views: Names of the views a Dockerfile's block can have.
    """

    def __init__(self, service: Service, views: Iterable[str]) -> None:
        self.views = tuple(views)
        self._service = service
        self._kept: OrderedDict[str, Rendered] = OrderedDict()

    def render(
        self,
        document: Mapping[str, Any],
        block: str,
        views: tuple[str, ...],
        lang: str,
        find: Callable[[str], str | None],
    ) -> Rendered:
        """One block of a document as HTML.

        Args:
            document: The session up to and including the block.
            block: Id of the block; ids inside its HTML begin with it.
            views: Names of the views.
            lang: `ko` or `en`.
            find: Gives the text of a name the engine asks for, or None.

        Raises:
            EngineError: If the request is refused or what it needs isn't there.
        """
        request = {
            "v": 1,
            "id": 1,
            "method": "render",
            "lang": lang,
            "document": document,
            "block": block,
            "prefix": block,
            "views": list(views),
            "known": {},
        }
        return self._kept_or_asked(request, find)

    def read(self, text: str, block: str, lang: str) -> Rendered:
        """A pasted history as HTML; not ok where the text isn't one.

        Args:
            text: What `docker history` or `docker image inspect` printed.
            block: Id of the block.
            lang: `ko` or `en`.
        """
        request = {"v": 1, "id": 1, "method": "read", "lang": lang, "prefix": block, "text": text, "whole": True}
        return self._kept_or_asked(request, lambda _: None)

    def _kept_or_asked(self, request: Mapping[str, Any], find: Callable[[str], str | None]) -> Rendered:
        text = json.dumps(request, ensure_ascii=False)
        key = sha256(text.encode()).hexdigest()
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        rendered = _rendered(self._ask(text, find))
        self._kept[key] = rendered
        if len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return rendered

    def _ask(self, request: str, find: Callable[[str], str | None]) -> dict[str, Any]:
        for _ in range(MAX_ROUNDS):
            reply: dict[str, Any] = json.loads(self._service.handle(request))
            if "needs" not in reply:
                return reply
            for name in reply["needs"]:
                text = find(name)
                if text is None:
                    raise EngineError(f"the engine asks for {name!r}, which isn't there")
                self._service.supply(name, text)
        raise EngineError("the engine keeps asking for more")


@lru_cache(maxsize=1)
def shared_engine() -> Engine:
    """The engine of this process: both languages of a site, and its rebuilds, profit from what it has built."""
    # A site without fences needn't load any of this.
    from layerlab.catalogue.files import load  # noqa: PLC0415
    from layerlab.session import Service as LayerlabService  # noqa: PLC0415
    from layerlab.views.table import PARTS  # noqa: PLC0415

    return Engine(LayerlabService(load), PARTS)


def _rendered(reply: Mapping[str, Any]) -> Rendered:
    if not reply.get("ok"):
        error = reply.get("error", {})
        raise EngineError(str(error.get("message") or error.get("code") or "the engine gave no answer"))
    errors = tuple(
        Problem(problem.get("line"), str(problem["message"]))
        for problem in reply.get("problems", ())
        if problem.get("severity") == "error"
    )
    return Rendered(reply["fragments"]["block"]["html"], reply.get("status") == "ok", errors)
