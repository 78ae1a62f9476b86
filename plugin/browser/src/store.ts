/** The reader's own actions, kept in the browser's storage until they reset the block. */

import type { Action } from "./protocol.js";

/** What a reader made of a text of the author's. */
export interface Work {
  /** Fingerprint of the author's text. */
  readonly original: string;
  readonly actions: readonly Action[];
  /** What the reader went back from and may go forward to. */
  readonly ahead?: readonly Action[];
  /** What stands in the editor, which may be ahead of the last build. */
  readonly text: string | null;
}

export interface Saved extends Work {
  readonly v: 1;
  /** Of an earlier text of the author's: kept until the reader has said what to do with it. */
  readonly earlier?: Work;
  /** When it was written, in milliseconds since the epoch. */
  readonly at?: number;
}

/** Sessions of links and comparisons have a mark in their name; what nobody has touched for so long is thrown away. */
const LINKED = /#ll-link-|~/;
const FORGOTTEN = 60 * 86_400_000;

/**
 * Where a block's session is kept. Asked for while its page is the one shown: under instant navigation an answer may
 * come when the address is another page's. Also made in `loader.ts`, which looks whether there is anything to restore.
 */
export function placeOf(block: string): string {
  return `layerlab:${location.pathname}#${block}`;
}

/** Where the other Dockerfile of a block's comparison is kept. */
export function comparisonPlace(block: string): string {
  return placeOf(`${block}~compare`);
}

/** What is kept of a block, whatever text of the author's it began with. */
export function read(place: string): Saved | null {
  try {
    const text = localStorage.getItem(place);
    const value = text === null ? null : (JSON.parse(text) as Partial<Saved> | null);
    const work = value?.v === 1 ? workOf(value) : null;
    const earlier = workOf(value?.earlier);
    return work && { v: 1, ...work, ...(earlier && { earlier }) };
  } catch {
    return null;
  }
}

/** What was kept of the text as it is now, and what of an earlier one. */
export function sorted(saved: Saved | null, original: string): { readonly now: Work | null; readonly earlier: Work | null } {
  if (!saved) return { now: null, earlier: null };
  return saved.original === original ? { now: saved, earlier: saved.earlier ?? null } : { now: null, earlier: saved };
}

/** False where the browser refuses: storage full, or blocked. */
export function write(place: string, saved: Saved): boolean {
  try {
    tidy();
    localStorage.setItem(place, JSON.stringify({ ...saved, at: Date.now() }));
    return true;
  } catch {
    return false;
  }
}

/** The reader's decision about work on an earlier text of the author's: it goes on with the text as it is now, or is thrown away. */
export function settle(place: string, original: string, open: boolean): void {
  const { now, earlier } = sorted(read(place), original);
  const work = open ? earlier : now;
  if (work) write(place, { v: 1, original, actions: work.actions, ahead: work.ahead ?? [], text: work.text });
  else forget(place);
}

export function forget(place: string): void {
  try {
    localStorage.removeItem(place);
  } catch {
    // nothing was kept either
  }
}

/** A short fingerprint (FNV-1a) to notice that a page's text has changed; not for security. */
export function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

function workOf(value: Partial<Work> | null | undefined): Work | null {
  if (typeof value?.original !== "string" || !Array.isArray(value.actions)) return null;
  const ahead = Array.isArray(value.ahead) ? value.ahead : [];
  return { original: value.original, actions: value.actions, ahead, text: typeof value.text === "string" ? value.text : null };
}

let tidied = false;

/** Once a page: sessions of links and comparisons that were edited long ago. */
function tidy(): void {
  if (tidied) return;
  tidied = true;
  for (const name of Object.keys(localStorage).filter((one) => one.startsWith("layerlab:") && LINKED.test(one))) {
    const { at } = JSON.parse(localStorage.getItem(name) ?? "{}") as { at?: number };
    if (typeof at === "number" && Date.now() - at > FORGOTTEN) localStorage.removeItem(name);
  }
}
