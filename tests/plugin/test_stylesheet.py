"""The hook that makes one style sheet of all: what it keeps of the theme's, and what pages name afterwards."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = """<html><head>
      <link rel="stylesheet" href="{up}assets/stylesheets/main.1.min.css">
      <link rel="stylesheet" href="{up}own.css">
      <link rel="stylesheet" href="{up}assets/layerlab/layerlab-2.css">
</head><body dir="ltr" data-md-color-scheme="default" class="no-js"><p class="md-a tip">…</p></body></html>
"""


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    """The hook's module; MkDocs loads it by its path, too."""
    spec = importlib.util.spec_from_file_location("stylesheet_hook", ROOT / "hooks/stylesheet.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("sheet", "left"),
    [
        (".md-a{x:1}.md-b{x:2}", ".md-a{x:1}"),
        (".md-a,.md-b,p.md-b,p{x:1}", ".md-a,p{x:1}"),
        (".md-a:not(.md-b){x:1}", ".md-a:not(.md-b){x:1}"),
        (".md-typeset table:not([class]) td>:first-child,p{x:1}.md-typeset table:not([class])+*{x:2}", "p{x:1}"),
        (":is(.md-a,.md-b) i{x:1}", ":is(.md-a,.md-b) i{x:1}"),
        ("@media print{.md-b{x:1}}", ""),
        ("@media print{.md-b{x:1}.tip{y:2}}", "@media print{.tip{y:2}}"),
        ("@supports (a:b){@media print{.tip{y:2}}}", "@supports (a:b){@media print{.tip{y:2}}}"),
        ("[dir=rtl] .md-a{x:1}[dir=ltr] .md-a{x:2}", "[dir=ltr] .md-a{x:2}"),
        ("[data-md-color-scheme=slate]{x:1}[data-md-color-scheme=default]{x:2}", "[data-md-color-scheme=default]{x:2}"),
        (".md-made-by-script{x:1}", ".md-made-by-script{x:1}"),
        ("@keyframes a{from{x:1}to{x:2}}p{x:1}", "@keyframes a{from{x:1}to{x:2}}p{x:1}"),
        ('@charset "UTF-8";p{content:"}.md-b{"}', '@charset "UTF-8";p{content:"}.md-b{"}'),
        ("/* .md-a{ */p{x:url(data:a;b,c{d})}", "p{x:url(data:a;b,c{d})}"),
        (r".md-a\:b{x:1}", ""),
        (
            ":root{--i:url('a');--j:url('b');}.tip{mask:var(--i)}.md-b{mask:var(--j)}",
            ":root{--i:url('a');}.tip{mask:var(--i)}",
        ),
    ],
)
def test_a_rule_stays_if_a_page_can_use_it(hook: ModuleType, sheet: str, left: str) -> None:
    used = hook.used_by([PAGE], ['make("md-made-by-script")'])
    assert hook.slimmed(sheet, used) == left


def test_all_pages_name_one_sheet_that_both_languages_share(hook: ModuleType, tmp_path: Path) -> None:
    for language in ("", "en/"):
        for name, text in {
            "assets/stylesheets/main.1.min.css": ".md-a{x:1}.md-b{x:2}",
            "own.css": ".mine{x:3}",
        }.items():
            file = tmp_path / language / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    (tmp_path / "assets/layerlab").mkdir()
    (tmp_path / "assets/layerlab/layerlab-2.css").write_text(".ll-made-by-engine{x:4}", encoding="utf-8")
    (tmp_path / "index.html").write_text(PAGE.format(up=""), encoding="utf-8")
    (tmp_path / "404.html").write_text(PAGE.format(up="/"), encoding="utf-8")
    english = PAGE.format(up="../").replace("../assets/layerlab", "../../assets/layerlab")
    (tmp_path / "en/layers").mkdir()
    (tmp_path / "en/layers/index.html").write_text(english, encoding="utf-8")
    hook.unite(tmp_path)
    [sheet] = (tmp_path / "assets/stylesheets").glob("site-*.css")
    assert sheet.read_text(encoding="utf-8") == ".md-a{x:1}.mine{x:3}.ll-made-by-engine{x:4}"
    for page, up in {"index.html": "", "404.html": "/", "en/layers/index.html": "../../"}.items():
        text = (tmp_path / page).read_text(encoding="utf-8")
        assert text.count('rel="stylesheet"') == 1
        assert f'href="{up}assets/stylesheets/{sheet.name}"' in text


def test_no_cell_of_a_plain_table_holds_a_block_so_that_the_theme_s_margins_for_those_may_be_left_out() -> None:
    blocks = re.compile(r"<t[dh]\b[^>]*>\s*<(?:p|ul|ol|dl|pre|div|blockquote|h[1-6])\b")
    pages = {path: path.read_text(encoding="utf-8") for path in (ROOT / "site").rglob("*.html")}
    tables = [
        (path, table) for path, text in pages.items() for table in re.findall(r"<table>.*?</table>", text, re.DOTALL)
    ]
    assert tables
    assert [path for path, table in tables if blocks.search(table)] == []
