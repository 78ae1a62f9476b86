"""Other ways to run our engine in a page, from files of this machine: stock Pyodide, PyScript, JupyterLite.

All three use one copy of npm's Pyodide, install the engine's plain wheel with micropip, and build what the home page's
block builds, with the same data files. The lock that travels with
Pyodide names micropip and IPython with the hashes of a build of its own; those here are PyPI's, so that only the hashes
are changed.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "build/bench-peers"
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
MARK = "own-output"
"""Begins what a peer shows of the engine's answer."""

ANSWER = """
async def answer(base, request):
    import json
    from pyodide.http import pyfetch
    from layerlab.session import Service
    service = Service()
    files = (await (await pyfetch(base + "data.json")).json())["supplies"]
    while needs := json.loads(reply := service.handle(request)).get("needs"):
        for name in needs:
            service.supply(name, await (await pyfetch(base + files[name])).text())
    return ("MARK " if json.loads(reply)["ok"] else "refused: ") + reply
"""
STOCK = """<!doctype html><meta charset="utf-8"><title>stock</title><link rel="icon" href="data:,">
<button>Run</button><pre></pre><script type="module">
document.querySelector("button").onclick = () => {
  const worker = new Worker("worker.js", { type: "module" })
  worker.onmessage = ({ data }) => { document.querySelector("pre").textContent = data }
}
</script>"""
STOCK_WORKER = """import { loadPyodide } from "/pyodide/pyodide.mjs"
const python = await loadPyodide({ indexURL: location.origin + "/pyodide/" })
await python.loadPackage("micropip")
await python.pyimport("micropip").install(location.origin + "/pyodide/WHEEL")
python.runPython(ANSWER)
postMessage(await python.globals.get("answer")(location.origin + "DATA", REQUEST))
"""
PYSCRIPT = """<!doctype html><meta charset="utf-8"><title>PyScript</title><link rel="icon" href="data:,">
<script type="module" src="core/core.js"></script><pre></pre>
<script type="py" config='{"interpreter": "/pyodide/pyodide.mjs", "packages": ["/pyodide/WHEEL"]}'>
from pyscript import document, window
PYTHON
document.querySelector("pre").textContent = await answer(window.location.origin + "DATA", REQUEST)
</script>"""
JUPYTER = """import piplite
from js import location
await piplite.install(location.origin + "/pyodide/WHEEL")
exec(ANSWER)
print((await answer(location.origin + "DATA", REQUEST))[:200])"""


@dataclass(frozen=True, slots=True)
class Peer:
    """A page that runs the engine by itself, as soon as it is opened.

    Attributes:
        name: With version.
        path: Below the server's root.
        output: CSS selector of the element that shows the answer.
    """

    name: str
    path: str
    output: str


def lay_out(folder: Path) -> tuple[list[Peer], list[str]]:
    """Write the site and its peers into a server's folder; gives the peers there are, and why others are missing."""
    (folder / "site").symlink_to(ROOT / "site")
    values = {
        "WHEEL": _pyodide(folder / "pyodide"),
        "DATA": "/site/assets/layerlab/",
        "REQUEST": json.dumps(_request()),
    }
    values |= {"PYTHON": ANSWER.replace("MARK", MARK), "ANSWER": json.dumps(ANSWER.replace("MARK", MARK))}

    def filled(text: str) -> str:
        return re.sub("|".join(values), lambda found: values[found[0]], text)

    _write(folder / "stock/index.html", filled(STOCK))
    _write(folder / "stock/worker.js", filled(STOCK_WORKER))
    found, missing = [], []
    core = TOOLS / "npm/node_modules/@pyscript/core"
    if core.is_dir():
        (folder / "pyscript").mkdir()
        (folder / "pyscript/core").symlink_to(core / "dist")
        _write(folder / "pyscript/index.html", filled(PYSCRIPT))
        found.append(Peer(f"PyScript {_version(core)}", "pyscript/", "pre"))
    else:
        missing.append(f"PyScript is not measured: no {core.relative_to(ROOT)} (npm ci failed)")
    trouble = _jupyter(folder / "jupyter")
    if trouble:
        missing.append(f"JupyterLite is not measured: {trouble}")
    else:
        path = f"jupyter/repl/index.html?kernel=python&execute=1&code={quote(filled(JUPYTER))}"
        found.append(Peer(f"JupyterLite {_installed('jupyterlite_core')}", path, ".jp-OutputArea-output"))
    return found, missing


def _request() -> str:
    """What the home page's block asks first: its own document, with the views of a first answer."""
    page = (ROOT / "site/en/index.html").read_text(encoding="utf-8")
    document = re.search(r'<template class="ll-document">(.+?)</template>', page)
    assert document, "the home page has no block"
    request = json.loads((ROOT / "plugin/browser/runtime/warm.json").read_text(encoding="utf-8"))[0]
    return json.dumps(
        {
            **request,
            "id": 1,
            "lang": "en",
            "block": "ll-home-1",
            "prefix": "ll-home-1",
            "document": json.loads(document[1]),
        }
    )


def _pyodide(folder: Path) -> str:
    """npm's Pyodide, wheels beside it, and a lock that knows their hashes; gives the name of the engine's wheel."""
    folder.mkdir()
    for name in CORE:
        (folder / name).symlink_to(ROOT / "node_modules/pyodide" / name)
    wheels = {file.name: file for file in (TOOLS / "wheels").glob("*.whl")}
    [engine] = (ROOT / "build/wheel").glob("*.whl")
    for file in (*wheels.values(), engine):
        (folder / file.name).symlink_to(file)
    lock = json.loads((ROOT / "node_modules/pyodide/pyodide-lock.json").read_text(encoding="utf-8"))
    for package in lock["packages"].values():
        if (file := wheels.get(package["file_name"])) is not None:
            package["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    _write(folder / "pyodide-lock.json", json.dumps(lock))
    return engine.name


def _jupyter(folder: Path) -> str | None:
    """JupyterLite's REPL with its kernel pointed to our copy of Pyodide; gives the reason where it can't be made."""
    program = TOOLS / "venv/bin/jupyter"
    if not program.is_file():
        return f"no {program.relative_to(ROOT)} (pip install failed)"
    work = TOOLS / "jupyter"
    shutil.rmtree(work, ignore_errors=True)
    settings = {KERNEL: {"pyodideUrl": "/pyodide/pyodide.mjs", "disablePyPIFallback": True}}
    content = {"jupyter-lite-schema-version": 0, "jupyter-config-data": {"litePluginSettings": settings}}
    _write(work / "jupyter-lite.json", json.dumps(content))
    command = [
        str(program),
        "lite",
        "build",
        "--lite-dir",
        str(work),
        "--output-dir",
        str(folder),
        "--apps",
        "repl",
        "--no-sourcemaps",
    ]
    for extra in (TOOLS / "wheels").glob("comm-*.whl"):
        command += ["--piplite-wheels", str(extra)]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else (done.stderr or done.stdout).strip().splitlines()[-1]


def _version(package: Path) -> str:
    version: str = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    return version


def _installed(name: str) -> str:
    [folder] = (TOOLS / "venv").glob(f"lib/python*/site-packages/{name}-*.dist-info")
    return folder.name.removesuffix(".dist-info").rpartition("-")[2]


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
