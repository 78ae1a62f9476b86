"""Every page, light and dark, on a desktop and a phone: no violation, no overflow, a picture.

A page is looked at in two of the four ways and its translation in the other two, since every look costs seconds.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "screenshots"
PAGES = sorted(
    path.relative_to(ROOT / "docs").with_suffix("").as_posix()
    for language in ("ko", "en")
    for path in (ROOT / "docs" / language).rglob("*.md")
)
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
LOOKS = {"ko": (("light", "desktop"), ("dark", "phone")), "en": (("dark", "desktop"), ("light", "phone"))}
VIEWS = [(name, *look) for name in PAGES for look in LOOKS[name[:2]]]


def address_of(page: str) -> str:
    """`ko/layers` is at `layers/`, `en/index` at `en/`."""
    language, _, name = page.partition("/")
    name = "" if name == "index" else f"{name.removesuffix('/index')}/"
    return name if language == "ko" else f"en/{name}"


@pytest.mark.parametrize(("name", "scheme", "size"), VIEWS, ids=["-".join(view) for view in VIEWS])
def test_page_is_accessible_and_fits(browser: Browser, site: str, name: str, scheme: str, size: str) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    forbidden: list[str] = []
    page.on(
        "console", lambda message: forbidden.append(message.text) if "Content Security Policy" in message.text else None
    )
    answer = page.goto(site + address_of(name))
    assert answer is not None
    assert answer.ok
    page.wait_for_function("document.fonts.status === 'loaded'")
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name.replace('/', '-')}-{scheme}-{size}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert forbidden == []
    context.close()
