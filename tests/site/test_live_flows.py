"""What a live block offers beside its editor: files, options, terminal, builds to go back to, help and fixes."""

from __future__ import annotations

import json

import pytest
from live.driving import READY, add_at_end, show, wake
from playwright.sync_api import BrowserContext, Page, expect

LANGUAGES = {"ko": "", "en": "en/"}


@pytest.fixture
def page(shared_page: Page) -> Page:
    """A page with nothing kept."""
    return shared_page


@pytest.mark.parametrize("folder", LANGUAGES.values(), ids=LANGUAGES)
def test_an_edit_shows_what_ran_again_and_why(page: Page, site: str, folder: str) -> None:
    lab = wake(page, site + folder)
    lab.locator(".cm-line").nth(2).click()
    page.keyboard.press("End")
    page.keyboard.type(" curl")
    cache = show(lab, "cache")
    expect(cache.locator(".ll-step.ll-is-cached > code")).to_have_text("RUN apt-get update")
    expect(cache.locator(".ll-starts > code")).to_have_text("RUN apt-get install -y nginx curl")
    expect(cache.locator(".ll-cascade > code")).to_have_text("COPY . /app")
    expect(cache.locator(".ll-note .ll-size, .ll-note .ll-estimated").first).to_contain_text("39.8MB")
    expect(lab.locator(".ll-fate-cached")).to_have_count(1)
    expect(lab.locator(".ll-fate-ran")).to_have_count(2)


def test_a_context_file_can_be_added_edited_renamed_and_deleted(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    context = show(lab, "context")
    context.locator(".ll-add").click()
    form = context.locator(".ll-file-form")
    form.get_by_label("Path").fill("notes/한글.txt")
    form.get_by_role("textbox", name="Content").fill("</script><img src=x onerror=alert(1)>\n")
    form.get_by_role("button", name="Save and build").click()
    added = context.locator("li[data-path='notes/한글.txt']")
    expect(added).to_be_visible()
    added.locator("summary").click()
    expect(added.locator("pre")).to_contain_text("</script><img src=x onerror=alert(1)>")
    expect(page.locator("img[src=x]")).to_have_count(0)
    expect(lab.locator("[data-view=files]")).to_contain_text("/app/notes/한글.txt")
    added.locator(".ll-edit-file").click()
    form.get_by_label("Path").fill("notes/run.sh")
    form.get_by_label("Mode (octal)").fill("755")
    form.get_by_role("button", name="Save and build").click()
    expect(context.locator("li[data-path='notes/run.sh']")).to_have_attribute("data-mode", "0755")
    expect(added).to_have_count(0)
    context.locator("li[data-path='notes/run.sh'] .ll-edit-file").click()
    form.get_by_role("button", name="Delete").click()
    expect(context.locator("li[data-path='notes/run.sh']")).to_have_count(0)


def test_uploads_that_are_no_text_are_taken_and_too_large_ones_refused(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    context = show(lab, "context")
    chooser = context.locator("input[type=file]")
    chooser.set_input_files(
        [
            {"name": "logo.bin", "mimeType": "application/octet-stream", "buffer": bytes(range(256))},
            {"name": "huge.txt", "mimeType": "text/plain", "buffer": b"x" * 300_000},
        ]
    )
    expect(context.locator("li[data-path='logo.bin']")).to_contain_text("256B")
    expect(context.locator("li[data-path='logo.bin'] .ll-note")).to_be_visible()
    expect(lab.locator(".ll-status-text")).to_contain_text("huge.txt")
    expect(context.locator("li[data-path='huge.txt']")).to_have_count(0)


def test_a_path_out_of_the_context_is_refused_with_a_sentence(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    context = show(lab, "context")
    context.locator(".ll-add").click()
    context.get_by_label("Path").fill("../../etc/passwd")
    context.get_by_role("button", name="Save and build").click()
    expect(lab.locator(".ll-status-text")).to_contain_text("relative path inside the context")
    expect(context.locator(".ll-file-form")).to_be_visible()


def test_an_ignored_file_names_the_pattern_and_its_line(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    context = show(lab, "context")
    context.locator(".ll-add").click()
    context.get_by_label("Path").fill(".dockerignore")
    context.get_by_role("textbox", name="Content").fill("# kept out\n*.py\n")
    context.get_by_role("button", name="Save and build").click()
    left_out = context.locator("li[data-path='app.py']")
    expect(left_out).to_contain_text("*.py")
    expect(left_out).to_contain_text("2")


@pytest.mark.parametrize("folder", LANGUAGES.values(), ids=LANGUAGES)
def test_options_take_effect_at_once(page: Page, site: str, folder: str) -> None:
    lab = wake(page, site + folder)
    lab.locator(".ll-options").click()
    expect(lab.locator("[id$=-options]")).to_be_visible()
    lab.locator(".ll-option-no_cache input").check()
    cache = show(lab, "cache")
    expect(cache.locator(".ll-reason").nth(0)).to_contain_text("--no-cache")
    lab.locator(".ll-option-builder select").select_option("legacy")
    expect(lab.locator("[data-view=log]")).to_contain_text("Step 1/4 : FROM ubuntu:20.04")
    page.reload()
    lab = page.locator("layer-lab").first
    expect(lab.locator(".ll-banner")).to_be_visible()
    lab.locator(".ll-edit").click()
    expect(lab.locator(".ll-option-builder select")).to_have_value("legacy")
    expect(lab.locator("[data-view=log]")).to_contain_text("Step 1/4 : FROM ubuntu:20.04", timeout=READY)


def test_two_containers_have_writable_layers_of_their_own(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    terminal = show(lab, "console")
    for line in ("docker run -dit --name one demo", "docker run -dit --name two demo", "docker exec one touch /hello"):
        terminal.get_by_role("button", name=line).click()
        expect(terminal.locator(".ll-exchange kbd").last).to_have_text(line)
    terminal.get_by_role("button", name="docker diff one").click()
    expect(terminal.locator(".ll-exchange").last).to_contain_text("A /hello")
    stack = show(lab, "stack")
    writable = stack.locator(".ll-writable")
    expect(writable).to_have_count(2)
    expect(writable.filter(has_text="one")).to_contain_text("/hello")
    expect(writable.filter(has_text="two")).not_to_contain_text("/hello")


def test_tab_completes_and_never_traps(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    terminal = show(lab, "console")
    field = terminal.locator(".ll-line-input")
    field.focus()
    page.keyboard.press("Tab")
    expect(field).not_to_be_focused()
    field.focus()
    page.keyboard.type("docker hist")
    expect(terminal.locator(".ll-candidates")).to_be_visible()  # else what was offered for fewer letters
    expect(terminal.locator(".ll-candidates")).to_have_text("history")
    page.keyboard.press("Tab")
    expect(field).to_have_value("docker history ")
    expect(field).to_be_focused()
    field.fill("docker his")
    expect(terminal.locator(".ll-candidates")).to_be_visible()
    expect(terminal.locator(".ll-candidates")).to_have_text("history")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(field).not_to_be_focused()
    expect(field).to_have_value("docker his")


def test_arrow_keys_bring_back_earlier_lines_and_the_draft(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    terminal = show(lab, "console")
    field = terminal.locator(".ll-line-input")
    for line in ("docker ps", "docker images"):
        field.fill(line)
        field.press("Enter")
        expect(field).to_have_value("")
    field.fill("dock")
    field.press("ArrowUp")
    expect(field).to_have_value("docker images")
    field.press("ArrowUp")
    expect(field).to_have_value("docker ps")
    field.press("ArrowDown")
    field.press("ArrowDown")
    expect(field).to_have_value("dock")


def test_an_earlier_build_can_be_gone_back_to(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    add_at_end(page, lab, "\nENV ONE=1")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV ONE=1")
    lab.locator(".ll-bar .ll-run").click()
    expect(lab).not_to_have_attribute("data-busy", "")
    add_at_end(page, lab, "\nENV TWO=2")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV TWO=2")
    builds = show(lab, "timeline")
    expect(builds.locator("li.ll-build")).to_have_count(3)
    builds.locator("li.ll-build").nth(1).get_by_role("button").click()
    expect(lab.locator("[data-view=history]")).not_to_contain_text("ENV TWO=2")
    expect(lab.locator(".cm-content")).to_contain_text("ENV ONE=1")
    expect(lab.locator(".cm-content")).not_to_contain_text("ENV TWO=2")


def test_a_fix_is_one_press_away_and_can_be_undone(page: Page, site: str) -> None:
    lab = wake(page, site + "en/layers/")
    lab.locator(".ll-advices summary").click()
    fixes = lab.locator(".ll-advices .ll-fix")
    before = lab.locator(".cm-content").inner_text()
    fixes.first.click()
    expect(lab.locator(".cm-content")).not_to_have_text(before)
    lab.locator(".cm-content").focus()
    page.keyboard.press("Control+z")
    expect(lab.locator(".cm-content")).to_contain_text("RUN apt-get update")
    assert lab.locator(".cm-content").inner_text() == before


def test_code_in_a_fix_is_code(page: Page, site: str) -> None:
    lab = wake(page, site + "en/layers/")
    lab.locator(".ll-advices summary").click()
    expect(lab.locator(".ll-fix code").first).to_have_text("rm -rf /var/lib/apt/lists/*")
    assert [text for text in lab.locator(".ll-fix").all_inner_texts() if "`" in text] == []


def test_columns_of_a_table_stand_as_docker_prints_them(page: Page, site: str) -> None:
    page.goto(site + "en/")
    table = page.locator("[data-view=history] samp").first
    assert table.inner_text() == table.text_content()


def test_paper_has_the_readers_text_and_every_view(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    add_at_end(page, lab, "\nENV ON_PAPER=1")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV ON_PAPER=1")
    page.emulate_media(media="print")
    expect(lab.locator(".ll-source pre")).to_be_visible()
    expect(lab.locator(".ll-source pre")).to_contain_text("ENV ON_PAPER=1")
    for view in ("log", "stack", "files", "cache"):
        expect(lab.locator(f"[data-view={view}]")).to_be_visible()
    for control in (".ll-bar:not(svg)", ".ll-fix", ".ll-edit-file"):
        expect(lab.locator(control).first).to_be_hidden()


def test_a_problem_leads_to_its_line(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    add_at_end(page, lab, "\nNONSENSE x")
    lab.locator(".ll-problem .ll-where").first.click()
    expect(lab.locator(".cm-activeLine")).to_have_text("NONSENSE x")
    expect(lab.locator(".ll-explanation").first).not_to_be_empty()


@pytest.mark.parametrize(("folder", "words"), [("", "레이어"), ("en/", "layer")], ids=LANGUAGES)
def test_help_is_there_for_pointer_and_keyboard(page: Page, site: str, folder: str, words: str) -> None:
    lab = wake(page, site + folder)
    lab.locator(".cm-line span", has_text="COPY").first.hover()
    expect(lab.locator(".ll-help")).to_contain_text(words)
    add_at_end(page, lab, "\nCOPY --fr")
    expect(lab.locator(".cm-tooltip-autocomplete li").first).to_contain_text("--from")


def test_files_can_be_searched_and_filtered(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    files = show(lab, "files")
    entries = files.locator(".ll-files-layer li:visible")
    files.get_by_role("searchbox").fill("index.html")
    expect(entries).to_have_count(1)
    expect(entries).to_contain_text("/app/index.html")
    files.get_by_label("Added").uncheck()
    expect(entries).to_have_count(0)


def test_a_paste_of_five_megabytes_is_refused_with_a_sentence(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    lab.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.evaluate("navigator.clipboard.writeText('# ' + 'x'.repeat(5_000_000))")
    page.keyboard.press("Control+v")
    expect(lab.locator(".ll-status-text")).to_contain_text("too long")
    expect(lab.locator("[data-view=history]")).to_contain_text("COPY . /app")
    page.keyboard.press("Control+z")
    add_at_end(page, lab, "\nENV AFTER=1")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV AFTER=1")


def test_markup_in_every_place_stays_text(page: Page, site: str) -> None:
    nasty = "</script><img src=x onerror=alert(1)>"
    lab = wake(page, site + "en/")
    add_at_end(page, lab, "\n")
    page.keyboard.insert_text(f'LABEL a="{nasty}"\nENV B="{nasty}"\nRUN echo \'{nasty}\'\n')
    expect(lab.locator("[data-view=history]")).to_contain_text("onerror=alert(1)")
    field = show(lab, "console").locator(".ll-line-input")
    field.fill(f"echo '{nasty}'")
    field.press("Enter")
    expect(lab.locator("[data-view=console]")).to_contain_text(nasty)
    assert page.locator("img[src=x]").count() == 0


def test_blocks_share_one_worker(page: Page, site: str) -> None:
    page.add_init_script(
        "const { postMessage } = Worker.prototype; globalThis.asked = new Set();"
        "Worker.prototype.postMessage = function (...given) { if (given[0].type === 'request') asked.add(this); postMessage.apply(this, given); };"
    )
    wake(page, site + "en/cache/")
    second = page.locator("layer-lab").nth(1)
    second.locator(".ll-edit").click()
    expect(second).to_have_attribute("data-boot", "ready")
    expect(second.locator(".ll-fate").first).to_be_attached()
    assert page.evaluate("asked.size") == 1


def test_full_or_blocked_storage_is_said_and_editing_goes_on(page: Page, site: str) -> None:
    page.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }")
    lab = wake(page, site + "en/")
    add_at_end(page, lab, "\nENV UNSAVED=1")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV UNSAVED=1")
    expect(lab.locator(".ll-status-text")).to_contain_text("lost when you close this page")


def test_what_is_kept_holds_the_readers_actions_only(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    add_at_end(page, lab, "\nENV ONE=1")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV ONE=1")
    saved = json.loads(page.evaluate("Object.entries(localStorage).find(([key]) => key.startsWith('layerlab:'))[1]"))
    assert [action["type"] for action in saved["actions"]] == ["edit"]


def test_a_link_opens_the_session_in_another_tab(page: Page, profile: BrowserContext, site: str) -> None:
    lab = wake(page, site + "en/")
    add_at_end(page, lab, "\nENV LINKED=1")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV LINKED=1")
    lab.locator(".ll-link").click()
    expect(lab.locator(".ll-status-text")).to_have_text("Copied.")
    address = page.evaluate("navigator.clipboard.readText()")
    page.evaluate("localStorage.clear()")
    other = profile.new_page()
    other.goto(address)
    opened = other.locator("layer-lab").first
    expect(opened.locator("[data-view=history]")).to_contain_text("ENV LINKED=1", timeout=READY)
    expect(opened.locator(".cm-content")).to_contain_text("ENV LINKED=1")
    other.close()


@pytest.mark.parametrize("link", ["#ll1.AAAA", "#ll99.eNo", "#ll1.<script>alert(1)</script>"])
def test_a_broken_link_is_said_and_changes_nothing(page: Page, site: str, link: str) -> None:
    page.goto(site + "en/" + link)
    expect(page.locator(".ll-link-trouble")).not_to_be_empty(timeout=READY)
    expect(page.locator("layer-lab").first.locator("[data-view=history]")).to_contain_text("COPY . /app")
    expect(page.locator("layer-lab").first.locator(".ll-edit")).to_be_visible()
