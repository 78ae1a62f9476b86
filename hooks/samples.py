"""The playground's samples, from `docs/labs/samples/*.toml`: sections with a live block each, and a list of them.

Without a script the page is complete: every sample stands there with its views, and the list's links lead down to it.
With one, `plugin/browser/src/samples.ts` shows one sample at a time.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

from layerlab.messages import load as load_messages

SAMPLES = Path(__file__).resolve().parents[1] / "docs/labs/samples"
MARK = "<!-- layerlab: samples -->"
GROUPS = ("start", "languages", "pairs")
VIEWS = "stack history log cache files inspect"

Samples = Mapping[str, Mapping[str, Any]]


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: object) -> str:  # noqa: ARG001
    """Put the samples where a page asks for them."""
    if MARK not in markdown:
        return markdown
    return markdown.replace(MARK, samples_markdown(read_samples(), config.theme["language"]))


def read_samples() -> Samples:
    """All samples in their order."""
    found = {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in SAMPLES.glob("*.toml")}
    return dict(sorted(found.items(), key=lambda item: item[1]["order"]))


def samples_markdown(samples: Samples, language: str) -> str:
    """The list and the sections."""
    sections = (section(name, sample, language) for name, sample in samples.items())
    body = "\n\n".join([picker(samples, language), *sections])
    return f'<div class="ll-playground" markdown="block">\n\n{body}\n\n</div>'


def picker(samples: Samples, language: str) -> str:
    """The list in its groups; each entry says what the sample shows."""
    say = load_messages("ko" if language == "ko" else "en")
    groups = []
    for group in GROUPS:
        mark = f"samples-{group}"
        items = "".join(entry(name, sample, language) for name, sample in samples.items() if sample["group"] == group)
        title = escape(say(f"browser.samples.{group}"))
        groups.append(f'<div><p id="{mark}">{title}</p><ul aria-labelledby="{mark}">{items}</ul></div>')
    label = escape(say("browser.samples"))
    live = f'<layer-samples data-lang="{language}"></layer-samples>'  # inside: Markdown knows only HTML's own blocks
    return f'<nav class="ll-samples" aria-label="{label}">{"".join(groups)}{live}</nav>'


def entry(name: str, sample: Mapping[str, Any], language: str) -> str:
    """A link of the list."""
    title, summary = escape(sample["title"][language]), escape(sample["summary"][language])
    return f'<li><a href="#sample-{name}" data-for="{name}"><strong>{title}</strong> <span>{summary}</span></a></li>'


def section(name: str, sample: Mapping[str, Any], language: str) -> str:
    """A sample with its block; the heading carries the place that links lead to."""
    options = {"lab": name, "context": sample.get("context"), "tag": sample["tag"], "views": VIEWS}
    header = " ".join(f'{key}="{value}"' for key, value in options.items() if value)
    partner = f' data-compare="{sample["compare"]}"' if "compare" in sample else ""
    parts = [
        f'<section data-sample="{name}"{partner} markdown="block">',
        f"## {sample['title'][language]} {{#sample-{name}}}",
        sample["summary"][language],
        f"```dockerfile {{.layerlab {header}}}\n{sample['dockerfile'].strip()}\n```",
        "</section>",
    ]
    return "\n\n".join(parts)
