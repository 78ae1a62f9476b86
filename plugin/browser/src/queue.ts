/** One build at a time; what was asked for meanwhile comes next, as one. */

export type Kind = "edit" | "commit";

export class BuildQueue {
  private running: Promise<void> | null = null;
  private again: Kind | null = null;

  constructor(
    private readonly build: (kind: Kind) => Promise<void>,
    private readonly busy: (on: boolean) => void,
  ) {}

  get isBusy(): boolean {
    return this.running !== null;
  }

  /** Ask for a build. Settles when there is nothing left to build. */
  ask(kind: Kind): Promise<void> {
    this.again = this.again === "commit" ? "commit" : kind;
    this.running ??= this.drain();
    return this.running;
  }

  private async drain(): Promise<void> {
    await null; // the caller notes first that this runs
    this.busy(true);
    try {
      while (this.again) {
        const now = this.again;
        this.again = null;
        await this.build(now);
      }
    } finally {
      this.running = null;
      this.busy(false);
    }
  }
}
