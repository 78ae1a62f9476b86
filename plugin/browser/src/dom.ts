/** Small helpers to make the page's own controls. Everything else on a page is the engine's HTML. */

import { HOST } from "../build/contract.js";
import type { Language } from "./protocol.js";

type Child = Node | string | null;
type Attributes = Readonly<Record<string, string | boolean | number | null>>;

/** An element with attributes (`null` and `false` leave one out) and children. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** The parts of a sentence of ours: what stands between backticks is code, as in the engine's `views/prose.py`. */
export function prose(sentence: string): readonly Child[] {
  const parts = sentence.split("`");
  if (parts.length % 2 === 0) return [sentence];
  return parts.map((part, at) => (at % 2 ? make("code", {}, part) : part));
}

/** The language an element of ours was made in. */
export function languageOf(host: HTMLElement): Language {
  return host.getAttribute(HOST.lang) === "en" ? "en" : "ko";
}

/** A button that never submits anything. */
export function button(label: string | readonly Child[], name: string, press: () => void, title: string | null = null): HTMLButtonElement {
  const node = make("button", { type: "button", class: `ll-button ll-${name}`, title }, ...(typeof label === "string" ? [label] : label));
  node.addEventListener("click", press);
  return node;
}

/** The tokens that tie an element to an instruction or a history row. */
export function tokens(text: string | null | undefined): string[] {
  return (text ?? "").split(/\s+/).filter(Boolean);
}

/** Whether the reader's device is set to use little of the network. */
export function savesData(): boolean {
  return (navigator as Navigator & { connection?: { saveData?: boolean } }).connection?.saveData === true;
}
