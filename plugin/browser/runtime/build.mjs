// Makes what the worker boots, from the engine's wheel: bytecode, a one-package lock, a trimmed standard library and
// the memory snapshot. All of it goes to one folder; `bundle.mjs` puts it beside the worker under a hashed name.
//
//   node build.mjs --wheel FILE --tools FOLDER --data FOLDER --out FOLDER 
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import createPyodideModule from "pyodide/pyodide.asm.mjs";
import { CORE, CORE_FILES, INFO, VERSION, boot, mount } from "./pyodide.mjs";

const HERE = import.meta.dirname ?? dirname(new URL(import.meta.url).pathname);
const script = (name) => readFileSync(join(HERE, name), "utf8");
const say = (text) => console.log(`runtime: ${text}`);
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;

/** Where the memory begins in a snapshot of this Pyodide: after its header. */
const HEADER = 128;
/** The WebAssembly's own data ends well before this; then come stack and heap. */
const STATIC_LIMIT = 5_000_000;
/** Bytes left alone before the first that differs: a neighbour may be equal by chance. */
const MARGIN = 512;

/** A zip without entries: stands in for the standard library where a snapshot already holds it. */
const EMPTY_ZIP = Buffer.from([0x50, 0x4b, 5, 6, ...new Array(18).fill(0)]);

/** The decoder alone, as WebAssembly: the package has it as text in its module, which a strict policy keeps from being used so. */
function decoder() {
  const module = readFileSync(join(HERE, "../../../node_modules/zstddec/dist/zstddec-stream.mjs"), "utf8");
  const [, base64] = /^const wasm = "([^"]+)"/m.exec(module) ?? [];
  if (!base64) throw new Error("zstddec has its WebAssembly elsewhere now");
  return Buffer.from(base64, "base64");
}

/** The wheel compiled by pyodide-build, and the lock written by pyodide-lock, both run by the target interpreter. */
async function compileWheel({ wheel, tools, out }) {
  // -OO: no page reads docstrings, and they would be a third of what travels
  const pyodide = await boot({ stdout: (line) => say(line), args: ["-OO"] });
  mount(pyodide, tools, "/tools");
  mount(pyodide, dirname(wheel), "/wheels");
  mount(pyodide, out, "/out");
  mount(pyodide, CORE, "/core");
  pyodide.globals.set("WHEEL", basename(wheel));
  pyodide.runPython(script("slim.py") + script("compile.py"));
  return pyodide.globals.get("result");
}

/** Import the engine and use it. */
function warm(pyodide, { data, requests }) {
  mount(pyodide, data, "/data");
  pyodide.globals.set("WARM_REQUESTS", JSON.stringify(requests));
  pyodide.runPython(script("warm.py"));
  pyodide.FS.unmount("/data");
  return pyodide;
}

/** A Pyodide with the engine installed as the browser's fallbacks install it. */
async function installed(places) {
  const { out } = places;
  const lock = { lockFileURL: join(out, "pyodide-lock.json"), packageBaseUrl: `${out}/`, packages: ["layerlab"] };
  return warm(await boot(lock), places);
}

/** A Pyodide with the engine unpacked by Python itself: a snapshot must not hold any object of JavaScript. */
async function unpacked(places, wheel) {
  // From bytecode: compiling a hundred modules first would leave two megabytes of rubbish in the memory.
  const pyodide = await boot({ _makeSnapshot: true, stdLibURL: join(places.out, "stdlib-trimmed.zip") });
  pyodide.FS.writeFile("/tmp/engine.whl", readFileSync(join(places.out, wheel)));
  pyodide.runPython("import zipfile, site; zipfile.ZipFile('/tmp/engine.whl').extractall(site.getsitepackages()[0])");
  return warm(pyodide, places);
}

/** An instance's memory before Python runs, as far as the WebAssembly's own data goes. */
async function fresh() {
  let memory = new Uint8Array();
  const keep = async (settings) => {
    const module = await createPyodideModule({ ...settings, noInitialRun: true });
    memory = module.HEAPU8.slice(0, STATIC_LIMIT);
    throw new Error("seen enough");
  };
  await boot({ createPyodideModule: keep }).catch(() => undefined);
  return memory;
}

/** Up to where all new instances have the same bytes: constants come first, then what the host gives them (seeds, names). */
function alike([first, ...others]) {
  const at = first.findIndex((byte, index) => others.some((other) => other[index] !== byte));
  return Math.max(0, (at < 0 ? first.length : at & ~3) - MARGIN);
}

/**
 * What the WebAssembly brings along need not travel twice: the constants in the snapshot are stored as their difference
 * from an instance that has only just been made, and the worker takes its own instance to undo that. `sum`, modulo
 * 2³² and of 32-bit words, tells it whether that succeeded.
 */
async function difference(snapshot) {
  if (new Uint32Array(snapshot.slice(0, 8).buffer)[1] !== HEADER) throw new Error("the snapshot's memory begins elsewhere");
  const instances = [await fresh(), await fresh(), await fresh()];
  const length = alike(instances);
  const made = Buffer.from(snapshot);
  let sum = 0;
  for (const word of new Uint32Array(snapshot.slice(HEADER, HEADER + length).buffer)) sum = (sum + word) >>> 0;
  for (let at = 0; at < length; at++) made[HEADER + at] ^= instances[0][at];
  return { made, note: { start: HEADER, length, sum } };
}

async function main() {
  const { values } = parseArgs({
    options: { wheel: { type: "string" }, tools: { type: "string" }, data: { type: "string" }, out: { type: "string" } },
  });
  const places = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, resolve(value)]));
  rmSync(places.out, { recursive: true, force: true });
  mkdirSync(places.out, { recursive: true });
  const requests = JSON.parse(script("warm.json"));

  say(`compiling ${basename(places.wheel)} under Pyodide ${VERSION} (Python ${INFO.python})`);
  const wheel = await compileWheel(places);

  say("trimming the standard library to what the engine uses");
  const trimmer = await installed({ ...places, requests });
  trimmer.runPython(script("slim.py") + script("trim.py"));
  const trimmed = trimmer.FS.readFile("/tmp/trimmed.zip");
  writeFileSync(join(places.out, "stdlib-trimmed.zip"), trimmed);
  say(`kept ${trimmer.globals.get("result")} modules, ${megabytes(trimmed.length)}`);

  say("starting the engine once more for its memory snapshot");
  const python = await unpacked({ ...places, requests }, wheel);
  const snapshot = python.makeMemorySnapshot();
  const { made, note } = await difference(snapshot);
  trimmer.FS.writeFile("/tmp/plain", made);
  trimmer.runPython(script("pack.py"));
  const packed = trimmer.FS.readFile("/tmp/packed");
  writeFileSync(join(places.out, "snapshot.bin"), packed);
  writeFileSync(join(places.out, "zstd.wasm"), decoder());
  say(`snapshot: ${megabytes(snapshot.length)} of memory, ${megabytes(packed.length)} packed`);

  for (const name of [...CORE_FILES, "python_stdlib.zip"]) copyFileSync(join(CORE, name), join(places.out, name));
  writeFileSync(join(places.out, "stdlib-empty.zip"), EMPTY_ZIP);
  const about = {
    engine: wheel.split("-")[1],
    pyodide: VERSION,
    info: INFO,
    wheel,
    snapshot: { size: snapshot.length, sha256: createHash("sha256").update(snapshot).digest("hex") },
    difference: note,
  };
  writeFileSync(join(places.out, "about.json"), `${JSON.stringify(about, null, 1)}\n`);
}

try {
  await main();
  process.exit(0); // Pyodide keeps handles open
} catch (error) {
  // Node would print the line of minified code that threw: over a megabyte.
  console.error(`runtime: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
