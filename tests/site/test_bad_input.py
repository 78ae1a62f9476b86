"""Text that wants to be markup, files that are no text, and pastes that are too large: shown as text or refused, never lost."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest
from live.driving import READY, show, wake
from playwright.sync_api import Locator, Page, expect

NASTY = "</script></template><img src=x onerror=globalThis.hit=1>"
QUOTED = NASTY.replace(" ", "_").replace("/", "!")
DOCKERFILE = f"""# {NASTY}
ARG V="{NASTY}"
FROM busybox:1.36 AS base
LABEL a="{NASTY}" {QUOTED}=b
ENV E="{NASTY}"
RUN echo '{NASTY}' > '/{QUOTED}' && mkdir -p '/{QUOTED}.d'
COPY <<"EOF" /here
{NASTY}
EOF
WORKDIR /{QUOTED}.w
USER {QUOTED}
EXPOSE 80
CMD ["{NASTY}"]
FROM base AS <img_src=x_onerror=globalThis.hit=1>
"""
FINE = DOCKERFILE[: DOCKERFILE.rindex("FROM base")]
COMMANDS = (
    f"docker run -dit --name '{QUOTED}' demo",
    f"docker tag demo '{QUOTED}'",
    f"docker run -dit --name one demo sh -c '{NASTY}'",
    f"docker inspect '{QUOTED}'",
    "docker ps -a",
    "docker history --no-trunc demo",
    f"'{NASTY}'",
    f"docker build -t '{QUOTED}' --build-arg 'V={NASTY}' .",
)


@pytest.fixture
def page(shared_page: Page) -> Iterator[Page]:
    """A page with nothing kept; an uncaught error, a policy violation or markup that came to life fails the test."""
    page = shared_page
    wrong: list[str] = []
    page.on(
        "console", lambda message: wrong.append(message.text) if "Content Security Policy" in message.text else None
    )
    page.on("request", lambda request: wrong.append(request.url) if request.url.endswith("/x") else None)
    yield page
    alive = "[...document.querySelectorAll('img')].filter((one) => one.getAttribute('src') === 'x').length + (globalThis.hit ?? 0)"
    assert page.evaluate(alive) == 0
    assert wrong == []


def replace(page: Page, lab: Locator, text: str) -> None:
    """The whole Dockerfile."""
    lab.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


@pytest.mark.parametrize("folder", ["", "en/"], ids=["ko", "en"])
def test_markup_in_every_place_of_a_session_stays_text(page: Page, site: str, folder: str) -> None:
    lab = wake(page, site + folder)
    context = show(lab, "context")
    context.locator(".ll-add").click()
    form = context.locator(".ll-file-form")
    form.locator("input").first.fill(f"{QUOTED}.txt")
    form.locator("textarea").fill(NASTY)
    form.locator(".ll-run").click()
    expect(context.locator("[data-view=context]")).to_contain_text("onerror=globalThis.hit=1>.txt")
    replace(page, lab, DOCKERFILE)
    expect(lab.locator(".ll-problem.ll-error")).to_contain_text("onerror")
    replace(page, lab, FINE + "COPY . /all\n")
    history = show(lab, "history")
    expect(history).to_contain_text("COPY . /all")
    expect(history).to_contain_text("onerror")
    files = show(lab, "files")
    expect(files).to_contain_text("onerror")
    terminal = show(lab, "console")
    for number, line in enumerate(COMMANDS, 1):
        terminal.locator(".ll-line-input").fill(line)
        terminal.locator(".ll-line-input").press("Enter")
        expect(terminal.locator(".ll-exchange")).to_have_count(number)
        expect(terminal.locator(".ll-exchange kbd").last).to_contain_text(line)
    for view in ("log", "stack", "cache", "timeline", "context"):
        show(lab, view)
    lab.locator(".ll-options").click()
    lab.locator(".ll-option-target input").fill(NASTY)
    lab.locator(".ll-option-target input").press("Tab")
    expect(lab.locator("[data-view=log]")).to_contain_text("onerror")
    lab.locator(".ll-link").click()
    expect(lab.locator(".ll-status-text")).to_have_text(re.compile("Copied|복사"))
    address = page.evaluate("navigator.clipboard.readText()")
    page.reload()
    expect(page.locator("layer-lab").first.locator(".ll-source")).to_contain_text(NASTY)
    page.evaluate("localStorage.clear()")
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator("layer-lab").first.locator("[data-view=console]")).to_contain_text(NASTY, timeout=READY)


def test_a_context_file_that_is_no_text_is_kept_as_it_is(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    context = show(lab, "context")
    with page.expect_file_chooser() as chosen:
        context.locator(".ll-upload").click()
    bytes_ = bytes(range(256))
    chosen.value.set_files([{"name": "raw.bin", "mimeType": "application/octet-stream", "buffer": bytes_}])
    expect(context.locator("li[data-path='raw.bin']")).to_be_visible()
    expect(lab.locator("[data-view=history]")).to_contain_text("797B")
    context.locator("li[data-path='raw.bin'] .ll-edit-file").click()
    expect(context.locator(".ll-file-form .ll-note")).to_contain_text("Not text")
    context.locator(".ll-file-form input").first.fill("renamed.bin")
    context.locator(".ll-file-form .ll-run").click()
    expect(context.locator("li[data-path='renamed.bin']")).to_be_visible()
    kept = page.evaluate("Object.entries(localStorage).find(([key]) => key.startsWith('layerlab:'))[1]")
    assert base64.b64encode(bytes_).decode() in kept


PASTES = {
    "the editor": (".cm-content", "log", "too long"),
    "the terminal": (".ll-line-input", "console", "long"),
    "a file of the context": (".ll-file-form textarea", "context", "kB"),
    "the build arguments": (".ll-option-build_args textarea", "history", "long"),
}


@pytest.mark.parametrize("place", PASTES)
def test_five_megabytes_pasted_are_refused_with_a_sentence_and_nothing_else_is_lost(
    page: Page, site: str, place: str
) -> None:
    field, view, words = PASTES[place]
    lab = wake(page, site + "en/")
    replace(page, lab, "FROM busybox:1.36\nENV BEFORE=1\n")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV BEFORE=1")
    show(lab, view)
    lab.locator(".ll-options").click()
    if view == "context":
        lab.locator(".ll-add").click()
        lab.locator(".ll-file-form input").first.fill("big.txt")
    page.evaluate("navigator.clipboard.writeText('A=' + 'x'.repeat(5_000_000))")
    target = lab.locator(field)
    target.click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+v")
    if view == "context":
        lab.locator(".ll-file-form .ll-run").click()
    elif view == "console":
        page.keyboard.press("Enter")
    elif view == "history":
        page.keyboard.press("Tab")
    expect(lab.locator(".ll-status-text")).to_contain_text(words)
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV BEFORE=1")
    page.reload()
    expect(page.locator("layer-lab").first.locator(".ll-source")).to_contain_text("ENV BEFORE=1")
    again = page.locator("layer-lab").first
    again.locator(".ll-edit").click()
    expect(again).to_have_attribute("data-boot", "ready", timeout=READY)
    replace(page, again, "FROM busybox:1.36\nENV AFTER=1\n")
    expect(again.locator("[data-view=history]")).to_contain_text("ENV AFTER=1")
