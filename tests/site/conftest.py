"""The built site, a server for it, and a browser that is found without being told where it is."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from bench.serving import serving
from live.driving import LITTLE_MEMORY, forget
from playwright.sync_api import Browser, BrowserContext, Page, expect

ROOT = Path(__file__).parents[2]
expect.set_options(timeout=15_000)
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser tests of a module run in one process and share what they share: a profile, a Chromium, a server."""
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group(f"browser-{Path(item.path).stem}"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Chrome or Chromium of this machine; Playwright's own where there is none."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    return {**browser_type_launch_args, "args": list(QUIET), **({"executable_path": path} if path else {})}


@pytest.fixture(scope="session")
def site_folder() -> Path:
    """What `make site` wrote."""
    folder = ROOT / "site"
    assert (folder / "en" / "index.html").is_file(), "run `make site` first (make test does)"
    return folder


@pytest.fixture(scope="session")
def site(site_folder: Path) -> Iterator[str]:
    """The site's address."""
    with serving(site_folder) as address:
        yield address


@pytest.fixture(scope="module")
def instant(site_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site where its sitemap says it is: only then does Material move between pages without loading them whole."""
    copy = tmp_path_factory.mktemp("instant") / "site"
    shutil.copytree(site_folder, copy, copy_function=lambda source, target: Path(target).hardlink_to(source))
    with serving(copy) as address:
        for file in copy.rglob("sitemap.xml"):
            text = re.sub(r"(<loc>|href=\")http://[^/]+/", rf"\g<1>{address}", file.read_text(encoding="utf-8"))
            file.unlink()
            file.write_text(text, encoding="utf-8")
        yield address


@contextmanager
def watched(context: BrowserContext) -> Iterator[Page]:
    """A new page; an error that nobody caught fails the test."""
    page = context.new_page()
    page.set_default_timeout(30_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a fresh profile; an error that nobody caught fails the test."""
    context = browser.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    try:
        with watched(context) as page:
            yield page
    finally:
        context.close()


@pytest.fixture(scope="module")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for the flows of a module, so that the runtime is compiled once; with memory for one worker only."""
    context = browser.new_context()
    context.add_init_script(LITTLE_MEMORY)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context
    context.close()


@pytest.fixture
def shared_page(profile: BrowserContext, site: str) -> Iterator[Page]:
    """A page of the module's profile with nothing kept; an error that nobody caught fails the test."""
    try:
        with watched(profile) as page:
            yield page
    finally:
        forget(profile, site)
