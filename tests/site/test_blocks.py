"""What a reader does with a block, in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from live.driving import READY, add_at_end, wake
from playwright.sync_api import Browser, Page, Route, expect

from layerlab.catalogue.files import load
from layerlab.html import element
from layerlab.session import Service
from layerlab.views.source import source_lines

LANGUAGES = {"ko": "", "en": "en/"}


def engine_reply(request: dict[str, Any], supplies: dict[str, str]) -> dict[str, Any]:
    """What CPython answers to a request of the page."""
    service = Service(load)
    for name, text in supplies.items():
        service.supply(name, text)
    return json.loads(service.handle(json.dumps(request)))


@pytest.mark.parametrize("folder", LANGUAGES.values(), ids=LANGUAGES)
def test_an_edited_line_changes_the_history(page: Page, site: str, folder: str) -> None:
    lab = wake(page, site + folder)
    add_at_end(page, lab, "\nENV GREETING=hello\n")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV GREETING=hello")


@pytest.mark.parametrize("folder", LANGUAGES.values(), ids=LANGUAGES)
def test_nothing_of_the_runtime_is_requested_before_a_touch(page: Page, site: str, folder: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site + folder, wait_until="networkidle")
    assert asked
    assert [url for url in asked if re.search(r"runtime-|element-|chunk-|data\.json", url)] == []
    assert [url for url in asked if not url.startswith((site, "data:"))] == []


def test_the_script_before_a_touch_is_small(page: Page, site: str) -> None:
    page.goto(site, wait_until="networkidle")
    size = page.evaluate(
        "performance.getEntriesByType('resource').filter(r => r.name.includes('/layerlab-') && r.name.endsWith('.js'))"
        ".map(r => r.encodedBodySize)"
    )
    assert len(size) == 1
    assert 0 < size[0] <= 8_000


@pytest.mark.parametrize("folder", LANGUAGES.values(), ids=LANGUAGES)
def test_without_javascript_the_output_is_on_the_page(browser: Browser, site: str, folder: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + folder)
    expect(page.locator("layer-lab [data-view=history]").first).to_contain_text("CREATED BY")
    expect(page.locator("layer-lab [data-view=log]").first).to_be_visible()
    context.close()


def test_a_mistake_keeps_the_last_good_output_and_names_the_line(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    rows = lab.locator("[data-view=history] :is(.ll-created-by, .ll-size)")  # ages go on
    before = rows.all_inner_texts()
    add_at_end(page, lab, "\nNONSENSE x\n")
    expect(lab.locator(".ll-problem.ll-error")).to_contain_text("unknown instruction: NONSENSE")
    expect(lab.locator(".ll-problem.ll-error .ll-where")).to_contain_text("Line")
    expect(lab.locator("[data-view=history]")).to_have_attribute("data-stale", "")
    assert rows.all_inner_texts() == before


def test_edits_survive_a_reload(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    add_at_end(page, lab, "\nENV KEPT=1\n")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV KEPT=1")
    asked: list[str] = []
    page.reload()
    page.on("request", lambda request: asked.append(request.url))
    lab = page.locator("layer-lab").first
    expect(lab.locator(".ll-banner")).to_be_visible()
    expect(lab.locator(".ll-source")).to_contain_text("ENV KEPT=1")
    expect(lab.locator("[data-view=history]")).not_to_contain_text("ENV KEPT=1")
    assert not [url for url in asked if "runtime-" in url]
    lab.locator(".ll-edit").click()
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV KEPT=1", timeout=READY)


TRICKY = (
    '# a comment\n\nFROM alpine:3.20 AS base\nENV A="b \\" c" D=\'e\'\n'
    "RUN --mount=type=cache,target=/x echo $A ${A:-y} \\\n  # between\n\n  COPY not an instruction\n"
    'RUN <<EOF\nFROM no instruction\n# no comment of ours\nEOF\nCOPY --from=base <<-"END" <<TWO /a/\n\tENV x\n\tEND\nADD y\nTWO\n'
    "RUN echo '<img src=x>' \\ \n && cat\n  user 1000\nCMD [\"a\", \"--flag\"]"
)
ESCAPED = "# syntax=docker/dockerfile:1\r\n# escape=`\r\nFROM alpine:3.20\r\nRUN echo a `\r\n  ENV b\r\nWORKDIR C:\\\r\nUSER x\r\n"


def test_a_text_of_an_earlier_visit_has_the_colours_the_engine_would_give_it(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    add_at_end(page, lab, "\nENV KEPT=1\n")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV KEPT=1")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for text in (TRICKY, ESCAPED):
        page.goto(site + "en/notices/")  # the block would save its own text once more as it goes
        page.evaluate(
            """text => { const key = Object.keys(localStorage).find((key) => key.startsWith("layerlab:"));
            localStorage.setItem(key, JSON.stringify({ ...JSON.parse(localStorage.getItem(key)), text })); }""",
            text,
        )
        asked.clear()
        page.goto(site + "en/")
        code = page.locator("layer-lab .ll-source pre code").first
        expect(code.locator(".ll-line").last).to_have_text(text.split("\n")[-2 if text.endswith("\n") else -1].strip())
        made = str(element("code", list(source_lines(text))))
        made = re.sub(r' data-refs="[^"]*"', "", made).removeprefix("<code>").removesuffix("</code>")
        wanted = page.evaluate(
            "html => { const node = document.createElement('template'); node.innerHTML = html; return node.innerHTML; }", made
        )
        assert code.inner_html() == wanted
        assert not [url for url in asked if "runtime-" in url]


def test_reset_brings_back_the_authors_text(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    add_at_end(page, lab, "\nENV GONE=1\n")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV GONE=1")
    lab.locator(".ll-reset").click()
    expect(lab.locator("[data-view=history]")).not_to_contain_text("ENV GONE=1")
    page.reload()
    expect(page.locator("layer-lab").first.locator(".ll-banner")).to_have_count(0)


def test_a_typed_command_is_answered(page: Page, site: str) -> None:
    page.goto(site + "en/commands/")
    console = page.locator("layer-console").first
    console.locator(".ll-edit").click()
    expect(console).to_have_attribute("data-boot", "ready", timeout=READY)
    console.locator(".ll-line-input").fill("docker frobnicate")
    console.locator(".ll-line-input").press("Enter")
    expect(console.locator("[data-view=console]")).to_contain_text("frobnicate")
    page.reload()
    console = page.locator("layer-console").first
    expect(console.locator(".ll-banner")).to_contain_text("is kept: 1 command.")  # no text of the reader's is spoken of
    console.get_by_role("button", name="Go on").click()
    expect(console.locator("[data-view=console]")).to_contain_text("frobnicate", timeout=READY)
    expect(console.locator(".ll-banner")).to_have_count(0)


def test_pointing_at_a_row_marks_what_it_belongs_to(page: Page, site: str) -> None:
    page.goto(site + "en/")
    lab = page.locator("layer-lab").first
    lab.locator(".ll-line[data-refs]").first.hover()
    refs = lab.locator(".ll-line[data-refs]").first.get_attribute("data-refs")
    marked = lab.locator(".ll-marked")
    assert marked.count() >= 2
    assert {node.get_attribute("data-refs") for node in marked.all()} == {refs}


def test_tab_leaves_the_editor(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    lab.locator(".cm-content").click()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.shadowRoot?.activeElement ?? null") is None


def test_a_syllable_in_the_making_is_not_built(page: Page, site: str) -> None:
    lab = wake(page, site)
    add_at_end(page, lab, "\nLABEL a=")
    session = page.context.new_cdp_session(page)
    for text in ("ㅎ", "하", "한"):
        session.send("Input.imeSetComposition", {"text": text, "selectionStart": 1, "selectionEnd": 1})
        page.wait_for_timeout(200)
    expect(lab.locator("[data-view=history]")).not_to_contain_text("LABEL a=ㅎ")
    session.send("Input.insertText", {"text": "한글"})
    expect(lab.locator("[data-view=history]")).to_contain_text("LABEL a=한글")


@pytest.mark.parametrize("name", ["pyodide.asm.wasm", "pyodide.mjs", "worker.js"])
def test_a_missing_file_of_the_runtime_is_said_and_the_page_stays(page: Page, site: str, name: str) -> None:
    page.route(f"**/{name}", lambda route: route.fulfill(status=404))
    page.clock.install()
    page.goto(site + "en/")
    lab = page.locator("layer-lab").first
    lab.locator(".ll-edit").click()
    for _ in range(10):
        page.clock.run_for(21_000)
        if lab.get_attribute("data-boot") == "failed":
            break
    expect(lab).to_have_attribute("data-boot", "failed")
    expect(lab.locator(".ll-status-text")).to_contain_text("Your text is still there")
    expect(lab.locator("[data-view=history]")).to_contain_text("CREATED BY")


def test_without_its_snapshot_the_engine_starts_the_slower_way(page: Page, site: str) -> None:
    page.route("**/snapshot.bin", lambda route: route.fulfill(status=404))
    lab = wake(page, site + "en/")
    add_at_end(page, lab, "\nENV SLOW=1\n")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV SLOW=1")


DOCKERFILES = {
    "post": "FROM ubuntu:20.04\nRUN apt-get update\nRUN apt-get install -y nginx\nWORKDIR /app\n",
    "stages": 'FROM alpine:3.20 AS build\nRUN echo hi > /a\nFROM busybox\nCOPY --from=build /a /a\nCMD ["cat", "/a"]\n',
    "broken": "FROM ubuntu:20.04 # [Layer 1]\nRUN apt-get update # [Layer 2]\n",
    "markup": 'FROM scratch\nLABEL a="</script><img src=x onerror=alert(1)>"\nENV 이름=값\n',
    "unknown": "FROM nowhere/at-all:1\nRUN true\n",
    "empty": "",
}


@pytest.mark.parametrize("name", DOCKERFILES)
def test_the_browser_gives_the_bytes_that_cpython_gives(page: Page, site: str, name: str) -> None:
    """The reply of the worker to the page's own request, against `Service.handle` in this process."""
    replies: list[tuple[dict[str, Any], str]] = []
    page.expose_function("keep", lambda request, reply: replies.append((request, reply)))
    page.add_init_script(
        """
        const Native = Worker, asked = new Map();
        globalThis.Worker = class extends Native {
          constructor(...given) { super(...given); this.addEventListener("message", ({ data }) => {
            if (data.type === "reply") keep({ ...asked.get(data.id), id: data.id }, data.reply); }); }
          postMessage(data, ...more) { if (data.type === "request") asked.set(data.id, data.request); super.postMessage(data, ...more); }
        };
        """
    )
    lab = wake(page, site + "en/playground/")
    lab.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    if DOCKERFILES[name]:
        page.keyboard.insert_text(DOCKERFILES[name])
    found = _until(page, lambda: [one for one in replies if one[0].get("text") == DOCKERFILES[name]])
    request, reply = found[-1]
    supplies = _contexts(page, site)
    assert json.loads(reply) == engine_reply(request, supplies)


def _contexts(page: Page, site: str) -> dict[str, str]:
    """The build contexts of the site, by the names the engine asks for."""
    names = page.request.get(site + "assets/layerlab/data.json").json()["supplies"]
    return {
        name: page.request.get(f"{site}assets/layerlab/{uri}").text()
        for name, uri in names.items()
        if name.startswith("context/")
    }


def _until(page: Page, find: Any) -> Any:
    for _ in range(300):
        if found := find():
            return found
        page.wait_for_timeout(100)
    raise AssertionError("the page asked the engine for no such text")


def test_the_editor_is_optional(page: Page, site: str, site_folder: Path) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=404)

    editor = max((site_folder / "assets/layerlab").glob("chunk-*.js"), key=lambda file: file.stat().st_size)
    page.route(f"**/{editor.name}", refuse)
    page.goto(site + "en/")
    lab = page.locator("layer-lab").first
    lab.locator(".ll-edit").click()
    area = lab.locator(".ll-textarea")
    area.press("Control+End")
    area.press_sequentially("\nENV PLAIN=1")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV PLAIN=1", timeout=READY)
