// The runtime as it is published, under Node: it starts from the snapshot and from its fallback, and answers as CPython does.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT, ours } from "./browser.mjs";

const ASSETS = join(ROOT, "plugin/mkdocs-layerlab/src/mkdocs_layerlab/assets");
const RUNTIME = join(ASSETS, JSON.parse(readFileSync(join(ASSETS, "manifest.json"), "utf8")).runtime);
const { info, difference, snapshot: memory } = JSON.parse(readFileSync(join(RUNTIME, "manifest.json"), "utf8"));
const { loadPyodide } = await import(join(RUNTIME, "pyodide.mjs"));
const { default: create } = await import(join(RUNTIME, "pyodide.asm.mjs"));

/** Requests about all recorded cases and the warming ones, and what CPython answers. */
function cpython() {
  const python = join(ROOT, ".venv/bin/python");
  const env = { ...process.env, PYTHONPATH: join(ROOT, "plugin/layerlab/src") };
  return JSON.parse(execFileSync(python, [join(ROOT, "tests/oracle/replies.py")], { env, maxBuffer: 1 << 28, encoding: "utf8" }));
}

const { supplies, replies } = cpython();

function dataFile(name) {
  if (name in supplies) return supplies[name];
  const [folder, stem] = name.split("@")[0].split("/");
  const data = join(ROOT, "plugin/layerlab/src/layerlab/catalogue/data");
  return readFileSync(stem ? join(data, { image: "images", tree: "trees" }[folder] ?? folder, `${stem}.json`) : join(data, `${folder}.json`), "utf8");
}

function answer(python, request) {
  const handle = python.globals.get("handle");
  const supply = python.globals.get("supply");
  for (let round = 0; round < 20; round++) {
    const reply = handle(JSON.stringify(request));
    const { needs } = JSON.parse(reply);
    if (!needs) return reply;
    for (const name of needs) supply(name, dataFile(name));
  }
  throw new Error("the engine never had enough");
}

async function* pieces(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function fromSnapshot() {
  const { unpack } = await ours("unpack");
  const decoder = new WebAssembly.Module(readFileSync(join(RUNTIME, "zstd.wasm")));
  const snapshot = await unpack(pieces(readFileSync(join(RUNTIME, "snapshot.bin")), 70_001), decoder, memory);
  const roomy = async (settings) => {
    const module = await create(settings);
    for (let at = 0; at < difference.length; at++) snapshot[difference.start + at] ^= module.HEAPU8[at];
    while (module.HEAP8.length < snapshot.length) module._malloc(1 << 20);
    return module;
  };
  return loadPyodide({
    indexURL: RUNTIME,
    stdLibURL: join(ROOT, "build/runtime/stdlib-empty.zip"),
    lockFileContents: JSON.stringify({ info, packages: {} }),
    packageBaseUrl: RUNTIME,
    createPyodideModule: roomy,
    _loadSnapshot: snapshot,
  });
}

test("from its snapshot the engine answers byte for byte as CPython does, about every recorded case", async () => {
  const python = await fromSnapshot();
  assert.ok(replies.length > 250);
  for (const [request, expected] of replies) assert.equal(answer(python, request), expected, JSON.stringify(request.document.actions));
});

for (const [name, library] of [["trimmed", "stdlib-trimmed.zip"], ["stock", "python_stdlib.zip"]]) {
  test(`from the ${name} library the one-package lock installs the engine`, async () => {
    const python = await loadPyodide({
      indexURL: RUNTIME,
      stdLibURL: join(RUNTIME, library),
      lockFileURL: join(RUNTIME, "pyodide-lock.json"),
      packageBaseUrl: RUNTIME,
      packages: ["layerlab"],
    });
    python.runPython("from layerlab.session import Service\nservice = Service()\nhandle = service.handle\nsupply = service.supply");
    const [request, expected] = replies[0];
    assert.equal(answer(python, request), expected);
  });
}
