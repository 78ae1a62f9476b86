"""What becomes of a reader's session when the engine's worker dies or hangs, and what stands in reserve for it."""

from __future__ import annotations

from live.driving import LITTLE_MEMORY, READY, put_at_end, touched
from playwright.sync_api import Locator, Page, Route, expect

QUIET = 2_500
"""Milliseconds, a little more than the page waits before it starts the worker in reserve."""

WATCH = """
const Native = Worker;
globalThis.workers = []; globalThis.answered = null; globalThis.phases = [];
globalThis.Worker = class extends Native {
  constructor(...given) {
    super(...given); workers.push(this); this.label = given[1].name;
    this.addEventListener("message", ({ data }) => {
      if (data.type === "ready" && this.label === "layerlab-spare") document.documentElement.dataset.reserve = "ready";
      if (data.type === "reply" && data.id) answered = this; }); }  // not what the one in reserve warms up with
};
new MutationObserver((changes) => changes.forEach(({ target }) => phases.push(target.dataset.boot)))
  .observe(document, { subtree: true, attributeFilter: ["data-boot"] });
"""
KILL = """() => { globalThis.phases = []; answered.terminate();
  answered.dispatchEvent(new ErrorEvent("error", { message: "killed", cancelable: true })); }"""


def awake(page: Page, address: str) -> Locator:
    """A block that has answered an edit."""
    page.add_init_script(WATCH)
    page.goto(address)
    lab = touched(page.locator("layer-lab").first)
    put_at_end(page, lab, "\nENV BEFORE=1")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV BEFORE=1")
    return lab


def test_the_worker_in_reserve_takes_over_without_a_new_start(page: Page, site: str) -> None:
    lab = awake(page, site + "en/")
    expect(page.locator("html")).to_have_attribute("data-reserve", "ready")
    page.evaluate(KILL)
    put_at_end(page, lab, "\nENV AFTER=1")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV AFTER=1")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV BEFORE=1")
    assert page.evaluate("answered.label") == "layerlab-spare"
    assert set(page.evaluate("phases")) <= {"ready"}


def test_a_device_with_little_memory_has_no_worker_in_reserve(page: Page, site: str) -> None:
    page.add_init_script(LITTLE_MEMORY)
    page.clock.install()
    lab = awake(page, site + "en/")
    page.clock.run_for(QUIET)
    assert page.evaluate("workers.map(({ label }) => label).filter(Boolean)") == ["layerlab"]
    page.evaluate(KILL)
    put_at_end(page, lab, "\nENV AFTER=1")
    page.clock.run_for(QUIET)
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV AFTER=1", timeout=READY)
    assert page.evaluate("phases.includes('loading')")


def test_an_endless_computation_is_stopped_and_said_and_the_reader_goes_on(page: Page, site: str) -> None:
    def hanging(route: Route) -> None:
        """The worker as it is, but for a text with which it never comes back."""
        endless = (
            'self.addEventListener("message", ({ data }) => { while (data.request?.text?.includes("ENDLESS")); });\n'
        )
        answer = route.fetch()
        route.fulfill(response=answer, body=endless + answer.text())

    page.route("**/worker.js", hanging)
    page.clock.install()
    lab = awake(page, site + "en/")
    page.clock.run_for(1_000)
    # what is out of sight has followed, so that the clock leaps over nothing but the endless build
    expect(lab.locator("[data-view=timeline] .ll-build")).to_have_count(2)
    put_at_end(page, lab, "\nENV ENDLESS=1")
    page.clock.run_for(1_000)
    page.clock.run_for(14_500)
    expect(lab.locator(".ll-status-text")).to_contain_text("took too long", timeout=READY)
    expect(lab).to_have_attribute("data-boot", "ready", timeout=READY)
    expect(lab.locator(".ll-status-text")).to_contain_text("took too long")
    expect(lab.locator(".cm-content")).to_contain_text("ENV ENDLESS=1")
    page.keyboard.press("Control+z")
    put_at_end(page, lab, "\nENV AFTER=1")
    page.clock.run_for(1_000)
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV AFTER=1", timeout=READY)
    expect(lab.locator(".ll-status-text")).to_have_text("")
