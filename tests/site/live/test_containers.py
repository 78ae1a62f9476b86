"""Containers by buttons: each is a command that the terminal has too."""

from __future__ import annotations

from live.driving import add_at_end, show, wake
from playwright.sync_api import Page, expect


def test_two_containers_write_change_delete_and_become_an_image(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    view = show(lab, "containers")

    def press(name: str, answer: str) -> None:
        view.get_by_role("button", name=name).click()
        expect(view.locator(".ll-answer kbd")).to_contain_text(answer)

    press("Start a container", "--name one demo")
    press("Start a container", "--name two demo")
    view.locator(".ll-inside select").select_option("one")
    press("Write a new file", "docker exec one")
    press("Change a file", "echo changed >> /app/app.py")
    one, two = (view.locator(f"li[data-container={name}]") for name in ("one", "two"))
    expect(one.locator(".ll-diff-c")).to_contain_text("Copied up whole from the layer of line 4")
    view.get_by_label("File to change or delete").fill("/app/index.html")
    press("Delete a file", "rm /app/index.html")
    expect(one.locator(".ll-diff-d")).to_contain_text("Hides the file in the layer of line 4")
    expect(two).to_contain_text("Nothing written yet.")
    press("See what changed", "docker diff one")
    expect(view.locator(".ll-answer samp")).to_contain_text("A /hello.txt")
    one.locator(".ll-diff-c code").hover()
    expect(lab.locator(".ll-cm-marked")).to_have_text("COPY . /app")
    press("Make an image of it", "docker commit one demo:one")
    expect(show(lab, "console").locator(".ll-exchange kbd").last).to_have_text("docker commit one demo:one")
    show(lab, "containers")
    press("Remove the container", "docker rm -f one")
    expect(one).to_have_count(0)


def test_a_path_a_shell_would_read_otherwise_is_refused(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    view = show(lab, "containers")
    view.get_by_role("button", name="Start a container").click()
    path = view.get_by_label("File to change or delete")
    expect(path).to_have_value("/app/app.py")
    add_at_end(page, lab, "\nRUN rm /app/app.py")
    expect(path).to_have_value("/app/index.html")  # what is offered is in the image
    path.fill("/x; rm -rf /")
    view.get_by_role("button", name="Delete a file").click()
    expect(lab.locator(".ll-status-text")).to_contain_text("Enter an absolute path")
