/**
 * One worker for all blocks of a tab: requests with ids, a watchdog, and a fresh worker after a crash or a hang.
 * The worker holds nothing that can't be made again: every request carries its whole document.
 *
 * Seen from outside, as by tests: a block's `data-boot` is the phase below; the worker in use is named `layerlab`, the
 * one that waits in reserve `layerlab-spare`, and keeps that name when it is taken into use. Messages are those of
 * `protocol.ts`; a worker that posts `computing` and then nothing for `ANSWER_LIMIT` is taken to hang.
 */

import { findArchive } from "./archivestore.js";
import { keepForOffline } from "./offline.js";
import type { BootStrategy, FromWorker, Kept, Refusal, Reply, Request, Success, ToWorker } from "./protocol.js";
import { hasRoom, Spare } from "./spare.js";
import { impossible, type Trouble, TroubleError, unlessOffline, whyNoWorker } from "./trouble.js";

declare const RUNTIME: string;

export interface BootState {
  readonly phase: "idle" | "loading" | "ready" | "failed";
  readonly loaded: number;
  readonly total: number;
  readonly strategy: BootStrategy | null;
  readonly trouble: TroubleError | null;
}

interface Waiting {
  readonly request: Request;
  readonly archive: Blob | null;
  readonly resolve: (reply: Success | Refusal) => void;
  readonly reject: (error: TroubleError) => void;
  tries: number;
}

const ORDER: readonly BootStrategy[] = ["snapshot", "trimmed", "stock"];
/**
 * Without a byte or a word from a booting worker for this many milliseconds, the next way is tried. Each piece that
 * arrives and each step of the start is a word, so neither a slow line nor a slow phone comes near it.
 */
const BOOT_SILENCE = 30_000;
/**
 * Milliseconds that the engine may compute at one stretch; fetching data doesn't count. An answer takes milliseconds, on
 * the slowest phone seconds, and the engine's own limits end a long build before this.
 */
const ANSWER_LIMIT = 15_000;
/** The same where an archive is read: that takes as long as it is large. */
const ARCHIVE_LIMIT = 180_000;
const TRIES = 2;
/** Milliseconds that an engine which was started early is kept for a reader who doesn't come. */
const UNWANTED = 60_000;

export class Client extends EventTarget {
  private readonly address: URL;
  private worker: Worker | null = null;
  private strategy = 0;
  private watchdog = 0;
  /** Sets the watchdog going anew. */
  private wind: () => void = () => undefined;
  private last = 0;
  private kept: Kept | null = null;
  private readonly spare = new Spare(
    () => this.boot("layerlab-spare", "snapshot"),
    (worker) => this.answered && tell(worker, { type: "request", id: 0, request: this.answered }),
  );
  /** What was answered last; the worker in reserve answers it too, to nobody, and so has the data and the build at hand. */
  private answered: Request | null = null;
  private readonly waiting = new Map<number, Waiting>();
  /** Whether a block was touched. Before that nothing is stored, nothing stands in reserve, and no second way is tried. */
  private wanted = false;
  /** What an engine that was started early is to build, so that it has the data and the build at hand. */
  private foreseen: Request | null = null;
  private unwanted = 0;
  state: BootState = { phase: "idle", loaded: 0, total: 0, strategy: null, trouble: null };

  constructor(private readonly base: URL) {
    super();
    this.address = new URL(`${RUNTIME}worker.js`, base);
    // a page that was put aside and comes back has slept, and so has its worker: nobody is late
    addEventListener("pageshow", ({ persisted }) => persisted && this.watchdog && this.wind());
    document.addEventListener("visibilitychange", () => document.hidden && this.release());
  }

  /** Begin to boot for a reader who is about to ask; false where the device has no room to spare, or no way to. */
  early(request: Request | null): boolean {
    if (this.worker) return true;
    if (this.wanted || !hasRoom() || impossible()) return false;
    this.foreseen = request;
    this.strategy = 0;
    this.spawn();
    return true;
  }

  /** Begin to boot, unless that was done. After a failure it tries from the start. */
  start(): void {
    if (!this.wanted) {
      this.wanted = true;
      clearTimeout(this.unwanted);
      if (this.kept) this.settleIn();
    }
    if (this.worker) return;
    const trouble = impossible();
    if (trouble) return this.fail(trouble);
    this.strategy = 0;
    this.spawn();
  }

  /** Ask the engine. Starts the worker where there is none. An archive travels beside the request. */
  ask(request: Request, archive: Blob | null = null): Promise<Success | Refusal> {
    return new Promise((resolve, reject) => {
      const id = ++this.last;
      this.waiting.set(id, { request, archive, resolve, reject, tries: 0 });
      this.start();
      if (this.state.phase === "ready") this.send(id);
    });
  }

  private spawn(): void {
    const strategy = ORDER[this.strategy] ?? "stock";
    this.set({ phase: "loading", loaded: 0, total: 0, strategy: null, trouble: null });
    try {
      this.use(this.boot("layerlab", strategy));
      this.guard();
    } catch (error) {
      this.fail(new TroubleError("worker", String(error)));
    }
  }

  /** A new worker that has been told to boot. */
  private boot(name: string, strategy: BootStrategy): Worker {
    const worker = new Worker(this.address, { type: "module", name });
    const kept = strategy === "snapshot" && this.kept ? { kept: this.kept } : {};
    tell(worker, { type: "boot", strategy, data: new URL("data.json", this.base).href, ...kept });
    return worker;
  }

  /** From now on this worker is asked, and listened to. */
  private use(worker: Worker): void {
    this.worker = worker;
    worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.hear(worker, data));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      if (worker !== this.worker) return;
      if (this.state.phase === "ready") this.restart(null, "crash");
      else void whyNoWorker(this.address).then((trouble) => worker === this.worker && this.fail(trouble));
    });
  }

  private ready(strategy: BootStrategy): void {
    this.calm();
    this.set({ ...this.state, phase: "ready", strategy, trouble: null });
    for (const id of this.waiting.keys()) this.send(id);
    if (this.wanted) return this.kept ? this.spare.later() : undefined;
    if (this.worker && this.foreseen) tell(this.worker, { type: "request", id: 0, request: this.foreseen });
    this.unwanted = window.setTimeout(() => this.release(), UNWANTED);
  }

  /** The engine is in use: another waits in reserve, and all is kept for a reader without a network. */
  private settleIn(): void {
    this.spare.later();
    void keepForOffline(this.base, () => this.dispatchEvent(new Event("waits")));
  }

  /** Give back what was started early and is not wanted. */
  private release(): void {
    if (this.wanted || !this.worker) return;
    this.stop();
    clearTimeout(this.unwanted);
    this.kept = null;
    this.set({ phase: "idle", loaded: 0, total: 0, strategy: null, trouble: null });
  }

  private hear(worker: Worker, message: FromWorker): void {
    if (worker !== this.worker) return;
    switch (message.type) {
      case "progress":
        this.guard();
        return this.set({ ...this.state, loaded: message.loaded, total: message.total });
      case "ready":
        return this.ready(message.strategy);
      case "keep":
        this.kept = message.kept;
        return this.wanted ? this.settleIn() : undefined;
      case "computing":
        return message.id ? this.limit(message.id, message.archive) : this.rewind();
      case "fetching":
        return message.id ? this.calm() : this.rewind();
      case "failed":
        return this.nextWay(unlessOffline("broken", message.reason));
      case "missing":
        return this.settle(message.id, (one) => one.reject(unlessOffline("missing", message.names.join(", "))));
      case "reply":
        return this.settle(message.id, (one) => {
          const reply = JSON.parse(message.reply) as Reply;
          if (one.request.views.length) this.answered = one.request;
          if ("needs" in reply) one.reject(new TroubleError("missing", reply.needs.join(", ")));
          else one.resolve(message.data ? Object.assign(reply, { data: message.data }) : reply);
        });
      case "wants":
        return void findArchive(message.name.replace(/^archive\//, "")).then((archive) => tell(worker, { type: "archive", name: message.name, archive }));
      case "unreadable":
        return this.settle(message.id, (one) => one.reject(new TroubleError("unreadable")));
      case "dead":
        return this.restart(message.id, "crash");
    }
  }

  private send(id: number): void {
    const one = this.waiting.get(id);
    if (!one) return;
    one.tries += 1;
    const { request, archive } = one;
    if (this.worker) tell(this.worker, archive ? { type: "request", id, request, archive } : { type: "request", id, request });
    if (!this.watchdog) this.limit(id, archive !== null);
    if (this.kept) this.spare.later();
  }

  private settle(id: number, act: (one: Waiting) => void): void {
    const one = this.waiting.get(id);
    if (!one) return;
    this.calm(); // the next request begins with a word of its own
    this.waiting.delete(id);
    act(one);
  }

  /** A fresh worker for what still waits. A request that hung is refused; what a crash took along is tried once more. */
  private restart(culprit: number | null, trouble: Trouble): void {
    this.stop();
    for (const [id, one] of this.waiting) {
      // an archive that was too much for one worker would be for the next, too
      const fatal = one.tries >= TRIES || id === culprit || one.archive !== null;
      if (fatal) this.settle(id, () => one.reject(new TroubleError(one.archive ? "memory" : trouble)));
    }
    const spare = this.spare.take();
    if (spare) {
      this.use(spare);
      this.ready("snapshot");
    } else {
      this.spawn();
    }
    if (trouble === "crash") this.dispatchEvent(new Event("crash"));
  }

  private nextWay(trouble: TroubleError): void {
    if (!this.wanted) return this.release(); // whoever touches a block starts anew, and is told
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
    this.spare.drop();
    this.set({ ...this.state, phase: "failed", trouble });
    for (const id of [...this.waiting.keys()]) this.settle(id, (one) => one.reject(trouble));
  }

  private guard(): void {
    this.watch(BOOT_SILENCE, () => this.nextWay(new TroubleError("silent")));
  }

  private limit(id: number, archive: boolean): void {
    this.watch(archive ? ARCHIVE_LIMIT : ANSWER_LIMIT, () => this.restart(id, "slow"));
  }

  private watch(milliseconds: number, bark: () => void): void {
    this.wind = () => {
      this.calm();
      this.watchdog = window.setTimeout(bark, milliseconds);
    };
    this.wind();
  }

  /** A word about what nobody waits for; what somebody waits for comes after it. */
  private rewind(): void {
    if (this.watchdog) this.wind();
  }

  private calm(): void {
    clearTimeout(this.watchdog);
    this.watchdog = 0;
  }

  private stop(): void {
    this.calm();
    this.worker?.terminate();
    this.worker = null;
  }

  private set(state: BootState): void {
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}

function tell(worker: Worker, message: ToWorker): void {
  worker.postMessage(message);
}
