"""Build the English site with the Korean one, and hold the two to the same pages.

What the templates need is left in `config.extra`: `roots` (absolute address of each language), `relative_roots`
(from this language's own root) and `untwinned` (pages without the other language).
"""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files

run = SimpleNamespace(command="build")
log = logging.getLogger("mkdocs.hooks.bilingual")  # below "mkdocs", so that --strict counts it
OTHER = {"ko": "en", "en": "ko"}


def on_startup(command: str, **_: object) -> None:
    """Remember what MkDocs was called for: the English site is built for the same."""
    run.command = command


def on_config(config: MkDocsConfig) -> None:
    """Say where each language is."""
    korean = config.theme["language"] == "ko"
    site = config.site_url or "/"
    root = site if korean else site.removesuffix("en/")
    config.extra["roots"] = {"ko": root, "en": root + "en/"}
    config.extra["relative_roots"] = {"ko": "" if korean else "../", "en": "en/" if korean else ""}


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Find pages that only one language has. Generated ones are made for both by whoever generates them."""
    here = Path(config.docs_dir)
    other = here.with_name(OTHER[config.theme["language"]])
    written = (file for file in files.documentation_pages() if file.generated_by is None)
    missing = [file.src_uri for file in written if not (other / file.src_uri).exists()]
    config.extra["untwinned"] = missing
    for page in missing:
        log.warning("docs/%s/%s has no twin docs/%s/%s", here.name, page, other.name, page)


def on_post_build(config: MkDocsConfig) -> None:
    """After the Korean site, build the English one into its `en` folder."""
    if config.theme["language"] != "ko":
        return
    file = Path(config.config_file_path).with_name("mkdocs.en.yml")
    site = str(Path(config.site_dir, "en"))
    english = load_config(str(file), strict=config.strict, site_dir=site, site_url=config.extra["roots"]["en"])
    english.plugins.on_startup(command=run.command, dirty=False)  # load_config alone doesn't
    build(english)
