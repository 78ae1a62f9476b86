"""Hands on a live block: touching it, choosing a view, typing."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Locator, Page, expect

READY = 60_000
"""Milliseconds until the engine has started, on a busy machine."""
LITTLE_MEMORY = "Object.defineProperty(Navigator.prototype, 'deviceMemory', { get: () => 2 })"
"""A script that makes a device too small for a second engine."""


def forget(profile: BrowserContext, site: str) -> None:
    """Nothing kept for the next test. Only when no page is open any more: one may still write what it was about to."""
    page = profile.new_page()
    page.goto(site + "sitemap.xml")
    page.evaluate("localStorage.clear()")
    page.close()


def touched(lab: Locator) -> Locator:
    """A Dockerfile block, touched and ready."""
    lab.locator(".ll-edit").click()
    expect(lab).to_have_attribute("data-boot", "ready", timeout=READY)
    expect(lab.locator(".cm-content")).to_be_visible()
    return lab


def wake(page: Page, address: str, number: int = 0) -> Locator:
    """A Dockerfile block of a page, touched, ready and with all it offers."""
    page.goto(address)
    lab = touched(page.locator("layer-lab").nth(number))
    expect(lab.locator("[data-view=context] :is(li, p)").first).to_be_attached()
    return lab


def show(lab: Locator, view: str) -> Locator:
    """Choose a tab; returns what it shows."""
    lab.locator(f".ll-tabrow .ll-tab[aria-controls$='-{view}']").click()
    section = lab.locator(f".ll-view-{view}")
    expect(section).to_be_visible()
    return section


def at_end(page: Page, lab: Locator) -> None:
    """The cursor after the last letter."""
    lab.locator(".cm-content").click()
    page.keyboard.press("Control+End")


def add_at_end(page: Page, lab: Locator, text: str) -> None:
    """Type as a reader does."""
    at_end(page, lab)
    page.keyboard.type(text)


def put_at_end(page: Page, lab: Locator, text: str) -> None:
    """The text in one piece."""
    at_end(page, lab)
    page.keyboard.insert_text(text)


def committed(lab: Locator) -> None:
    """Take the edits so far as made: the next ones are another build."""
    lab.locator(".ll-bar .ll-run").first.click()
    expect(lab).not_to_have_attribute("data-busy", "")
