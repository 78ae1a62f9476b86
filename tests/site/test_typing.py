"""What a page asks of the engine while somebody types, and what it tells when."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

READY = 60_000
TAP = """
const { postMessage } = Worker.prototype;
globalThis.asked = []; globalThis.answered = 0; globalThis.onasked = () => {};
const note = () => { document.documentElement.dataset.asked = asked.map(({ method }) => method).join(" ");
  document.documentElement.dataset.open = String(asked.length - answered); };
Worker.prototype.postMessage = function (...given) {
  if (given[0].type === "request") { asked.push(given[0].request); note(); onasked(given[0].request);
    if (!this.tapped) this.addEventListener("message", ({ data }) => { if (data.type === "reply") { answered += 1; note(); } });
    this.tapped = true; }
  postMessage.apply(this, given); };
"""
"""Notes on the page what was asked, and how much of it is still open."""

ANYTHING_ELSE = """() => {
  globalThis.order = [];
  onasked = () => order.push("asked");
  addEventListener("beforeinput", () => {
    const other = new MessageChannel();
    other.port1.onmessage = () => order.push("else");
    other.port2.postMessage(null);
  }, { capture: true, once: true });
}"""
"""Notes what comes first after a key: the request, or another task of the page."""

KEY_AT_THE_SECOND = """() => {
  let count = 0;
  onasked = ({ method }) => {
    if (method === "open" && ++count === 2) document.execCommand("insertText", false, "2");
  };
}"""
"""Types while the second view that was out of sight is being asked for."""


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
    for view in ("history", "cache"):
        expect(lab.locator(f"[data-view={view}]")).to_contain_text("ENV SEEN=1")
    expect(page.locator("html")).to_have_attribute("data-open", "0")
    own = "asked.filter(({ block }) => block === asked[0].block).map(({ method, views }) => ({ method, views }))"
    first, *later = page.evaluate(own)
    shown = lab.locator(".ll-view:not([data-inactive]) [data-view]").evaluate_all(
        "found => found.map((one) => one.dataset.view)"
    )
    assert first == {"method": "edit", "views": shown}
    rest = [view for request in later for view in request["views"]]
    assert "cache" in rest
    assert len({*rest, *shown}) == len(rest) + len(shown)  # nothing twice


def test_a_key_is_on_its_way_before_the_browser_does_anything_else(page: Page, site: str) -> None:
    awake(page, site)
    page.evaluate(ANYTHING_ELSE)
    page.keyboard.press("1")
    expect(page.locator("html")).to_have_attribute("data-asked", re.compile("^edit"))
    assert page.evaluate("order") == ["asked", "else"]


def test_views_out_of_sight_follow_one_by_one_and_stop_for_a_key(page: Page, site: str) -> None:
    lab = awake(page, site)
    page.evaluate(KEY_AT_THE_SECOND)
    page.keyboard.insert_text("\nENV SEEN=1")
    expect(lab.locator("[data-view=cache]")).to_contain_text("ENV SEEN=12")
    methods = page.evaluate("asked.map(({ method }) => method)")
    assert methods[:4] == ["edit", "open", "open", "edit"]
    assert {len(request["views"]) for request in page.evaluate("asked.filter(({ block }) => block === asked[0].block)")} == {1}


def test_a_reset_builds_no_edit_of_its_own(page: Page, site: str) -> None:
    lab = awake(page, site)
    page.keyboard.insert_text("\nENV SEEN=1")
    expect(lab.locator("[data-view=cache]")).to_contain_text("ENV SEEN=1")
    expect(page.locator("html")).to_have_attribute("data-open", "0")
    page.evaluate("() => { asked.length = 0; answered = 0; }")
    lab.locator(".ll-reset").click()
    expect(lab.locator("[data-view=cache]")).not_to_contain_text("ENV SEEN=1")
    expect(page.locator("html")).to_have_attribute("data-open", "0")
    assert "edit" not in page.evaluate("asked.map(({ method }) => method)")


@pytest.mark.parametrize("view", ["history", "log"])
def test_rows_that_are_boxes_of_their_own_are_copied_as_docker_prints_them(page: Page, site: str, view: str) -> None:
    page.goto(site + "en/")
    lab = page.locator("layer-lab").first
    lab.locator(f".ll-tab[aria-controls$='-{view}']").click()
    text = lab.locator(f"[data-view={view}] samp")
    rows = text.locator("> [data-refs]")
    assert {*rows.evaluate_all("all => all.map((one) => getComputedStyle(one).display)")} == {"inline-block"}
    copied = text.evaluate("node => { getSelection().selectAllChildren(node); return getSelection().toString(); }")
    assert copied.splitlines() == (text.text_content() or "").splitlines()


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
