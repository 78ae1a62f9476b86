/** The reader's own actions, kept in the browser's storage until they reset the block. */

import type { Action } from "./protocol.js";

export interface Saved {
  readonly v: 1;
  /** Of the page's own document: edits of another text are not offered. */
  readonly original: string;
  readonly actions: readonly Action[];
  /** What the reader went back from and may go forward to. */
  readonly ahead?: readonly Action[];
  /** What stands in the editor, which may be ahead of the last build. */
  readonly text: string | null;
}

/**
 * Where a block's session is kept. Asked for while its page is the one shown: under instant navigation an answer may
 * come when the address is another page's. Also made in `loader.ts`, which looks whether there is anything to restore.
 */
export function placeOf(block: string): string {
  return `layerlab:${location.pathname}#${block}`;
}

export function read(place: string, original: string): Saved | null {
  try {
    const text = localStorage.getItem(place);
    const value = text === null ? null : (JSON.parse(text) as Partial<Saved> | null);
    if (value?.v !== 1 || value.original !== original || !Array.isArray(value.actions)) return null;
    const ahead = Array.isArray(value.ahead) ? value.ahead : [];
    return { v: 1, original, actions: value.actions, ahead, text: typeof value.text === "string" ? value.text : null };
  } catch {
    return null;
  }
}

/** False where the browser refuses: storage full, or blocked. */
export function write(place: string, saved: Saved): boolean {
  try {
    localStorage.setItem(place, JSON.stringify(saved));
    return true;
  } catch {
    return false;
  }
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
