"""One style sheet for the whole site, of those that its pages name, less what no page of it can use.

A page isn't painted before its last style sheet has come, and the theme's have rules for all that a theme can be asked
for. Only its classes, colours, directions and icons are looked at, and only the theme's own sheets: what our engine
adds to a page while somebody reads it has its rules in ours.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from mkdocs.config.defaults import MkDocsConfig

LINK = re.compile(r'[ \t]*<link rel="stylesheet" href="(?P<href>[^"]+)">\n?')
THEME = re.compile(r"(?:^|/)assets/stylesheets/")
TARGET = "assets/stylesheets/site-{mark}.css"
SHARED = re.compile(r"assets/layerlab/[^/]+$")
"""The end of an address that lies at the root of both languages."""

WORD = re.compile(r"[\w-]+")
CLASS = re.compile(r"\.((?:[\w-]|\\.)+)")
ASKED = re.compile(r"\[(dir|data-md-color-[\w-]+)=([\w-]+)\]")
CLASSES = re.compile(r'\bclass="([^"]*)"')
GIVEN = re.compile(r'\b(dir|data-md-color-[\w-]+)="([\w-]+)"')
QUOTED = r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"""
ICON = re.compile(rf"(--[\w-]+):url\((?:{QUOTED}|[^)\"']*)\);?")
TOKEN = re.compile(rf"/\*.*?\*/|{QUOTED}|url\((?![\"'])[^)]*\)|[{{}}]|[^\"'/{{}}u]+|.", re.DOTALL)

WIDE = frozenset(
    [
        ".md-typeset table:not([class])+*",
        *(
            f".md-typeset table:not([class]) {cell}>:{end}"
            for cell in ("td", "th")
            for end in ("first-child", "last-child")
        ),
    ]
)
"""Rules of the theme that no page needs: our tables' cells hold no blocks, and where its script has been, nothing
follows a table. For them a browser restyles all below an element whenever its classes change."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`head{body}`; the body of `@media` and the like is rules again, and a statement such as `@charset` has none."""

    head: str
    body: str | tuple[Rule, ...] | None


@dataclass(frozen=True, slots=True)
class Used:
    """Classes of the pages and all words of the scripts, and what the pages say of colours and direction."""

    words: frozenset[str]
    values: frozenset[tuple[str, str]]


def on_post_build(config: MkDocsConfig) -> None:
    """Once both languages are there. The last of the hooks, since another builds the second one."""
    if config.theme["language"] == "ko":
        unite(Path(config.site_dir))


def unite(site: Path) -> None:
    """Write the sheet and have every page name it alone."""
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    scripts = (path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.js")))
    used = used_by(pages.values(), scripts)
    for path, page in pages.items():
        links = list(LINK.finditer(page))
        if not links or not SHARED.search(links[-1]["href"]):
            continue
        place = "/" + path.relative_to(site).as_posix()
        files = [site / urlsplit(urljoin(place, link["href"])).path.lstrip("/") for link in links]
        sheet = "".join(_sheet(file, link["href"], used) for file, link in zip(files, links, strict=True))
        name = TARGET.format(mark=hashlib.sha256(sheet.encode()).hexdigest()[:12])
        (site / name).write_text(sheet, encoding="utf-8")
        one = f'      <link rel="stylesheet" href="{SHARED.sub(name, links[-1]["href"])}">\n'
        united = LINK.sub("", page[: links[-1].start()]) + one + page[links[-1].end() :]
        path.write_text(united, encoding="utf-8")


def _sheet(file: Path, address: str, used: Used) -> str:
    text = file.read_text(encoding="utf-8")
    return slimmed(text, used) if THEME.search(address) else text


def used_by(pages: Iterable[str], scripts: Iterable[str]) -> Used:
    """A script's words are taken wherever they stand: one too many keeps a rule too many."""
    words: set[str] = set()
    values: set[tuple[str, str]] = set()
    for page in pages:
        for classes in set(CLASSES.findall(page)):
            words.update(classes.split())
        values.update(GIVEN.findall(page))
    for script in scripts:
        words.update(WORD.findall(script))
    return Used(frozenset(words), frozenset(values))


def slimmed(sheet: str, used: Used) -> str:
    """The sheet without rules that select nothing, and then without icons that no rule shows."""
    text = "".join(_text(rule) for rule in _kept(rules_of(sheet), used))
    shown = set(re.findall(r"var\((--[\w-]+)", text))
    return ICON.sub(lambda icon: icon[0] if icon[1] in shown else "", text)


def rules_of(sheet: str) -> tuple[Rule, ...]:
    """Rules and statements in their order; comments are left out."""
    tokens = (found[0] for found in TOKEN.finditer(sheet) if not found[0].startswith("/*"))
    return tuple(_rules(tokens))


def _rules(tokens: Iterator[str]) -> Iterator[Rule]:
    head = ""
    for piece in tokens:
        if piece == "}":
            break
        if piece != "{":
            head += piece
            while head.lstrip().startswith(("@charset", "@import", "@namespace")) and ";" in head:
                statement, _, head = head.partition(";")
                yield Rule(statement.strip() + ";", None)
            continue
        head = head.strip()
        nested = head.startswith(("@media", "@supports", "@container", "@layer"))
        yield Rule(head, tuple(_rules(tokens)) if nested else _body(tokens))
        head = ""


def _body(tokens: Iterator[str]) -> str:
    """Up to the brace that closes it; `@keyframes` has braces inside."""
    text, depth = "", 0
    for piece in tokens:
        depth += (piece == "{") - (piece == "}")
        if depth < 0:
            break
        text += piece
    return text.strip()


def _kept(rules: Iterable[Rule], used: Used) -> Iterator[Rule]:
    for rule in rules:
        if isinstance(rule.body, tuple):
            if inner := tuple(_kept(rule.body, used)):
                yield Rule(rule.head, inner)
        elif rule.head.startswith("@"):
            yield rule
        elif selectors := [one for one in _selectors(rule.head) if _selects(one, used)]:
            yield Rule(",".join(selectors), rule.body)


def _selectors(head: str) -> list[str]:
    """The members of a list; commas in brackets separate something else."""
    found, depth = [""], 0
    for sign in head:
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and not depth:
            found.append("")
        else:
            found[-1] += sign
    return found


def _selects(selector: str, used: Used) -> bool:
    """Whether all it asks for is there. What `:not()` and `:is()` say about it is left out of account."""
    if selector.strip() in WIDE:
        return False
    plain = _without_brackets(selector)
    classes = (re.sub(r"\\(.)", r"\1", name) for name in CLASS.findall(re.sub(r"\[[^]]*\]", "", plain)))
    return used.words.issuperset(classes) and set(ASKED.findall(plain)) <= used.values


def _without_brackets(selector: str) -> str:
    text, depth = "", 0
    for sign in selector:
        depth -= sign == ")"
        text += "" if depth else sign
        depth += sign == "("
    return text


def _text(rule: Rule) -> str:
    if rule.body is None:
        return rule.head
    body = rule.body if isinstance(rule.body, str) else "".join(_text(one) for one in rule.body)
    return f"{rule.head}{{{body}}}"
