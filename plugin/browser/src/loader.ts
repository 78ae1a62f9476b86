/**
 * All that a page loads before anybody touches a block: tabs over the prerendered views, marks, an edit button,
 * and the rule when the rest is fetched. Nothing of Python, engine or editor is requested here.
 *
 * A classic script on purpose: it also runs on a page opened from a file, where it can say what is not possible.
 */

import { CLASS, ELEMENT, FACT, HOST } from "../build/contract.js";
import { button, make, tokens } from "./dom.js";
import type { Language } from "./protocol.js";
import type * as ElementModule from "./element.js";
import { Samples } from "./samples.js";

declare const ELEMENT_FILE: string;
/** What brings a block to life, and what starts its engine. */
declare const FIRST: readonly string[];
declare const PREFETCH: readonly string[];
declare const DOWNLOAD: string;
declare const LOADER_MESSAGES: Readonly<Record<Language, Readonly<Record<"edit" | "size" | "tabs" | "unloadable" | "file" | "console" | "sample", string>>>>;

const SCRIPT = (document.currentScript ?? document.querySelector('script[src*="/layerlab-"]')) as HTMLScriptElement | null;
const BASE = new URL(".", SCRIPT?.src ?? location.href);
const NEXT: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

let prefetched = false;
let loading: Promise<typeof ElementModule> | null = null;

class Block extends HTMLElement {
  connectedCallback(): void {
    if (this.hasAttribute("data-live")) return;
    this.setAttribute("data-live", "");
    tabs(this);
    marks(this);
    const say = words(this);
    const isConsole = this.localName === ELEMENT.console;
    const edit = button(isConsole ? say.console : say.edit, "edit", () => void wake(this));
    const bar = make("div", { class: "ll-bar" }, edit, make("span", { class: "ll-hint" }, say.size.replace("{size}", DOWNLOAD)));
    if (isConsole) this.append(bar);
    else this.prepend(bar);
    this.addEventListener("pointerover", (event) => {
      if (event.pointerType === "mouse" && inSource(event.target)) prefetch();
    });
    this.addEventListener("focusin", (event) => inSource(event.target) && prefetch());
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

function inSource(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(`.${CLASS.source}, .ll-bar`) !== null;
}

function words(host: HTMLElement): (typeof LOADER_MESSAGES)[Language] {
  return LOADER_MESSAGES[host.getAttribute(HOST.lang) === "en" ? "en" : "ko"];
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
  const connection = (navigator as Navigator & { connection?: { saveData?: boolean } }).connection;
  if (prefetched || connection?.saveData) return;
  prefetched = true;
  ahead([...FIRST, ...PREFETCH]);
}

function ahead(names: readonly string[]): void {
  if (location.protocol === "file:") return;
  for (const name of names) {
    const module = name.endsWith("js");
    const link = make("link", { rel: module ? "modulepreload" : "prefetch", as: module ? null : "fetch", crossorigin: "anonymous", href: new URL(name, BASE).href });
    document.head.append(link);
  }
}

/** Views become tabs; in print, and without this script, they all stand one below the other. */
function tabs(host: HTMLElement): void {
  const views = host.querySelector(`.${CLASS.views}`);
  const panels = [...host.querySelectorAll<HTMLElement>(`.${CLASS.views} > .ll-view`)];
  if (!views || panels.length < 2) return;
  const list = make("div", { role: "tablist", class: "ll-tabs", "aria-label": words(host).tabs });
  for (const panel of panels) list.append(tab(host, list, panel));
  views.prepend(list);
  select(list, list.firstElementChild);
}

function tab(host: HTMLElement, list: HTMLElement, panel: HTMLElement): HTMLButtonElement {
  const name = [...panel.classList].find((word) => word.startsWith("ll-view-"))?.slice(8) ?? "";
  panel.id ||= `${host.id}-${name}`;
  panel.setAttribute("role", "tabpanel");
  const node = button(panel.getAttribute("aria-label") ?? name, "tab", () => select(list, node));
  node.setAttribute("role", "tab");
  node.setAttribute("aria-controls", panel.id);
  node.addEventListener("keydown", (event) => {
    const all = [...list.children];
    const step = NEXT[event.key];
    const to = event.key === "Home" ? all[0] : event.key === "End" ? all.at(-1) : step ? all.at((all.indexOf(node) + step) % all.length) : null;
    if (!(to instanceof HTMLElement)) return;
    event.preventDefault();
    select(list, to);
    to.focus();
  });
  return node;
}

function select(list: Element, chosen: Element | null): void {
  for (const one of list.children) {
    const on = one === chosen;
    one.setAttribute("aria-selected", String(on));
    one.setAttribute("tabindex", on ? "0" : "-1");
    document.getElementById(one.getAttribute("aria-controls") ?? "")?.toggleAttribute("data-inactive", !on);
  }
}

/** Pointing at or focusing a fact marks its cause and effects in all views of the block. */
function marks(host: HTMLElement): void {
  let last = "";
  const mark = (refs: string, quiet = false): void => {
    if (refs === last) return;
    last = refs;
    const wanted = tokens(refs);
    for (const node of host.querySelectorAll(`[${FACT.refs}]`)) {
      const shared = tokens(node.getAttribute(FACT.refs)).some((token) => wanted.includes(token));
      node.classList.toggle(CLASS.marked, shared);
    }
    if (!quiet) host.dispatchEvent(new CustomEvent("layerlab:marked", { detail: refs }));
  };
  const point = (event: Event): void => {
    const fact = event.target instanceof Element ? event.target.closest(`[${FACT.refs}]`) : null;
    mark(fact && host.contains(fact) ? (fact.getAttribute(FACT.refs) ?? "") : "");
  };
  host.addEventListener("pointerover", point);
  host.addEventListener("focusin", point);
  host.addEventListener("pointerleave", () => mark(""));
  host.addEventListener("layerlab:point", (event) => mark((event as CustomEvent<string>).detail, true));
  host.addEventListener("layerlab:views", () => {
    const list = host.querySelector(".ll-tabs");
    if (!list) return tabs(host);
    for (const panel of host.querySelectorAll<HTMLElement>(`.${CLASS.views} > .ll-view:not([role="tabpanel"])`)) {
      list.append(tab(host, list as HTMLElement, panel));
      panel.setAttribute("data-inactive", "");
      list.lastElementChild?.setAttribute("tabindex", "-1");
      list.lastElementChild?.setAttribute("aria-selected", "false");
    }
  });
}

for (const name of [ELEMENT.lab, ELEMENT.console]) {
  if (!customElements.get(name)) customElements.define(name, class extends Block {});
}

Samples.opened = (lang) => LOADER_MESSAGES[lang === "en" ? "en" : "ko"].sample;
if (!customElements.get(ELEMENT.samples)) customElements.define(ELEMENT.samples, Samples);

/** A session in the page's address: the reader asked for it by opening the link. */
function followAddress(): void {
  if (/^#ll\d+\./.test(location.hash)) void load().then((element) => element.follow(location.hash, BASE), () => undefined);
}
addEventListener("hashchange", followAddress);
followAddress();
