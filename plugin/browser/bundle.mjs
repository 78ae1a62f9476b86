// Bundles the browser part and lays it out as the MkDocs plugin publishes it. Every name carries a hash of its content.
//
//   node bundle.mjs --runtime FOLDER --out FOLDER
//
// assets/manifest.json          what a page loads (`scripts`, `styles`), the runtime's folder, sizes
// assets/layerlab-HASH.js       the loader: all that a page runs before anybody touches a block
// assets/layerlab-HASH.css
// assets/element-HASH.js …      fetched on the first touch
// assets/runtime-HASH/          the worker and what it boots
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { build as bundled } from "esbuild";
import { writeContract } from "./contract.mjs";

const HERE = new URL(".", import.meta.url).pathname;
const MESSAGES = join(HERE, "../layerlab/src/layerlab/messages");
const TARGET = ["chrome110", "firefox115", "safari16.4"];
const COMMON = { bundle: true, minify: true, target: TARGET, legalComments: "none", logLevel: "warning", charset: "utf8", sourcemap: false };
const STRATEGIES = {
  snapshot: ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "zstd.wasm", "snapshot.bin"],
  trimmed: ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "stdlib-trimmed.zip", "pyodide-lock.json", "WHEEL"],
  stock: ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json", "WHEEL"],
};

/** What is only a warning to esbuild, such as a slip in a style sheet, would be lost among what `make` prints. */
async function build(options) {
  const made = await bundled({ ...COMMON, ...options });
  if (made.warnings.length) throw new Error("esbuild has warned; see above");
  return made;
}

const hash = (...parts) => {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(part);
  return sum.digest("hex").slice(0, 12);
};
const say = (text) => console.log(`bundle: ${text}`);
const defines = (values) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]));

function gzipped(path) {
  return path.endsWith("snapshot.bin") ? statSync(path).size : gzipSync(readFileSync(path), { level: 6 }).length;
}

/** The worker beside the files it boots, in a folder named by all their bytes. */
async function layRuntime(runtime, out) {
  const about = JSON.parse(readFileSync(join(runtime, "about.json"), "utf8"));
  const names = readdirSync(runtime).filter((name) => name !== "about.json").sort();
  const sizes = sizesOf(runtime, names);
  const worker = await build({
    entryPoints: [join(HERE, "src/worker.ts")],
    format: "esm",
    write: false,
    define: defines({ SIZES: sizes, INFO: about.info, DIFFERENCE: about.difference, SNAPSHOT: about.snapshot.size }),
  });
  const code = worker.outputFiles[0].contents;
  const folder = `runtime-${hash(code, ...names.map((name) => readFileSync(join(runtime, name))))}`;
  mkdirSync(join(out, folder), { recursive: true });
  for (const name of names) copyFileSync(join(runtime, name), join(out, folder, name));
  writeFileSync(join(out, folder, "worker.js"), code);
  const strategies = Object.fromEntries(
    Object.entries(STRATEGIES).map(([name, files]) => [name, files.map((file) => (file === "WHEEL" ? about.wheel : file))]),
  );
  const files = Object.fromEntries([...names, "worker.js"].map((name) => {
    const path = join(out, folder, name);
    return [name, { size: statSync(path).size, gzip: sizes[name]?.[1] ?? gzipped(path) }];
  }));
  const manifest = { engine: about.engine, pyodide: about.pyodide, info: about.info, difference: about.difference, snapshot: about.snapshot.size, files, strategies };
  writeFileSync(join(out, folder, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
  return { folder: `${folder}/`, manifest };
}

/** Sizes raw and packed; packing the same files again and again is what takes long here, hence the note beside them. */
function sizesOf(runtime, names) {
  const note = join(HERE, "build/sizes.json");
  const mark = hash(...names.map((name) => `${name} ${statSync(join(runtime, name)).size} ${statSync(join(runtime, name)).mtimeMs}`));
  if (existsSync(note)) {
    const kept = JSON.parse(readFileSync(note, "utf8"));
    if (kept.mark === mark) return kept.sizes;
  }
  const sizes = Object.fromEntries(names.map((name) => [name, [statSync(join(runtime, name)).size, gzipped(join(runtime, name))]]));
  writeFileSync(note, JSON.stringify({ mark, sizes }));
  return sizes;
}

/** Everything the first touch fetches; chunks are shared, CodeMirror is one of its own. */
async function bundleElement(out, runtime) {
  const { metafile } = await build({
    entryPoints: { element: join(HERE, "src/element.ts") },
    format: "esm",
    splitting: true,
    outdir: out,
    entryNames: "[name]-[hash]",
    chunkNames: "chunk-[hash]",
    metafile: true,
    define: defines({ RUNTIME: runtime, SERVICE_WORKER: "layerlab-offline.js" }),
  });
  const [entry] = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint?.endsWith("element.ts"));
  // All that it may ever import, also where a chunk is imported by another chunk only.
  const files = new Set([entry]);
  for (const file of files) for (const { path } of metafile.outputs[file].imports) files.add(path);
  const isEditor = (path) => Object.keys(metafile.outputs[path].inputs).some((input) => input.endsWith("editor/codemirror.ts"));
  const [file, ...chunks] = [...files].filter((path) => !isEditor(path)).map((path) => basename(path));
  return { file, chunks, editor: basename([...files].find(isEditor)) };
}

async function bundleLoader(out, values) {
  const table = (lang) => {
    const all = JSON.parse(readFileSync(join(MESSAGES, `browser.${lang}.json`), "utf8"));
    const keys = {
      edit: "edit", size: "size", tabs: "tabs", split: "split", second: "second", unloadable: "unloadable", file: "from_file", console: "type", reader: "reader.paste", archives: "archives.load", sample: "sample_opened",
    };
    return Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, all[`browser.${key}`]]));
  };
  const { outputFiles } = await build({
    entryPoints: [join(HERE, "src/loader.ts")],
    format: "iife",
    write: false,
    define: defines({ ...values, LOADER_MESSAGES: { ko: table("ko"), en: table("en") } }),
  });
  const code = outputFiles[0].contents;
  const name = `layerlab-${hash(code)}.js`;
  writeFileSync(join(out, name), code);
  return name;
}

/** For the site's root, under a name that stays: what it keeps is named in it, and it is another file whenever that changes. */
async function bundleServiceWorker(out, files) {
  const { outputFiles } = await build({
    entryPoints: [join(HERE, "src/serviceworker.ts")],
    format: "iife",
    write: false,
    define: defines({ VERSION: hash(...files), FILES: files }),
  });
  writeFileSync(join(out, "serviceworker.js"), outputFiles[0].contents);
  copyFileSync(join(HERE, "src/serviceworker.off.js"), join(out, "serviceworker.off.js"));
}

async function bundleStyles(out) {
  const { outputFiles } = await build({ entryPoints: [join(HERE, "styles/layerlab.css")], write: false });
  const name = `layerlab-${hash(outputFiles[0].contents)}.css`;
  writeFileSync(join(out, name), outputFiles[0].contents);
  return name;
}

async function main() {
  const { values } = parseArgs({ options: { runtime: { type: "string" }, out: { type: "string" } } });
  const out = resolve(values.out);
  const fresh = `${out}.new`;
  writeContract(HERE);
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const { folder, manifest } = await layRuntime(resolve(values.runtime), fresh);
  const element = await bundleElement(fresh, folder);
  const boot = manifest.strategies.snapshot;
  const download = boot.reduce((sum, name) => sum + manifest.files[name].gzip, 0);
  const script = await bundleLoader(fresh, {
    ELEMENT_FILE: element.file,
    FIRST: [element.file, ...element.chunks],
    PREFETCH: [...["worker.js", ...boot].map((name) => folder + name), element.editor],
    DOWNLOAD: (download / 1e6).toFixed(1),
  });
  const style = await bundleStyles(fresh);
  await bundleServiceWorker(fresh, [script, style, element.file, ...element.chunks, element.editor, ...["worker.js", ...boot].map((name) => folder + name)]);
  const about = { scripts: [script], styles: [style], runtime: folder, engine: manifest.engine, element: element.file };
  writeFileSync(join(fresh, "manifest.json"), `${JSON.stringify(about, null, 1)}\n`);
  rmSync(out, { recursive: true, force: true });
  renameSync(fresh, out);
  say(`${script}: ${gzipped(join(out, script))} bytes packed; ${style}: ${gzipped(join(out, style))}; first boot ${(download / 1e6).toFixed(2)} MB`);
}

await main();
