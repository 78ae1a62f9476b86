/** When to build what is being typed: at once where that is quick, and never more often than helps. */

/** Milliseconds between two keys that belong to one burst. */
const BURST = 150;
/** A build up to this long is over before the next key: nothing is gained by waiting for one. */
const QUICK = 50;
/** Milliseconds without a key after which a burst is over. */
const PAUSE = 120;

export class Pace {
  private last = Number.NEGATIVE_INFINITY;
  private cost = 0;

  /**
   * Milliseconds to wait before building, for a key at `now`. A single key never waits. In a burst a slow build would
   * only be in the way of the one that counts, that of the last key.
   */
  key(now: number): number {
    const burst = now - this.last < BURST;
    this.last = now;
    return burst && this.cost > QUICK ? PAUSE : 0;
  }

  /** How long the last build took, from the request to its answer. */
  took(milliseconds: number): void {
    this.cost = milliseconds;
  }
}
