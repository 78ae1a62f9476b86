"""A whole block as it stands in the page before any script runs: the source, its views and the document."""

from __future__ import annotations

import hashlib
import json

from layerlab.html import Element, data_block, element
from layerlab.views.console import console
from layerlab.views.scene import Scene
from layerlab.views.source import source
from layerlab.views.table import PARTS, View

DEFAULT_PARTS = ("log", "history", "stack", "files")


def block(scene: Scene) -> Element:
    """The `<layer-lab>` element of a Dockerfile fence."""
    names = [name for name in scene.views if name in PARTS] or list(DEFAULT_PARTS)
    failed = scene.record is not None and not scene.record.ok
    if failed and scene.image is None:
        names = ["log"]
    return element(
        "layer-lab",
        element(
            "div",
            element("div", source(scene), class_="ll-source"),
            element("div", [_part(name, PARTS[name], scene) for name in names], class_="ll-views"),
            class_="ll-body",
        ),
        data_block(_document(scene), "ll-document"),
        id=scene.block,
        data_kind="dockerfile",
        data_lab=scene.lab,
        data_lang=scene.say.language,
        data_views=" ".join(names),
        data_status="failed" if failed else "ok",
        data_search_exclude=True,
        class_="ll-block",
    )


def console_block(scene: Scene) -> Element:
    """The `<layer-console>` element of a console fence."""
    return element(
        "layer-console",
        element("div", _part("console", console, scene), class_="ll-views"),
        data_block(_document(scene), "ll-document"),
        id=scene.block,
        data_kind="console",
        data_lab=scene.lab,
        data_lang=scene.say.language,
        data_views="console",
        data_search_exclude=True,
        class_="ll-block",
    )


def _part(name: str, view: View, scene: Scene) -> Element:
    inner = view(scene)
    mark = hashlib.sha256(str(inner).encode()).hexdigest()[:16]
    return element(
        "div",  # a section with a name is a landmark to checkers, whatever its role; a page has many blocks
        element("p", scene.say(f"view.{name}"), class_="ll-view-title", aria_hidden="true"),
        element("div", inner, data_view=name, data_hash=mark),
        class_=f"ll-view ll-view-{name}",
        role="group",
        aria_label=scene.say(f"view.{name}"),
    )


def _document(scene: Scene) -> str:
    return json.dumps(scene.document, ensure_ascii=False, separators=(",", ":"))
