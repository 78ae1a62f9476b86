"""The MkDocs plugin: adds the extension, the browser part and the engine's data, and says which page a problem is on.

All rendering is the extension's, so that a site without this plugin has the same blocks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.config.config_options import ExtraScriptValue
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import BasePlugin, event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from mkdocs_layerlab.assets import FOLDER, SERVICE_WORKER, SERVICE_WORKER_OFF, Assets, read_assets
from mkdocs_layerlab.contexts import Contexts, Supply, fingerprint
from mkdocs_layerlab.policy import write_policies
from mkdocs_layerlab.supplies import catalogue_supplies

log = get_plugin_logger("layerlab")
EXTENSION_NAMES = ("layerlab", "mkdocs_layerlab.extension")  # the ways an author may list it
ROOT = "assets/layerlab/"
OFFLINE = "layerlab-offline.js"
"""The service worker's place: at the site's root, since it can keep only what lies below it."""


class LayerlabConfig(Config):
    """Options of the plugin."""

    labs = config_options.Type(str, default="docs/labs")
    """Folder of the build contexts, relative to the configuration file."""
    shared = config_options.Type(str, default="")
    """Where another site has put the browser part already, relative to this site's root, such as `../`."""
    offline = config_options.Type(bool, default=True)
    """Whether readers who have used a block can read on without a network; false also takes it from earlier readers."""
    playground = config_options.Type(str, default="")
    """Page on which a block's session can be opened, such as `playground.md`, or an address; empty for none."""
    csp = config_options.Type(bool, default=False)
    """Whether to write a strict Content-Security-Policy into every page, for hosts that can't send headers."""
    assets = config_options.Type(str, default="")
    """Another folder than the package's own to take the browser part from, relative to the configuration file."""


class LayerlabPlugin(BasePlugin[LayerlabConfig]):
    """Makes a MkDocs site out of what the extension renders."""

    serving = False
    """Whether pages are for `mkdocs serve`, which adds an inline script of its own to them afterwards."""

    def on_startup(self, *, command: str, **_: object) -> None:
        """Remember what MkDocs was called for."""
        self.serving = command == "serve"

    def on_config(self, config: MkDocsConfig) -> None:
        """Add the extension and what its blocks need in a page."""
        self.root = Path(config.config_file_path or ".").resolve().parent
        self.page: File | None = None
        self.playground_page: File | None = None
        self.offset = 0
        name = next((name for name in EXTENSION_NAMES if name in config.markdown_extensions), None)
        if name is None:
            config.markdown_extensions.append(name := EXTENSION_NAMES[-1])
        settings = config.mdx_configs.setdefault(name, {})
        settings["report"] = self.report
        settings["playground"] = self.playground
        settings["labs"] = str(self.root / self.config.labs)
        settings.setdefault("lang", "ko" if config.theme.get("language") == "ko" else "en")
        self._add_to_pages(config)

    def on_files(self, files: Files, config: MkDocsConfig) -> None:
        """Find the playground; add the browser part and the engine's data, unless another site has them already."""
        wanted = self.config.playground
        self.playground_page = files.get_file_from_path(wanted)
        if wanted and self.playground_page is None and not is_address(wanted):
            log.warning("playground: there is no page %r", wanted)
        if self.config.shared:
            return
        if self.browser is not None:
            for name in self.browser.files:
                path = str(self.browser.folder / name)
                files.append(File.generated(config, ROOT + name, abs_src_path=path))
            path = str(self.browser.folder / (SERVICE_WORKER if self.config.offline else SERVICE_WORKER_OFF))
            files.append(File.generated(config, OFFLINE, abs_src_path=path))
        contexts = Contexts(self.root / self.config.labs)
        supplies = [supply for name in contexts.names() if (supply := contexts.get(name))] + catalogue_supplies()
        about = {"offline": self.config.offline, "build": build_of(files)}
        for uri, content in data_files(supplies, about).items():
            files.append(File.generated(config, ROOT + uri, content=content))

    @event_priority(100)  # first: no other plugin has changed the text yet
    def on_page_markdown(self, markdown: str, page: Page, **_: object) -> None:
        """Remember the page, and by how many lines its front matter moves everything."""
        self.page = page.file
        self.offset = page.file.content_string.removesuffix(markdown).count("\n")

    def on_post_build(self, config: MkDocsConfig) -> None:
        """Write the site's Content-Security-Policy beside the browser part, and where asked for into the pages."""
        root = Path(config.site_dir, self.config.shared).resolve()
        if (root / ROOT).is_dir():
            write_policies(root, root / ROOT / "csp.txt", in_pages=self.config.csp and not self.serving)

    def report(self, line: int | None, message: str) -> None:
        """Warn with file and line, so that `--strict` counts it."""
        if self.page is None:
            log.warning(message)
            return
        path = Path(self.page.abs_src_path or self.page.src_uri)
        path = path.relative_to(self.root) if path.is_relative_to(self.root) else path
        place = f"{path.as_posix()}:{line + self.offset}" if line else path.as_posix()
        log.warning("%s: %s", place, message)

    def playground(self) -> str:
        """Where the page at hand finds the playground; empty on the playground itself, and where there is none."""
        target = self.playground_page
        if target is None:
            return self.config.playground if is_address(self.config.playground) else ""
        return "" if self.page is None or self.page is target else target.url_relative_to(self.page)

    def _add_to_pages(self, config: MkDocsConfig) -> None:
        folder = self.root / self.config.assets if self.config.assets else FOLDER
        self.browser: Assets | None = read_assets(folder)
        if self.browser is None:
            log.warning("the browser part isn't built (no %s): blocks will be static", folder / "manifest.json")
            return
        base = self.config.shared + ROOT
        config.extra_css.extend(base + name for name in self.browser.styles)
        for name in self.browser.scripts:
            script = ExtraScriptValue(base + name)
            script.defer = True  # a classic script: opened as a file, the page can still say what isn't possible
            config.extra_javascript.append(script)


def is_address(text: str) -> bool:
    """Whether an option names a page by its address, not by its source."""
    return text.startswith(("/", "http://", "https://"))


def build_of(files: Files) -> str:
    """A short hash of all the site is made of: pages that were kept of another build are thrown away."""
    total = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.src_uri):
        total.update(file.src_uri.encode() + b"\0" + hashlib.sha256(file.content_bytes).digest())
    return total.hexdigest()[:12]


def data_files(supplies: list[Supply], about: Mapping[str, Any]) -> dict[str, str]:
    """The engine's data as files under `assets/layerlab/`, and `data.json`, which leads from a name to its file.

    The files' names change with their content; addresses in `data.json` are relative to it.
    """
    names: dict[str, str] = {}
    contents: dict[str, str] = {}
    for supply in supplies:
        stem = supply.name.partition("@")[0].replace("/", "-")
        uri = f"data/{stem}.{fingerprint(supply.text)}.json"
        names[supply.name] = uri
        contents[uri] = supply.text
    return contents | {"data.json": json.dumps({"v": 1, **about, "supplies": names}, indent=1, sort_keys=True) + "\n"}
