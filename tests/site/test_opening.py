"""What happens while a page opens: it is styled once, whatever Material's script sets anew."""

from __future__ import annotations

from playwright.sync_api import Page, expect

SHEET = 'link[rel="stylesheet"]'
CHANGES = """
window.classes = []
window.addresses = []
document.addEventListener("readystatechange", () => {
  if (document.readyState !== "interactive") return
  new MutationObserver((found) => classes.push(...found.map((one) => one.oldValue)))
    .observe(document.documentElement, { attributes: true, attributeFilter: ["class"], attributeOldValue: true })
  new MutationObserver((found) => addresses.push(...found.map((one) => one.target.href)))
    .observe(document.querySelector('link[rel="stylesheet"]'), { attributes: true })
})
"""


def test_the_style_sheet_of_a_page_is_read_once_and_the_classes_of_its_root_are_there_before_material_sets_them(
    page: Page, site: str
) -> None:
    page.add_init_script(CHANGES)
    page.goto(site)
    expect(page.locator("html")).to_have_attribute("data-js-focus-visible", "")
    now = page.locator("html").get_attribute("class") or ""
    assert set(now.split()) == {"js", "js-focus-visible"}
    assert {frozenset(old.split()) for old in page.evaluate("classes")} <= {frozenset(now.split())}
    page.wait_for_load_state("networkidle")
    assert page.evaluate("addresses") == []


def test_instant_navigation_to_another_depth_keeps_the_one_style_sheet(page: Page, instant: str) -> None:
    page.goto(instant, wait_until="networkidle")
    address = page.evaluate(f"document.querySelector('{SHEET}').href")
    page.evaluate(f"window.kept = document.querySelector('{SHEET}')")
    for folder in ("image/", "layers/", ""):
        page.locator(f".md-footer a[href='{instant}{folder}']").click() if folder else page.locator(
            ".md-logo"
        ).first.click()
        page.wait_for_url(instant + folder)
        active = f".md-sidebar--primary .md-nav__link--active[href='{instant}{folder}']"
        expect(page.locator(active).first).to_be_attached()
        expect(page.locator(SHEET)).to_have_count(1)
        expect(page.locator(SHEET)).to_have_attribute("href", address)
        assert page.evaluate(f"window.kept === document.querySelector('{SHEET}')")
        assert page.evaluate("getComputedStyle(document.querySelector('.md-header')).position") == "sticky"
