"""The Markdown extension: our fences become blocks that the engine has rendered.

Knows nothing of MkDocs. Problems go to `report(line, message)`; the plugin puts one there that knows the page.
Superfences swallows whatever a formatter raises and shows a plain code block, so nothing may escape ours.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from pymdownx.superfences import SuperFencesCodeExtension

from layerlab import __version__
from mkdocs_layerlab.contexts import Contexts
from mkdocs_layerlab.engine import Engine, Rendered, shared_engine
from mkdocs_layerlab.fences import Fence, FenceLines
from mkdocs_layerlab.labs import PageLabs, Setting
from mkdocs_layerlab.options import FenceError, read_build, read_commands, read_console, read_reader

log = logging.getLogger("mkdocs.plugins.layerlab")  # below "mkdocs", so that its strict mode counts our warnings

DAY = 86_400

Report = Callable[[int | None, str], None]
Formatter = Callable[[str, dict[str, str | None], Fence | None], str]


def log_problem(line: int | None, message: str) -> None:
    """Report a problem where nobody knows the page."""
    log.warning("line %s: %s", line or "?", message)


class LayerlabExtension(Extension):
    """Adds the fences `dockerfile`, `console` and `history` with `{.layerlab}`, and `layerlab-exercise`."""

    def __init__(self, **kwargs: Any) -> None:
        self.config: dict[str, list[Any]] = {
            "lang": ["en", "language of what isn't Docker's own output: ko or en"],
            "labs": ["docs/labs", "folder with the build contexts"],
            "now": [0, "where the virtual clock starts, seconds since the epoch; 0 is SOURCE_DATE_EPOCH or today"],
            "playground": ["", "address of the page that opens a block's session, or a function that gives it"],
            "report": [log_problem, "called with (line, message) for every problem"],
            "engine": ["", "renders the blocks; empty is the real one"],
        }
        super().__init__(**kwargs)
        self.lines = FenceLines()
        self.connected = False

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  Markdown's name
        """Register with Markdown; superfences is joined in `reset`, when all extensions are there."""
        self.md = md
        md.registerExtension(self)  # else `reset` isn't called
        md.block_level_elements.extend(("layer-lab", "layer-console", "layer-reader"))  # else they land inside a <p>
        # 40: before snippets (32), whitespace (30) and superfences (25) move lines about.
        md.preprocessors.register(self.lines, "layerlab_lines", 40)
        md.postprocessors.register(LeftOver(self), "layerlab_left_over", 0)

    def reset(self) -> None:
        """Begin a page. The first time, join superfences: then the order of extensions is free."""
        self.labs: PageLabs | None = None
        if self.connected:
            return
        self.connected = True
        if not any(isinstance(known, SuperFencesCodeExtension) for known in self.md.registeredExtensions):
            self.md.registerExtensions(["pymdownx.superfences"], {})
        superfences = [known for known in self.md.registeredExtensions if isinstance(known, SuperFencesCodeExtension)]
        for language, formatter in self._formatters():
            superfences[-1].extend_super_fences(language, self._guarded(formatter), wants_us, None)
        exercise = self._guarded(self._exercise)
        superfences[-1].extend_super_fences("layerlab-exercise", exercise, takes_all, None)

    def report(self, line: int | None, message: str) -> None:
        """Pass a problem on."""
        self.getConfig("report")(line, message)

    def _formatters(self) -> tuple[tuple[str, Formatter], ...]:
        return (("dockerfile", self._dockerfile), ("console", self._console), ("history", self._history))

    def _guarded(self, formatter: Formatter) -> Callable[..., str]:
        def guarded(*, src: str, options: dict[str, str | None], **_: Any) -> str:  # superfences passes all by name
            fence = self.lines.take(src)
            line = fence.line if fence else None
            try:
                return formatter(src, options, fence)
            except FenceError as error:
                self.report(line and line + error.line, str(error))
            except Exception as error:  # noqa: BLE001  a bug of ours is a warning too, never a silent plain block
                self.report(line, f"{type(error).__name__}: {error}")
            return _wrapped(f'<pre tabindex="0"><code>{escape(src)}</code></pre>', options.get("title"))

        return guarded

    def _dockerfile(self, source: str, options: dict[str, str | None], fence: Fence | None) -> str:
        build = read_build(options)
        rendered = self._page().build(build, source + "\n", self._fingerprint(fence, source))
        self._expect(rendered, fails=build.header.fails, what="build", fence=fence)
        classes = "layerlab layerlab-archive" if build.archive else "layerlab"
        return _wrapped(rendered.html, build.header.title, classes, self._playground())

    def _console(self, source: str, options: dict[str, str | None], fence: Fence | None) -> str:
        header = read_console(options)
        rendered = self._page().run(header, read_commands(source), self._fingerprint(fence, source))
        self._expect(rendered, fails=header.fails, what="command", fence=fence)
        return _wrapped(rendered.html, header.title)

    def _history(self, source: str, options: dict[str, str | None], fence: Fence | None) -> str:
        header = read_reader(options)
        rendered = self._page().read(source + "\n")
        self._expect(rendered, fails=header.fails, what="reading", fence=fence)
        return _wrapped(rendered.html, header.title)

    def _exercise(self, _source: str, options: dict[str, str | None], _fence: Fence | None) -> str:
        if not options.get("id"):
            raise FenceError("an exercise needs an id")
        raise FenceError(f"exercise {options['id']!r}: exercises are not available in this version")

    def _expect(self, rendered: Rendered, *, fails: bool, what: str, fence: Fence | None) -> None:
        """Report an outcome that the fence doesn't announce; the block is shown all the same."""
        line = fence.line if fence else None
        if rendered.ok and fails:
            self.report(line, f"the fence says it fails, but the {what} succeeds")
        if not rendered.ok and not fails:
            problem = rendered.errors[0] if rendered.errors else None
            reason = problem.message if problem else "see the block"
            inside = problem.line or 0 if problem else 0
            self.report(line and line + inside, f"the {what} fails and the fence doesn't say so: {reason}")

    def _fingerprint(self, fence: Fence | None, source: str) -> str:
        return self.lines.fingerprint(fence.lab if fence else None, source)

    def _playground(self) -> str:
        given = self.getConfig("playground")
        return str(given() if callable(given) else given)

    def _page(self) -> PageLabs:
        if self.labs is None:
            engine: Engine = self.getConfig("engine") or shared_engine()
            contexts = Contexts(Path(self.getConfig("labs")))
            lang = "ko" if self.getConfig("lang") == "ko" else "en"
            now = (self.getConfig("now") or site_date()) * 1_000_000_000
            self.labs = PageLabs(Setting(engine, contexts, lang, now, __version__))
        return self.labs


class LeftOver(Postprocessor):
    """Tells of fences with our mark that superfences didn't hand over: it shows them as plain text without a word."""

    def __init__(self, extension: LayerlabExtension) -> None:
        super().__init__()
        self.extension = extension

    def run(self, text: str) -> str:
        """Report; the text stays as it is."""
        for fence in self.extension.lines.left():
            self.extension.report(
                fence.line,
                f"this fence isn't read as a live block: {fence.header!r} must be dockerfile, console, history or"
                ' layerlab-exercise with options as name="value" in braces',
            )
        return text


def wants_us(
    _language: str, inputs: dict[str, str | None], options: dict[str, Any], _attrs: object, md: Markdown
) -> bool:
    """Whether a fence carries our class. Superfences keeps classes to itself, hence the reach in."""
    options.update(inputs)  # as options, not attributes: those are dropped unless attr_list is loaded
    superfences: Any = md.preprocessors["fenced_code_block"]
    return "layerlab" in superfences.classes


def takes_all(
    _language: str, inputs: dict[str, str | None], options: dict[str, Any], _attrs: object, md: Markdown
) -> bool:
    """For a language of our own: the class isn't needed."""
    options.update(inputs)
    superfences: Any = md.preprocessors["fenced_code_block"]
    if superfences.id:
        options.setdefault("id", superfences.id)
    return True


def site_date() -> int:
    """Where the virtual clock starts: `SOURCE_DATE_EPOCH`, or the begin of today (UTC), in seconds.

    The day, not the second: both languages and every rebuild of a day then have the same output.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    return int(given) if given.isdigit() else int(time.time()) // DAY * DAY


def _wrapped(html: str, title: str | None, classes: str = "layerlab", playground: str = "") -> str:
    """A block apart from its neighbours (Material's annotations look at what follows code) and from the search."""
    caption = f'<p class="layerlab-title">{escape(title)}</p>' if title else ""
    opens = f' data-playground="{escape(playground)}"' if playground else ""
    return f'<div class="{classes}" data-search-exclude{opens}>{caption}{html}</div>'


def makeExtension(**kwargs: Any) -> LayerlabExtension:  # noqa: N802  Markdown's name
    """Markdown's entry point."""
    return LayerlabExtension(**kwargs)
