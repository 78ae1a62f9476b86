"""Strict policies, real servers, sub-paths, hosts without headers, and hosts that get things wrong."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from bench.hosting import SERVERS, hosted
from bench.serving import serving
from playwright.sync_api import Locator, Page, expect

from mkdocs_layerlab.policy import write_policies

READY = 60_000


def use_block(page: Page, address: str) -> Locator:
    """Wake the first block of the English front page and change it."""
    page.goto(address + "en/")
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
    page.on("console", lambda message: blocked.append(message.text) if "Content Security Policy" in message.text else None)
    page.on("request", lambda request: asked.append(request.url))
    return blocked, asked


@pytest.mark.parametrize("server", SERVERS)
def test_a_block_works_under_a_strict_header_at_a_sub_path(page: Page, site_folder: Path, server: str, tmp_path: Path) -> None:
    blocked, asked = listen(page)
    with hosted(server, site_folder, tmp_path) as address:
        answer = page.goto(address + "en/")
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        use_block(page, address)
        assert blocked == []
        assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


def test_without_headers_the_policy_stands_in_every_page(page: Page, site_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "site"
    shutil.copytree(site_folder, copy, copy_function=_link)
    for file in copy.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        file.unlink()
        file.write_text(text, encoding="utf-8")
    write_policies(copy, tmp_path / "csp.txt", in_pages=True)
    blocked, _ = listen(page)
    with serving(copy) as address:
        use_block(page, address)
        assert page.locator('meta[http-equiv="Content-Security-Policy"]').count() == 1
        assert page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'let', () => 'stopped')") == "stopped"
    assert [text for text in blocked if "127.0.0.1:9" not in text] == []


def test_a_wrong_media_type_of_the_webassembly_is_no_obstacle(page: Page, site: str) -> None:
    page.route("**/pyodide.asm.wasm", lambda route: route.fulfill(response=(got := route.fetch()), headers={**got.headers, "content-type": "application/octet-stream"}))
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


def test_a_forbidden_worker_is_said(page: Page, site: str) -> None:
    page.route("**/en/", lambda route: route.fulfill(response=(got := route.fetch()), headers={**got.headers, "content-security-policy": "worker-src 'none'"}))
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


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)
