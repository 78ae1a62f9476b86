"""A page stays where it is while it loads: what the script adds has its place before, and without it nothing is missing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

DESKTOP, PHONE = (1280, 800), (390, 844)
LOADER = "**/layerlab-*.js"
SHIFTS = """
globalThis.shifts = []
new PerformanceObserver((list) => shifts.push(...list.getEntries().map((entry) => entry.value))).observe({ type: "layout-shift", buffered: true })
"""
SEEN = "document.querySelector('#ll-home-1').querySelectorAll('.ll-view').values().filter(view => view.checkVisibility({ visibilityProperty: true }) && view.offsetHeight > 20).toArray().length"


def heights(page: Page) -> list[float]:
    found: list[float] = page.evaluate(
        "[...document.querySelectorAll('layer-lab, layer-console')].map(block => block.getBoundingClientRect().height)"
    )
    return found


@pytest.mark.parametrize(("width", "height"), [DESKTOP, PHONE])
def test_blocks_are_as_tall_before_their_script_as_after(browser: Browser, site: str, width: int, height: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    for path in ("", "commands/", "en/playground/"):
        page.route(LOADER, lambda route: route.abort())
        page.goto(site + path)
        before = heights(page)
        page.unroute(LOADER)
        page.reload()
        page.wait_for_selector("layer-lab[data-live]", state="attached")
        assert heights(page) == before, path
    context.close()


@pytest.mark.parametrize("path", ["", "en/"])
def test_nothing_moves_while_the_home_page_loads(browser: Browser, site: str, path: str) -> None:
    context = browser.new_context(viewport={"width": 1350, "height": 940})
    page = context.new_page()
    page.add_init_script(SHIFTS)
    page.goto(site + path, wait_until="networkidle")
    page.wait_for_selector("layer-lab[data-live]")
    assert sum(page.evaluate("shifts")) < 0.01
    context.close()


def test_a_script_that_never_comes_leaves_all_views_to_be_read(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route(LOADER, lambda route: route.abort())
    page.goto(site)
    assert page.evaluate(SEEN) == 1
    page.evaluate("document.getAnimations().forEach(animation => animation.finish())")
    assert page.evaluate(SEEN) == 4
    context.close()


def test_without_scripts_all_views_are_there_at_once(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    views = page.locator("#ll-home-1 .ll-view")
    assert [views.nth(at).is_visible() for at in range(views.count())] == [True] * 4
    assert all((views.nth(at).bounding_box() or {"height": 0})["height"] > 20 for at in range(4))
    context.close()
