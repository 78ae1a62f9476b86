/** A history reader: the reader's own `docker history` in a text area, explained by the engine below it. */

import { CLASS } from "../build/contract.js";
import type { Client } from "./client.js";
import { button, languageOf, make } from "./dom.js";
import { type Say, speaker } from "./messages.js";
import type { Language, ReadHistory, Refusal } from "./protocol.js";
import { showLeft } from "./restoring.js";
import { Status } from "./status.js";
import { fingerprint, forget, placeOf, read, sorted, write } from "./store.js";
import { TroubleError } from "./trouble.js";
import { known, patch } from "./views.js";

/** Milliseconds without a key before the text is read. */
const PAUSE = 250;
/** The engine refuses longer texts; they needn't travel to it. */
const MAX_TEXT = 1_000_000;

export class ReaderBlock {
  private readonly say: Say;
  private readonly lang: Language;
  private readonly status: Status;
  private readonly area: HTMLTextAreaElement;
  private readonly refusal = make("div", { class: "ll-refusal" });
  private readonly example: string;
  private readonly place: string;
  private timer = 0;
  private busy = false;
  private done: string | null = null;
  private dockerfile: string | null = null;

  constructor(
    private readonly host: HTMLElement,
    private readonly client: Client,
    /** Puts a Dockerfile into the block that stands below; null where there is none. */
    private readonly open: ((text: string) => void) | null,
  ) {
    this.lang = languageOf(host);
    this.say = speaker(this.lang);
    const { say } = this;
    this.status = new Status(say, () => client.start());
    this.example = exampleOf(host);
    const hint = `${host.id}-hint`;
    this.area = make("textarea", {
      class: "ll-textarea ll-paste",
      rows: 10,
      wrap: "off",
      "aria-label": say("browser.reader.label"),
      "aria-describedby": hint,
      placeholder: "docker history --no-trunc …",
      autocapitalize: "off",
      autocomplete: "off",
      autocorrect: "off",
      spellcheck: "false",
    });
    this.place = placeOf(host.id);
    const kept = sorted(read(this.place), fingerprint(this.example)).now?.text ?? null;
    this.area.value = kept ?? this.example;
    this.area.addEventListener("input", () => this.changed());
    this.area.addEventListener("focus", () => this.area.value === this.example && this.area.select());
    const source = host.querySelector(`.${CLASS.source}`);
    source?.replaceChildren(this.area, make("p", { class: "ll-hint ll-private", id: hint }, say("browser.reader.local")), this.refusal);
    this.bar();
    client.addEventListener("state", () => this.follow());
    this.follow();
    this.decorate(null);
    void this.readNow();
  }

  focus(): void {
    this.area.focus();
  }

  private bar(): void {
    const { say } = this;
    const bar = make(
      "div",
      { class: "ll-bar" },
      button(say("browser.reader.read"), "run", () => void this.readNow()),
      button(say("browser.reader.example"), "example", () => this.put(this.example)),
      button(say("browser.reader.clear"), "clear", () => this.put("")),
      this.status.node,
    );
    this.host.querySelector(".ll-bar:not(svg)")?.replaceWith(bar);
  }

  private follow(): void {
    this.status.boot(this.client.state);
    this.host.dataset["boot"] = this.client.state.phase;
  }

  private put(text: string): void {
    this.area.value = text;
    this.changed();
    this.area.focus();
  }

  private changed(): void {
    clearTimeout(this.timer);
    const text = this.area.value;
    if (text === this.example) forget(this.place);
    else if (!write(this.place, { v: 1, original: fingerprint(this.example), actions: [], text })) this.status.show(this.say("browser.unsaved"), "trouble");
    this.timer = window.setTimeout(() => void this.readNow(), PAUSE);
  }

  /** One text at a time; what was pasted meanwhile is read next. An empty area is not a mistake. */
  private async readNow(): Promise<void> {
    clearTimeout(this.timer);
    if (this.busy) return;
    this.busy = true;
    while (this.area.value !== this.done) {
      const text = this.area.value;
      if (!(await this.send(text))) break;
      this.done = text;
    }
    this.busy = false;
  }

  private async send(text: string): Promise<boolean> {
    this.refusal.replaceChildren();
    if (!text.trim()) return true;
    if (text.length > MAX_TEXT) {
      this.status.show(this.say("browser.too_long", { limit: MAX_TEXT.toLocaleString(this.lang) }), "trouble");
      return true;
    }
    const { host, lang } = this;
    const request = { v: 1, method: "read", lang, document: null, block: host.id, prefix: host.id, views: ["reading"], known: known(host), text } as const;
    try {
      const reply: unknown = await this.client.ask(request);
      if ((reply as Refusal).ok === false) this.status.show((reply as Refusal).error.message, "trouble");
      else this.show(reply as ReadHistory, text);
      return true;
    } catch (error) {
      if (error instanceof TroubleError) this.status.trouble(error);
      else this.status.show(String(error), "trouble");
      return false;
    }
  }

  /** What isn't a history is said above what was read before, which stays as it was. */
  private show(reply: ReadHistory, text: string): void {
    this.status.show("");
    this.host.dataset["status"] = reply.status;
    this.host.removeAttribute("data-restored");
    this.host.querySelector(":scope > .ll-banner")?.remove();
    const [root] = this.host.querySelectorAll<HTMLElement>(`.${CLASS.views} [data-view="reading"]`);
    if (reply.status === "ok") {
      patch(this.host, reply.fragments, () => this.say("browser.view.reading"));
      root?.removeAttribute("data-stale");
      this.decorate(reply.dockerfile);
    } else {
      const refused = reply.fragments["reading"];
      if (refused) this.refusal.innerHTML = refused.html;
      root?.setAttribute("data-stale", "");
      root?.setAttribute("data-stale-label", this.say("browser.reader.stale"));
    }
    if (text !== this.example || this.done !== null) this.status.announce(reply.announce);
  }

  /** What can be done with the Dockerfile that was put together. */
  private decorate(dockerfile: string | null): void {
    this.dockerfile = dockerfile ?? this.dockerfile;
    const made = this.host.querySelector(".ll-reconstructed");
    const section = made?.parentElement;
    if (!made || !section || section.querySelector(":scope > .ll-tools")) return;
    const { say, open } = this;
    const text = this.dockerfile ?? made.textContent ?? "";
    const build = open && button(say("browser.reader.build"), "build", () => open(text));
    section.insertBefore(make("div", { class: "ll-tools" }, button(say("browser.reader.copy"), "copy", () => void this.status.copy(text)), build), made);
  }
}

const examples = new WeakMap<HTMLElement, string>();

/** The author's example, as the page was made with it. */
function exampleOf(host: HTMLElement): string {
  const text = examples.get(host) ?? host.querySelector(`.${CLASS.source} pre code`)?.textContent ?? "";
  examples.set(host, text);
  return text;
}

/** What the reader pasted on an earlier visit, in the page that isn't live yet: what stands below is the example's. */
export function restoreReader(host: HTMLElement): void {
  const text = sorted(read(placeOf(host.id)), fingerprint(exampleOf(host))).now?.text ?? null;
  if (text === null || !host.querySelector(`.${CLASS.source} pre code`)) return;
  const say = speaker(languageOf(host));
  showLeft(host, text, { below: say("browser.reader.of_example"), banner: say("browser.reader.restored"), again: say("browser.reader.read") });
}
