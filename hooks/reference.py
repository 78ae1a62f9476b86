"""Pages made from the engine's own data: the catalogue, one page a linter rule, the list of known differences.

Both languages get the same generated pages, so they need no twins in docs/. The texts that only a page needs
(why a rule is there, its examples) stand in docs/reference/.
"""

from __future__ import annotations

import json
import logging
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from layerlab.advice import RULES as ADVICE_RULES
from layerlab.advice import advise
from layerlab.advice.wording import sentence
from layerlab.build.context import Context
from layerlab.catalogue.files import load
from layerlab.docker.units import maybe
from layerlab.lab import Lab
from layerlab.messages import Messages
from layerlab.messages import load as load_messages

log = logging.getLogger("mkdocs.hooks.reference")  # below "mkdocs", so that --strict counts it
ROOT = Path(__file__).resolve().parents[1]
DIFFERENCES = ROOT / "tests/oracle/known_differences.json"
RULES = ROOT / "docs/reference/checks.toml"
ADVICE = ROOT / "docs/reference/advice.toml"
MARK = "<!-- layerlab: known-differences -->"

WORDS: Mapping[str, Mapping[str, str]] = {
    "ko": {
        "section": "참고",
        "images": "기록된 베이스 이미지",
        "images.about": "시뮬레이션한 호스트가 아는 이미지입니다. 목록에 없는 태그는 같은 저장소의 가장 가까운 태그로"
        " 대신하고, 그 사실을 밝히며 크기는 `?`로 표시합니다.",
        "images.head": "태그 | 다른 이름 | 히스토리 / 레이어 | 크기 | 만든 날 | 출처",
        "exact": "정확",
        "rounded": "반올림",
        "sibling": "같은 태그의 다른 빌드",
        "measured": "다시 만들어 잰 값",
        "estimated": "추정",
        "unknown": "모름",
        "checks": "빌드 검사",
        "checks.about": "BuildKit의 린터가 보고하는 규칙입니다. `docker build --check`로도 볼 수 있습니다."
        " 메시지는 Docker의 것이라 번역하지 않습니다.",
        "checks.head": "규칙 | Docker의 설명",
        "advice": "레이어 조언",
        "advice.about": "BuildKit의 검사와는 따로, 이 사이트의 편집기가 레이어를 두고 하는 조언입니다."
        " 문장에 나오는 줄과 크기는 시뮬레이션한 빌드에서 계산합니다."
        " 명령줄에서는 `layerlab check --advice`로 볼 수 있습니다.",
        "advice.head": "규칙 | 이름 | 내용",
        "bad": "규칙에 걸리는 예",
        "good": "고친 예",
        "difference": "기록 | 다른 부분 | 이유",
        "no_differences": "지금은 없습니다.",
    },
    "en": {
        "section": "Reference",
        "images": "Recorded base images",
        "images.about": "The images the simulated host knows. A tag that isn't here is replaced by the nearest one of"
        " its repository; the block says so and shows its sizes as `?`.",
        "images.head": "Tag | Other names | History / layers | Size | Made on | Source",
        "exact": "exact",
        "rounded": "rounded",
        "sibling": "another build of the tag",
        "measured": "measured on a rebuild",
        "estimated": "estimated",
        "unknown": "unknown",
        "checks": "Build checks",
        "checks.about": "The rules that BuildKit's linter reports, also with `docker build --check`."
        " The messages are Docker's own and aren't translated.",
        "checks.head": "Rule | Docker's description",
        "advice": "Advice on layers",
        "advice.about": "Apart from BuildKit's checks, the editors of this site give advice on layers."
        " The lines and sizes in it are computed from the simulated build."
        " On the command line it is `layerlab check --advice`.",
        "advice.head": "Rule | Name | What it is about",
        "bad": "What the rule reports",
        "good": "Put right",
        "difference": "Recording | What differs | Reason",
        "no_differences": "There are none at present.",
    },
}


def on_config(config: MkDocsConfig) -> None:
    """Put the generated pages at the end of the navigation."""
    say = WORDS[config.theme["language"]]
    rules = [{rule.name: f"reference/checks/{slug(rule.name)}.md"} for rule in rules_of_engine()]
    pages: list[Any] = [{say["images"]: "reference/images.md"}]
    if rules:
        pages.append({say["checks"]: ["reference/checks/index.md", *rules]})
    pages.append({say["advice"]: ["reference/advice/index.md", *({code: advice_uri(code)} for code in ADVICE_RULES)]})
    if config.nav is not None:
        config.nav.append({say["section"]: pages})


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Make the pages."""
    language = config.theme["language"]
    pages = {"reference/images.md": images_page(language)} | check_pages(language) | advice_pages(language)
    for uri, content in pages.items():
        files.append(File.generated(config, uri, content=content))


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: object) -> str:  # noqa: ARG001
    """Put the list of known differences where a page asks for it."""
    if MARK not in markdown:
        return markdown
    return markdown.replace(MARK, differences_table(config.theme["language"]))


def images_page(language: str) -> str:
    """The catalogue as tables, one a repository."""
    say = WORDS[language]
    index = json.loads(load("index") or "{}")
    parts = [f"# {say['images']}", say["images.about"]]
    for name, repository in sorted(index["repositories"].items()):
        rows = [image_row(tag, stem, repository, index, say) for tag, stem in repository["tags"].items()]
        parts.append(f"## {name}")
        parts.append(table(say["images.head"], rows))
    return "\n\n".join(parts) + "\n"


def image_row(
    tag: str, stem: str, repository: Mapping[str, Any], index: Mapping[str, Any], say: Mapping[str, str]
) -> str:
    """One tag as a table row."""
    image = json.loads(load(f"image/{stem}@{index['files'][f'image/{stem}']}") or "{}")
    history = image["history"]
    layers = sum(1 for row in history if not row.get("empty_layer"))
    names = ", ".join(f"`{alias}`" for alias, target in repository["aliases"].items() if target == tag)
    size = f"{maybe(image['size']['bytes'])} ({say[image['size']['kind']]})"
    source = f"{image['provenance']['source']}, {image['provenance']['snapshot']}"
    made = (image["created"] or "")[:10]
    return " | ".join([f"`{tag}`", names, f"{len(history)} / {layers}", size, made, cell(source)])


def rules_of_engine() -> tuple[Any, ...]:
    """The linter's rules as the engine has them, in its order."""
    from layerlab.dockerfile import checks  # noqa: PLC0415

    rules = getattr(checks, "RULES", ())
    return tuple(rules.values()) if isinstance(rules, Mapping) else tuple(rules)


def check_pages(language: str) -> dict[str, str]:
    """An index of the rules, and for each a page with a live bad and good example."""
    say = WORDS[language]
    told = tomllib.loads(RULES.read_text(encoding="utf-8"))
    rules = rules_of_engine()
    if not rules:
        return {}
    for name in sorted({rule.name for rule in rules} ^ told.keys()):
        log.warning("docs/reference/checks.toml and the engine's rules differ in %s", name)
    rows = [f"[{rule.name}]({slug(rule.name)}.md) | {cell(rule.description)}" for rule in rules]
    index = f"# {say['checks']}\n\n{say['checks.about']}\n\n{table(say['checks.head'], rows)}\n"
    pages = {"reference/checks/index.md": index}
    for rule in rules:
        if rule.name in told:
            pages[f"reference/checks/{slug(rule.name)}.md"] = check_page(rule, told[rule.name], say, language)
    return pages


def check_page(rule: Any, text: Mapping[str, str], say: Mapping[str, str], language: str) -> str:
    """The page of one rule."""
    parts = [f"# {rule.name}", f"> {rule.description}", text[language]]
    for kind in ("bad", "good"):
        parts += example(kind, text, say, "log")
    return "\n\n".join(parts) + "\n"


def example(kind: str, text: Mapping[str, str], say: Mapping[str, str], views: str) -> list[str]:
    """A live example under its heading."""
    options = text.get("options", "") if kind == "bad" or "context" in text.get("options", "") else ""
    fails = text.get("fails") == kind
    shown = "log" if fails else views
    header = f'dockerfile {{.layerlab lab="{kind}" tag="demo" views="{shown}" {options}{" fails" if fails else ""}}}'
    return [f"## {say[kind]}", f"```{header}\n{text[kind].strip()}\n```"]


def advice_uri(code: str) -> str:
    """Where the page of one of our rules is: by its name, which says more than its code."""
    return f"reference/advice/{ADVICE_RULES[code].name}.md"


def advice_pages(language: str) -> dict[str, str]:
    """An index of our own rules, and for each a page with a live bad and good example."""
    say, sentences = WORDS[language], load_messages("ko" if language == "ko" else "en")
    told = tomllib.loads(ADVICE.read_text(encoding="utf-8"))
    for code in sorted(ADVICE_RULES.keys() ^ told.keys()):
        log.warning("docs/reference/advice.toml and the engine's rules differ in %s", code)
    rows, pages = [], {}
    for code, rule in ADVICE_RULES.items():
        title = sentences(f"advice.{code}.title")
        rows.append(f"[{code}]({rule.name}.md) | `{rule.name}` | {cell(title)}")
        parts = [f"# {code}: {title}", f"`{rule.name}`", sentences(f"advice.{code}.why")]
        for kind in ("bad", "good") if code in told else ():
            parts += example(kind, told[code], say, "stack history")
            if kind == "bad":
                parts += [f"> {line}" for line in advice_on(code, told[code], sentences)]
        pages[advice_uri(code)] = "\n\n".join(parts) + "\n"
    index = f"# {say['advice']}\n\n{say['advice.about']}\n\n{table(say['advice.head'], rows)}\n"
    return {"reference/advice/index.md": index} | pages


def advice_on(code: str, text: Mapping[str, str], say: Messages) -> list[str]:
    """What a rule says of an example, with the numbers of its build."""
    name = re.search(r'context="([\w-]+)"', text.get("options", ""))
    context = Context.from_directory(ROOT / "docs/labs" / name[1]) if name else Context()
    record = Lab().build(text["bad"].strip() + "\n", context=context, tag="demo")
    return [sentence(advice, say) for advice in advise(record) if advice.rule == code]


def differences_table(language: str) -> str:
    """The file that the tests use, as a table: one row a case and reason."""
    say = WORDS[language]
    listed = json.loads(DIFFERENCES.read_text(encoding="utf-8")) if DIFFERENCES.is_file() else []
    aspects: dict[tuple[str, str], set[str]] = {}
    for entry in listed:
        aspects.setdefault((entry["case"], entry["reason"]), set()).add(entry["aspect"])
    if not aspects:
        return say["no_differences"]
    rows = (f"`{case}` | {cell(', '.join(sorted(what)))} | {cell(reason)}" for (case, reason), what in aspects.items())
    return table(say["difference"], rows)


def table(head: str, rows: Iterable[str]) -> str:
    """A Markdown table."""
    rule = " | ".join("---" for _ in head.split(" | "))
    return "\n".join(f"| {line} |" for line in [head, rule, *rows])


def cell(text: str) -> str:
    """Text that can't break out of a table's cell or become markup."""
    return re.sub(r"([|<>&*_`\[\]\\])", r"\\\1", " ".join(text.split()))


def slug(name: str) -> str:
    """A rule's name as Docker's documentation has it in addresses: `JSONArgsRecommended` → `json-args-recommended`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
