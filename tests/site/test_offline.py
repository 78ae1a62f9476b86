"""Reading on after the server has gone: what a reader has used works, in one version, and nothing was stored before."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from bench.serving import serving
from playwright.sync_api import Locator, Page, expect

READY = 60_000
STORED = "caches.keys().then(names => Promise.all(names.map(n => caches.open(n).then(c => c.keys())))).then(all => all.flat().map(r => r.url))"

SETTLED = """Promise.all(performance.getEntriesByType('resource').map(({name}) => caches.match(name, {ignoreVary: true})))
  .then(all => all.every(Boolean))"""
"""All that the page has loaded is kept: a service worker that is still busy with that lets no other take its place."""


def awake(page: Page) -> Locator:
    """The first block, started."""
    lab = page.locator("layer-lab").first
    lab.locator(".ll-edit").click()
    expect(lab).to_have_attribute("data-boot", "ready", timeout=READY)
    return lab


def until(page: Page, promise: str) -> None:
    """Ask until what is promised is true; `wait_for_function` takes the promise itself for true."""
    for _ in range(600):
        if page.evaluate(promise):
            return
        page.wait_for_timeout(100)
    raise AssertionError(promise)


def kept(page: Page, end: str) -> None:
    """Wait until an address that ends so is in the store."""
    until(page, f"{STORED}.then(urls => urls.some(url => url.endsWith({json.dumps(end)})))")


def linked(site: Path, target: Path) -> Path:
    """The site again, in hard links: files that a test replaces must be taken away first."""
    shutil.copytree(site, target, copy_function=lambda source, to: Path(to).hardlink_to(source))
    return target


def replace(file: Path, text: str) -> None:
    """Other content for one file of a linked site."""
    file.unlink()
    file.write_text(text, encoding="utf-8")


def test_nothing_is_stored_before_a_block_has_started(page: Page, site: str) -> None:
    page.goto(site + "en/", wait_until="networkidle")
    assert page.evaluate(STORED) == []
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0


def test_a_block_works_after_the_server_has_stopped(page: Page, site_folder: Path) -> None:
    with serving(site_folder) as address:
        page.goto(address + "en/")
        awake(page)
        kept(page, "snapshot.bin")
        kept(page, "/en/")
        until(page, SETTLED)
    page.reload()
    lab = awake(page)
    expect(lab.locator(".cm-content")).to_be_visible()
    lab.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nENV OFFLINE=1\n")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV OFFLINE=1")


def test_the_operators_switch_takes_the_store_back(page: Page, site_folder: Path, tmp_path: Path) -> None:
    site = linked(site_folder, tmp_path / "site")
    with serving(site) as address:
        page.goto(address + "en/")
        awake(page)
        kept(page, "snapshot.bin")
        off = Path(__file__).parents[2] / "plugin/browser/src/serviceworker.off.js"
        replace(site / "layerlab-offline.js", off.read_text(encoding="utf-8"))
        page.evaluate("navigator.serviceWorker.getRegistration().then(one => one.update())")
        until(page, "navigator.serviceWorker.getRegistrations().then(all => all.length === 0)")
        until(page, f"{STORED}.then(urls => urls.length === 0)")


def test_where_the_operator_wants_none_no_service_worker_is_registered(page: Page, site: str) -> None:
    def switched_off(route: Any) -> None:
        got = route.fetch()
        route.fulfill(response=got, json={**got.json(), "offline": False})

    page.route("**/data.json", switched_off)
    page.goto(site + "en/")
    awake(page)
    page.wait_for_timeout(500)
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0


def test_a_waiting_version_is_said_and_leaves_the_old_one_whole(page: Page, site_folder: Path, tmp_path: Path) -> None:
    site = linked(site_folder, tmp_path / "site")
    with serving(site) as address:
        page.goto(address + "en/")
        lab = awake(page)
        kept(page, "snapshot.bin")
        until(page, SETTLED)
        before = set(page.evaluate("caches.keys()"))
        script = site / "layerlab-offline.js"
        replace(
            script, script.read_text(encoding="utf-8").replace(next(iter(before)).rpartition(":")[2], "0123456789ab")
        )
        page.evaluate("navigator.serviceWorker.getRegistration().then(one => one.update())")
        expect(lab.locator(".ll-status-text")).to_contain_text("new version", timeout=READY)
        assert before <= set(page.evaluate("caches.keys()"))
        page.goto("about:blank")  # the last page of the old version has gone
        page.goto(address + "en/")
        awake(page)
        until(page, "caches.keys().then(names => names.length === 1 && names[0].endsWith('0123456789ab'))")


def test_a_new_build_throws_the_pages_of_the_old_one_out(page: Page, site_folder: Path, tmp_path: Path) -> None:
    site = linked(site_folder, tmp_path / "site")
    with serving(site) as address:
        page.goto(address + "en/")
        awake(page)
        kept(page, "/en/")
        page.goto(address + "en/layers/")
        kept(page, "/en/layers/")
        about = site / "assets/layerlab/data.json"
        replace(about, json.dumps({**json.loads(about.read_text(encoding="utf-8")), "build": "another"}))
        page.goto(address + "en/")
        until(page, f"{STORED}.then(urls => !urls.some(url => url.endsWith('/en/layers/')))")
        kept(page, "/en/")


def test_every_part_of_the_page_s_own_is_kept_for_offline_and_asked_for_on_the_first_intent(
    site_folder: Path,
) -> None:
    """Also a part that only another part imports, such as the editor."""
    folder = site_folder / "assets/layerlab"
    parts = {file.name for file in folder.glob("*.js") if file.name.startswith(("chunk-", "element-"))}
    assert len(parts) > 3
    for script in (site_folder / "layerlab-offline.js", next(folder.glob("layerlab-*.js"))):
        named = set(re.findall(r'"((?:chunk|element)-[A-Z0-9]+\.js)"', script.read_text(encoding="utf-8")))
        assert named == parts
