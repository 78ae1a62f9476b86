"""`make bench`: ratios of paired rounds on this machine, medians with their range. Prints machine and versions first.

Every round measures stock Pyodide and ours one after the other, so that a busy moment hits both. "Stock" is a worker
that calls `loadPyodide` with the full standard library and unpacks the engine's wheel; no micropip, which isn't on npm.
JupyterLite, PyScript and Lighthouse are not measured here.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from bench.serving import Handler, Server  # noqa: E402 - the path is set above

MEGABIT = 125_000
BLOCK = "layer-lab"
PLAIN = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")

STOCK_WORKER = """
import { loadPyodide } from "./pyodide.mjs";
self.onmessage = async ({ data }) => {
  const [python, wheel] = await Promise.all([loadPyodide({ indexURL: new URL(".", import.meta.url).href }), fetch("WHEEL").then((r) => r.arrayBuffer())]);
  python.unpackArchive(wheel, "wheel");
  python.runPython("from layerlab.session import Service\\nservice = Service()\\nhandle = service.handle");
  postMessage(python.globals.get("handle")(data));
};
"""
STOCK_PAGE = '<!doctype html><meta charset="utf-8"><title>stock</title><link rel="icon" href="data:,"><p>'
STOCK_RUN = """request => new Promise(done => {
  const began = performance.now(), worker = new Worker("worker.js", { type: "module" });
  worker.onmessage = ({ data }) => { document.querySelector("p").textContent = data;
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began))); };
  worker.postMessage(request);
})"""
OURS_RUN = """() => new Promise((done, failed) => {
  const lab = document.querySelector("layer-lab"), began = performance.now();
  const see = () => {
    if (lab.dataset.boot === "failed") failed(new Error("no boot"));
    else if (asks.length) setTimeout(() => done(performance.now() - began));
    else requestAnimationFrame(see);
  };
  lab.querySelector(".ll-edit").click();
  see();
})"""
WATCH_WORKER = """
const Native = Worker; globalThis.asks = [];
globalThis.Worker = class extends Native {
  constructor(...given) { super(...given); globalThis.workers = (globalThis.workers ?? []).concat(this); const at = new Map();
    this.sent = at; this.addEventListener("message", ({ data }) => {
      if (data.type === "reply") asks.push(performance.now() - at.get(data.id)); }); }
  postMessage(data, ...more) { if (data.type === "request") this.sent.set(data.id, performance.now()); super.postMessage(data, ...more); }
};
"""
EDIT = """text => new Promise(done => {
  const lab = document.querySelector("layer-lab"), view = lab.querySelector("[data-view=history]");
  const root = lab.querySelector(".ll-editor")?.shadowRoot ?? lab;
  const area = root.querySelector(".cm-content, .ll-textarea"), before = asks.length;
  const see = new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => { see.disconnect();
    done([performance.now() - began - 120, asks[before] ?? 0]); })));
  see.observe(view, { subtree: true, childList: true, characterData: true, attributes: true });
  area.focus(); const began = performance.now(); document.execCommand("insertText", false, text);
})"""


class Slow(Handler):
    """A link of so many bytes a second, shared by all requests; 0 is as fast as it goes."""

    rate = 0
    lock = threading.Lock()
    free_at = 0.0

    def setup(self) -> None:
        """Put the brake on what is written."""
        super().setup()
        write = self.wfile.write
        self.wfile.write = partial(self.slowly, write)  # type: ignore[method-assign]

    def slowly(self, write: Callable[[bytes], int], data: bytes) -> int:
        """Write in pieces, each after the time the link needs for it."""
        if not Slow.rate:
            return write(data)
        for at in range(0, len(data), 16_384):
            piece = data[at : at + 16_384]
            with Slow.lock:
                Slow.free_at = max(Slow.free_at, time.monotonic()) + len(piece) / Slow.rate
                wait = Slow.free_at - time.monotonic()
            time.sleep(max(0.0, wait))
            write(piece)
        return len(data)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve the folder through the brake."""
    server = Server(("127.0.0.1", 0), partial(Slow, directory=str(folder), packed={}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()


def lay_out(folder: Path) -> None:
    """The built site, and beside it stock Pyodide with the engine's plain wheel."""
    (folder / "site").symlink_to(ROOT / "site")
    stock = folder / "stock"
    stock.mkdir()
    for name in ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"):
        shutil.copy(ROOT / "node_modules/pyodide" / name, stock)
    [wheel] = (ROOT / "build/wheel").glob("*.whl")
    shutil.copy(wheel, stock)
    (stock / "worker.js").write_text(STOCK_WORKER.replace("WHEEL", wheel.name), encoding="utf-8")
    (stock / "index.html").write_text(STOCK_PAGE, encoding="utf-8")


def show(name: str, values: list[float], unit: str = "ms") -> None:
    """One line: median and range."""
    digits = 2 if unit == "" else 1 if statistics.median(values) < 100 else 0
    low, middle, high = (f"{value:.{digits}f}" for value in (min(values), statistics.median(values), max(values)))
    print(f"  {name:<46} {middle:>9} {unit:<3} [{low} .. {high}]  n={len(values)}", flush=True)


def stock_once(context: BrowserContext, address: str, request: str) -> float:
    """Click to first output of the stock worker."""
    page = context.new_page()
    page.goto(address + "stock/")
    result: float = page.evaluate(STOCK_RUN, request)
    page.close()
    return result


def ours_once(context: BrowserContext, address: str, *, hover: bool = False) -> float:
    """Click to first own output of a block; with a hover, what that fetches is awaited first."""
    page = context.new_page()
    page.add_init_script(WATCH_WORKER)
    page.goto(address + "site/en/", wait_until="networkidle")
    if hover:
        page.locator(f"{BLOCK} .ll-edit").first.hover()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(500)
        page.wait_for_function("performance.getEntriesByType('resource').some(r => r.name.endsWith('snapshot.bin.gz') && r.responseEnd)")
    result: float = page.evaluate(OURS_RUN)
    page.close()
    return result


def boots(browser: Browser, address: str, request: str, rounds: int, *, hover: bool) -> None:
    """Paired cold and warm starts, each round in a fresh profile."""
    found: dict[str, list[float]] = {}

    def note(name: str, value: float) -> float:
        found.setdefault(name, []).append(value)
        return value

    for _ in range(rounds):
        stock, ours = (browser.new_context(service_workers="block") for _ in range(2))
        cold = note("stock, cold", stock_once(stock, address, request))
        note("ours / stock, cold", note("ours, cold", ours_once(ours, address)) / cold)
        if hover:
            ready = browser.new_context(service_workers="block")
            note("ours / stock, cold, fetched on intent", note("ours, cold, fetched on intent", ours_once(ready, address, hover=True)) / cold)
            ready.close()
        else:
            warm = note("stock, warm", stock_once(stock, address, request))
            note("ours / stock, warm", note("ours, warm", ours_once(ours, address)) / warm)
        stock.close()
        ours.close()
    for name, values in found.items():
        show(name, values, "" if "/" in name else "ms")


def live(browser: Browser, address: str) -> Page:
    """A page with a block that runs."""
    page = browser.new_context(service_workers="block").new_page()
    page.add_init_script(WATCH_WORKER)
    page.goto(address + "site/en/playground/")
    page.locator(f"{BLOCK} .ll-edit").first.click()
    page.wait_for_function("asks.length > 0", timeout=120_000)
    page.wait_for_selector(".cm-content")
    return page


def edits(browser: Browser, address: str) -> None:
    """Edit to paint, by the length of the Dockerfile; the pause after a key (120 ms) is taken off."""
    for lines in (10, 50, 200):
        page = live(browser, address)
        page.locator(".cm-content").first.click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text("FROM alpine:3.20\n" + "".join(f"ENV NAME{number}=value\n" for number in range(lines - 1)))
        page.wait_for_timeout(3_000)
        page.keyboard.press("Control+End")
        painted, answered = [], []
        for number in range(27):
            paint, answer = page.evaluate(EDIT, f"\nLABEL edit{number}=1")
            page.wait_for_timeout(150)
            if number >= 20:  # the first ones run before the browser has compiled the interpreter's loop well
                painted.append(paint)
                answered.append(answer)
        show(f"{lines} lines: request to reply", answered)
        show(f"{lines} lines: edit to paint", painted)
        page.context.close()


def restarts(browser: Browser, address: str, rounds: int) -> None:
    """A killed worker to a new one that is ready, in one page."""
    page = live(browser, address)
    page.wait_for_timeout(1_000)
    found = []
    for _ in range(rounds):
        page.evaluate("globalThis.killed = performance.now(); const last = workers.at(-1); last.terminate(); last.dispatchEvent(new ErrorEvent('error', { cancelable: true }))")
        page.wait_for_selector(f'{BLOCK}[data-boot="ready"]', timeout=60_000)
        found.append(page.evaluate("performance.now() - killed"))
        page.wait_for_timeout(300)
    show("killed worker to a ready one", found)
    page.context.close()


def sizes() -> None:
    """What travels."""
    [manifest] = (ROOT / "site/assets/layerlab").glob("runtime-*/manifest.json")
    about = json.loads(manifest.read_text(encoding="utf-8"))
    for name in about["strategies"]["snapshot"]:
        print(f"  {name:<46} {about['files'][name]['gzip']:>9} bytes packed")


def main() -> None:
    """All of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    rounds: int = parser.parse_args().rounds
    path = next((found for name in ("chromium", "google-chrome", "chrome") if (found := shutil.which(name))), None)
    request = json.dumps({**json.loads((ROOT / "plugin/browser/runtime/warm.json").read_text(encoding="utf-8"))[0], "id": 1})
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lay_out(Path(folder))
        browser = playwright.chromium.launch(executable_path=path, args=list(PLAIN))
        pyodide: dict[str, Any] = json.loads((ROOT / "node_modules/pyodide/package.json").read_text(encoding="utf-8"))
        load = os.getloadavg()
        print(f"{platform.platform()}, {os.cpu_count()} cores, load {load[0]:.1f}; Chromium {browser.version}; Pyodide {pyodide['version']}")
        print("bytes of the first start")
        sizes()
        with serving(Path(folder)) as address:
            print("click to first own output, this machine")
            boots(browser, address, request, rounds, hover=False)
            Slow.rate = 20 * MEGABIT
            print("the same over 20 Mbit/s")
            boots(browser, address, request, rounds, hover=True)
            Slow.rate = 0
            print("restart")
            restarts(browser, address, rounds)
            print("edit")
            edits(browser, address)
        browser.close()


if __name__ == "__main__":
    main()
