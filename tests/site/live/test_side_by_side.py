"""Two views at once where there is room, and every view within reach."""

from __future__ import annotations

from live.driving import show, wake
from playwright.sync_api import Page, expect


def test_pointing_marks_the_same_fact_in_both_views_and_in_the_text(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    lab.get_by_role("button", name="Side by side").click()
    expect(lab.locator(".ll-view-history")).to_be_visible()
    expect(lab.locator(".ll-view-stack")).to_be_visible()
    lab.locator("[data-view=history] .ll-row", has_text="apt-get update").hover()
    expect(lab.locator("[data-view=stack] .ll-layer.ll-marked")).to_contain_text("apt-get update")
    expect(lab.locator(".ll-cm-marked")).to_have_text("RUN apt-get update")
    lab.locator(".ll-second .ll-tab", has_text="Files").click()
    lab.locator(".cm-line", has_text="apt-get update").hover()
    marked = lab.locator("[data-view=files] .ll-files-layer.ll-marked")
    expect(marked.locator("> summary")).to_contain_text("apt-get update")
    expect(marked.locator("> summary")).to_be_in_viewport()


def test_a_view_chosen_on_both_sides_changes_places_and_the_choice_is_kept(page: Page, site: str) -> None:
    page.goto(site + "en/")
    lab = page.locator("layer-lab").first
    lab.get_by_role("button", name="Side by side").click()
    lab.locator(".ll-second .ll-tab", has_text="History").click()
    expect(lab.locator(".ll-tabrow [aria-selected=true]")).to_have_text("Layer stack")
    assert "runtime-" not in str([worker.url for worker in page.workers])
    page.reload()
    expect(lab.locator(".ll-view:visible")).to_have_count(2)
    page.set_viewport_size({"width": 390, "height": 800})
    expect(lab.locator(".ll-view:visible")).to_have_count(1)
    expect(lab.locator(".ll-second")).to_be_hidden()
    page.set_viewport_size({"width": 1280, "height": 900})


def test_on_a_very_wide_page_the_text_stands_beside_its_views(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(site + "en/playground/")
    lab = page.locator("layer-lab").first
    source, views = lab.locator(".ll-source").bounding_box(), lab.locator(".ll-views").bounding_box()
    assert source
    assert views
    assert views["x"] >= source["x"] + source["width"] - 1
    assert abs(views["y"] - source["y"]) < 2
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(media="print")
    hidden = lab.locator(".ll-views > .ll-view:not(:visible)")
    expect(hidden).to_have_count(0)


def test_views_the_author_did_not_name_can_be_reached(page: Page, site: str) -> None:
    lab = wake(page, site + "en/image/")
    assert lab.get_attribute("data-views") == "history"
    expect(lab.locator(".ll-tabrow .ll-tab").first).to_have_text("History")
    assert lab.locator("[data-view=stack]").inner_text() == ""
    expect(show(lab, "stack").locator(".ll-layer").first).to_be_visible()
    expect(show(lab, "inspect")).to_contain_text("sha256:")
    expect(show(lab, "files").get_by_role("searchbox")).to_be_visible()
