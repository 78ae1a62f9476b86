/** Puts the engine's fragments in place without losing focus, scroll or open branches. */

import morphdom from "morphdom";
import { CLASS, VIEW } from "../build/contract.js";
import { make } from "./dom.js";
import type { Fragment } from "./protocol.js";

/** In the playground the terminal stands below the rest at full width, not among the tabs. */
const BELOW = ".ll-below";

export function roots(host: HTMLElement): Map<string, HTMLElement> {
  const found = new Map<string, HTMLElement>();
  for (const node of host.querySelectorAll<HTMLElement>(`:is(.${CLASS.views}, ${BELOW}) [${VIEW.name}]`)) {
    found.set(node.getAttribute(VIEW.name) ?? "", node);
  }
  return found;
}

/** The hashes of what is shown, so that only what changed comes back. */
export function known(host: HTMLElement): Record<string, string> {
  return Object.fromEntries([...roots(host)].map(([name, node]) => [name, node.getAttribute(VIEW.hash) ?? ""]));
}

/** Views that have been filled once, and those whose tab is chosen. */
export function opened(host: HTMLElement): string[] {
  return [...roots(host)].flatMap(([name, node]) => (node.hasAttribute(VIEW.hash) || isShown(node) ? [name] : []));
}

/** Views whose tab is chosen, but which the engine hasn't been asked for yet. */
export function empty(host: HTMLElement): string[] {
  return [...roots(host)].flatMap(([name, node]) => (!node.hasAttribute(VIEW.hash) && isShown(node) ? [name] : []));
}

function isShown(root: HTMLElement): boolean {
  return !root.parentElement?.hasAttribute("data-inactive");
}

/** The views a reader sees now, of those named. */
export function inSight(host: HTMLElement, names: readonly string[]): string[] {
  const present = roots(host);
  return names.filter((name) => {
    const root = present.get(name);
    return root !== undefined && isShown(root);
  });
}

export function patch(host: HTMLElement, fragments: Readonly<Record<string, Fragment>>, title: (view: string) => string): void {
  const present = roots(host);
  let grown = false;
  for (const [name, fragment] of Object.entries(fragments)) {
    let root = present.get(name);
    if (!root) {
      root = grow(host, name, title(name));
      grown = true;
    }
    const next = root.cloneNode(false) as HTMLElement;
    next.innerHTML = fragment.html;
    morphdom(root, next, { childrenOnly: true, onBeforeElUpdated: keep, onBeforeNodeDiscarded: isEngines });
    root.setAttribute(VIEW.hash, fragment.hash);
  }
  if (grown) host.dispatchEvent(new CustomEvent("layerlab:views"));
}

/** Room for a view that the author didn't ask for; returns the element around it. */
export function ensure(host: HTMLElement, name: string, title: string): HTMLElement {
  const root = roots(host).get(name) ?? grow(host, name, title);
  return root.parentElement ?? root;
}

/** A block whose first build failed has only a log; the other views come with the first build that works. */
function grow(host: HTMLElement, name: string, title: string): HTMLElement {
  const root = make("div", { [VIEW.name]: name });
  const heading = make("p", { class: "ll-view-title", "aria-hidden": "true" }, title);
  const section = make("div", { class: `ll-view ll-view-${name}`, role: "group", "aria-label": title }, heading, root);
  const below = name === "console" ? host.querySelector(BELOW) : null;
  (below ?? host.querySelector(`.${CLASS.views}`))?.append(section);
  return root;
}

function keep(from: HTMLElement, to: HTMLElement): boolean {
  if (from.isEqualNode(to)) return false;
  if (from instanceof HTMLDetailsElement && to instanceof HTMLDetailsElement) to.open = from.open;
  return true;
}

/** The page's own controls inside a fragment stay, and with them the focus. */
function isEngines(node: Node): boolean {
  return !(node instanceof Element && node.hasAttribute("data-own"));
}
