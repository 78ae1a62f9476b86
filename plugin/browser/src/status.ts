/** The strip over a block: what the engine is doing, and what went wrong, in words. */

import type { BootState, TroubleError } from "./client.js";
import { button, make } from "./dom.js";
import type { Say } from "./messages.js";

export class Status {
  readonly node: HTMLElement;
  private readonly words = make("span", { class: "ll-status-text" });
  private readonly meter = make("progress", { class: "ll-progress", max: 1, hidden: true });
  private readonly live = make("div", { role: "status", class: "ll-sr" });
  private readonly retry: HTMLButtonElement;

  constructor(
    private readonly say: Say,
    retry: () => void,
  ) {
    this.retry = button(say("browser.retry"), "retry", retry);
    this.retry.hidden = true;
    this.meter.setAttribute("aria-label", say("browser.starting"));
    this.node = make("div", { class: "ll-status" }, this.meter, this.words, this.retry, this.live);
  }

  /** True progress: bytes that have arrived, of those that will. */
  boot(state: BootState): void {
    const loading = state.phase === "loading";
    this.meter.hidden = !loading;
    this.retry.hidden = state.phase !== "failed";
    if (loading) {
      if (state.total > 0) this.meter.value = state.loaded / state.total;
      else this.meter.removeAttribute("value");
      const done = state.total > 0 && state.loaded >= state.total;
      this.show(done ? this.say("browser.waking") : this.say("browser.loading", { loaded: mega(state.loaded), total: mega(state.total) }));
    } else if (state.phase === "ready") {
      this.show("");
    } else if (state.trouble) {
      this.trouble(state.trouble);
    }
  }

  trouble(error: TroubleError): void {
    const text = this.say(`browser.trouble.${error.trouble}`, { detail: error.detail });
    this.meter.hidden = true;
    this.retry.hidden = error.trouble === "file" || error.trouble === "wasm" || error.trouble === "worker";
    this.show(text, "trouble");
    this.announce(text);
  }

  show(text: string, kind = ""): void {
    this.words.textContent = text;
    this.node.dataset["kind"] = kind;
  }

  /** For screen readers: one short sentence after each build, not one per keystroke. */
  announce(text: string): void {
    if (this.live.textContent !== text) this.live.textContent = text;
  }
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
