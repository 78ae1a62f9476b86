"""One profile for the flows of a module, so that the runtime is compiled once; a page with nothing kept for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live.driving import forget
from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture(scope="module")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """A desktop."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def page(profile: BrowserContext, site: str) -> Iterator[Page]:
    """A page; an error that nobody caught fails the test."""
    page = profile.new_page()
    page.set_default_timeout(30_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    forget(profile, site)
    assert errors == []
