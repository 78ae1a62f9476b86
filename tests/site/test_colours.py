"""Light and dark: who decides, how long it holds, and that the page isn't drawn twice for it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

HEADER = {"default": "rgb(18, 63, 72)", "slate": "rgb(12, 36, 41)"}
SYSTEM = {"default": "light", "slate": "dark"}
CHOICE = "input[name=__palette]:checked"
NO_STORAGE = (
    "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('blocked', 'SecurityError') } })"
)
SWITCHES = """
window.switches = []
document.addEventListener("readystatechange", () => {
  if (document.readyState !== "interactive") return
  new MutationObserver((found) => switches.push(...found.map((one) => one.attributeName)))
    .observe(document.body, { attributes: true, attributeFilter: ["data-md-color-scheme", "data-md-color-switching"] })
})
"""


def shows(page: Page, scheme: str) -> None:
    """The page, its button, the window's own parts and the colour of the browser's bar agree."""
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", scheme)
    expect(page.locator(CHOICE)).to_have_attribute("data-md-color-scheme", scheme)
    expect(page.locator(".md-header__option label:visible")).to_have_count(1)
    expect(page.locator(f"{CHOICE} + label")).to_be_visible()
    expect(page.locator("meta[name=theme-color]")).to_have_attribute("content", HEADER[scheme])
    assert page.evaluate("document.querySelector('meta[name=color-scheme]')?.content ?? 'light'") == SYSTEM[scheme]


@pytest.mark.parametrize("scheme", HEADER)
def test_without_a_choice_the_page_follows_the_system_also_while_it_changes(page: Page, site: str, scheme: str) -> None:
    other = next(one for one in HEADER if one != scheme)
    page.emulate_media(color_scheme=SYSTEM[scheme])  # type: ignore[arg-type]
    page.goto(site)
    shows(page, scheme)
    page.emulate_media(color_scheme=SYSTEM[other])  # type: ignore[arg-type]
    shows(page, other)


def test_a_choice_holds_against_the_system_after_a_reload_on_other_pages_and_in_the_other_language(
    page: Page, instant: str
) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(instant)
    page.locator(".md-header__option label:visible").click()
    shows(page, "slate")
    page.reload(wait_until="networkidle")
    shows(page, "slate")
    page.locator(".md-footer__link--next").click()
    page.wait_for_url("**/image/")
    shows(page, "slate")
    page.goto(instant + "en/cache/")
    shows(page, "slate")
    page.locator(".md-header__option label:visible").click()
    page.emulate_media(color_scheme="dark")
    shows(page, "default")


def test_by_keyboard_enter_and_the_arrows_switch_and_the_focus_stays_on_the_switch(page: Page, site: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(site + "en/")
    page.locator(CHOICE).focus()
    for key, scheme in (("Enter", "slate"), ("Enter", "default"), ("ArrowRight", "slate")):
        page.keyboard.press(key)
        shows(page, scheme)
        expect(page.locator(CHOICE)).to_be_focused()


def test_where_nothing_can_be_kept_a_choice_holds_for_the_page(page: Page, site: str) -> None:
    page.emulate_media(color_scheme="light")
    page.add_init_script(NO_STORAGE)
    page.goto(site + "en/")
    page.locator(".md-header__option label:visible").click()
    shows(page, "slate")


def test_the_colours_of_a_page_are_settled_while_it_is_read_and_no_script_restyles_it_for_them(
    page: Page, site: str
) -> None:
    page.emulate_media(color_scheme="dark")
    page.add_init_script(SWITCHES)
    page.goto(site)
    shows(page, "slate")
    assert page.evaluate("switches") == []


def test_without_scripts_the_page_is_light_and_has_no_switch(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False, color_scheme="dark")
    try:
        page = context.new_page()
        page.goto(site)
        expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "default")
        expect(page.locator(".md-header__option label:visible")).to_have_count(0)
    finally:
        context.close()
