"""The build context under the reader's hands: what isn't text, folders, and taking a change back."""

from __future__ import annotations

from live.driving import show, wake
from playwright.sync_api import Page, expect

DROP_FOLDER = """section => {
  const file = (name, text) => ({
    isFile: true, fullPath: '/src/' + name, file: done => done(new File([text], name)),
  });
  const batches = [[file('a.txt', 'a'), file('b.txt', 'b')], []];
  const folder = { isFile: false, fullPath: '/src', createReader: () => ({ readEntries: done => done(batches.shift()) }) };
  const event = new Event('drop', { bubbles: true, cancelable: true });
  event.dataTransfer = { items: [{ webkitGetAsEntry: () => folder }] };
  section.dispatchEvent(event);
}"""


def test_a_binary_file_is_moved_its_mode_changed_and_the_change_taken_back(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    context = show(lab, "context")
    expect(context.get_by_role("button", name="Undo the last file change")).to_be_hidden()
    logo = {"name": "logo.bin", "mimeType": "application/octet-stream", "buffer": bytes(range(256))}
    context.locator("input[type=file]").set_input_files([logo])
    item = context.locator("li[data-path='logo.bin']")
    expect(item).to_contain_text("Not a text file; it begins with the bytes 00 01 02")
    item.locator(".ll-edit-file").click()
    form = context.locator(".ll-file-form")
    expect(form.get_by_role("textbox", name="Content")).to_be_disabled()
    form.get_by_label("Path").fill("img/logo")
    form.get_by_label("Mode (octal)").fill("600")
    form.get_by_role("button", name="Save and build").click()
    moved = context.locator("li[data-path='img/logo']")
    expect(moved).to_have_attribute("data-mode", "0600")
    expect(moved).to_contain_text("256B")
    expect(item).to_have_count(0)
    expect(moved.locator(".ll-edit-file")).to_have_attribute("aria-label", "Edit: img/logo")
    context.get_by_role("button", name="Undo the last file change").click()
    expect(item).to_be_visible()
    expect(moved).to_have_count(0)


def test_a_folder_can_be_dropped(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    context = show(lab, "context")
    context.evaluate(DROP_FOLDER)
    expect(context.locator("li[data-path='src/a.txt']")).to_be_visible()
    expect(context.locator("li[data-path='src/b.txt']")).to_be_visible()
