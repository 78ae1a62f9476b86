"""What a reader's work costs after the start: a key to its paint, by length and by files, and a killed worker.

Measured on pages that `mkdocs build` makes of our plugin, as any author's would be: real keys, and the frame in which
the views have changed. Pages of all sizes are open at once and take turns, so that a busy moment hits all of them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from bench.figures import Figure, Record
from bench.link import Host
from bench.starts import CLICK, OUR_OUTPUT, Rounds
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
LINES = (10, 50, 100, 200)
FILES = (10, 1_000, 10_000)
WARM_UP = 20
"""Edits before any counts: until then the browser has not compiled the interpreter's loop well."""
READING = 5_000
"""Milliseconds between the first edit and the kill: the page may use them to get ready for it."""
CONFIG = """site_name: bench
site_url: ""
docs_dir: docs
theme: {name: material, font: false, language: en}
plugins:
  layerlab: {labs: labs, offline: false}
markdown_extensions:
  pymdownx.superfences: {}
  layerlab: {}
"""
KINDS = (
    "ENV NAME{0}=value{0}",
    "RUN echo {0} > /f{0}",
    "WORKDIR /d{0}",
    "LABEL name{0}=value{0}",
    "ARG ARG{0}=value{0}",
)

TAP = """
const Native = Worker
globalThis.tap = { asked: 0, answered: 0, speaker: null, active: null }
globalThis.Worker = class extends Native {
  constructor(...given) {
    super(...given)
    this.addEventListener("message", ({ data }) => { if (data.type === "reply") { tap.answered = performance.now(); tap.speaker = this } })
  }
  postMessage(...given) { tap.asked = performance.now(); super.postMessage(...given) }
}
addEventListener("keydown", (event) => { globalThis.pressed = event.timeStamp }, { capture: true })
"""
"""Notes when the page last spoke to a worker, when one last answered and which, and when a key was last pressed. The
active worker is the one that had spoken when a view changed: there may be another in reserve."""

WATCH = """() => {
  globalThis.painted = new Promise((done) => {
    const watch = new MutationObserver((changes) => {
      if (!changes.some(({ target }) => (target.nodeType === 1 ? target : target.parentElement)?.closest("[data-view=history]"))) return
      watch.disconnect()
      const answer = tap.answered - tap.asked
      tap.active = tap.speaker
      requestAnimationFrame(() => {
        const after = new MessageChannel()
        after.port1.onmessage = () => done({ paint: performance.now(), asked: tap.asked, answer })
        after.port2.postMessage(0)
      })
    })
    watch.observe(document.querySelector("layer-lab .ll-views"), { subtree: true, childList: true, characterData: true })
  })
}"""
KILL = """() => {
  globalThis.killed = performance.now()
  const worker = tap.active
  worker.terminate()
  worker.dispatchEvent(new ErrorEvent("error", { cancelable: true, message: "killed" }))
}"""


def measure(browser: Browser, host: Host, folder: Path, record: Record, rounds: int) -> None:
    """Build the pages, and measure edits and restarts on them."""
    _site(ROOT / "build/bench/work")
    (folder / "work").symlink_to(ROOT / "build/bench/work/site")
    _edits(
        browser,
        host,
        record,
        rounds,
        [f"lines-{count}" for count in LINES],
        "Key to paint, by lines of the Dockerfile",
        {10: 50, 200: 150},
    )
    _edits(
        browser,
        host,
        record,
        rounds,
        [f"files-{count}" for count in FILES],
        "Key to paint, by files of the context",
        {},
    )
    _restarts(browser, host, record, rounds)


def _site(work: Path) -> None:
    """A page for each length of the Dockerfile and each size of the context."""
    shutil.rmtree(work, ignore_errors=True)
    pages = {}
    for count in LINES:
        body = "".join(KINDS[number % len(KINDS)].format(number) + "\n" for number in range(count - 2))
        pages[f"lines-{count}"] = _page("", f"FROM alpine:3.20\n{body}LABEL edit=1\n")
    for count in FILES:
        pages[f"files-{count}"] = _page(f' context="c{count}"', "FROM alpine:3.20\nCOPY . /app\nLABEL edit=1\n")
        for number in range(count):
            file = work / f"labs/c{count}/d{number // 100}/f{number}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{number}\n", encoding="utf-8")
    (work / "docs").mkdir()
    (work / "docs/index.md").write_text("# Bench\n", encoding="utf-8")
    for name, text in pages.items():
        (work / f"docs/{name}.md").write_text(text, encoding="utf-8")
    (work / "mkdocs.yml").write_text(CONFIG, encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def _page(options: str, text: str) -> str:
    return f'# Bench\n\n```dockerfile {{.layerlab lab="bench"{options} views="history stack log files"}}\n{text}```\n'


def _live(browser: Browser, host: Host, name: str) -> tuple[Page, float]:
    """A page whose block runs, and the milliseconds from the click to its first output."""
    page = browser.new_context(service_workers="block").new_page()
    page.set_default_timeout(120_000)
    page.add_init_script(TAP)
    page.goto(f"{host.address}work/{name}/", wait_until="load")
    host.quiet()
    first: float = page.evaluate(CLICK, ["layer-lab .ll-edit", OUR_OUTPUT, ""])
    page.locator("layer-lab .cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.press("ArrowLeft")  # from the empty last line to the end of the one with the label
    return page, first


def _edit(page: Page) -> tuple[float, float, float]:
    """One key: milliseconds to the paint of the changed views, to the request, and from the request to its answer."""
    page.bring_to_front()
    page.evaluate(WATCH)
    page.keyboard.press("1")
    seen = page.evaluate("painted.then(({ paint, asked, answer }) => [paint - pressed, asked - pressed, answer])")
    page.wait_for_timeout(60)
    return seen[0], seen[1], seen[2]


def _edits(
    browser: Browser, host: Host, record: Record, rounds: int, names: list[str], group: str, targets: dict[int, float]
) -> None:
    pages, found = {}, {name: list[tuple[float, float, float]]() for name in names}
    firsts = {}
    for name in names:
        pages[name], firsts[name] = _live(browser, host, name)
    for _ in range(WARM_UP):
        for page in pages.values():
            _edit(page)
    for number in range(rounds):
        for name in names if number % 2 else reversed(names):
            found[name].append(_edit(pages[name]))
    for name, values in found.items():
        kind, _, count = name.partition("-")
        what = f"{int(count):,} {kind}"
        record.add(
            Figure(
                group, f"{what}: key to paint", "ms", tuple(paint for paint, _, _ in values), targets.get(int(count))
            )
        )
        record.add(
            Figure(group, f"{what}: of it, waiting for the next key", "ms", tuple(asked for _, asked, _ in values))
        )
        target = 16.0 if name == "lines-10" else None
        record.add(Figure(group, f"{what}: of it, the worker", "ms", tuple(answer for _, _, answer in values), target))
        record.add(Figure(group, f"{what}: click to first output, once", "ms", (firsts[name],)))
    least, most = names[0], names[-1]
    grown = [many[0] / few[0] for few, many in zip(found[least], found[most], strict=True)]
    record.add(Figure(group, f"{most.replace('-', ' ')} / {least.replace('-', ' ')}", "", tuple(grown)))
    for page in pages.values():
        page.context.close()


def _restarts(browser: Browser, host: Host, record: Record, rounds: int) -> None:
    """A key pressed as soon as the worker was killed, until its paint; against the first start of the same page."""
    found = Rounds()
    for _ in range(rounds):
        page, first = _live(browser, host, "lines-10")
        _edit(page)
        page.wait_for_timeout(READING)
        page.evaluate(WATCH)
        page.evaluate(KILL)
        page.keyboard.press("1")
        again = page.evaluate("painted.then(({ paint }) => paint - killed)")
        found.note("first start, click to first output", first)
        found.note("worker killed to the paint of a key pressed then", again)
        found.note("restart / first start", again / first)
        page.context.close()
    found.into(record, "Restart after a kill", {"worker killed to the paint of a key pressed then": 1000})
