"""The playground: samples to start from, work that is kept, links, a fence to embed, and two Dockerfiles side by side."""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import markdown
import pytest
from axe_playwright_python.sync_playwright import Axe
from bench.serving import serving
from live.driving import READY, touched
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from mkdocs_layerlab.extension import LayerlabExtension

LANGUAGES = {"ko": "", "en": "en/"}
SAMPLES = 12
ROOT = Path(__file__).parents[2]
RUNTIME = ("runtime-", "element-", "chunk-", "data.json")

both_languages = pytest.mark.parametrize("folder", LANGUAGES.values(), ids=LANGUAGES)


@pytest.fixture(scope="module")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for all flows, so that the runtime is compiled once."""
    context = browser.new_context(service_workers="block")  # it would answer before a test does
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context
    context.close()


@pytest.fixture
def page(shared_page: Page) -> Page:
    """A page with nothing kept."""
    return shared_page


def shown(page: Page) -> Locator:
    """The block of the sample that is shown."""
    return page.locator(".ll-playground[data-live] > section:not([hidden]) layer-lab")


def pick(page: Page, sample: str) -> None:
    """Choose a sample in the list."""
    page.locator(f".ll-samples a[data-for={sample}]").click()
    expect(page.locator(f"section[data-sample={sample}]")).to_be_visible()


def wake(page: Page) -> Locator:
    """Touch the block that is shown, until it is ready."""
    lab = touched(shown(page))
    expect(lab.locator(".ll-source .cm-content")).to_be_visible()
    expect(lab.locator(".ll-source .ll-fate").first).to_be_attached()
    return lab


def add_at_end(page: Page, lab: Locator, text: str) -> None:
    """Type as a reader does, and wait for the build."""
    lab.locator(".ll-source .cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)
    expect(lab.locator("[data-view=history]")).to_contain_text(text.strip())


def link_of(session: dict[str, Any], version: int = 1) -> str:
    """A session as the fragment of an address."""
    packed = zlib.compress(json.dumps(session).encode())
    return f"#ll{version}." + urlsafe_b64encode(packed).decode().rstrip("=")


def session_of(text: str, schema: int = 1, block: str = "ll-anything-1") -> dict[str, Any]:
    """A session with one build."""
    start = {"lab": "x", "hash": "x", "now": 1_790_000_000_000_000_000}
    return {
        "schema": schema,
        "engine": "0.1.0",
        "start": start,
        "actions": [{"type": "build", "block": block, "text": text}],
    }


@both_languages
def test_without_javascript_every_sample_is_complete_and_linked_to(browser: Browser, site: str, folder: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + folder + "playground/")
    sections = page.locator("section[data-sample]")
    expect(sections).to_have_count(SAMPLES)
    links = page.locator(".ll-samples a")
    for link, section in zip(links.all(), sections.all(), strict=True):
        expect(link.locator("span")).to_be_visible()
        expect(section.locator(".ll-source")).to_be_visible()
        expect(section.locator("[data-view=history]")).to_contain_text("CREATED BY")
    targets = {link.get_attribute("href") for link in links.all()}
    assert targets == {f"#{section.locator('h2').get_attribute('id')}" for section in sections.all()}
    context.close()


@both_languages
def test_a_sample_is_chosen_by_keyboard_before_anything_of_the_runtime_is_fetched(
    page: Page, site: str, folder: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site + folder + "playground/")
    expect(shown(page)).to_have_count(1)
    page.locator(".ll-samples a").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    second = page.locator(".ll-samples a").nth(1)
    expect(second).to_be_focused()
    expect(second).to_have_attribute("aria-current", "true")
    expect(page.locator(".ll-samples [aria-current]")).to_have_count(1)
    expect(shown(page)).to_have_attribute("data-lab", "stages")
    expect(page.locator(".ll-samples [role=status]")).to_contain_text(second.locator("strong").inner_text())
    assert page.url.endswith("#sample-stages")
    page.reload()
    expect(shown(page)).to_have_attribute("data-lab", "stages")
    assert [url for url in asked if any(part in url for part in RUNTIME)] == []


def test_on_a_phone_the_list_is_a_field(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(site + "en/playground/")
    choice = page.get_by_role("combobox", name="Samples")
    assert (choice.bounding_box() or {"height": 0})["height"] >= 44
    expect(page.locator(".ll-samples a").first).to_be_hidden()
    choice.select_option(label="Go")
    expect(shown(page)).to_have_attribute("data-lab", "go")
    context.close()


def test_going_to_another_page_and_back_keeps_the_list_alive(page: Page, site: str) -> None:
    page.goto(site + "en/")
    page.locator(".md-footer a, .md-nav a", has_text="Playground").first.evaluate("node => node.click()")
    expect(shown(page)).to_have_attribute("data-lab", "post")
    pick(page, "go")
    expect(shown(page)).to_have_attribute("data-lab", "go")


@both_languages
def test_work_is_kept_by_sample(page: Page, site: str, folder: str) -> None:
    page.goto(site + folder + "playground/")
    add_at_end(page, wake(page), "\nENV KEPT=1")
    pick(page, "order")
    add_at_end(page, wake(page), "\nENV OTHER=1")
    page.goto(site + folder + "playground/#sample-post")
    page.reload()
    expect(shown(page).locator(".ll-source pre")).to_contain_text("ENV KEPT=1")
    lab = wake(page)
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV KEPT=1")
    expect(lab.locator("[data-view=history]")).not_to_contain_text("ENV OTHER=1")
    lab.locator(".ll-reset").click()
    expect(lab.locator("[data-view=history]")).not_to_contain_text("ENV KEPT=1")


def rewritten(route: Route) -> None:
    """The page as its author changed it."""
    body = route.fetch().text().replace("RUN apt-get update\\n", "RUN apt-get -q update\\n")
    route.fulfill(body=body, content_type="text/html")


@both_languages
def test_edits_of_a_text_that_its_author_changed_are_kept_and_asked_about(page: Page, site: str, folder: str) -> None:
    address = site + folder + "playground/"
    page.goto(address)
    add_at_end(page, wake(page), "\nENV MINE=1")
    page.route(address, rewritten)
    page.reload()
    question = shown(page).locator(".ll-earlier")
    expect(question).to_be_visible()
    expect(shown(page).locator(".ll-source pre")).not_to_contain_text("ENV MINE=1")
    lab = wake(page)  # no decision: the new text, and the edits are kept for later
    add_at_end(page, lab, "\nENV NEWER=1")
    page.reload()
    expect(question).to_be_visible()
    question.locator(".ll-earlier-open").click()
    expect(question).to_have_count(0)
    lab = shown(page)
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV MINE=1", timeout=READY)
    expect(lab.locator(".cm-content")).to_contain_text("ENV MINE=1")
    expect(lab.locator(".cm-content")).not_to_contain_text("ENV NEWER=1")
    page.reload()
    expect(shown(page).locator(".ll-banner")).to_be_visible()
    expect(question).to_have_count(0)


def test_edits_of_a_changed_text_can_be_thrown_away(page: Page, site: str) -> None:
    address = site + "en/playground/"
    page.goto(address)
    add_at_end(page, wake(page), "\nENV MINE=1")
    page.route(address, rewritten)
    page.reload()
    shown(page).get_by_role("button", name="Discard them").click()
    expect(shown(page).locator(".ll-edit")).to_be_focused()
    page.reload()
    expect(page.locator(".ll-samples[data-live]")).to_be_attached()
    expect(page.locator(".ll-earlier, .ll-banner")).to_have_count(0)


@both_languages
def test_a_link_opens_as_an_entry_of_its_own_and_leaves_the_readers_work_alone(
    page: Page, site: str, folder: str
) -> None:
    address = site + folder + "playground/"
    page.goto(address)
    lab = wake(page)
    add_at_end(page, lab, "\nENV LINKED=1")
    lab.locator(".ll-link").click()
    expect(lab.locator(".ll-status-text")).not_to_be_empty()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(address + "#ll1.")
    add_at_end(page, lab, "\nENV MINE=1")
    page.goto("about:blank")
    page.goto(link)
    opened = page.locator("layer-lab[id^=ll-link-]")
    expect(opened.locator("[data-view=history]")).to_contain_text("ENV LINKED=1", timeout=READY)
    expect(opened.locator(".cm-content")).not_to_contain_text("ENV MINE=1")
    expect(page.locator(".ll-samples [aria-current]")).to_have_attribute("data-for", opened.get_attribute("id") or "")
    add_at_end(page, opened, "\nENV THERE=1")
    pick(page, "post")
    assert page.url == address + "#sample-post"
    expect(shown(page).locator(".ll-source pre")).to_contain_text("ENV MINE=1")
    expect(shown(page).locator(".ll-source pre")).not_to_contain_text("ENV THERE=1")
    page.goto("about:blank")
    page.goto(link)
    expect(opened.locator("[data-view=history]")).to_contain_text("ENV THERE=1", timeout=READY)
    opened.locator(".ll-reset").click()
    expect(opened.locator("[data-view=history]")).not_to_contain_text("ENV THERE=1")
    expect(opened.locator(".cm-content")).to_contain_text("ENV LINKED=1")


BAD_LINKS = {
    "broken": "#ll1.AAAA",
    "no base64": "#ll1.<script>alert(1)</script>",
    "newer form": "#ll99.eNo",
    "other schema": link_of(session_of("FROM scratch\n", schema=7)),
    "over-long": "#ll1." + "A" * 9_000,
    "bomb": link_of(session_of("#" + "x" * 3_000_000)),
    "no Dockerfile": link_of(session_of("") | {"actions": []}),
    "files that are gone": link_of(
        session_of("")
        | {"actions": [{"type": "build", "block": "b", "text": "FROM scratch\n", "context": "gone@0123456789ab"}]}
    ),
}


@both_languages
def test_a_link_that_cannot_be_used_is_said_and_the_open_session_stays(page: Page, site: str, folder: str) -> None:
    page.goto(site + folder + "playground/")
    lab = wake(page)
    add_at_end(page, lab, "\nENV OPEN=1")
    said: dict[str, str] = {}
    for name, link in BAD_LINKS.items():
        page.evaluate("link => { location.hash = link; }", link)
        note = page.locator(".ll-link-trouble p")
        expect(note).not_to_be_empty()
        said[name] = note.inner_text()
        expect(note).to_be_in_viewport()  # the block may be far below
        expect(lab.locator("[data-view=history]")).to_contain_text("ENV OPEN=1")
        expect(lab).to_be_visible()
        page.locator(".ll-link-trouble button").click()
        expect(note).to_have_count(0)
    assert len(set(said.values())) >= 5, said
    assert page.locator("layer-lab[id^=ll-link-]").count() == 0


def test_markup_in_a_link_stays_text(page: Page, site: str) -> None:
    nasty = "</script><img src=x onerror=alert(1)>"
    hostile = session_of(f"FROM scratch\nLABEL a='{nasty}'\n", block=nasty)
    hostile["start"]["lab"] = nasty
    page.goto(site + "en/playground/" + link_of(hostile))
    opened = page.locator("layer-lab[id^=ll-link-]")
    expect(opened.locator("[data-view=history]")).to_contain_text("onerror=alert(1)", timeout=READY)
    assert page.locator("img[src=x]").count() == 0


def test_where_the_clipboard_is_blocked_the_link_stands_in_a_field(page: Page, site: str) -> None:
    page.add_init_script(
        "navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));"
    )
    page.goto(site + "en/playground/#sample-forms")
    lab = wake(page)
    lab.locator(".ll-link").click()
    field = lab.get_by_role("textbox", name="Link to the session")
    expect(field).to_be_focused()
    assert "#ll1." in field.input_value()
    lab.locator(".ll-handed .ll-close").click()
    expect(lab.locator(".ll-link")).to_be_focused()


def test_a_session_too_large_for_a_link_says_so(page: Page, site: str) -> None:
    page.goto(site + "en/playground/#sample-forms")
    lab = wake(page)
    lab.locator(".ll-source .cm-content").click()
    page.keyboard.press("Control+End")
    noise = "".join(
        f"\n# {zlib.crc32(str(number).encode()):08x}{zlib.adler32(str(number).encode()):08x}" for number in range(900)
    )
    page.keyboard.insert_text(noise + "\nENV LONG=1")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV LONG=1")
    lab.locator(".ll-link").click()
    expect(lab.locator(".ll-status-text")).to_contain_text("8,000")


@both_languages
def test_a_block_of_any_page_opens_in_the_playground_of_its_language(
    page: Page, site_folder: Path, folder: str, tmp_path: Path
) -> None:
    (tmp_path / "sub").symlink_to(site_folder)
    with serving(tmp_path) as root:
        page.goto(root + "sub/" + folder + "layers/")
        lab = page.locator("layer-lab").first
        lab.locator(".ll-edit").click()
        expect(lab.locator(".cm-content")).to_be_visible(timeout=READY)
        add_at_end(page, lab, "\nENV TAKEN=1")
        lab.locator(".ll-playground").click()
        opened = page.locator("layer-lab[id^=ll-link-]")
        expect(opened.locator("[data-view=history]")).to_contain_text("ENV TAKEN=1", timeout=READY)
        assert page.url.startswith(root + "sub/" + folder + "playground/#ll1.")
        expect(opened.locator(".ll-playground")).to_have_count(0)


def test_the_fence_to_embed_gives_the_same_block_elsewhere(page: Page, site: str) -> None:
    page.goto(site + "en/playground/#sample-python")
    lab = wake(page)
    lab.locator(".ll-options").click()
    arguments = lab.locator(".ll-option-build_args textarea")
    arguments.fill("A=1\nB=two words")
    arguments.blur()
    add_at_end(page, lab, "\nENV SAID=`fine`")
    lab.locator(".ll-embed").click()
    dialog = page.get_by_role("dialog", name="Embed in your own site")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("pip install mkdocs-layerlab")
    expect(dialog).to_contain_text("docs/labs/python-app")
    dialog.get_by_role("button", name="Copy: 3. Paste into a page").click()
    expect(dialog.get_by_role("status")).to_have_text("Copied.")
    fence = page.evaluate("navigator.clipboard.readText()")
    problems: list[object] = []
    ours = LayerlabExtension(labs=str(ROOT / "docs/labs"), lang="en", report=lambda *problem: problems.append(problem))
    html = markdown.markdown(fence, extensions=[ours])
    assert problems == []
    assert "ENV SAID=`fine`" in html
    assert '"build_args":{"A":"1","B":"two words"}' in html
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(lab.locator(".ll-embed")).to_be_focused()


@both_languages
def test_two_dockerfiles_are_compared_as_they_are_edited(page: Page, site: str, folder: str) -> None:
    page.goto(site + folder + "playground/#sample-order")
    lab = wake(page)
    lab.locator(".ll-compare").first.click()
    table = lab.locator(".ll-pairs")
    expect(table.locator("tbody tr").first).to_be_visible()
    expect(lab.locator(".ll-other .cm-content")).to_contain_text("COPY requirements.txt .")  # the sample's counterpart
    expect(lab.locator(".ll-views")).to_be_hidden()
    rebuilt = lab.locator("[data-view=compare] table").first.locator("tr", has_text="app.py").locator("td")
    left, right = rebuilt.all_inner_texts()
    assert left != right
    expect(table.locator(".ll-together").first).to_be_visible()
    lab.locator(".ll-other .cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nRUN touch /right")
    expect(table).to_contain_text("touch /right")
    lab.locator(".ll-source .cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nRUN touch /left")
    expect(table).to_contain_text("touch /left")
    lab.locator(".ll-other select").select_option("")  # a copy of the left
    expect(lab.locator(".ll-other .cm-content")).to_contain_text("touch /left")
    expect(table).not_to_contain_text("touch /right")
    expect(table.locator("tbody tr:not(.ll-together)")).to_have_count(0)
    lab.locator(".ll-compared select").select_option("requirements.txt")
    expect(lab.locator("[data-view=compare]")).to_contain_text("requirements.txt")
    lab.locator(".ll-bar .ll-compare").click()
    expect(lab.locator(".ll-views")).to_be_visible()
    expect(table).to_have_count(0)


def test_the_other_dockerfile_is_kept_over_a_reload_until_a_reset(page: Page, site: str) -> None:
    page.goto(site + "en/playground/#sample-order")
    other = ".ll-other .cm-content"
    lab = wake(page)
    lab.locator(".ll-bar .ll-compare").click()
    lab.locator(".ll-other select").select_option("")  # a copy of the left
    lab.locator(other).click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nRUN touch /right")
    expect(lab.locator(".ll-pairs")).to_contain_text("touch /right")
    page.reload()
    lab = wake(page)
    lab.locator(".ll-bar .ll-compare").click()
    expect(lab.locator(other)).to_contain_text("touch /right")
    expect(lab.locator(".ll-other select")).to_have_value("")
    expect(lab.locator(".ll-pairs")).to_contain_text("touch /right")
    lab.locator(".ll-reset").click()
    expect(lab.locator(".ll-status [role=status]")).to_contain_text("original")
    page.reload()
    lab = wake(page)
    lab.locator(".ll-bar .ll-compare").click()
    expect(lab.locator(other)).to_contain_text("COPY requirements.txt .")
    expect(lab.locator(other)).not_to_contain_text("touch /right")


def violations(page: Page) -> list[str]:
    """What axe finds, with the first element each."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['html'][:200]}" for one in found]


LOOKS = {
    "ko-light-desktop": ("", "light", 1280),
    "en-dark-phone": ("en/", "dark", 390),
    "en-light-narrow": ("en/", "light", 320),
}


@pytest.mark.parametrize(("folder", "scheme", "width"), LOOKS.values(), ids=LOOKS)
def test_no_state_has_a_violation_or_is_wider_than_the_screen(
    browser: Browser, site: str, folder: str, scheme: Any, width: int
) -> None:
    context = browser.new_context(
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        has_touch=width < 500,
        reduced_motion="reduce",
        service_workers="block",
    )
    page = context.new_page()
    page.add_init_script(
        "navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));"
    )
    found: dict[str, list[str]] = {}

    def look(state: str) -> None:
        found[state] = violations(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found[state].append("wider than the screen")

    page.goto(site + folder + "playground/#sample-order")
    lab = wake(page)
    lab.locator(".ll-line-input").fill("docker history demo")
    lab.locator(".ll-line-input").press("Enter")
    expect(lab.locator(".ll-exchange").last).to_be_visible()
    look("live")
    lab.locator(".ll-link").click()
    expect(lab.locator(".ll-handed")).to_be_visible()
    link = lab.locator(".ll-handed input").input_value()
    look("link by hand")
    lab.locator(".ll-bar .ll-compare").click()
    expect(lab.locator(".ll-pairs tbody tr").first).to_be_visible()
    look("comparison")
    lab.locator(".ll-embed").click()
    expect(page.locator("dialog[open]")).to_be_visible()
    look("dialog")
    page.keyboard.press("Escape")
    page.evaluate("location.hash = '#ll1.AAAA'")
    expect(page.locator(".ll-link-trouble")).to_be_visible()
    look("broken link")
    page.route(
        site + folder + "playground/",
        lambda route: route.fulfill(
            body=route.fetch()
            .text()
            .replace("pip install -r requirements.txt\\n", "pip install -qr requirements.txt\\n"),
            content_type="text/html",
        ),
    )
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("layer-lab[id^=ll-link-] .cm-content")).to_be_visible(timeout=READY)
    look("from a link")
    page.goto(site + folder + "playground/#sample-order")
    page.reload()
    expect(page.locator(".ll-earlier")).to_be_visible()
    look("changed text")
    context.close()
    assert {state: some for state, some in found.items() if some} == {}
