/** What Dockerfile blocks and consoles have in common: asking the engine, showing its fragments, keeping the session. */

import { HOST } from "../build/contract.js";
import { type Client, TroubleError } from "./client.js";
import { type Key, type Say, speaker } from "./messages.js";
import type { Language, Method, Refusal, Request, Success } from "./protocol.js";
import { accept, blocksAfter, documentOf, original, ownActions, setOwnActions } from "./session.js";
import { Status } from "./status.js";
import { fingerprint, forget, read, type Saved, write } from "./store.js";
import { known, patch, roots } from "./views.js";

type Parameters = Pick<Request, "text" | "line" | "offset">;

export const DEFAULT_VIEWS: readonly string[] = ["log", "history", "stack", "files"];

export class Block {
  readonly lang: Language;
  readonly say: Say;
  readonly status: Status;
  private readonly original: string;

  constructor(
    readonly host: HTMLElement,
    readonly client: Client,
  ) {
    this.lang = host.getAttribute(HOST.lang) === "en" ? "en" : "ko";
    this.say = speaker(this.lang);
    this.original = fingerprint(original(host).text);
    this.status = new Status(this.say, () => client.start());
    const saved = this.saved();
    if (saved) setOwnActions(host, saved.actions);
    const follow = (): void => {
      if (!host.isConnected) return client.removeEventListener("state", follow);
      this.status.boot(client.state);
      host.dataset["boot"] = client.state.phase;
    };
    client.addEventListener("state", follow);
    follow();
  }

  saved(): Saved | null {
    return read(this.host.id, this.original);
  }

  /** Keep the reader's text and actions; says so where the browser refuses. */
  save(text: string | null): void {
    const kept = write(this.host.id, { v: 1, original: this.original, actions: ownActions(this.host), text });
    if (!kept) this.status.show(this.say("browser.unsaved"), "trouble");
  }

  forget(): void {
    setOwnActions(this.host, []);
    forget(this.host.id);
  }

  views(): string[] {
    const names = (this.host.getAttribute(HOST.views) ?? "").split(/\s+/).filter(Boolean);
    return names.length > 1 || names[0] === "console" ? names : [...DEFAULT_VIEWS];
  }

  /** One request about this block; null when the engine gave none, which is then said in the status. */
  async ask(method: Method, parameters: Parameters = {}, extra: readonly string[] = []): Promise<Success | Refusal | null> {
    try {
      const reply = await this.client.ask({
        v: 1,
        method,
        lang: this.lang,
        document: documentOf(this.host),
        block: this.host.id,
        prefix: this.host.id,
        views: [...this.views(), ...extra],
        known: known(this.host),
        ...parameters,
      });
      if (reply.ok) accept(this.host, reply.document);
      else this.status.show(reply.error.message, "trouble");
      return reply;
    } catch (error) {
      if (error instanceof TroubleError) this.status.trouble(error);
      else this.status.show(String(error), "trouble");
      return null;
    }
  }

  /** Put a reply on the page. What a failed build leaves as it was stays visible, and is marked as older. */
  show(reply: Success): void {
    const { source: _, ...fragments } = reply.fragments;
    patch(this.host, fragments, (view) => this.say(VIEW_TITLES[view] ?? "browser.view.log"));
    const good = reply.status === "ok";
    this.host.dataset["status"] = reply.status;
    for (const [name, root] of roots(this.host)) {
      root.toggleAttribute("data-stale", !good && !LIVE.has(name));
      root.setAttribute("data-stale-label", this.say("browser.stale"));
    }
    this.status.announce(reply.announce);
  }

  /** The blocks that stand on this one show what they give now. */
  async refreshAfter(): Promise<void> {
    for (const host of blocksAfter(this.host)) {
      const block = new Block(host, this.client);
      const reply = await block.ask("open");
      if (reply?.ok) block.show(reply);
    }
  }
}

/** Views of the attempt itself; the others show the last image. */
const LIVE: ReadonlySet<string> = new Set(["log", "console", "source"]);

const VIEW_TITLES: Readonly<Record<string, Key>> = {
  log: "browser.view.log",
  history: "browser.view.history",
  stack: "browser.view.stack",
  files: "browser.view.files",
  cache: "browser.view.cache",
  inspect: "browser.view.inspect",
};
