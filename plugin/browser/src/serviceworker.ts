/**
 * Keeps what a reader has used for reading offline. It is registered only after a first live block has started.
 *
 * Files whose names carry a hash of their content are taken from the store first; all others, pages above all, from
 * the network first, so a reader who is online never sees an old page. Each version of the browser part has a store of
 * its own, and a new build of the site throws the old pages out of it: what is read offline is of one build.
 */

declare const VERSION: string;
/** What a block needs, relative to the folder of the browser part. */
declare const FILES: readonly string[];

interface Life extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface Asked extends Life {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
type Visited = Life & MessageEvent<{ readonly type: "visited"; readonly urls: readonly string[] }>;
interface Scope {
  readonly registration: ServiceWorkerRegistration;
  readonly clients: { claim(): Promise<void> };
  addEventListener(type: "install" | "activate", act: (event: Life) => void): void;
  addEventListener(type: "fetch", act: (event: Asked) => void): void;
  addEventListener(type: "message", act: (event: Visited) => void): void;
}

const scope = self as unknown as Scope;
const PREFIX = `layerlab:${scope.registration.scope}:`;
const NAME = PREFIX + VERSION;
const BASE = new URL("assets/layerlab/", scope.registration.scope);
const LIST = new URL("data.json", BASE).href;
/** A name that changes with its content: `site.1a2b3c4d.min.js`, `layerlab-1a2b3c4d5e6f.js`, anything below `runtime-…/`. */
const HASHED = /[.-](?:[0-9a-f]{8,64}|[0-9A-Z]{8})(?:\.|\/|$)/;

scope.addEventListener("install", (event) => event.waitUntil(install()));
scope.addEventListener("activate", (event) => event.waitUntil(activate()));
scope.addEventListener("message", (event) => {
  if (event.data.type === "visited") event.waitUntil(Promise.all([forgetVersions(), keepAll(event.data.urls)]));
});
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(scope.registration.scope) || request.headers.has("range")) return;
  event.respondWith(HASHED.test(new URL(request.url).pathname) ? storeFirst(request) : networkFirst(request, event));
});

async function install(): Promise<void> {
  const store = await caches.open(NAME);
  await store.addAll(FILES.map((name) => new URL(name, BASE).href));
  await keepData(store);
}

/** A page that is opened meanwhile waits for the end of this, so the old versions' stores aren't waited for: some disks are slow. */
async function activate(): Promise<void> {
  void forgetVersions(); // where the worker is stopped over it, the next block that starts has it done
  await scope.clients.claim();
}

/** The stores of other versions: once this one is active, no page is left that reads from them. */
async function forgetVersions(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** The engine's data, whole: any image may be asked for offline. */
async function keepData(store: Cache): Promise<void> {
  const response = await fetch(LIST, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${response.status} data.json`);
  const { build, supplies } = (await response.clone().json()) as { build?: string; supplies: Record<string, string> };
  const before = (await (await store.match(LIST))?.json()) as { build?: string } | undefined;
  if (before && before.build !== build) await forgetPages(store);
  for (const address of Object.values(supplies)) {
    const url = new URL(address, BASE).href;
    if (!(await store.match(url))) await store.add(url);
  }
  await store.put(LIST, response);
}

async function forgetPages(store: Cache): Promise<void> {
  const keys = await store.keys();
  await Promise.all(keys.filter(({ url }) => !HASHED.test(new URL(url).pathname)).map((key) => store.delete(key)));
}

async function keepAll(urls: readonly string[]): Promise<void> {
  const store = await caches.open(NAME);
  for (const url of new Set(urls)) {
    if (!url.startsWith(scope.registration.scope) || url === LIST || (HASHED.test(url) && (await store.match(url)))) continue;
    await store.add(url).catch(() => undefined); // one picture less offline is no reason to keep nothing
  }
}

async function storeFirst(request: Request): Promise<Response> {
  const store = await caches.open(NAME);
  const found = await store.match(request.url, { ignoreVary: true });
  if (found) return found;
  const response = await fetch(request);
  if (response.status === 200 && response.type === "basic") await store.put(request.url, response.clone());
  return response;
}

async function networkFirst(request: Request, event: Life): Promise<Response> {
  const store = await caches.open(NAME);
  const address = request.url.replace(/#.*/, "");
  try {
    const response = await fetch(request);
    if (response.status === 200 && response.type === "basic" && address !== LIST) {
      const copy = response.clone();
      const fresh = request.mode === "navigate" ? keepData(store) : Promise.resolve();
      event.waitUntil(fresh.then(() => store.put(address, copy)).catch(() => undefined));
    }
    return response;
  } catch (error) {
    const found = await store.match(address, { ignoreVary: true });
    if (found) return found;
    throw error;
  }
}
