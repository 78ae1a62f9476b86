"""The labs of one page: each is a session document that grows by one fence after the other, in reading order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from mkdocs_layerlab.contexts import Contexts
from mkdocs_layerlab.engine import Engine, EngineError, Rendered
from mkdocs_layerlab.options import Build, FenceError, Header
from mkdocs_layerlab.supplies import find_supply

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Setting:
    """What all pages of a site have in common.

    Attributes:
        engine: Renders the blocks.
        contexts: The build contexts.
        lang: `ko` or `en`.
        now: The virtual clock's start, nanoseconds since the epoch.
        version: Version of the engine, as documents name it.
    """

    engine: Engine
    contexts: Contexts
    lang: str
    now: int
    version: str


@dataclass(slots=True)
class PageLabs:
    """The hosts of one page by the name of their lab."""

    setting: Setting
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    blocks: Counter[str] = field(default_factory=Counter)
    """How many each lab has: ids made of that stay when other labs come and go, and readers' edits hang on them."""

    def build(self, fence: Build, source: str, fingerprint: str) -> Rendered:
        """Build a Dockerfile on the host of its lab.

        Raises:
            FenceError: If a view or the context isn't known, or the lab has another Docker.
        """
        if unknown := [view for view in fence.views if view not in self.setting.engine.views]:
            raise FenceError(f"unknown view {unknown[0]!r}; known are {', '.join(self.setting.engine.views)}")
        block, document = self._block(fence.header, fingerprint)
        action: dict[str, Any] = {"type": "build", "block": block, "text": source}
        if fence.context is not None:
            supply = self.setting.contexts.get(fence.context)
            if supply is None:
                known = ", ".join(self.setting.contexts.names()) or "none"
                raise FenceError(
                    f"no build context {fence.context!r} in {self.setting.contexts.folder.as_posix()} (there: {known})"
                )
            action["context"] = supply.name.removeprefix("context/")
        if fence.tag is not None:
            action["tag"] = fence.tag
        document["actions"].append({**action, **fence.options})
        return self._render(document, block, fence.views)

    def run(self, header: Header, commands: list[tuple[int, str]], fingerprint: str) -> Rendered:
        """Run commands on the host of their lab.

        Raises:
            FenceError: As for `build`.
        """
        block, document = self._block(header, fingerprint)
        document["actions"].extend({"type": "command", "block": block, "line": line} for _, line in commands)
        return self._render(document, block, ("console",))

    def read(self, source: str) -> Rendered:
        """Explain a pasted history; it needs no host."""
        self.blocks["reader"] += 1
        return self.setting.engine.read(source, f"ll-reader-{self.blocks['reader']}", self.setting.lang)

    def _block(self, header: Header, fingerprint: str) -> tuple[str, dict[str, Any]]:
        lab = header.lab or f"block-{self.blocks.total() + 1}"
        self.blocks[lab] += 1
        document = self.documents.get(lab)
        if document is None:
            start = {"lab": lab, "hash": fingerprint, "now": self.setting.now, "personality": dict(header.personality)}
            document = {"schema": SCHEMA, "engine": self.setting.version, "start": start, "actions": []}
            self.documents[lab] = document
        elif header.personality.items() - document["start"]["personality"].items():
            names = ", ".join(sorted(header.personality))
            raise FenceError(f"{names}: blocks of lab {lab!r} share one host; say this on its first block")
        return f"ll-{lab}-{self.blocks[lab]}", document

    def _render(self, document: dict[str, Any], block: str, views: tuple[str, ...]) -> Rendered:
        contexts = self.setting.contexts
        try:
            return self.setting.engine.render(
                document, block, views, self.setting.lang, lambda name: find_supply(name, contexts)
            )
        except EngineError as error:
            raise FenceError(str(error)) from error
