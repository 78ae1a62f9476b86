"""What a mouse over a block already starts, what it doesn't, and that nobody notices who then goes away."""

from __future__ import annotations

import pytest
from live.driving import LITTLE_MEMORY, READY
from playwright.sync_api import Page, expect

STAY = 200
"""Milliseconds, a little more than a mouse has to stay."""
PATIENCE = 61_000
"""Milliseconds, a little more than an engine waits that nobody asks."""
STORED = "caches.keys().then(names => names.length)"

WATCH = """
const Native = Worker;
globalThis.workers = [];
let open = 0;
const note = (more) => { document.documentElement.dataset.open = open += more; };
globalThis.Worker = class extends Native {
  constructor(...given) {
    super(...given); workers.push(given[1].name);
    this.addEventListener("message", ({ data }) => { if (data.type === "reply") { document.documentElement.dataset.built = data.id; note(-1); } });
  }
  postMessage(...given) { if (given[0].type === "request") note(1); super.postMessage(...given); }
  terminate() { super.terminate(); document.documentElement.dataset.ended = ""; }
};
"""
AHEAD = "document.querySelectorAll('link[rel=prefetch], link[rel=modulepreload]').length"


@pytest.fixture
def watched(page: Page, site: str) -> Page:
    """The home page with a clock of ours, which tells of its workers."""
    page.add_init_script(WATCH)
    page.clock.install()
    page.goto(site + "en/")
    return page


def pointed_at(page: Page, what: str) -> Page:
    """The mouse stays where it was moved to."""
    page.locator(f"layer-lab {what}").first.hover()
    page.clock.run_for(STAY)
    return page


def test_a_mouse_that_stays_on_the_button_has_the_engine_build_the_block(watched: Page) -> None:
    html = pointed_at(watched, ".ll-edit").locator("html")
    expect(html).to_have_attribute("data-built", "0", timeout=READY)
    watched.clock.run_for(10_000)
    assert watched.evaluate("workers") == ["layerlab"]
    assert watched.evaluate(STORED) == 0
    assert watched.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0
    lab = watched.locator("layer-lab").first
    assert lab.get_attribute("data-boot") is None
    lab.locator(".ll-edit").click()
    expect(lab.locator("[data-view=cache]")).not_to_be_empty(timeout=READY)
    watched.clock.run_for(1_000)
    expect(html).to_have_attribute("data-open", "0")  # a clock that leaps while the engine computes takes it to hang
    watched.clock.run_for(PATIENCE)
    assert html.get_attribute("data-ended") is None
    assert watched.evaluate("workers") == ["layerlab", "layerlab-spare"]


def test_an_engine_that_nobody_asks_gives_its_memory_back(watched: Page) -> None:
    html = pointed_at(watched, ".ll-edit").locator("html")
    expect(html).to_have_attribute("data-built", "0", timeout=READY)
    watched.clock.run_for(PATIENCE)
    expect(html).to_have_attribute("data-ended", "")
    lab = watched.locator("layer-lab").first
    lab.locator(".ll-edit").click()
    expect(lab).to_have_attribute("data-boot", "ready", timeout=READY)


def test_a_mouse_on_the_text_only_fetches(watched: Page) -> None:
    pointed_at(watched, ".ll-source")
    expect(watched.locator("link[rel=prefetch]").first).to_be_attached()
    assert watched.evaluate("workers") == []


def test_a_mouse_that_crosses_a_block_fetches_nothing(watched: Page) -> None:
    watched.clock.pause_at(watched.evaluate("Date.now()") + 1_000)
    watched.locator("layer-lab .ll-edit").first.hover()
    watched.locator("h1").hover()
    watched.clock.run_for(STAY)
    assert watched.evaluate(AHEAD) == 0
    assert watched.evaluate("workers") == []


def test_where_memory_is_short_a_mouse_on_the_button_only_fetches(watched: Page) -> None:
    watched.add_init_script(LITTLE_MEMORY)
    watched.reload()
    pointed_at(watched, ".ll-edit")
    expect(watched.locator("link[rel=prefetch]").first).to_be_attached()
    assert watched.evaluate("workers") == []


def test_an_early_start_that_fails_is_said_when_somebody_asks(watched: Page) -> None:
    watched.route("**/worker.js", lambda route: route.abort())
    with watched.expect_request("**/worker.js"):
        pointed_at(watched, ".ll-edit")
    lab = watched.locator("layer-lab").first
    assert lab.locator(".ll-hint").first.get_attribute("role") is None
    lab.locator(".ll-edit").click()
    expect(lab).to_have_attribute("data-boot", "failed", timeout=READY)
