"""Using a block without a mouse, with a screen reader, large, widely spaced, in few colours, and in Korean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from live.driving import READY, at_end, wake
from playwright.sync_api import Browser, Page, Route, expect

LANGUAGES = {"ko": "", "en": "en/"}
WHERE = """() => { let at = document.activeElement; while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const host = document.activeElement?.closest("layer-lab"); const style = at && getComputedStyle(at);
  return { inside: host !== null && host !== undefined, name: at?.getAttribute("aria-label") || at?.textContent?.trim() || at?.id || at?.tagName,
    ringed: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0, editor: at?.classList.contains("cm-content") ?? false,
    key: [...document.querySelectorAll("*")].indexOf(document.activeElement) + (at?.className ?? "") }; }"""


def test_the_keyboard_leads_into_a_block_through_it_and_out_again(page: Page, site: str) -> None:
    page.goto(site + "en/")
    lab = page.locator("layer-lab").first
    for _ in range(80):
        page.keyboard.press("Tab")
        if lab.locator(".ll-edit").evaluate("node => node === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(lab).to_have_attribute("data-boot", "ready", timeout=READY)
    expect(lab.locator(".cm-content")).to_be_focused()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nENV KEYS=1")
    page.keyboard.press("Escape")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV KEYS=1")
    seen: list[dict[str, Any]] = []
    for key in ("Tab", "Shift+Tab"):
        for _ in range(120):
            page.keyboard.press(key)
            at = page.evaluate(WHERE)
            if not at["inside"]:
                break
            assert not seen or at["key"] != seen[-1]["key"], f"{key} stays at {at}"
            seen.append(at)
        assert not page.evaluate(WHERE)["inside"], f"{key} does not lead out"
        page.keyboard.press("Shift+Tab" if key == "Tab" else "Tab")
    assert [at["name"] for at in seen if not (at["ringed"] or at["editor"])] == []
    assert {"Build", "Build options", "Reset"} <= {at["name"] for at in seen}
    assert any(at["editor"] for at in seen)


def test_one_build_is_announced_once_and_keys_are_not(page: Page, site: str) -> None:
    lab = wake(page, site + "en/")
    # CodeMirror's own region speaks only of its search and its list of problems
    assert (
        lab.locator("[aria-live]:not([aria-live=off], .cm-announced), [role=status], [role=alert], [role=log]").count()
        == 1
    )
    page.evaluate(
        "globalThis.said = []; new MutationObserver(() => said.push(document.querySelector('layer-lab [role=status]').textContent))"
        ".observe(document.querySelector('layer-lab [role=status]'), { childList: true, characterData: true, subtree: true })"
    )
    at_end(page, lab)
    page.keyboard.type("\nENV SPOKEN=once")
    expect(lab.locator("[data-view=history]")).to_contain_text("ENV SPOKEN=once")
    expect(lab.locator("[role=status]")).to_contain_text("layers")  # told once the keys have rested
    said = page.evaluate("said")
    assert len(said) <= 2, said
    assert "layers" in said[-1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_wide_spacing_and_double_size_hide_nothing(browser: Browser, site: str, lang: str) -> None:
    """WCAG 1.4.4 and 1.4.12: a screen of 1280 at 200 %, and the four spacings at once."""
    context = browser.new_context(viewport={"width": 640, "height": 480}, device_scale_factor=2)
    page = context.new_page()
    lab = wake(page, site + LANGUAGES[lang])
    page.evaluate(
        """() => {
          const rules = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }";
          const sheet = new CSSStyleSheet(); sheet.replaceSync(rules);
          for (const root of [document, ...[...document.querySelectorAll("*")].map((node) => node.shadowRoot).filter(Boolean)])
            root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]; }"""
    )
    lab.locator(".ll-options").click()
    for tab in lab.locator(".ll-tab").all():
        tab.click()
        cut = lab.evaluate(
            """lab => [...lab.querySelectorAll("button, label, summary, p, li, th, td, select, .ll-status-text")].filter((node) => {
              const style = getComputedStyle(node);
              if (!node.offsetParent || node.classList.contains("ll-sr") || node.closest(".ll-sr")) return false;
              const clips = ["hidden", "clip"].includes(style.overflowX) || ["hidden", "clip"].includes(style.overflowY);
              return clips && (node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1);
            }).map((node) => node.outerHTML.slice(0, 120))"""
        )
        assert cut == []
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    context.close()


def test_nothing_moves_for_who_wants_no_motion(browser: Browser, site: str) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    lab = wake(page, site + "en/")
    lab.locator(".ll-options").click()
    moving = lab.evaluate(
        """lab => [lab, ...lab.querySelectorAll("*")].filter((node) => { const style = getComputedStyle(node);
          return style.animationName !== "none" || style.transitionDuration.split(",").some((time) => parseFloat(time) > 0.001); })
          .map((node) => node.outerHTML.slice(0, 100))"""
    )
    assert moving == []
    context.close()


def test_in_forced_colours_what_is_marked_chosen_and_focused_can_be_told(browser: Browser, site: str) -> None:
    context = browser.new_context(forced_colors="active")
    page = context.new_page()
    lab = wake(page, site + "en/")
    colour = "node => [getComputedStyle(node).backgroundColor, getComputedStyle(node).color, getComputedStyle(node).borderBottomColor, getComputedStyle(node).borderBottomWidth, getComputedStyle(node).outlineStyle].join()"
    row = lab.locator("[data-view=history] [data-refs]").first
    plain = row.evaluate(colour)
    row.hover()
    expect(row).to_have_class(
        "ll-marked" if row.get_attribute("class") == "ll-marked" else row.get_attribute("class") or ""
    )
    assert row.evaluate(colour) != plain
    chosen, other = lab.locator(".ll-tab[aria-selected=true]").first, lab.locator(".ll-tab[aria-selected=false]").first
    assert chosen.evaluate(colour) != other.evaluate(colour)
    chosen.focus()
    page.keyboard.press("ArrowRight")
    focused = lab.locator(".ll-tab:focus-visible")
    assert focused.evaluate("node => getComputedStyle(node).outlineStyle") != "none"
    context.close()


ASKED = """
const { postMessage } = Worker.prototype; globalThis.asked = [];
Worker.prototype.postMessage = function (...given) { if (given[0].request?.text) asked.push(given[0].request.text); postMessage.apply(this, given); };
"""
KEYS = {"한": ["ㅎ", "하", "한"], "글": ["ㄱ", "그", "글"], "값": ["ㄱ", "가", "갑", "값"]}


def compose(page: Page, syllables: str) -> None:
    """As the Korean input method of a system does: each syllable grows, then is committed."""
    session = page.context.new_cdp_session(page)
    for syllable in syllables:
        for state in KEYS[syllable]:
            session.send("Input.imeSetComposition", {"text": state, "selectionStart": 1, "selectionEnd": 1})
        session.send("Input.insertText", {"text": syllable})


def test_syllables_arrive_whole_and_none_is_lost(page: Page, site: str) -> None:
    page.add_init_script(ASKED)
    page.clock.install()
    lab = wake(page, site)
    at_end(page, lab)
    page.keyboard.type("\nLABEL a=")
    session = page.context.new_cdp_session(page)
    for state in KEYS["한"]:
        session.send("Input.imeSetComposition", {"text": state, "selectionStart": 1, "selectionEnd": 1})
        page.clock.run_for(1_000)
    page.wait_for_function("asked.some((text) => text.endsWith('LABEL a='))")
    session.send("Input.insertText", {"text": "한"})
    compose(page, "글값")
    page.clock.run_for(1_000)
    expect(lab.locator("[data-view=history]")).to_contain_text("LABEL a=한글값")
    expect(lab.locator(".cm-content")).to_contain_text("LABEL a=한글값")
    assert [text for text in page.evaluate("asked") if any(letter in text for letter in "ㅎㄱ하그가갑")] == []


class LateEditor:
    """CodeMirror, kept back until it is let go."""

    def __init__(self, page: Page, folder: Path) -> None:
        name = max((folder / "assets/layerlab").glob("chunk-*.js"), key=lambda file: file.stat().st_size).name
        self._page, self._pattern, self._held = page, f"**/{name}", list[Route]()
        page.route(self._pattern, lambda route: self._held.append(route))  # noqa: PLW0108 - Playwright can't call the other

    def let_go(self) -> None:
        with self._page.expect_response(self._pattern):
            for route in self._held:
                route.continue_()


def test_the_editor_that_arrives_waits_for_a_syllable_and_keeps_the_cursor(
    page: Page, site: str, site_folder: Path
) -> None:
    late = LateEditor(page, site_folder)
    page.goto(site)
    lab = page.locator("layer-lab").first
    lab.locator(".ll-edit").click()
    area = lab.locator(".ll-textarea")
    area.press("Control+End")
    page.keyboard.type("\nLABEL a=")
    session = page.context.new_cdp_session(page)
    for state in KEYS["한"]:
        session.send("Input.imeSetComposition", {"text": state, "selectionStart": 1, "selectionEnd": 1})
    late.let_go()
    expect(area).to_be_focused()
    session.send("Input.insertText", {"text": "한"})
    expect(lab.locator(".cm-content")).to_be_focused()
    compose(page, "글")
    expect(lab.locator(".cm-content")).to_contain_text("LABEL a=한글")
    expect(lab.locator("[data-view=history]")).to_contain_text("LABEL a=한글", timeout=READY)


def test_the_editor_that_arrives_after_the_first_build_shows_what_became_of_each_line(
    page: Page, site: str, site_folder: Path
) -> None:
    late = LateEditor(page, site_folder)
    page.goto(site + "en/")
    lab = page.locator("layer-lab").first
    lab.locator(".ll-edit").click()
    lab.locator(".ll-textarea").press("Control+End")
    page.keyboard.type("\nCMD late")
    expect(lab.locator("[data-view=history]")).to_contain_text("late", timeout=READY)
    expect(lab.locator(".ll-problems").first).to_contain_text("JSON arguments recommended")
    late.let_go()
    expect(lab.locator(".ll-fate-cached").first).to_be_attached()
    expect(lab.locator(".cm-lint-marker-warning")).to_be_attached()
