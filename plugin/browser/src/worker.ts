/**
 * The worker: boots Pyodide the way it is told, then hands JSON to the engine and its answers back.
 * It lies in the runtime folder, so everything it loads is found beside it. Only these lines know Pyodide.
 */

import type { BootStrategy, FromWorker, Reply, ToWorker } from "./protocol.js";

declare const SIZES: Readonly<Record<string, readonly [size: number, gzip: number]>>;
declare const INFO: Readonly<Record<string, string>>;

type Handle = (request: string) => string;
type Supply = (name: string, text: string) => void;
interface Engine {
  readonly handle: Handle;
  readonly supply: Supply;
}
interface Globals {
  get(name: "handle"): Handle;
  get(name: "supply"): Supply;
}
interface Pyodide {
  readonly globals: Globals;
  runPython(code: string): void;
}
interface Module {
  readonly HEAP8: Int8Array;
  _malloc(bytes: number): number;
}
type Create = (settings: unknown) => Promise<Module>;
type Load = (options: Readonly<Record<string, unknown>>) => Promise<Pyodide>;

/** What the snapshot has already run; see `runtime/warm.py`. */
const START = "from layerlab.session import Service\nservice = Service()\nhandle = service.handle\nsupply = service.supply";

const scope = self as unknown as {
  fetch: typeof fetch;
  postMessage(message: FromWorker): void;
  addEventListener(type: "message", act: (event: MessageEvent<ToWorker>) => void): void;
};
const here = new URL("./", import.meta.url).href;
let engine: Promise<Engine> | null = null;
let dataUrl = "";
let addresses: Promise<Readonly<Record<string, string>>> | null = null;

scope.addEventListener("message", ({ data }) => {
  if (data.type === "boot") {
    dataUrl = data.data;
    engine = boot(data.strategy);
    engine.catch((error: unknown) => scope.postMessage({ type: "failed", reason: String(error).slice(0, 500) }));
    return;
  }
  void answer(data.id, JSON.stringify({ ...data.request, id: data.id }));
});

async function answer(id: number, request: string): Promise<void> {
  const { handle, supply } = await (engine as Promise<Engine>);
  for (let round = 0; round < 20; round++) {
    const reply = handle(request);
    if (!reply.startsWith('{"v":1,"id":' + String(id) + ',"needs"')) return scope.postMessage({ type: "reply", id, reply });
    const { needs } = JSON.parse(reply) as Extract<Reply, { needs: readonly string[] }>;
    try {
      const texts = await Promise.all(needs.map(fetchData));
      needs.forEach((name, index) => supply(name, texts[index] ?? ""));
    } catch {
      return scope.postMessage({ type: "missing", id, names: needs });
    }
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
  const response = await nativeFetch(new URL(address, dataUrl));
  if (!response.ok) throw new Error(`${response.status} ${name}`);
  return response.text();
}

async function list(cache: RequestCache): Promise<Readonly<Record<string, string>>> {
  const response = await nativeFetch(dataUrl, { cache });
  if (!response.ok) throw new Error(`${response.status} data.json`);
  return ((await response.json()) as { supplies: Record<string, string> }).supplies;
}

const nativeFetch = scope.fetch.bind(self);

async function boot(strategy: BootStrategy): Promise<Engine> {
  const began = performance.now();
  const count = counter(strategy);
  scope.fetch = async (input, options) => count(nameOf(input), await nativeFetch(input, options));
  const snapshot = strategy === "snapshot" ? unpacked("snapshot.bin.gz") : null;
  snapshot?.catch(() => undefined);
  const [{ loadPyodide }, { default: createPyodideModule }] = (await Promise.all([
    import(here + "pyodide.mjs"),
    import(here + "pyodide.asm.mjs"),
  ])) as [{ loadPyodide: Load }, { default: Create }];
  const bare = { lockFileContents: JSON.stringify({ info: INFO, packages: {} }), packageBaseUrl: here };
  const locked = { lockFileURL: `${here}pyodide-lock.json`, packageBaseUrl: here, packages: ["layerlab"] };
  const options: Readonly<Record<BootStrategy, Readonly<Record<string, unknown>>>> = {
    snapshot: { ...bare, stdLibURL: `${here}stdlib-empty.zip`, _loadSnapshot: snapshot },
    trimmed: { ...locked, stdLibURL: `${here}stdlib-trimmed.zip` },
    stock: locked,
  };
  const memory = await snapshot; // loadPyodide would never settle over a snapshot that can't be fetched
  const create = memory ? roomy(createPyodideModule, memory.byteLength) : createPyodideModule;
  const python = await loadPyodide({ indexURL: here, createPyodideModule: create, ...options[strategy] });
  scope.fetch = nativeFetch;
  if (strategy !== "snapshot") python.runPython(START);
  const made = { handle: python.globals.get("handle"), supply: python.globals.get("supply") };
  scope.postMessage({ type: "ready", strategy, milliseconds: performance.now() - began });
  return made;
}

/**
 * Pyodide copies a snapshot into the memory it was compiled to begin with, and fails over a larger one. Asking for
 * memory makes it grow; what was asked for is forgotten when the snapshot is laid over it.
 */
function roomy(create: Create, bytes: number): Create {
  return async (settings) => {
    const module = await create(settings);
    while (module.HEAP8.length < bytes) if (!module._malloc(1 << 20)) throw new Error("no memory");
    return module;
  };
}

async function unpacked(name: string): Promise<Uint8Array> {
  const response = await scope.fetch(here + name);
  if (!response.ok || !response.body) throw new Error(`${response.status} ${name}`);
  const stream = response.body.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function nameOf(input: RequestInfo | URL): string {
  const url = input instanceof Request ? input.url : String(input);
  return url.slice(url.lastIndexOf("/") + 1);
}

/** Counts the bytes that arrive, in what the network carries: packed where the server packs them. */
function counter(strategy: BootStrategy): (name: string, response: Response) => Response {
  const names: Readonly<Record<BootStrategy, readonly string[]>> = {
    snapshot: ["pyodide.asm.wasm", "snapshot.bin.gz"],
    trimmed: ["pyodide.asm.wasm", "stdlib-trimmed.zip"],
    stock: ["pyodide.asm.wasm", "python_stdlib.zip"],
  };
  const parts = new Map(names[strategy].map((name) => [name, { size: SIZES[name]?.[0] ?? 1, travels: SIZES[name]?.[1] ?? 1, read: 0 }]));
  let reported = 0;
  const report = (): void => {
    const now = performance.now();
    const all = [...parts.values()];
    const loaded = all.reduce((sum, part) => sum + (part.travels * Math.min(part.read, part.size)) / part.size, 0);
    const total = all.reduce((sum, part) => sum + part.travels, 0);
    if (now - reported < 50 && loaded < total) return;
    reported = now;
    scope.postMessage({ type: "progress", loaded, total });
  };
  report();
  return (name, response) => {
    const part = parts.get(name);
    if (!part || !response.body || !response.ok) return response;
    if (!response.headers.has("content-encoding")) part.travels = part.size;
    // The clone is read for counting; the response itself goes on untouched, so that the browser may keep its
    // compiled form of the WebAssembly.
    void drain(response.clone(), (bytes) => {
      part.read += bytes;
      report();
    });
    return response;
  };
}

async function drain(response: Response, read: (bytes: number) => void): Promise<void> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      read(value.byteLength);
    }
  } catch {
    // whoever uses the response says what went wrong
  }
}
