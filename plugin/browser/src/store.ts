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

/** Also made in `loader.ts`, which looks whether there is anything to restore. */
function key(block: string): string {
  return `layerlab:${location.pathname}#${block}`;
}

export function read(block: string, original: string): Saved | null {
  try {
    const text = localStorage.getItem(key(block));
    const value = text === null ? null : (JSON.parse(text) as Partial<Saved> | null);
    if (value?.v !== 1 || value.original !== original || !Array.isArray(value.actions)) return null;
    const ahead = Array.isArray(value.ahead) ? value.ahead : [];
    return { v: 1, original, actions: value.actions, ahead, text: typeof value.text === "string" ? value.text : null };
  } catch {
    return null;
  }
}

/** False where the browser refuses: storage full, or blocked. */
export function write(block: string, saved: Saved): boolean {
  try {
    localStorage.setItem(key(block), JSON.stringify(saved));
    return true;
  } catch {
    return false;
  }
}

export function forget(block: string): void {
  try {
    localStorage.removeItem(key(block));
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
