// Pyodide under Node: the interpreter the wheel is compiled for, and the one whose memory becomes the snapshot.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadPyodide } from "pyodide";

export const CORE = dirname(createRequire(import.meta.url).resolve("pyodide/package.json"));
export const VERSION = JSON.parse(readFileSync(join(CORE, "package.json"), "utf8")).version;
export const CORE_FILES = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm"];

/** The `info` block of the stock lock: Python, ABI and platform of this Pyodide. */
export const INFO = JSON.parse(readFileSync(join(CORE, "pyodide-lock.json"), "utf8")).info;

/** A lock that names no package. */
export const EMPTY_LOCK = JSON.stringify({ info: INFO, packages: {} });

/** Boot; `options` are loadPyodide's, including the undocumented ones for snapshots. */
export async function boot(options = {}) {
  const lock = options.lockFileURL ? {} : { lockFileContents: EMPTY_LOCK, packageBaseUrl: "./" };
  return loadPyodide({ indexURL: CORE, env: { PYTHONHASHSEED: "0", HOME: "/home/pyodide" }, ...lock, ...options });
}

/** Make a folder of this machine visible to Python. */
export function mount(pyodide, folder, at) {
  pyodide.FS.mkdirTree(at);
  pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root: folder }, at);
}
