"""Image archives in the browser: opened, kept, looked into, refused, and saved again."""

from __future__ import annotations

import gzip
import io
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from live.tools import needed
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from layerlab.archiving import export_image
from layerlab.build.context import Context
from layerlab.lab import Lab
from layerlab.messages import load as load_messages

READY = 90_000
NOW = 1_790_000_000_000_000_000
PLACES = {"ko": ("", 390), "en": ("en/", 1280)}


@pytest.fixture(scope="module")
def archive() -> bytes:
    """What `layerlab export` writes of a small image."""
    lab = Lab(now=NOW)
    files = [{"path": "notes.txt", "type": "file", "mode": "0644", "content": "kept\n"}]
    lab.build("FROM scratch\nCOPY . /srv\nENV A=1\n", context=Context.from_entries(files), tag="mine:1")
    return export_image(lab.host, "mine:1", "docker", load_messages("en")).data


@pytest.fixture(params=PLACES)
def page(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Page]:
    """The page of a fresh profile; an error that nobody caught fails the test."""
    folder, width = PLACES[request.param]
    context = browser.new_context(viewport={"width": width, "height": 844}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(30_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(site + folder + "reader/")
    yield page
    context.close()
    assert errors == []


def wake(page: Page) -> Locator:
    """The block that offers to open archives, its panel open."""
    lab = page.locator("layer-lab").first
    lab.locator(".layerlab-archive .ll-edit, .ll-edit").nth(1).click()
    expect(lab).to_have_attribute("data-boot", "ready", timeout=READY)
    expect(lab.locator(".cm-content")).to_be_visible()
    expect(lab.locator(".ll-export").first).to_be_enabled(timeout=READY)
    return lab


def give(lab: Locator, data: bytes, name: str = "mine.tar") -> None:
    file: FilePayload = {"name": name, "mimeType": "application/x-tar", "buffer": data}
    lab.locator(".ll-archives input[type=file]").set_input_files(file)


def show(lab: Locator, view: str) -> Locator:
    lab.locator(f".ll-tab[aria-controls$='-{view}']").click()
    return lab.locator(f".ll-view-{view}")


def is_clean(page: Page) -> bool:
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_opened_image_is_shown_and_is_there_after_a_reload(page: Page, archive: bytes) -> None:
    lab = wake(page)
    give(lab, archive)
    expect(lab.locator(".ll-loaded-images")).to_contain_text("mine:1")
    expect(lab.locator(".cm-content")).to_contain_text("FROM mine:1")
    expect(show(lab, "history")).to_contain_text("COPY . /srv")
    expect(show(lab, "files")).to_contain_text("/srv/notes.txt")
    expect(show(lab, "console")).to_contain_text("docker load -i mine.tar")
    assert is_clean(page)
    lab.locator(".ll-link").click()
    expect(lab.locator(".ll-status-text")).to_have_text(re.compile("아카이브는 링크에 들어가지 않으니|archives don't go into a link"))
    page.reload()
    lab = page.locator("layer-lab").first
    lab.locator(".ll-edit").first.click()
    expect(lab).to_have_attribute("data-boot", "ready", timeout=READY)
    expect(show(lab, "history")).to_contain_text("COPY . /srv", timeout=READY)
    expect(show(lab, "console")).to_contain_text("Loaded image: mine:1")


def test_what_is_broken_is_refused_naming_the_entry_and_the_session_stays(page: Page, archive: bytes) -> None:
    lab = wake(page)
    text = lab.locator(".cm-content").inner_text()
    broken = {
        "cut.tar": (archive[: len(archive) // 2], "blobs/sha256"),
        "changed.tar": (archive.replace(b"kept\n", b"lost\n"), "sha256:"),
        "other.tar": (b"hello" * 1000, "archive"),
        "escapes.tar": (_with(archive, "../../etc/passwd"), "../../etc/passwd"),
        "twice.tar": (_with(archive, "index.json"), "index.json"),
        "bomb.tar.gz": (gzip.compress(_claiming(600 << 20)), "536,870,912"),
    }
    for name, (data, entry) in broken.items():
        give(lab, data, name)
        expect(lab.locator(".ll-archives .ll-caution")).to_contain_text(entry, timeout=READY)
        expect(lab.locator(".ll-status-text")).not_to_contain_text(entry)  # once, where the file was chosen
        expect(lab.locator(".ll-loaded-images")).to_have_count(0)
    assert lab.locator(".cm-content").inner_text() == text
    assert is_clean(page)
    give(lab, archive)
    expect(lab.locator(".ll-loaded-images")).to_contain_text("mine:1")


def _claiming(size: int) -> bytes:
    """A tar whose only entry says that it has so many bytes."""
    info = tarfile.TarInfo("blobs/sha256/" + "ab" * 32)
    info.size = size
    return info.tobuf(tarfile.PAX_FORMAT) + bytes(4096)


def _with(archive: bytes, name: str) -> bytes:
    """The archive with one entry more."""
    buffer = io.BytesIO(archive)
    with tarfile.open(fileobj=buffer, mode="a") as whole:
        info = tarfile.TarInfo(name)
        info.size = 1
        whole.addfile(info, io.BytesIO(b"x"))
    return buffer.getvalue()


def test_a_saved_image_is_what_the_command_line_writes_and_comes_back(page: Page, tmp_path: Path) -> None:
    lab = wake(page)
    saved: dict[str, bytes] = {}
    for number, form in enumerate(("docker", "oci")):
        with page.expect_download() as download:
            lab.locator(".ll-export").nth(number).click()
        target = tmp_path / f"{form}.tar"
        download.value.save_as(target)
        assert download.value.suggested_filename == "demo.tar"
        saved[form] = target.read_bytes()
    with tarfile.open(fileobj=io.BytesIO(saved["docker"])) as whole:
        assert "manifest.json" in whole.getnames()
    with tarfile.open(fileobj=io.BytesIO(saved["oci"])) as whole:
        assert "manifest.json" not in whole.getnames()
    console = show(lab, "console")
    console.locator(".ll-line-input").fill("docker save -o again.tar demo")
    console.locator(".ll-run").click()
    with page.expect_download() as download:
        console.locator(".ll-have").click()
    download.value.save_as(tmp_path / "again.tar")
    assert (tmp_path / "again.tar").read_bytes() == saved["docker"]
    give(lab, saved["oci"], "demo.tar")
    expect(lab.locator(".cm-content")).to_contain_text("FROM demo:latest")
    with page.expect_download() as download:
        lab.locator(".ll-export").first.click()
    download.value.save_as(tmp_path / "back.tar")
    assert (tmp_path / "back.tar").read_bytes() == saved["docker"]


def test_an_image_known_by_sizes_alone_is_not_offered_and_the_reason_is_said(page: Page) -> None:
    lab = wake(page)
    lab.locator(".cm-content").fill("FROM ubuntu:20.04\n")
    expect(lab.locator(".ll-export").first).to_be_disabled(timeout=READY)
    expect(lab.locator(".ll-archives")).to_contain_text(re.compile(r"ubuntu|demo"))
    expect(lab.locator("[id$='-archives-why']")).not_to_be_empty()
    assert is_clean(page)


def test_an_archive_that_skopeo_wrote_is_opened(page: Page, archive: bytes, tmp_path: Path) -> None:
    needed("skopeo")
    (tmp_path / "ours.tar").write_bytes(archive)
    command = ["skopeo", "copy", "--quiet", "--insecure-policy"]
    ends = [f"docker-archive:{tmp_path}/ours.tar", f"oci-archive:{tmp_path}/theirs.tar:theirs:2"]
    subprocess.run([*command, *ends], check=True)
    lab = wake(page)
    give(lab, (tmp_path / "theirs.tar").read_bytes(), "theirs.tar")
    expect(lab.locator(".ll-loaded-images code")).to_be_visible()
    expect(show(lab, "files")).to_contain_text("/srv/notes.txt")


def test_without_storage_it_works_and_says_that_it_wont_be_kept(browser: Browser, site: str, archive: bytes) -> None:
    context = browser.new_context()
    context.add_init_script("Object.defineProperty(window, 'indexedDB', { get() { throw new Error('blocked'); } })")
    page = context.new_page()
    page.goto(site + "en/reader/")
    lab = wake(page)
    give(lab, archive)
    expect(lab.locator(".ll-archives .ll-caution")).to_contain_text("until you close this page")
    expect(show(lab, "history")).to_contain_text("COPY . /srv")
    page.reload()
    lab = page.locator("layer-lab").first
    lab.locator(".ll-edit").first.click()
    expect(lab).to_have_attribute("data-boot", "ready", timeout=READY)
    expect(show(lab, "console")).to_contain_text("isn't in this browser", timeout=READY)
    context.close()


def test_a_large_file_is_read_only_after_its_memory_was_stated(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(site + "en/reader/")
    lab = wake(page)
    drop = """(node, size) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(size)], "large.tar"));
        node.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }"""
    lab.locator(".ll-archives").evaluate(drop, 45_000_000)
    expect(lab.locator(".ll-loaded")).to_contain_text("45 MB. Reading it takes up to 225 MB of memory")
    lab.locator(".ll-loaded .ll-cancel").click()
    expect(lab.locator(".ll-loaded")).to_be_empty()
    lab.locator(".ll-archives").evaluate(drop, 257_000_000)
    expect(lab.locator(".ll-caution")).to_contain_text("At most 256 MB")
    context.close()
