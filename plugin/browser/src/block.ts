/** What Dockerfile blocks and consoles have in common: asking the engine, showing its fragments, keeping the session. */

import { HOST } from "../build/contract.js";
import type { Client } from "./client.js";
import { languageOf } from "./dom.js";
import { type Key, type Say, speaker } from "./messages.js";
import type { Completed, Exported, Language, Linked, Method, Refusal, Request, Success } from "./protocol.js";
import { accept, actionsAhead, actionsBefore, authorMark, blocksAfter, documentOf, ownActions, setActionsAhead, setOwnActions, setWork } from "./session.js";
import { Status } from "./status.js";
import { comparisonPlace, forget, placeOf, read, sorted, type Work, write } from "./store.js";
import { TroubleError } from "./trouble.js";
import { known, opened, patch, roots } from "./views.js";

export type Parameters = Pick<Request, "text" | "line" | "offset" | "path" | "entry" | "name" | "value" | "form" | "check" | "builds">;

export const DEFAULT_VIEWS: readonly string[] = ["log", "history", "stack", "files"];
/** On a block whose session came with the page's address: a fingerprint of the link. */
export const LINKED = "data-linked";
/** One for each block: a second would listen and keep things twice. */
const made = new WeakMap<HTMLElement, Block>();

/** Where a block's work is kept. A linked session stands beside the reader's own work in the block, never over it. */
function workPlace(host: HTMLElement): string {
  const link = host.getAttribute(LINKED);
  return placeOf(link ? `${host.id}~${link}` : host.id);
}

/** What every live Dockerfile block has beside the views its author chose. */
export const LIVE_VIEWS: readonly string[] = ["cache", "containers", "context", "timeline", "console"];
/** What it can have too: made when its tab is chosen. */
export const MORE_VIEWS: readonly string[] = ["log", "history", "stack", "files", "inspect"];
/** Methods that add to the session: what the reader went back from is gone then. */
const ADDING: ReadonlySet<Method> = new Set<Method>(["edit", "touch", "option", "command", "commit", "import"]);

export class Block {
  readonly lang: Language;
  readonly say: Say;
  readonly status: Status;
  /** Of which text of the author's the reader's work is, and where it is kept. */
  private readonly original: string;
  private readonly place: string;
  private mine: Work | null;
  private earlier: Work | null;
  /** Another tab has kept something since this one did. */
  overtaken = false;
  /** What "Try again" does. */
  again: () => void = () => this.client.start();

  constructor(
    readonly host: HTMLElement,
    readonly client: Client,
  ) {
    this.lang = languageOf(host);
    this.say = speaker(this.lang);
    this.place = workPlace(host);
    this.original = authorMark(host);
    ({ now: this.mine, earlier: this.earlier } = sorted(read(this.place), this.original));
    this.status = new Status(this.say, () => this.again());
    made.set(host, this);
    if (this.mine) setWork(host, this.mine);
    this.listen();
  }

  /** Until the block has left the page, with instant navigation before the page is left. */
  private listen(): void {
    const { client, host, status, say } = this;
    const until = new AbortController();
    const { signal } = until;
    const follow = (): void => {
      if (!host.isConnected) return until.abort();
      status.boot(client.state);
      host.dataset["boot"] = client.state.phase;
    };
    const tell = (text: string): void => {
      status.show(text, "trouble");
      status.announce(text);
    };
    client.addEventListener("state", follow, { signal });
    client.addEventListener("waits", () => status.show(say("browser.offline.waits")), { once: true, signal });
    client.addEventListener("crash", () => host.isConnected && tell(say("browser.trouble.crash")), { signal });
    // Both tabs go on with their own text; the storage has one place, so the last change anywhere is what it keeps.
    addEventListener("storage", ({ key, newValue }) => {
      if (!host.isConnected) until.abort();
      else if (key === this.place && newValue !== null) {
        this.overtaken = true;
        tell(say("browser.elsewhere"));
      }
    }, { signal });
    follow();
  }

  /** What an earlier visit left of the text as it is now. */
  saved(): Work | null {
    return this.mine;
  }

  /** Keep the reader's text and actions; says so where the browser refuses. */
  save(text: string | null): void {
    this.overtaken = false;
    const work = { v: 1, original: this.original, actions: ownActions(this.host), ahead: actionsAhead(this.host), text } as const;
    const kept = write(this.place, this.earlier ? { ...work, earlier: this.earlier } : work);
    if (!kept) this.status.show(this.say("browser.unsaved"), "trouble");
  }

  /** Begin anew. What was made of an earlier text stays until the reader has decided about it. */
  forget(): void {
    setOwnActions(this.host, []);
    setActionsAhead(this.host, []);
    this.mine = null;
    forget(comparisonPlace(this.host.id));
    if (this.earlier) this.save(null);
    else forget(this.place);
  }

  /** The reader has decided about their work on an earlier text; returns what the block goes on with. */
  settled(): Work | null {
    ({ now: this.mine, earlier: this.earlier } = sorted(read(this.place), this.original));
    return this.mine;
  }

  views(): string[] {
    return viewsOf(this.host);
  }

  /**
   * One request about this block; null when the engine gave no answer, which is then said in the status, and when it was
   * only asked to look and something else has been done meanwhile: that shows more than this would.
   */
  async ask(method: Method, parameters: Parameters = {}, views: readonly string[] = this.views(), archive: Blob | null = null): Promise<Success | Refusal | null> {
    const before = actionsBefore(this.host);
    const own = ownActions(this.host);
    try {
      const reply = await this.client.ask(this.request(method, parameters, views), archive);
      this.status.answered();
      if (method === "open" && own !== ownActions(this.host)) return null;
      if (reply.ok) {
        accept(this.host, reply.document, before);
        if (ADDING.has(method)) setActionsAhead(this.host, []);
      } else this.status.show(reply.error.message, "trouble");
      return reply;
    } catch (error) {
      if (error instanceof TroubleError) this.status.trouble(error);
      else this.status.show(String(error), "trouble");
      return null;
    }
  }

  /** How a line typed into the terminal may go on; nothing where the engine has no answer. */
  async complete(text: string, offset: number): Promise<Completed | null> {
    try {
      const reply: unknown = await this.client.ask(this.request("complete", { text, offset }, []));
      return (reply as Completed).ok ? (reply as Completed) : null;
    } catch {
      return null; // completion is a convenience: whoever needs to know of the trouble asks for more
    }
  }

  /** The session as the address of a page that opens it; null where it can't be had, which is then said. */
  async link(page = location.href): Promise<string | null> {
    try {
      const reply: unknown = await this.client.ask(this.request("link", {}, []));
      if ((reply as Linked).ok) return new URL((reply as Linked).link, page).href;
      this.status.show((reply as Refusal).error.message, "trouble");
    } catch (error) {
      if (error instanceof TroubleError) this.status.trouble(error);
    }
    return null;
  }

  /** The block's image as an archive, a file of its terminal, or only whether there is one; null where no answer came. */
  async export(parameters: Pick<Request, "form" | "check" | "path">): Promise<Exported | Refusal | null> {
    try {
      const reply: unknown = await this.client.ask(this.request("export", parameters, []));
      return reply as Exported | Refusal;
    } catch (error) {
      if (error instanceof TroubleError) this.status.trouble(error);
      return null;
    }
  }

  private request(method: Method, parameters: Parameters, views: readonly string[]): Request {
    const ahead = ADDING.has(method) ? [] : actionsAhead(this.host);
    return { ...requestOf(this.host, method, views), ...(ahead.length ? { ahead } : {}), ...parameters };
  }

  title(view: string): string {
    return this.say(VIEW_TITLES[view] ?? "browser.view.log");
  }

  /** Put a reply on the page. What a failed build leaves as it was stays visible, and is marked as older. */
  show(reply: Success): void {
    patch(this.host, reply.fragments, (view) => this.title(view));
    const good = reply.status === "ok";
    this.host.dataset["status"] = reply.status;
    this.host.removeAttribute("data-restored");
    this.host.querySelector(":scope > .ll-banner")?.remove();
    for (const [name, root] of roots(this.host)) {
      root.toggleAttribute("data-stale", !good && !LIVE.has(name));
      root.setAttribute("data-stale-label", this.say("browser.stale"));
    }
  }

  /** The blocks that stand on this one show what they give now. */
  async refreshAfter(): Promise<void> {
    for (const host of blocksAfter(this.host)) {
      const block = made.get(host) ?? new Block(host, this.client);
      const reply = await block.ask("open");
      if (reply?.ok) block.show(reply);
    }
  }
}

/** What a block shows: what its author chose, and what every live one has beside. */
export function viewsOf(host: HTMLElement): string[] {
  const names = (host.getAttribute(HOST.views) ?? "").split(/\s+/).filter(Boolean);
  if (names[0] === "console") return names;
  return [...new Set([...(names.length ? names : DEFAULT_VIEWS), ...LIVE_VIEWS, ...opened(host)])];
}

/** A request about a block as it stands. */
export function requestOf(host: HTMLElement, method: Method, views: readonly string[]): Request {
  return { v: 1, method, lang: languageOf(host), document: documentOf(host), block: host.id, prefix: host.id, views, known: known(host) };
}

/** Views of the attempt itself; the others show the last image. */
const LIVE: ReadonlySet<string> = new Set(["log", "cache", "containers", "context", "timeline", "console", "source"]);

const VIEW_TITLES: Readonly<Record<string, Key>> = {
  log: "browser.view.log",
  history: "browser.view.history",
  stack: "browser.view.stack",
  files: "browser.view.files",
  cache: "browser.view.cache",
  inspect: "browser.view.inspect",
  containers: "browser.view.containers",
  context: "browser.view.context",
  timeline: "browser.view.timeline",
  console: "browser.view.console",
};
