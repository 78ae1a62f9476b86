/**
 * The worker: boots Pyodide the way it is told, then hands JSON to the engine and its answers back.
 * It lies in the runtime folder, so everything it loads is found beside it. Only these lines know Pyodide.
 */

import type { BootStrategy, FromWorker, Kept, Reply, ToWorker } from "./protocol.js";
import { counter } from "./progress.js";
import { pieces, unpack } from "./unpack.js";

declare const INFO: Readonly<Record<string, string>>;
/** The bytes of the snapshot that are stored as their difference from a new instance; `sum` is of the words they give. */
declare const DIFFERENCE: { readonly start: number; readonly length: number; readonly sum: number };
/** Bytes of the snapshot's memory. */
declare const SNAPSHOT: number;

type Boot = Extract<ToWorker, { type: "boot" }>;
type Get = (name: string) => Promise<Response>;
type Handle = (request: string) => string;
type Supply = (name: string, text: string) => void;
/** Python's own bytes, to be read through a buffer and let go. */
interface PythonBytes {
  getBuffer(type: "u8"): { readonly data: Uint8Array<ArrayBuffer>; release(): void };
  destroy(): void;
}
interface Engine {
  readonly handle: Handle;
  readonly supply: Supply;
  deposit(data: Uint8Array): string;
  lose(name: string): void;
  take(): PythonBytes;
}
interface Globals {
  get<Name extends keyof Engine>(name: Name): Engine[Name];
}
interface Pyodide {
  readonly globals: Globals;
  runPython(code: string): void;
}
/** The snapshot, both ways: packed it is small enough to be kept for a next start. */
interface Memory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly packed: Uint8Array<ArrayBuffer>;
  readonly decoder: WebAssembly.Module;
}
interface Module {
  readonly HEAP8: Int8Array;
  _malloc(bytes: number): number;
}
type Create = (settings: unknown) => Promise<Module>;
type Load = (options: Readonly<Record<string, unknown>>) => Promise<Pyodide>;

/** What the snapshot has already run; see `runtime/warm.py`. */
const START = `from layerlab.session import Service
service = Service()
handle, supply, lose, take = service.handle, service.supply, service.lose, service.take
def deposit(data): return service.deposit(data.to_bytes())`;

/** Milliseconds that one data file, a hundred kilobytes at most, may take to arrive. */
const DATA_LIMIT = 30_000;

const WASM = "pyodide.asm.wasm";
const DECODER = "zstd.wasm";
/** Stands in for the standard library where the snapshot holds it: a zip without entries. */
const EMPTY_LIBRARY = "stdlib-empty.zip";
const EMPTY_ZIP = new Uint8Array([0x50, 0x4b, 5, 6, ...new Array<number>(18).fill(0)]);

const scope = self as unknown as {
  fetch: typeof fetch;
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
  addEventListener(type: "message", act: (event: MessageEvent<ToWorker>) => void): void;
};
const here = new URL("./", import.meta.url).href;
let engine: Promise<Engine> | null = null;
let dataUrl = "";
let addresses: Promise<Readonly<Record<string, string>>> | null = null;

scope.addEventListener("message", ({ data }) => {
  if (data.type === "boot") {
    dataUrl = data.data;
    addresses = list("default"); // meanwhile: the first build asks for it
    addresses.catch(() => (addresses = null));
    engine = boot(data);
    engine.catch((error: unknown) => scope.postMessage({ type: "failed", reason: String(error).slice(0, 500) }));
    return;
  }
  if (data.type === "archive") return awaited.get(data.name)?.(data.archive);
  answer(data).catch((error: unknown) => scope.postMessage({ type: "dead", id: data.id, reason: String(error).slice(0, 500) }));
});

type Asked = Extract<ToWorker, { type: "request" }>;
/** Archives that the page was asked for. */
const awaited = new Map<string, (archive: Blob | null) => void>();

async function answer({ id, request, archive }: Asked): Promise<void> {
  const python = await (engine as Promise<Engine>);
  let named: { archive: string } | null = null;
  let heavy = archive !== undefined;
  if (archive) {
    scope.postMessage({ type: "computing", id, archive: true });
    const bytes = await bytesOf(archive);
    if (!bytes) return scope.postMessage({ type: "unreadable", id });
    named = { archive: python.deposit(bytes) };
  }
  const text = JSON.stringify({ ...request, ...named, id });
  for (let round = 0; round < 20; round++) {
    scope.postMessage({ type: "computing", id, archive: heavy });
    const reply = python.handle(text);
    if (!reply.startsWith('{"v":1,"id":' + String(id) + ',"needs"')) return hand(python, id, reply, request);
    const { needs } = JSON.parse(reply) as Extract<Reply, { needs: readonly string[] }>;
    scope.postMessage({ type: "fetching", id });
    // Some are only foreseen: without one of those the answer may still come. What is really missed is asked for again.
    heavy ||= needs.some(isArchive);
    const brought = await Promise.allSettled(needs.map((name) => bring(python, id, name)));
    if (brought.every(({ status }) => status === "rejected")) return scope.postMessage({ type: "missing", id, names: needs });
  }
  scope.postMessage({ type: "missing", id, names: [] });
}

/** What a reply asked for, for the engine: data of the site, or an archive of the reader's. */
async function bring(python: Engine, id: number, name: string): Promise<void> {
  if (isArchive(name)) await fetchArchive(python, id, name);
  else python.supply(name, await fetchData(name));
}

function isArchive(name: string): boolean {
  return name.startsWith("archive/");
}

/** The reply, and beside it the bytes that it speaks of. */
function hand(python: Engine, id: number, reply: string, { method, check }: Asked["request"]): void {
  if (method !== "export" || check) return scope.postMessage({ type: "reply", id, reply });
  const bytes = python.take();
  const buffer = bytes.getBuffer("u8");
  const data = buffer.data.slice();
  buffer.release();
  bytes.destroy();
  scope.postMessage({ type: "reply", id, reply, data }, [data.buffer]);
}

/** An archive of the reader's, which the page keeps; where it has it no more, the engine is told so. */
async function fetchArchive(python: Engine, id: number, name: string): Promise<void> {
  const found = new Promise<Blob | null>((resolve) => awaited.set(name, resolve));
  scope.postMessage({ type: "wants", id, name });
  const archive = await found;
  awaited.delete(name);
  const bytes = archive && (await bytesOf(archive));
  if (bytes) python.deposit(bytes);
  else python.lose(name);
}

/** Null for a file that was changed or deleted since it was chosen. */
async function bytesOf(blob: Blob): Promise<Uint8Array | null> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch {
    return null;
  }
}

/** A data file by the name the engine has for it. A name that the list lacks may only mean an old list in a cache. */
async function fetchData(name: string): Promise<string> {
  addresses ??= list("default");
  let address = (await addresses)[name];
  if (address === undefined) {
    addresses = list("reload");
    address = (await addresses)[name];
  }
  if (address === undefined) throw new Error(name);
  const response = await nativeFetch(new URL(address, dataUrl), { signal: AbortSignal.timeout(DATA_LIMIT) });
  if (!response.ok) throw new Error(`${response.status} ${name}`);
  return response.text();
}

async function list(cache: RequestCache): Promise<Readonly<Record<string, string>>> {
  const response = await nativeFetch(dataUrl, { cache });
  if (!response.ok) throw new Error(`${response.status} data.json`);
  return ((await response.json()) as { supplies: Record<string, string> }).supplies;
}

const nativeFetch = scope.fetch.bind(self);

async function boot({ strategy, kept }: Boot): Promise<Engine> {
  const began = performance.now();
  let progress = { loaded: 0, total: 0 };
  const word = (): void => scope.postMessage({ type: "progress", ...progress });
  const count = counter(strategy, kept !== undefined, (loaded, total) => {
    progress = { loaded, total };
    word();
  });
  const get: Get = async (name) => count(name, await arrived(name));
  // Everything at once: no file waits for another.
  const parts = [
    strategy === "snapshot" ? remembered(get, kept) : null,
    kept?.module ?? compiled(WASM, get),
    import(here + "pyodide.mjs"),
    import(here + "pyodide.asm.mjs"),
  ] as const;
  // Awaited before Python is asked for: over a part that never comes loadPyodide would never settle.
  const [memory, module, { loadPyodide }, { default: createPyodideModule }] = (await Promise.all(parts)) as [
    Memory | null,
    WebAssembly.Module,
    { loadPyodide: Load },
    { default: Create },
  ];
  word(); // on a slow phone each of the steps from here takes its time
  const bare = { lockFileContents: JSON.stringify({ info: INFO, packages: {} }), packageBaseUrl: here };
  const locked = { lockFileURL: `${here}pyodide-lock.json`, packageBaseUrl: here, packages: ["layerlab"] };
  const options: Readonly<Record<BootStrategy, Readonly<Record<string, unknown>>>> = {
    snapshot: { ...bare, stdLibURL: `${here}stdlib-empty.zip`, _loadSnapshot: memory?.bytes },
    trimmed: { ...locked, stdLibURL: `${here}stdlib-trimmed.zip` },
    stock: locked,
  };
  const create = memory ? laid(createPyodideModule, memory.bytes, word) : createPyodideModule;
  const python = await withModule(module, get, () => loadPyodide({ indexURL: here, createPyodideModule: create, ...options[strategy] }));
  if (strategy !== "snapshot") python.runPython(START);
  const { globals } = python;
  const made: Engine = {
    handle: globals.get("handle"),
    supply: globals.get("supply"),
    deposit: globals.get("deposit"),
    lose: globals.get("lose"),
    take: globals.get("take"),
  };
  scope.postMessage({ type: "ready", strategy, milliseconds: performance.now() - began });
  if (memory && !kept) scope.postMessage({ type: "keep", kept: { module, decoder: memory.decoder, packed: memory.packed } }, [memory.packed.buffer]);
  return made;
}

/** While Pyodide starts, its own request for the WebAssembly is answered with what was compiled meanwhile. */
async function withModule<T>(module: WebAssembly.Module, get: Get, act: () => Promise<T>): Promise<T> {
  const { instantiateStreaming } = WebAssembly;
  WebAssembly.instantiateStreaming = async (_, imports) => ({ module, instance: await WebAssembly.instantiate(module, imports) });
  scope.fetch = async (input, options) => {
    const name = nameOf(input);
    if (name === WASM) return new Response(null);
    return name === EMPTY_LIBRARY ? new Response(EMPTY_ZIP) : name.endsWith(".zip") ? get(name) : nativeFetch(input, options);
  };
  try {
    return await act();
  } finally {
    scope.fetch = nativeFetch;
    WebAssembly.instantiateStreaming = instantiateStreaming;
  }
}

/** Compiled while it arrives; a server that gives the wrong media type only makes that slower. */
async function compiled(name: string, get: Get): Promise<WebAssembly.Module> {
  const response = await get(name);
  const type = response.headers.get("content-type")?.split(";")[0]?.trim();
  return type === "application/wasm" ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

async function arrived(name: string): Promise<Response> {
  const response = await nativeFetch(here + name);
  if (!response.ok || !response.body) throw new Error(`${response.status} ${name}`);
  return response;
}

/**
 * Makes a snapshot fit a new instance: its first part is undone from a difference, and the memory is made large enough.
 * Pyodide copies a snapshot into the memory it was compiled to begin with, and fails over a larger one. Asking for
 * memory makes it grow; what was asked for is forgotten when the snapshot is laid over it.
 */
function laid(create: Create, snapshot: Uint8Array, word: () => void): Create {
  return async (settings) => {
    const module = await create(settings);
    word();
    undo(snapshot, module.HEAP8);
    while (module.HEAP8.length < snapshot.byteLength) if (!module._malloc(1 << 20)) throw new Error("no memory");
    return module;
  };
}

function undo(snapshot: Uint8Array, memory: Int8Array): void {
  const { start, length, sum } = DIFFERENCE;
  const words = new Uint32Array(snapshot.buffer, snapshot.byteOffset + start, length / 4);
  const base = new Uint32Array(memory.buffer, 0, length / 4);
  let total = 0;
  for (let at = 0; at < words.length; at++) {
    const word = (words[at] as number) ^ (base[at] as number);
    words[at] = word;
    total = (total + word) | 0;
  }
  if (total >>> 0 !== sum) throw new Error("the snapshot does not fit this WebAssembly");
}

/** The snapshot, unpacked while it arrives or from what the page has kept of it. */
async function remembered(get: Get, kept: Kept | undefined): Promise<Memory> {
  if (kept) return { ...kept, bytes: await unpack(once(kept.packed), kept.decoder, SNAPSHOT) };
  const [decoder, response] = await Promise.all([compiled(DECODER, get), get("snapshot.bin")]);
  const travelled: Uint8Array[] = [];
  const bytes = await unpack(pieces(response, (piece) => travelled.push(piece)), decoder, SNAPSHOT);
  return { bytes, decoder, packed: joined(travelled) };
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function nameOf(input: RequestInfo | URL): string {
  const url = input instanceof Request ? input.url : String(input);
  return url.slice(url.lastIndexOf("/") + 1);
}
