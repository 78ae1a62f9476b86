"""Every state of a live block for everybody: no violations of axe, nothing wider than the screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

READY = 60_000
VIEWS = ("history", "stack", "log", "files", "cache", "containers", "context", "timeline", "console", "inspect")
LOOKS = {
    "ko-light-desktop": ("", "light", 1280),
    "en-dark-phone": ("en/", "dark", 390),
    "ko-dark-narrow": ("", "dark", 320),
}


@pytest.fixture(params=LOOKS.values(), ids=LOOKS)
def lab(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Locator]:
    """A live block in one look."""
    folder, scheme, width = request.param
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, has_touch=width < 500, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(site + folder)
    found = page.locator("layer-lab").first
    found.locator(".ll-edit").click()
    expect(found).to_have_attribute("data-boot", "ready", timeout=READY)
    expect(found.locator("[data-view=context] li").first).to_be_attached()
    yield found
    context.close()


def violations(page: Page) -> list[str]:
    """What axe finds, with the first element each."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['html'][:200]}" for one in found]


def width(page: Page) -> int:
    """How far the page reaches beyond the screen."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def containers(lab: Locator) -> list[str]:
    """One that has changed a file of its image."""
    lab.locator(".ll-tab[aria-controls$='-containers']").click()
    for deed in ("start", "change", "diff"):
        lab.locator(f"[data-deed={deed}]").click()
        expect(lab.locator(".ll-answer kbd")).to_contain_text({"start": "run", "change": "sh -c", "diff": "diff"}[deed])
    return violations(lab.page)


def compared(lab: Locator) -> list[str]:
    """Two builds, the later one gone back from; side by side where there is room."""
    page = lab.page
    lab.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nENV A=1")
    lab.locator(".ll-tab[aria-controls$='-timeline']").click()
    expect(lab.locator("li.ll-build")).to_have_count(2)
    lab.locator(".ll-builds-tools .ll-back").click()
    expect(lab.locator("li.ll-later")).to_have_count(1)
    lab.locator(".ll-compare-form button").click()
    expect(lab.locator(".ll-result")).to_be_visible()
    split = lab.locator(".ll-split")
    if not split.is_visible():
        return violations(page)
    split.click()
    found = violations(page)
    split.click()
    return found


def test_no_state_has_a_violation_or_is_wider_than_the_screen(lab: Locator) -> None:
    page = lab.page
    found: dict[str, list[str]] = {}
    for view in VIEWS:
        lab.locator(f".ll-tab[aria-controls$='-{view}']").click()
        expect(lab.locator(f".ll-view-{view}")).to_be_visible()
        found[view] = violations(page)
        assert width(page) == 0, view
    found["containers"] = containers(lab)
    found["compared"] = compared(lab)
    lab.locator(".ll-options").click()
    lab.locator(".ll-tab[aria-controls$='-context']").click()
    lab.locator(".ll-add").click()
    expect(lab.locator(".ll-file-form")).to_be_visible()
    found["panels"] = violations(page)
    assert width(page) == 0, "panels"
    lab.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nNONSENSE x")
    expect(lab.locator(".ll-problem.ll-error")).to_be_visible()
    lab.locator(".ll-tab[aria-controls$='-history']").click()
    found["error"] = violations(page)
    assert width(page) == 0, "error"
    assert {state: some for state, some in found.items() if some} == {}


def test_fields_on_a_phone_are_large_enough_not_to_zoom(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(site)
    found = page.locator("layer-lab").first
    expect(found.locator(".ll-hint").first).to_contain_text("MB")
    found.locator(".ll-edit").click()
    expect(found).to_have_attribute("data-boot", "ready", timeout=READY)
    content = found.locator(".cm-content")
    assert content.evaluate("node => parseFloat(getComputedStyle(node).fontSize)") >= 16
    assert [content.get_attribute(name) for name in ("autocapitalize", "autocorrect", "spellcheck")] == [
        "off",
        "off",
        "false",
    ]
    content.click()
    page.keyboard.press("Control+End")
    found.locator(".ll-key", has_text="\\").first.click()
    expect(content).to_contain_text("\\")
    small = found.evaluate(
        "node => [...node.querySelectorAll('.ll-bar button, .ll-tab, .ll-key')].filter(one => one.offsetHeight > 0 && one.offsetHeight < 44).length"
    )
    assert small == 0
    context.close()
