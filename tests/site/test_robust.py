"""What must not lose a reader's work: moving between pages, going back, several tabs, storage that fails, engines that die."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from live.driving import READY, put_at_end, touched
from playwright.sync_api import Browser, BrowserType, Error, Locator, Page, Route, expect

LANGUAGES = {"ko": "", "en": "en/"}
ELSEWHERE = {"ko": "다른 탭", "en": "another tab"}
CRASHED = {"ko": "다시 시작했습니다", "en": "started afresh"}


def history(lab: Locator) -> Locator:
    return lab.locator("[data-view=history]")


def follow(page: Page, end: str) -> None:
    """Follow the link of the menu at once, whatever is still being computed."""
    page.evaluate("end => document.querySelector(`.md-sidebar a.md-nav__link[href$='${end}']`).click()", end)


def complaints(page: Page) -> list[str]:
    """What the page's policy forbade."""
    found: list[str] = []
    page.on(
        "console", lambda message: found.append(message.text) if "Content Security Policy" in message.text else None
    )
    return found


@pytest.mark.parametrize("folder", LANGUAGES.values(), ids=LANGUAGES)
def test_work_survives_instant_navigation_there_and_back(page: Page, instant: str, folder: str) -> None:
    blocked = complaints(page)
    page.goto(instant + folder, wait_until="networkidle")
    page.evaluate("globalThis.same = 'document'")
    lab = touched(page.locator("layer-lab").first)
    put_at_end(page, lab, "\nENV LEFT=1")
    follow(page, "layers/")
    page.wait_for_url("**/layers/")
    expect(page.locator("layer-lab .ll-edit").first).to_be_visible()
    other = touched(page.locator("layer-lab").first)
    put_at_end(page, other, "\nENV OTHER=1")
    expect(history(other)).to_contain_text("ENV OTHER=1")
    expect(page.locator(".ll-banner")).to_have_count(0)
    page.go_back()
    back = page.locator("layer-lab").first
    expect(back.locator(".ll-banner")).to_be_visible()
    expect(back.locator(".ll-source")).to_contain_text("ENV LEFT=1")
    back.locator(".ll-edit").click()
    expect(history(back)).to_contain_text("ENV LEFT=1", timeout=READY)
    expect(history(back)).not_to_contain_text("ENV OTHER=1")
    page.go_forward()
    ahead = page.locator("layer-lab").first
    expect(ahead.locator(".ll-source")).to_contain_text("ENV OTHER=1")
    assert page.evaluate("globalThis.same") == "document"
    assert blocked == []


@pytest.fixture
def remembering(browser_type: BrowserType, browser_type_launch_args: dict[str, Any]) -> Iterator[Page]:
    """A page of a browser that puts pages aside when they are left; Playwright's default has that switched off.

    The headless shell never does, so this takes the whole browser where the machine has one.
    """
    whole = shutil.which("chromium") or shutil.which("google-chrome") or browser_type_launch_args.get("executable_path")
    options = {**browser_type_launch_args, **({"executable_path": whole} if whole else {})}
    browser = browser_type.launch(**options, ignore_default_args=["--disable-back-forward-cache"])
    yield browser.new_page()
    browser.close()


def test_a_page_that_was_put_aside_goes_on_where_it_was(remembering: Page, site: str) -> None:
    page = remembering
    page.add_init_script("addEventListener('pageshow', ({ persisted }) => (globalThis.persisted = persisted))")
    page.goto(site + "en/")
    lab = touched(page.locator("layer-lab").first)
    put_at_end(page, lab, "\nENV BEFORE=1")
    expect(history(lab)).to_contain_text("ENV BEFORE=1")
    page.goto(site + "en/notices/")
    page.go_back(wait_until="commit")
    expect(lab.locator(".cm-content")).to_contain_text("ENV BEFORE=1")
    assert page.evaluate("globalThis.persisted") is True
    put_at_end(page, lab, "\nENV AFTER=1")
    expect(history(lab)).to_contain_text("ENV AFTER=1")
    expect(history(lab)).to_contain_text("ENV BEFORE=1")
    expect(lab).to_have_attribute("data-boot", "ready")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_two_tabs_keep_their_texts_and_the_last_change_is_what_a_reload_brings(
    page: Page, site: str, lang: str
) -> None:
    page.goto(site + LANGUAGES[lang])
    here = touched(page.locator("layer-lab").first)
    put_at_end(page, here, "\nENV HERE=1")
    expect(history(here)).to_contain_text("ENV HERE=1")
    other = page.context.new_page()
    other.goto(site + LANGUAGES[lang])
    expect(other.locator(".ll-banner")).to_be_visible()
    there = touched(other.locator("layer-lab").first)
    expect(there.locator(".cm-content")).to_contain_text("ENV HERE=1")
    put_at_end(other, there, "\nENV THERE=1")
    expect(history(there)).to_contain_text("ENV THERE=1")
    expect(here.locator(".ll-status-text")).to_contain_text(ELSEWHERE[lang])
    expect(here.locator(".cm-content")).not_to_contain_text("ENV THERE=1")
    put_at_end(page, here, "\nENV LAST=1")
    expect(there.locator(".ll-status-text")).to_contain_text(ELSEWHERE[lang])
    expect(there.locator(".cm-content")).to_contain_text("ENV THERE=1")
    other.reload()
    expect(other.locator(".ll-source").first).to_contain_text("ENV LAST=1")
    expect(other.locator(".ll-source").first).not_to_contain_text("ENV THERE=1")
    other.close()


LACKS = {
    "storage that is blocked": "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })",
    "no cache storage": "delete window.caches; delete CacheStorage.prototype.open",
    "no service worker": "delete Navigator.prototype.serviceWorker",
    "no database": "Object.defineProperty(window, 'indexedDB', { value: undefined })",
}


@pytest.mark.parametrize("lack", LACKS)
def test_a_block_works_in_a_browser_with(browser: Browser, site: str, lack: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(LACKS[lack])
    page.goto(site + "en/")
    lab = touched(page.locator("layer-lab").first)
    put_at_end(page, lab, "\nENV LACKING=1")
    expect(history(lab)).to_contain_text("ENV LACKING=1")
    said = "lost when you close this page" if "storage that" in lack else ""
    expect(lab.locator(".ll-status-text")).to_contain_text(said)
    context.close()


BREAKABLE = """
let armed = false;
self.addEventListener("message", ({ data }) => { armed = (data.request?.text ?? "").includes("CRASH"); });
const make = WebAssembly.instantiate;
const guarded = (part) => Object.fromEntries(Object.entries(part).map(([name, act]) =>
  [name, typeof act === "function" ? (...given) => { if (armed) throw FAULT; return act(...given); } : act]));
WebAssembly.instantiate = (code, imports) =>
  make(code, Object.keys(imports?.env ?? {}).length > 20 ? { ...imports, env: guarded(imports.env) } : imports);
"""
FAULTS = {
    "a stack that is too deep": "new RangeError('Maximum call stack size exceeded')",
    "no memory left": "new WebAssembly.RuntimeError('memory access out of bounds')",
}


@pytest.mark.parametrize(("lang", "fault"), [("ko", "a stack that is too deep"), ("en", "no memory left")])
def test_an_engine_that_crashes_is_replaced_and_it_is_said(page: Page, site: str, lang: str, fault: str) -> None:
    """The fault comes out of the WebAssembly itself, so Pyodide takes its own way of dying."""

    def breakable(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=BREAKABLE.replace("FAULT", FAULTS[fault]) + answer.text())

    page.route("**/worker.js", breakable)
    page.goto(site + LANGUAGES[lang])
    lab = touched(page.locator("layer-lab").first)
    lab.locator(".ll-tab[aria-controls$='-console']").click()
    lab.get_by_role("button", name="docker run -dit --name one demo").click()
    expect(lab.locator(".ll-exchange")).to_have_count(1)
    put_at_end(page, lab, "\nENV BEFORE=1")
    expect(history(lab)).to_contain_text("ENV BEFORE=1")
    put_at_end(page, lab, "\nENV CRASH=1")
    expect(lab.locator(".ll-status-text")).to_contain_text(CRASHED[lang], timeout=READY)
    expect(lab).to_have_attribute("data-boot", "ready", timeout=READY)
    expect(lab.locator(".ll-status-text")).to_contain_text(CRASHED[lang])
    expect(lab.locator(".cm-content")).to_contain_text("ENV CRASH=1")
    page.keyboard.press("Control+z")
    put_at_end(page, lab, "\nENV AFTER=1")
    expect(history(lab)).to_contain_text("ENV AFTER=1", timeout=READY)
    expect(history(lab)).to_contain_text("ENV BEFORE=1")
    expect(lab.locator("[data-view=console]")).to_contain_text("docker run -dit --name one demo")
    expect(lab.locator(".ll-status-text")).to_have_text("")


def test_a_worker_that_is_gone_without_a_word_is_missed_and_replaced(page: Page, site: str) -> None:
    page.add_init_script(
        "const Native = Worker; globalThis.first = null;"
        "globalThis.Worker = class extends Native { constructor(...given) { super(...given); if (given[1]?.name === 'layerlab') first ??= this; } };"
    )
    page.clock.install()
    page.goto(site + "en/")
    lab = touched(page.locator("layer-lab").first)
    put_at_end(page, lab, "\nENV BEFORE=1")
    page.clock.run_for(1_000)
    expect(history(lab)).to_contain_text("ENV BEFORE=1")
    page.clock.run_for(1_000)
    # what is out of sight has followed, so that nothing but the next edit waits for the worker that goes
    expect(lab.locator("[data-view=timeline] .ll-build")).to_have_count(2)
    page.evaluate("first.terminate()")
    put_at_end(page, lab, "\nENV AFTER=1")
    page.clock.run_for(1_000)
    page.clock.run_for(15_000)
    expect(lab.locator(".ll-status-text")).to_contain_text("started afresh", timeout=READY)
    expect(lab).to_have_attribute("data-boot", "ready", timeout=READY)
    expect(lab.locator(".cm-content")).to_contain_text("ENV AFTER=1")
    lab.locator(".ll-bar .ll-run").click()
    expect(history(lab)).to_contain_text("ENV AFTER=1", timeout=READY)
    expect(history(lab)).to_contain_text("ENV BEFORE=1")


def test_a_tab_that_crashes_comes_back_with_the_text(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(site + "en/")
    lab = touched(page.locator("layer-lab").first)
    put_at_end(page, lab, "\nENV KEPT=1")
    expect(history(lab)).to_contain_text("ENV KEPT=1")
    with page.expect_event("crash"), contextlib.suppress(Error):
        page.goto("chrome://crash")
    again = context.new_page()
    again.goto(site + "en/")
    expect(again.locator(".ll-banner")).to_be_visible()
    expect(again.locator(".ll-source").first).to_contain_text("ENV KEPT=1")
    context.close()
