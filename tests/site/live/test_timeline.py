"""The builds of a session: back, forward, any two side by side."""

from __future__ import annotations

from live.driving import add_at_end, committed, show, wake
from playwright.sync_api import Locator, Page, expect


def three_builds(page: Page, site: str, folder: str = "en/") -> Locator:
    """The page's own build, one with ONE, one with a file of six bytes."""
    lab = wake(page, site + folder)
    add_at_end(page, lab, "\nENV ONE=1")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV ONE=1")
    committed(lab)
    add_at_end(page, lab, "\nRUN echo 12345 > /two")
    expect(lab.locator("[data-view=history]")).to_contain_text("echo 12345")
    expect(lab.locator("li.ll-build")).to_have_count(3)
    return lab


def test_going_back_keeps_what_comes_after_and_forward_is_one_press(page: Page, site: str) -> None:
    lab = three_builds(page, site)
    builds, history = show(lab, "timeline"), lab.locator("[data-view=history]")
    builds.get_by_role("button", name="Previous build").click()
    expect(history).not_to_contain_text("echo 12345")
    expect(lab.locator(".cm-content")).not_to_contain_text("echo 12345")
    expect(builds.locator("li.ll-build")).to_have_count(3)
    expect(builds.locator("li.ll-now")).to_contain_text("Build 2")
    builds.locator("li[data-build='1'] .ll-go").click()
    expect(history).not_to_contain_text("ENV ONE=1")
    expect(builds.get_by_role("button", name="Previous build")).to_have_attribute("aria-disabled", "true")
    expect(builds.get_by_role("button", name="Next build")).to_be_focused()
    page.reload()
    lab = page.locator("layer-lab").first
    lab.locator(".ll-edit").click()
    builds, history = show(lab, "timeline"), lab.locator("[data-view=history]")
    builds.locator("li[data-build='3'] .ll-go").click()
    expect(history).to_contain_text("echo 12345")
    expect(lab.locator(".cm-content")).to_contain_text("echo 12345")
    expect(builds.locator("li.ll-now")).to_contain_text("Build 3")


def test_an_edit_after_going_back_takes_the_place_of_what_came_after(page: Page, site: str) -> None:
    lab = three_builds(page, site)
    builds = show(lab, "timeline")
    builds.locator("li[data-build='1'] .ll-go").click()
    expect(lab.locator(".cm-content")).not_to_contain_text("ENV ONE")
    add_at_end(page, lab, "\nENV OTHER=1")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV OTHER=1")
    expect(builds.locator("li.ll-build")).to_have_count(2)
    expect(builds.locator("[data-later]")).to_have_count(0)


def test_any_two_builds_are_compared_in_the_page(page: Page, site: str) -> None:
    lab = three_builds(page, site, "")
    builds = show(lab, "timeline")
    builds.get_by_label("비교할 빌드").select_option("1")
    builds.get_by_role("button", name="비교", exact=True).click()
    result = builds.locator(".ll-result")
    expect(result).to_contain_text("빌드 3의 이미지가 빌드 1보다 6B 큽니다.")
    expect(result.locator(".ll-diff")).to_contain_text("+RUN echo 12345 > /two")
    expect(result.locator(".ll-step.ll-is-cached")).to_have_count(3)
    expect(result.locator(".ll-together")).to_have_count(4)
    result.get_by_role("button", name="닫기").click()
    expect(result).to_be_hidden()
