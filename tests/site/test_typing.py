"""What a page asks of the engine while somebody types, and what it tells when."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

READY = 60_000
TAP = """
const { postMessage } = Worker.prototype;
globalThis.asked = []; globalThis.answered = 0;
const note = () => { document.documentElement.dataset.asked = asked.map(({ method }) => method).join(" ");
  document.documentElement.dataset.open = String(asked.length - answered); };
Worker.prototype.postMessage = function (...given) {
  if (given[0].type === "request") { asked.push(given[0].request); note();
    if (!this.tapped) this.addEventListener("message", ({ data }) => { if (data.type === "reply") { answered += 1; note(); } });
    this.tapped = true; }
  postMessage.apply(this, given); };
"""
"""Notes on the page what was asked, and how much of it is still open."""


def awake(page: Page, site: str) -> Locator:
    """A block that has answered, its caret at the end, and nothing asked since."""
    page.add_init_script(TAP)
    page.goto(site + "en/")
    lab = page.locator("layer-lab").first
    lab.locator(".ll-edit").click()
    expect(lab).to_have_attribute("data-boot", "ready", timeout=READY)
    lab.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    expect(page.locator("html")).to_have_attribute("data-open", "0")
    page.evaluate("() => { asked.length = 0; answered = 0; }")
    return lab


def test_a_key_asks_for_what_is_in_sight_and_a_pause_for_the_rest(page: Page, site: str) -> None:
    lab = awake(page, site)
    page.keyboard.insert_text("\nENV SEEN=1")
    expect(page.locator("html")).to_have_attribute("data-asked", re.compile("^edit .*open"))
    first, *later = page.evaluate("asked.map(({ method, views }) => ({ method, views }))")
    shown = lab.locator(".ll-view:not([data-inactive]) [data-view]").evaluate_all(
        "found => found.map((one) => one.dataset.view)"
    )
    assert first == {"method": "edit", "views": shown}
    assert set(next(request for request in later if request["method"] == "open")["views"]) > set(shown)
    for view in ("history", "cache"):
        expect(lab.locator(f"[data-view={view}]")).to_contain_text("ENV SEEN=1")


def test_a_word_in_the_making_is_told_as_a_mistake_only_after_a_pause(page: Page, site: str) -> None:
    page.clock.install()
    lab = awake(page, site)
    page.clock.pause_at("2040-01-01")
    page.keyboard.insert_text("\nLABE")
    page.clock.run_for(20)
    expect(page.locator("html")).to_have_attribute("data-asked", "edit")
    expect(page.locator("html")).to_have_attribute("data-open", "0")
    expect(lab.locator(".ll-problem.ll-error")).to_have_count(0)
    page.clock.run_for(1_000)
    expect(lab.locator(".ll-problem.ll-error")).to_contain_text("unknown instruction: LABE")
    page.keyboard.insert_text("L a=1")
    page.clock.run_for(20)
    expect(lab.locator(".ll-problem.ll-error")).to_have_count(0)
