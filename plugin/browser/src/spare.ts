/** A second worker, started and waiting, so that one that hangs or crashes is replaced at once instead of in a second. */

import { savesData } from "./dom.js";
import type { FromWorker } from "./protocol.js";

/** Milliseconds without a request before the spare is started: never while somebody types. */
const QUIET = 2_000;
/** Gigabytes of memory from which on a device can spare the 60 MB of a second engine. */
const ROOM = 4;

export class Spare {
  private worker: Worker | null = null;
  private ready = false;
  private timer = 0;
  private hopeless = false;

  /** `start` makes a worker and sets it to booting, from what the page has kept; `prime` gives one that is ready its data. */
  constructor(
    private readonly start: () => Worker,
    private readonly prime: (worker: Worker) => void,
  ) {
    document.addEventListener("visibilitychange", () => document.hidden && this.drop());
  }

  /** Something has just been asked or answered; the spare is started when that stays the last for a while. */
  later(): void {
    clearTimeout(this.timer);
    if (!this.worker && !this.hopeless && hasRoom()) this.timer = window.setTimeout(() => this.prepare(), QUIET);
  }

  /** The spare, which is the caller's from now on; null where none is ready. */
  take(): Worker | null {
    const taken = this.ready ? this.worker : null;
    if (taken) this.worker = null;
    this.drop();
    return taken;
  }

  /** Give its memory back. */
  drop(): void {
    clearTimeout(this.timer);
    this.worker?.terminate();
    this.worker = null;
    this.ready = false;
  }

  private prepare(): void {
    const worker = this.start();
    this.worker = worker;
    const fail = (event: Event): void => {
      if (this.worker !== worker) return;
      event.preventDefault();
      this.drop();
      this.hopeless = true; // the next start that is needed says what is wrong
    };
    worker.addEventListener("error", fail);
    worker.addEventListener("message", (event: MessageEvent<FromWorker>) => {
      if (this.worker !== worker) return;
      if (event.data.type === "ready") {
        this.ready = true;
        this.prime(worker);
      } else if (event.data.type === "failed") fail(event);
    });
  }
}

/**
 * Phones do without: another engine is 60 MB that the system may take the whole page for. Browsers that don't tell their
 * memory are judged by the pointer. A page that nobody sees, and readers who save data, do without as well.
 */
export function hasRoom(): boolean {
  if (document.hidden || savesData()) return false;
  const { deviceMemory } = navigator as Navigator & { deviceMemory?: number };
  return deviceMemory === undefined ? matchMedia("(pointer: fine)").matches : deviceMemory >= ROOM;
}
