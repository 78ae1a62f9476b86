"""A reader's own history: pasted text explained row by row, in both languages, on a desktop and a phone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from layerlab.lab import Lab

READY = 90_000
NOW = 1_790_000_000_000_000_000
PLACES = {"ko": ("", 390), "en": ("en/", 1280)}
SAMPLES = ("busybox:musl", "python:3.12-slim", "nginx:alpine")
INSPECTED = [{
    "Id": "sha256:" + "ab" * 32,
    "RepoTags": ["mine:1"],
    "Size": 12_300_000,
    "Config": {"Cmd": ["sh"], "Env": ["A=1"]},
    "RootFS": {"Type": "layers", "Layers": ["sha256:" + "cd" * 32, "sha256:" + "ef" * 32]},
}]  # fmt: skip
HOSTILE = (
    "IMAGE          CREATED       CREATED BY                                      SIZE      COMMENT\n"
    'ff64be8f473f   2 days ago    RUN /bin/sh -c echo "</script><img src=x onerror=alert(1)>" # buildkit'
    "   4.99MB    buildkit.dockerfile.v0\n"
)


def history(reference: str) -> tuple[str, int]:
    """What `docker history --no-trunc` prints of an image of the catalogue, and its rows."""
    lab = Lab(now=NOW)
    lab.docker(f"pull {reference}")
    text = str(lab.docker(f"history --no-trunc {reference}"))
    return text, len(lab.host.images.find(reference).history)  # type: ignore[union-attr]


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[tuple[Page, str]]:
    """One awake reader a language; an error that nobody caught fails the test."""
    folder, width = PLACES[request.param]
    context = browser.new_context(viewport={"width": width, "height": 844}, reduced_motion="reduce")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(30_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(site + folder + "reader/")
    wake(page)
    yield page, request.param
    context.close()
    assert errors == []


def wake(page: Page) -> Locator:
    reader = page.locator("layer-reader")
    reader.locator(".ll-edit").click()
    expect(reader).to_have_attribute("data-boot", "ready", timeout=READY)
    return reader


def paste(page: Page, text: str) -> Locator:
    """Put a text into the area as a paste does, and wait until it was read."""
    reader = page.locator("layer-reader")
    reader.locator(".ll-paste").fill("IMAGE\n")
    expect(reader).to_have_attribute("data-status", "invalid", timeout=READY)
    reader.evaluate("host => host.removeAttribute('data-status')")
    reader.locator(".ll-paste").fill(text)
    expect(reader).to_have_attribute("data-status", re.compile("ok|invalid"), timeout=READY)
    return reader


def is_clean(page: Page) -> bool:
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("reference", SAMPLES)
def test_a_pasted_history_gives_back_its_rows(place: tuple[Page, str], reference: str) -> None:
    page, _ = place
    text, rows = history(reference)
    reader = paste(page, text)
    expect(reader.locator(".ll-rows tbody tr")).to_have_count(rows)
    expect(reader.locator(".ll-ranking li").first).to_contain_text("%")
    expect(reader.locator(".ll-reconstructed")).to_contain_text("FROM scratch")


def test_a_row_marks_its_line_of_the_reconstruction(place: tuple[Page, str]) -> None:
    page, _ = place
    reader = paste(page, HOSTILE)
    reader.locator(".ll-rows tbody tr").first.dispatch_event("pointerover")
    expect(reader.locator(".ll-reconstructed .ll-marked")).to_contain_text("RUN")


def test_text_of_a_history_is_never_markup(place: tuple[Page, str]) -> None:
    page, _ = place
    reader = paste(page, HOSTILE)
    expect(reader.locator(".ll-rows code").first).to_contain_text("</script><img src=x onerror=alert(1)>")
    expect(page.locator("img[src=x]")).to_have_count(0)
    assert is_clean(page)


def test_an_inspection_is_read_with_its_name_and_configuration(place: tuple[Page, str]) -> None:
    page, _ = place
    reader = paste(page, json.dumps(INSPECTED, indent=4))
    expect(reader.locator(".ll-reading")).to_contain_text("mine:1")
    expect(reader.locator(".ll-reconstructed")).to_contain_text('CMD ["sh"]')
    assert is_clean(page)


def test_what_is_no_history_is_refused_with_its_line_and_the_last_one_stays(place: tuple[Page, str]) -> None:
    page, lang = place
    paste(page, HOSTILE)
    reader = paste(page, "\nhello world\n")
    expect(reader).to_have_attribute("data-status", "invalid")
    refusal = reader.locator(".ll-refusal")
    expect(refusal).to_contain_text("docker image inspect")
    expect(refusal).to_contain_text({"ko": "2번째 줄: hello world", "en": "Line 2: hello world"}[lang])
    expect(reader.locator(".ll-rows tbody tr")).to_have_count(1)
    assert is_clean(page)
    paste(page, HOSTILE)
    expect(refusal).to_be_empty()


def test_the_dockerfile_can_be_copied_and_built_below(place: tuple[Page, str]) -> None:
    page, _ = place
    reader = paste(page, HOSTILE)
    reader.locator(".ll-copy").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("FROM scratch\nRUN echo")
    reader.locator(".ll-build").click()
    lab = page.locator("layer-lab").first
    expect(lab.locator(".cm-content")).to_contain_text("onerror=alert(1)", timeout=READY)
    expect(page.locator("img[src=x]")).to_have_count(0)


def test_the_text_survives_a_reload_and_the_example_comes_back(place: tuple[Page, str]) -> None:
    page, _ = place
    paste(page, HOSTILE)
    page.reload()
    reader = page.locator("layer-reader")
    expect(reader.locator(".ll-banner")).to_be_visible()
    expect(reader.locator(".ll-source pre")).to_contain_text("onerror=alert(1)")
    assert is_clean(page)
    wake(page)
    expect(reader.locator(".ll-rows tbody tr")).to_have_count(1)
    expect(reader.locator(".ll-banner")).to_have_count(0)
    reader.locator(".ll-example").click()
    expect(reader.locator(".ll-rows tbody tr")).to_have_count(8)
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('ll-reader')).length") == 0


def test_without_a_script_the_example_is_explained_whole(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + "en/reader/")
    expect(page.locator("layer-reader .ll-rows tbody tr")).to_have_count(8)
    expect(page.locator("layer-reader .ll-reconstructed")).to_contain_text("COPY app.sh .")
    expect(page.locator("layer-reader .ll-ranking")).to_be_visible()
    context.close()
