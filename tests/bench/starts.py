"""From a click to the first own output on the screen, ours against others, in rounds that measure them in turn.

Each start has a profile of its own on the disk, so "cold" is a reader who was never here, and "warm" the same profile
a moment later, with the browser's own cache (the service worker is kept out, so that it is the HTTP cache that counts).
Clicks are made without a pointer: no hover gives ours a start before the click, unless that is what is measured.
All of them build the home page's Dockerfile.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.figures import Figure, Record
from bench.link import FAST, NEAR, SLOW, Host, Line
from bench.peers import MARK, Peer
from playwright.sync_api import BrowserType, Page

PLAIN = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LIMIT = 240_000
OURS = "site/en/"

CLICK = """([button, output, mark]) => new Promise((done, failed) => {
  const began = performance.now()
  const see = () => {
    const trouble = document.querySelector("[data-boot=failed]") ?? [...document.querySelectorAll("pre")].find((node) => node.textContent.startsWith("refused"))
    if (trouble) failed(new Error(trouble.textContent.slice(0, 500)))
    else if ([...document.querySelectorAll(output)].some((node) => node.textContent.includes(mark) && node.textContent.trim())) {
      const painted = new MessageChannel()
      painted.port1.onmessage = () => done(performance.now() - began)
      painted.port2.postMessage(0)
    } else requestAnimationFrame(see)
  }
  if (button) document.querySelector(button).click()
  requestAnimationFrame(see)
})"""
"""Clicks, and resolves with the milliseconds to the frame in which the output is there. Other than a timer, a message
posted in a frame comes right after its paint."""

OUR_OUTPUT = '[data-view="cache"]'
"""A view that no page has before its engine has answered."""


class Browsers:
    """Browsers with a fresh profile each."""

    def __init__(self, kind: BrowserType, program: str | None) -> None:
        self._kind = kind
        self._program = program

    @contextmanager
    def fresh(self) -> Iterator[Callable[[], Page]]:
        """A profile that is gone afterwards; gives what opens a page in it."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            context = self._kind.launch_persistent_context(
                folder, executable_path=self._program, args=list(PLAIN), headless=True, service_workers="block"
            )
            context.set_default_timeout(LIMIT)
            try:
                yield context.new_page
            finally:
                context.close()


def ours(page: Page, host: Host, *, before: str = "") -> float:
    """Milliseconds from the click on a block's button to its first view from the engine.

    Args:
        page: Empty.
        host: Of our site.
        before: `hover` for a mouse that stays on the button, which starts the engine; `focus` for a key that came
            there, which only fetches it; each until the line has been quiet for a moment.
    """
    page.goto(host.address + OURS, wait_until="load")
    host.quiet()
    if before:
        button = page.locator("layer-lab .ll-edit").first
        button.hover() if before == "hover" else button.focus()
        host.quiet(1.5)
    result: float = page.evaluate(CLICK, ["layer-lab .ll-edit", OUR_OUTPUT, ""])
    page.close()
    return result


def stock(page: Page, host: Host) -> float:
    """Milliseconds from the click on a button to the answer of stock Pyodide, the engine installed by micropip."""
    page.goto(host.address + "stock/", wait_until="load")
    host.quiet()
    result: float = page.evaluate(CLICK, ["button", "pre", MARK])
    page.close()
    return result


def opened(page: Page, host: Host, path: str, output: str, mark: str, click: str = "") -> float:
    """Milliseconds from opening a page to its first own output; with a click as soon as there is what to click."""
    began = time.perf_counter()
    page.goto(host.address + path, wait_until="commit")
    if click:
        page.locator(f"{click}:visible").first.evaluate("button => button.click()")
    page.wait_for_function(
        "([output, mark]) => [...document.querySelectorAll(output)].some(node => node.textContent.includes(mark) && node.textContent.trim())",
        arg=[output, mark],
    )
    result = (time.perf_counter() - began) * 1000
    page.close()
    return result


class Rounds:
    """Collects the values of paired rounds by name, in the order in which the names came."""

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = {}

    def note(self, name: str, value: float) -> float:
        self.values.setdefault(name, []).append(value)
        return value

    def into(self, record: Record, group: str, targets: dict[str, float]) -> None:
        """Ratios have a slash in their name, times have none."""
        for name, values in self.values.items():
            record.add(Figure(group, name, "" if " / " in name else "ms", tuple(values), targets.get(name)))


TARGETS = {
    NEAR: {"ours / stock, cold": 0.15, "ours / stock, warm": 0.20},
    FAST: {"ours / stock, cold": 0.42, "ours after a hover / stock, cold": 0.10},
    SLOW: {"ours / stock, cold": 1.0},
}


def against_stock(browsers: Browsers, host: Host, record: Record, rounds: int, line: Line) -> None:
    """Cold starts over a line; near by also warm ones, over 20 Mbit/s also after a prefetch on intent."""
    found = Rounds()
    for number in range(rounds):
        host.line = line
        took: dict[str, float] = {}
        for who in ("stock", "ours") if number % 2 else ("ours", "stock"):
            start = stock if who == "stock" else ours
            with browsers.fresh() as page:
                took[who] = start(page(), host)
                if line is NEAR:
                    took[who + " warm"] = start(page(), host)
        if line is FAST:
            for before in ("hover", "focus"):
                with browsers.fresh() as page:
                    took[before] = ours(page(), host, before=before)
        for name, value in took.items():
            label = {
                "stock": "stock with micropip, cold",
                "ours": "ours, cold",
                "stock warm": "stock, warm",
                "ours warm": "ours, warm",
            }
            found.note(label.get(name, f"ours after a {name}, cold"), value)
        found.note("ours / stock, cold", took["ours"] / took["stock"])
        for before in ("hover", "focus"):
            if before in took:
                found.note(f"ours after a {before} / stock, cold", took[before] / took["stock"])
        if "ours warm" in took:
            found.note("ours / stock, warm", took["ours warm"] / took["stock warm"])
    host.line = NEAR
    found.into(record, f"Click to first own output, {line.name}", TARGETS[line])


def against_peers(browsers: Browsers, host: Host, record: Record, rounds: int, peers: list[Peer]) -> None:
    """The whole way from opening a page, since the others start with it, unasked; ours is clicked when it is there."""
    found = Rounds()
    for number in range(rounds):
        took: dict[str, float] = {}
        for peer in [None, *peers] if number % 2 else [*peers, None]:
            with browsers.fresh() as page:
                if peer is None:
                    took[""] = opened(page(), host, OURS, OUR_OUTPUT, "", "layer-lab .ll-edit")
                else:
                    took[peer.name] = opened(page(), host, peer.path, peer.output, MARK)
        found.note("ours", took[""])
        for peer in peers:
            found.note(peer.name, took[peer.name])
            found.note(f"ours / {peer.name}", took[""] / took[peer.name])
    found.into(record, "Page opened to first own output, this machine, cold", {})


def bytes_travelled(browsers: Browsers, host: Host, record: Record, peers: list[Peer]) -> None:
    """What the server sends, headers and all, until a page is quiet, and then until its first output is there."""

    def weigh(name: str, path: str, output: str, mark: str, click: str) -> None:
        with browsers.fresh() as open_page:
            page, start = open_page(), host.sent
            page.goto(host.address + path, wait_until="load")
            host.quiet(1.5)
            before = host.sent - start
            if not click:
                page.wait_for_function(
                    "([output, mark]) => [...document.querySelectorAll(output)].some(node => node.textContent.includes(mark))",
                    arg=[output, mark],
                )
                host.quiet(1.5)
                record.add(Figure(group, f"{name}: before any interaction", "kB", ((host.sent - start) / 1000,)))
                return
            page.evaluate(CLICK, [click, output, mark])
            host.quiet(1.5)
            record.add(Figure(group, f"{name}: before any interaction", "kB", (before / 1000,)))
            record.add(Figure(group, f"{name}: after the click", "kB", ((host.sent - start - before) / 1000,)))

    group = "Bytes sent (gzip, headers included)"
    weigh("ours, home page", OURS, OUR_OUTPUT, "", "layer-lab .ll-edit")
    weigh("stock with micropip", "stock/", "pre", MARK, "button")
    for peer in peers:
        weigh(peer.name, peer.path, peer.output, MARK, "")
