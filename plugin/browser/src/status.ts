/** The strip over a block: what the engine is doing, and what went wrong, in words. */

import type { BootState } from "./client.js";
import { button, make } from "./dom.js";
import type { Say } from "./messages.js";
import type { Trouble, TroubleError } from "./trouble.js";

/** Troubles that another try can't help. */
const FOR_GOOD: ReadonlySet<Trouble> = new Set(["file", "wasm", "worker"]);

export class Status {
  readonly node: HTMLElement;
  private readonly words = make("span", { class: "ll-status-text" });
  private readonly meter = make("progress", { class: "ll-progress", max: 1, hidden: true });
  private readonly live = make("div", { role: "status", class: "ll-sr" });
  private readonly retry: HTMLButtonElement;
  private note = "";
  private kind = "";
  private loading = false;
  private unanswered = false;
  private failure: TroubleError | null = null;

  constructor(
    private readonly say: Say,
    retry: () => void,
  ) {
    this.retry = button(say("browser.retry"), "retry", retry);
    this.retry.hidden = true;
    this.meter.setAttribute("aria-label", say("browser.starting"));
    this.node = make("div", { class: "ll-status" }, this.meter, this.words, this.retry, this.live);
  }

  /** Copy a text, and say whether that worked. */
  async copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.show(this.say("browser.copied"));
    } catch {
      this.show(this.say("browser.not_copied"), "trouble");
    }
  }

  /** True progress: bytes that have arrived, of those that will. Once it runs, what was said before stands again. */
  boot(state: BootState): void {
    const loading = state.phase === "loading";
    this.loading = loading;
    this.meter.hidden = !loading;
    if (loading) {
      this.retry.hidden = true;
      if (state.total > 0) this.meter.value = state.loaded / state.total;
      else this.meter.removeAttribute("value");
      const done = state.total > 0 && state.loaded >= state.total;
      this.put(state.total === 0 ? this.say("browser.starting") : done ? this.say("browser.waking") : this.say("browser.loading", { loaded: mega(state.loaded), total: mega(state.total) }), "");
    } else if (state.trouble) {
      this.retry.hidden = FOR_GOOD.has(state.trouble.trouble);
      this.put(this.reason(state.trouble), "trouble");
    } else {
      this.retry.hidden = true;
      this.put(this.note, this.kind);
    }
    this.failure = state.trouble;
  }

  /** Why a request got no answer; a start that failed has been said already. */
  trouble(error: TroubleError): void {
    const text = this.reason(error);
    if (error !== this.failure) this.show(text, "trouble");
    this.unanswered = error !== this.failure;
    this.announce(text);
  }

  /** The engine has answered: that it once did not is no longer news. */
  answered(): void {
    if (this.unanswered) this.show("");
  }

  show(text: string, kind = ""): void {
    this.note = text;
    this.kind = kind;
    this.unanswered = false;
    if (!this.loading) this.put(text, kind);
  }

  private put(text: string, kind: string): void {
    if (this.words.textContent !== text) this.words.textContent = text;
    this.node.dataset["kind"] = kind;
  }

  private reason({ trouble, detail }: TroubleError): string {
    return this.say(`browser.trouble.${trouble}`, { detail });
  }

  /** For screen readers: one short sentence after each build, not one per keystroke. */
  announce(text: string): void {
    if (this.live.textContent !== text) this.live.textContent = text;
  }
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
