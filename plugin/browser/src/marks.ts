/** Pointing at or focusing a fact marks its cause and effects in all views of the block, and shows them in the others. */

import { CLASS, FACT } from "../build/contract.js";
import { tokens } from "./dom.js";

export function marks(host: HTMLElement): void {
  let last = "";
  const mark = (refs: string, from: Element | null, quiet = false): void => {
    if (refs === last) return;
    last = refs;
    const wanted = tokens(refs);
    for (const node of host.querySelectorAll(`[${FACT.refs}]`)) {
      const shared = tokens(node.getAttribute(FACT.refs)).some((token) => wanted.includes(token));
      node.classList.toggle(CLASS.marked, shared);
    }
    reveal(host, from);
    if (!quiet) host.dispatchEvent(new CustomEvent("layerlab:marked", { detail: refs }));
  };
  const point = (event: Event): void => {
    const target = event.target instanceof Element ? event.target : null;
    const fact = target?.closest(`[${FACT.refs}]`);
    mark(fact && host.contains(fact) ? (fact.getAttribute(FACT.refs) ?? "") : "", target);
  };
  host.addEventListener("pointerover", point);
  host.addEventListener("focusin", point);
  host.addEventListener("pointerleave", () => mark("", null));
  host.addEventListener("layerlab:point", (event) => mark((event as CustomEvent<string>).detail, null, true));
}

/** Where two views stand side by side, each with a scroll of its own, the one not pointed at scrolls to what is marked. */
function reveal(host: HTMLElement, from: Element | null): void {
  for (const pane of host.querySelectorAll<HTMLElement>(`[data-split] > .ll-view:not([data-inactive])`)) {
    const first = pane.contains(from) ? null : pane.querySelector(`.${CLASS.marked}`);
    if (!first || pane.scrollHeight <= pane.clientHeight) continue;
    const [box, at] = [pane.getBoundingClientRect(), first.getBoundingClientRect()];
    const bottom = Math.min(box.bottom, innerHeight); // the page may show only a part of it
    if (at.top < box.top) pane.scrollTop += at.top - box.top;
    else if (at.bottom > bottom) pane.scrollTop += Math.min(at.bottom - bottom, at.top - box.top);
  }
}
