"""A small site in a temporary folder, and an engine that answers without building anything."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

VIEWS = ("log", "history", "stack", "files", "cache")
ROOT = Path(__file__).resolve().parents[2]


class PretendService:
    """Speaks the session protocol. A Dockerfile with `BROKEN` in a line fails there; it asks for every context once."""

    def __init__(self) -> None:
        self.supplied: dict[str, str] = {}
        self.requests: list[dict[str, Any]] = []

    def supply(self, name: str, text: str) -> None:
        self.supplied[name] = text

    def handle(self, request_json: str) -> str:
        request = json.loads(request_json)
        self.requests.append(request)
        actions = request["document"]["actions"]
        wanted = [f"context/{a['context']}" for a in actions if a.get("context")]
        if missing := [name for name in wanted if name not in self.supplied]:
            return json.dumps({"v": 1, "id": request["id"], "needs": missing})
        texts = [a.get("text", a.get("line", "")) for a in actions if a["block"] == request["block"]]
        text = "\n".join(texts)
        if "REFUSED" in text:
            error = {"code": "x", "message": "no such thing"}
            return json.dumps({"v": 1, "id": request["id"], "ok": False, "error": error})
        broken = [n for n, line in enumerate(text.split("\n"), start=1) if "BROKEN" in line]
        lab = escape(request["document"]["start"]["lab"])
        html = f'<layer-lab id="{request["block"]}" data-lab="{lab}"><pre tabindex="0">{escape(text)}</pre></layer-lab>'
        problems = [{"line": n, "severity": "error", "code": "x", "message": "broken here"} for n in broken]
        return json.dumps(
            {
                "v": 1,
                "id": request["id"],
                "ok": True,
                "fragments": {"block": {"html": html, "hash": "h"}},
                "problems": problems,
                "status": "failed" if broken else "ok",
            }
        )


def write_site(folder: Path, pages: Mapping[str, str], *, plugin: str = "{}", twins: bool = True) -> Path:
    """A site with the project's own hook and both languages; each page is written in both unless it names its folder.

    Args:
        folder: Where.
        pages: Markdown by path below `docs/ko` and `docs/en`, or by a path that begins with `ko/` or `en/`.
        plugin: Options of the plugin, YAML in one line.
        twins: Whether a page without its folder named is written in both languages.
    """
    for language in ("ko", "en"):
        (folder / "docs" / language).mkdir(parents=True, exist_ok=True)
        (folder / "docs" / language / "index.md").write_text("# Home\n", encoding="utf-8")
    for name, text in pages.items():
        named = name.startswith(("ko/", "en/"))
        for path in [name] if named or not twins else [f"ko/{name}", f"en/{name}"]:
            (folder / "docs" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "docs" / path).write_text(text, encoding="utf-8")
    context = folder / "docs/labs/web-app"
    context.mkdir(parents=True)
    (context / "app.py").write_text("print('안녕')\n", encoding="utf-8")
    bundle = folder / "bundle"
    bundle.mkdir()
    (bundle / "manifest.json").write_text(json.dumps({"scripts": ["lab.1.js"], "styles": ["lab.1.css"]}))
    (bundle / "lab.1.js").write_text("export {}\n")
    (bundle / "lab.1.css").write_text("layer-lab { display: block }\n")
    for worker in ("serviceworker.js", "serviceworker.off.js"):
        (bundle / worker).write_text("self.skipWaiting()\n")
    (folder / "mkdocs.yml").write_text(
        "site_name: Test\nsite_url: http://127.0.0.1:1/\ndocs_dir: docs/ko\ntheme: {name: mkdocs, language: ko}\n"
        f"hooks: [{ROOT / 'hooks/bilingual.py'}]\nplugins:\n  layerlab: {_with_bundle(plugin)}\n",
        encoding="utf-8",
    )
    (folder / "mkdocs.en.yml").write_text(
        "INHERIT: mkdocs.yml\ndocs_dir: docs/en\ntheme: {language: en}\nplugins:\n  layerlab: {shared: ../}\n",
        encoding="utf-8",
    )
    return folder


def _with_bundle(plugin: str) -> str:
    return "{assets: bundle}" if plugin == "{}" else plugin


class Outcome:
    """What a strict build did.

    Attributes:
        stopped: Whether it stopped with an error, as `mkdocs build --strict` does.
        warnings: Texts of the warnings.
        site: Folder of the built site.
    """

    def __init__(self, site: Path) -> None:
        self.site = site
        self.stopped = False
        self.warnings: list[str] = []

    def page(self, path: str) -> str:
        return (self.site / path).read_text(encoding="utf-8")


def build_strictly(folder: Path, command: str = "build") -> Outcome:
    """What `mkdocs build --strict` does, or `mkdocs serve` before it adds its own script, in this process."""
    outcome = Outcome(folder / "site")
    with _collecting(outcome.warnings.append):
        try:
            config = load_config(str(folder / "mkdocs.yml"), strict=True, site_dir=str(outcome.site))
            config.plugins.on_startup(command=command, dirty=False)
            build(config)
        except Abort:
            outcome.stopped = True
        else:
            config.plugins.on_shutdown()
    return outcome


@contextmanager
def _collecting(take: Callable[[str], object]) -> Iterator[None]:
    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            take(record.getMessage())

    handler = Collector(logging.WARNING)
    logger = logging.getLogger("mkdocs")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
