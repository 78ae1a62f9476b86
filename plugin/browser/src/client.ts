/**
 * One worker for all blocks of a tab: requests with ids, a watchdog, and a fresh worker after a crash or a hang.
 * The worker holds nothing that can't be made again: every request carries its whole document.
 */

import { keepForOffline } from "./offline.js";
import type { BootStrategy, FromWorker, Kept, Refusal, Reply, Request, Success, ToWorker } from "./protocol.js";

declare const RUNTIME: string;

export type Trouble = "file" | "wasm" | "worker" | "offline" | "silent" | "broken" | "missing" | "slow" | "crash" | "outdated";

/** Why there is no answer; the text of the key `browser.trouble.…` says it to the reader. */
export class TroubleError extends Error {
  constructor(
    readonly trouble: Trouble,
    readonly detail = "",
  ) {
    super(`${trouble}: ${detail}`);
  }
}

export interface BootState {
  readonly phase: "idle" | "loading" | "ready" | "failed";
  readonly loaded: number;
  readonly total: number;
  readonly strategy: BootStrategy | null;
  readonly trouble: TroubleError | null;
}

interface Waiting {
  readonly request: Request;
  readonly resolve: (reply: Success | Refusal) => void;
  readonly reject: (error: TroubleError) => void;
  tries: number;
  timer: number;
}

const ORDER: readonly BootStrategy[] = ["snapshot", "trimmed", "stock"];
/** Without a byte or a word from a booting worker for this long, the next way is tried. */
const BOOT_SILENCE = 20_000;
/** An answer takes milliseconds; the engine's own limits end a long build well before this. */
const ANSWER_LIMIT = 15_000;
const TRIES = 2;

export class Client extends EventTarget {
  private worker: Worker | null = null;
  private strategy = 0;
  private watchdog = 0;
  private last = 0;
  private kept: Kept | null = null;
  private readonly waiting = new Map<number, Waiting>();
  state: BootState = { phase: "idle", loaded: 0, total: 0, strategy: null, trouble: null };

  constructor(private readonly base: URL) {
    super();
  }

  /** Begin to boot, unless that was done. After a failure it tries from the start. */
  start(): void {
    if (this.worker) return;
    const trouble = impossible();
    if (trouble) return this.fail(trouble);
    this.strategy = 0;
    this.spawn();
  }

  /** Ask the engine. Starts the worker where there is none. */
  ask(request: Request): Promise<Success | Refusal> {
    return new Promise((resolve, reject) => {
      const id = ++this.last;
      this.waiting.set(id, { request, resolve, reject, tries: 0, timer: 0 });
      this.start();
      if (this.state.phase === "ready") this.send(id);
    });
  }

  private spawn(): void {
    const strategy = ORDER[this.strategy] ?? "stock";
    const address = new URL(`${RUNTIME}worker.js`, this.base);
    this.set({ phase: "loading", loaded: 0, total: 0, strategy: null, trouble: null });
    let worker: Worker;
    try {
      worker = new Worker(address, { type: "module", name: "layerlab" });
    } catch (error) {
      return this.fail(new TroubleError("worker", String(error)));
    }
    this.worker = worker;
    worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.hear(worker, data));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      if (worker !== this.worker) return;
      if (this.state.phase === "ready") this.restart(null, "crash");
      else void whyNoWorker(address).then((trouble) => worker === this.worker && this.fail(trouble));
    });
    this.guard();
    const boot = { type: "boot", strategy, data: new URL("data.json", this.base).href } as const;
    this.tell(strategy === "snapshot" && this.kept ? { ...boot, kept: this.kept } : boot);
  }

  private hear(worker: Worker, message: FromWorker): void {
    if (worker !== this.worker) return;
    switch (message.type) {
      case "progress":
        this.guard();
        return this.set({ ...this.state, loaded: message.loaded, total: message.total });
      case "ready":
        clearTimeout(this.watchdog);
        this.set({ ...this.state, phase: "ready", strategy: message.strategy });
        for (const id of this.waiting.keys()) this.send(id);
        return;
      case "keep":
        this.kept = message.kept;
        void keepForOffline(this.base, () => this.dispatchEvent(new Event("waits")));
        return;
      case "failed":
        return this.nextWay(new TroubleError(navigator.onLine ? "broken" : "offline", message.reason));
      case "missing":
        return this.settle(message.id, (one) => one.reject(new TroubleError(navigator.onLine ? "missing" : "offline", message.names.join(", "))));
      case "reply":
        return this.settle(message.id, (one) => {
          const reply = JSON.parse(message.reply) as Reply;
          if ("needs" in reply) one.reject(new TroubleError("missing", reply.needs.join(", ")));
          else one.resolve(reply);
        });
    }
  }

  private send(id: number): void {
    const one = this.waiting.get(id);
    if (!one) return;
    one.tries += 1;
    one.timer = window.setTimeout(() => this.restart(id, "slow"), ANSWER_LIMIT);
    this.tell({ type: "request", id, request: one.request });
  }

  private settle(id: number, act: (one: Waiting) => void): void {
    const one = this.waiting.get(id);
    if (!one) return;
    clearTimeout(one.timer);
    this.waiting.delete(id);
    act(one);
  }

  /** A fresh worker for what still waits. The request at fault is tried once more, then refused. */
  private restart(culprit: number | null, trouble: Trouble): void {
    this.stop();
    for (const [id, one] of this.waiting) {
      clearTimeout(one.timer);
      if (one.tries >= TRIES || id === culprit) this.settle(id, () => one.reject(new TroubleError(trouble)));
    }
    this.spawn();
  }

  private nextWay(trouble: TroubleError): void {
    this.stop();
    if (this.kept) {
      this.kept = null; // once more the same way, with everything fetched anew
      return this.spawn();
    }
    this.strategy += 1;
    if (this.strategy < ORDER.length && trouble.trouble !== "offline") return this.spawn();
    this.fail(trouble);
  }

  private fail(trouble: TroubleError): void {
    this.stop();
    this.set({ ...this.state, phase: "failed", trouble });
    for (const id of [...this.waiting.keys()]) this.settle(id, (one) => one.reject(trouble));
  }

  private guard(): void {
    clearTimeout(this.watchdog);
    this.watchdog = window.setTimeout(() => this.nextWay(new TroubleError("silent")), BOOT_SILENCE);
  }

  private stop(): void {
    clearTimeout(this.watchdog);
    this.worker?.terminate();
    this.worker = null;
  }

  private tell(message: ToWorker): void {
    this.worker?.postMessage(message);
  }

  private set(state: BootState): void {
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}

/** A worker that does not even start: gone from the server since the page was made, out of reach, or forbidden. */
async function whyNoWorker(address: URL): Promise<TroubleError> {
  if (!navigator.onLine) return new TroubleError("offline");
  try {
    const { status } = await fetch(address, { method: "HEAD", cache: "no-store" });
    return status === 404 || status === 410 ? new TroubleError("outdated") : new TroubleError("worker", String(status));
  } catch {
    return new TroubleError("offline");
  }
}

/** What a browser or a place lacks for good. */
function impossible(): TroubleError | null {
  if (location.protocol === "file:") return new TroubleError("file");
  if (typeof WebAssembly !== "object") return new TroubleError("wasm");
  if (typeof Worker !== "function" || typeof DecompressionStream !== "function") return new TroubleError("worker");
  return null;
}
