/**
 * All that a page loads before anybody touches a block: tabs over the prerendered views, marks, an edit button,
 * and the rule when the rest is fetched. Nothing of Python, engine or editor is requested here.
 *
 * A classic script on purpose: it also runs on a page opened from a file, where it can say what is not possible.
 */

import { CLASS, ELEMENT } from "../build/contract.js";
import { button, languageOf, make, savesData } from "./dom.js";
import type * as ElementModule from "./element.js";
import { marks } from "./marks.js";
import type { Language } from "./protocol.js";
import { Samples } from "./samples.js";
import { tabs } from "./tabs.js";

declare const ELEMENT_FILE: string;
/** What brings a block to life; what starts its engine, and the editor that comes after it. */
declare const FIRST: readonly string[];
declare const PREFETCH: readonly string[];
declare const DOWNLOAD: string;
declare const LOADER_MESSAGES: Readonly<
  Record<Language, Readonly<Record<"edit" | "size" | "tabs" | "split" | "second" | "unloadable" | "file" | "console" | "reader" | "archives" | "sample", string>>>
>;

const SCRIPT = (document.currentScript ?? document.querySelector('script[src*="/layerlab-"]')) as HTMLScriptElement | null;
const BASE = new URL(".", SCRIPT?.src ?? location.href);

const LINK = /^#ll\d+\./;
/** Milliseconds that a mouse has to stay: one that only crosses a block means nothing by it. */
const STAY = 150;
/** Here the rest is fetched ahead, and over the button, which is pointed at only to be pressed, the engine is started. */
const SOURCE = `.${CLASS.source}, .ll-bar`;
const BUTTON = ".ll-edit";

let prefetched = false;
let loading: Promise<typeof ElementModule> | null = null;

class Block extends HTMLElement {
  connectedCallback(): void {
    document.documentElement.setAttribute("data-blocks-of", location.pathname); // instant navigation changes the address first
    if (this.hasAttribute("data-live")) return;
    this.setAttribute("data-live", "");
    const say = words(this);
    tabs(this, say);
    marks(this);
    const isConsole = this.localName === ELEMENT.console;
    const label = isConsole ? say.console : this.localName === ELEMENT.reader ? say.reader : say.edit;
    const edit = button(label, "edit", () => void wake(this));
    const bar = make("div", { class: "ll-bar" }, edit, archives(this, say.archives), make("span", { class: "ll-hint" }, say.size.replace("{size}", DOWNLOAD)));
    if (isConsole) this.append(bar);
    else this.prepend(bar);
    whenPointedAt(this, BUTTON, () => void early(this));
    whenPointedAt(this, SOURCE, prefetch);
    this.addEventListener("focusin", (event) => isIn(event.target, SOURCE) && prefetch());
    edit.addEventListener("touchstart", prefetch, { passive: true });
    const source = this.querySelector<HTMLElement>(`.${CLASS.source}`);
    source?.addEventListener("click", () => getSelection()?.isCollapsed !== false && void wake(this));
    source?.addEventListener("keydown", (event) => {
      const types = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== " ";
      if (types || event.key === "Enter") void wake(this);
    });
    if (saved(this)) void load().then((element) => element.restore(this, BASE), () => undefined);
  }
}

/** Where the author wants readers to open archives of their own, a button for that stands beside the other. */
function archives(host: HTMLElement, label: string): HTMLElement | null {
  if (!host.closest(".layerlab-archive")) return null;
  return button(label, "edit", () => {
    host.setAttribute("data-archives", "");
    void wake(host);
  });
}

/** A mouse that came by a move of its own and stays; under one that lies still a page may scroll what it will. */
function whenPointedAt(host: HTMLElement, area: string, act: () => void): void {
  let timer = 0;
  host.addEventListener("pointermove", ({ pointerType, target }) => {
    if (!timer && pointerType === "mouse" && isIn(target, area)) timer = window.setTimeout(act, STAY);
  });
  host.addEventListener("pointerout", ({ relatedTarget }) => {
    if (isIn(relatedTarget, area)) return;
    clearTimeout(timer);
    timer = 0;
  });
}

function isIn(target: EventTarget | null, area: string): boolean {
  return target instanceof Element && target.closest(area) !== null;
}

function words(host: HTMLElement): (typeof LOADER_MESSAGES)[Language] {
  return LOADER_MESSAGES[languageOf(host)];
}

/** Whether the reader left edits here; the key is made as in `store.ts`. */
function saved(host: HTMLElement): boolean {
  try {
    return localStorage.getItem(`layerlab:${location.pathname}#${host.id}`) !== null;
  } catch {
    return false;
  }
}

function load(): Promise<typeof ElementModule> {
  loading ??= import(new URL(ELEMENT_FILE, BASE).href) as Promise<typeof ElementModule>;
  loading.catch(() => (loading = null));
  return loading;
}

/** Fetch the rest and hand the block over; the prerendered output stays whatever happens. */
async function wake(host: HTMLElement): Promise<void> {
  if (host.hasAttribute("data-awake")) return;
  host.setAttribute("data-awake", "");
  // The parts of the page's own at once instead of one after the other. The rest is asked for by the worker now: where a
  // host lets nothing be kept, a prefetch beside that would be a second download.
  if (!prefetched) ahead(FIRST);
  prefetched = true;
  try {
    (await load()).upgrade(host, BASE);
  } catch {
    host.removeAttribute("data-awake");
    const hint = host.querySelector(".ll-hint");
    if (hint) hint.textContent = location.protocol === "file:" ? words(host).file : words(host).unloadable;
    hint?.setAttribute("role", "alert");
  }
}

/** On the first sign of intent only, and never for readers who save data. */
function prefetch(): void {
  if (prefetched || savesData()) return;
  prefetched = true;
  ahead([...FIRST, ...PREFETCH]);
}

/** Start the engine, which fetches all it needs; where the device has no room for that, it is only fetched. */
async function early(host: HTMLElement): Promise<void> {
  if (host.hasAttribute("data-awake") || savesData()) return;
  const before = prefetched;
  prefetched = true;
  if (!before) ahead(FIRST);
  const started = await load().then((element) => element.early(host, BASE), () => false);
  if (!started && !before) ahead(PREFETCH);
}

function ahead(names: readonly string[]): void {
  if (location.protocol === "file:") return;
  for (const name of names) {
    const module = name.endsWith("js");
    const link = make("link", { rel: module ? "modulepreload" : "prefetch", as: module ? null : "fetch", crossorigin: "anonymous", href: new URL(name, BASE).href });
    document.head.append(link);
  }
}

for (const name of [ELEMENT.lab, ELEMENT.console, ELEMENT.reader]) {
  if (!customElements.get(name)) customElements.define(name, class extends Block {});
}

Samples.opened = (lang) => LOADER_MESSAGES[lang === "en" ? "en" : "ko"].sample;
if (!customElements.get(ELEMENT.samples)) customElements.define(ELEMENT.samples, Samples);

/** A session in the page's address: the reader asked for it by opening the link. */
function followAddress(): void {
  if (LINK.test(location.hash)) void load().then((element) => element.follow(location.hash, BASE), () => undefined);
}
addEventListener("hashchange", followAddress);
followAddress();
