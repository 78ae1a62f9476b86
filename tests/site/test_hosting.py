"""Strict policies, real servers, sub-paths, hosts without headers, and hosts that get things wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bench.hosting import SERVERS, hosted
from playwright.sync_api import Locator, Page, Route, expect

READY = 60_000


def use_block(page: Page, address: str, folder: str = "en/") -> Locator:
    """Wake the first block of a front page and change it."""
    page.goto(address + folder)
    lab = page.locator("layer-lab").first
    lab.locator(".ll-edit").click()
    expect(lab).to_have_attribute("data-boot", "ready", timeout=READY)
    expect(lab.locator(".cm-content")).to_be_visible()
    lab.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nENV HOSTED=1\n")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV HOSTED=1")
    return lab


def listen(page: Page) -> tuple[list[str], list[str]]:
    """What the policy forbade, and what was asked for."""
    blocked: list[str] = []
    asked: list[str] = []
    page.on(
        "console", lambda message: blocked.append(message.text) if "Content Security Policy" in message.text else None
    )
    page.on("request", lambda request: asked.append(request.url))
    return blocked, asked


@pytest.mark.parametrize("server", SERVERS)
def test_a_block_works_under_a_strict_header_at_a_sub_path(
    page: Page, site_folder: Path, server: str, tmp_path: Path
) -> None:
    blocked, asked = listen(page)
    with hosted(server, site_folder, tmp_path) as address:
        answer = page.goto(address + "en/")
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        use_block(page, address)
        assert blocked == []
        assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


def test_every_page_carries_the_one_policy(site_folder: Path) -> None:
    """What the policy forbids on any of them is looked for in `test_pages`."""
    pages = {file: file.read_text(encoding="utf-8") for file in site_folder.rglob("*.html")}
    policies = {
        found[1]
        if (found := re.search(r'<head><meta http-equiv="Content-Security-Policy" content="([^"]+)">', text))
        else None
        for text in pages.values()
    }
    assert len(pages) > 20
    assert len(policies) == 1
    assert "unsafe" not in (policies.pop() or "unsafe")


@pytest.mark.parametrize("folder", ["", "en/"], ids=["ko", "en"])
def test_the_policy_hinders_no_part_of_the_page(page: Page, site: str, folder: str) -> None:
    blocked, _ = listen(page)
    page.emulate_media(color_scheme="light")
    page.goto(site + folder)
    lab = use_block(page, site, folder)
    page.locator("label[for=__palette_1]").click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    lab.locator(".ll-tab").nth(1).click()
    expect(lab.locator(".ll-tab").nth(1)).to_have_attribute("aria-selected", "true")
    page.locator(".md-search__input").click()
    page.keyboard.type("docker")
    expect(page.locator(".md-search-result__item").first).to_be_visible()
    page.keyboard.press("Escape")
    assert page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'let', () => 'stopped')") == "stopped"
    assert [text for text in blocked if "127.0.0.1:9" not in text] == []


def test_a_wrong_media_type_of_the_webassembly_is_no_obstacle(page: Page, site: str) -> None:
    page.route(
        "**/pyodide.asm.wasm",
        lambda route: route.fulfill(
            response=(got := route.fetch()), headers={**got.headers, "content-type": "application/octet-stream"}
        ),
    )
    lab = use_block(page, site)
    expect(lab.locator(".ll-status-text")).to_be_empty()


def test_an_old_page_on_a_new_site_says_so(page: Page, site: str) -> None:
    page.route(re.compile(r"/runtime-[0-9a-f]+/"), lambda route: route.fulfill(status=404))
    page.goto(site + "en/")
    lab = page.locator("layer-lab").first
    lab.locator(".ll-edit").click()
    expect(lab).to_have_attribute("data-boot", "failed")
    expect(lab.locator(".ll-status-text")).to_contain_text("Reload the page")
    expect(lab.locator("[data-view=history]")).to_contain_text("CREATED BY")


LACKS = {
    "no Worker": ("delete window.Worker", "can't start"),
    "no WebAssembly": ("delete window.WebAssembly", "no WebAssembly"),
    "a Worker that is refused": (
        "window.Worker = class { constructor() { throw new DOMException('no', 'SecurityError'); } }",
        "can't start",
    ),
}


@pytest.mark.parametrize("lack", LACKS)
def test_a_browser_that_cannot_run_the_engine_is_told_and_the_text_stays(page: Page, site: str, lack: str) -> None:
    script, words = LACKS[lack]
    page.add_init_script(script)
    page.goto(site + "en/")
    lab = page.locator("layer-lab").first
    lab.locator(".ll-edit").click()
    expect(lab).to_have_attribute("data-boot", "failed")
    expect(lab.locator(".cm-content")).to_be_visible()
    lab.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("\nENV STAYS=1")
    expect(lab.locator(".ll-status-text")).to_contain_text(words)
    expect(lab.locator("[data-view=history]")).to_contain_text("CREATED BY")
    page.reload()
    expect(page.locator("layer-lab").first.locator(".ll-source")).to_contain_text("ENV STAYS=1")


def test_a_file_that_never_comes_is_given_up_and_tried_again_on_demand(page: Page, site: str) -> None:
    held: list[Route] = []
    page.route("**/pyodide.asm.wasm", lambda route: held.append(route))  # noqa: PLW0108 - Playwright can't call the other
    page.clock.install()
    page.goto(site + "en/")
    lab = page.locator("layer-lab").first
    lab.locator(".ll-edit").click()
    expect(lab.locator(".cm-content")).to_be_visible()
    lab.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("\nENV LATER=1")
    for _ in range(10):
        page.clock.run_for(31_000)
        if lab.get_attribute("data-boot") == "failed":
            break
    expect(lab).to_have_attribute("data-boot", "failed")
    expect(lab.locator(".ll-status-text")).to_contain_text("didn't start in time")
    expect(lab.locator("[data-view=history]")).to_contain_text("CREATED BY")
    page.unroute("**/pyodide.asm.wasm")
    lab.locator(".ll-retry").click()
    expect(lab).to_have_attribute("data-boot", "ready", timeout=READY)
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV LATER=1", timeout=READY)
    expect(lab.locator(".ll-status-text")).to_have_text("")


def test_a_page_of_another_version_than_the_engine_says_so(page: Page, site: str) -> None:
    def newer(route: Route) -> None:
        got = route.fetch()
        route.fulfill(response=got, body=got.text().replace('{"schema":1,', '{"schema":99,'))

    page.route("**/en/", newer)
    page.goto(site + "en/")
    lab = page.locator("layer-lab").first
    lab.locator(".ll-edit").click()
    expect(lab).to_have_attribute("data-boot", "ready", timeout=READY)
    expect(lab.locator(".ll-status-text")).to_contain_text("99")
    expect(lab.locator("[data-view=history]")).to_contain_text("CREATED BY")
    expect(lab.locator(".cm-content")).to_contain_text("COPY . /app")


def test_a_list_of_data_without_what_the_page_needs_says_so(page: Page, site: str) -> None:
    def older(route: Route) -> None:
        got = route.fetch()
        about = got.json()
        route.fulfill(
            response=got,
            json={
                **about,
                "supplies": {name: uri for name, uri in about["supplies"].items() if not name.startswith("context/")},
            },
        )

    page.route("**/data.json", older)
    page.goto(site + "en/")
    lab = page.locator("layer-lab").first
    lab.locator(".ll-edit").click()
    expect(lab.locator(".ll-status-text")).to_contain_text("Your text is still there", timeout=READY)
    expect(lab.locator("[data-view=history]")).to_contain_text("CREATED BY")


def test_a_forbidden_worker_is_said(page: Page, site: str) -> None:
    page.route(
        "**/en/",
        lambda route: route.fulfill(
            response=(got := route.fetch()), headers={**got.headers, "content-security-policy": "worker-src 'none'"}
        ),
    )
    page.goto(site + "en/")
    lab = page.locator("layer-lab").first
    lab.locator(".ll-edit").click()
    expect(lab).to_have_attribute("data-boot", "failed", timeout=READY)
    expect(lab.locator(".ll-status-text")).to_contain_text("can't start")
    expect(lab.locator("[data-view=history]")).to_contain_text("CREATED BY")


def test_opened_from_a_file_the_page_reads_and_says_what_it_cannot(page: Page, site_folder: Path) -> None:
    page.goto((site_folder / "en/index.html").as_uri())
    lab = page.locator("layer-lab").first
    expect(lab.locator("[data-view=history]")).to_contain_text("CREATED BY")
    lab.locator(".ll-edit").click()
    expect(lab.locator(".ll-hint")).to_contain_text("file")
