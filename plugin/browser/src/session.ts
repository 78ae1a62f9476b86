/**
 * The labs of a page: every block's document is its author's actions with the reader's own put in where they belong,
 * so that an edit above is seen by the blocks below it.
 */

import { CLASS, HOST } from "../build/contract.js";
import type { Action, SessionDocument } from "./protocol.js";
import { fingerprint } from "./store.js";

const own = new WeakMap<HTMLElement, readonly Action[]>();
const NONE: readonly Action[] = [];
/** What the reader went back from, until they do something else. */
const ahead = new WeakMap<HTMLElement, readonly Action[]>();

/** Documents as they were read last: each request looks at its block's several times. */
const originals = new WeakMap<HTMLElement, { readonly text: string; readonly document: SessionDocument }>();

/** The document the page was made with. */
export function original(host: HTMLElement): { readonly document: SessionDocument } {
  const text = host.querySelector<HTMLTemplateElement>(`template.${CLASS.document}`)?.content.textContent ?? "";
  const known = originals.get(host);
  if (known?.text === text) return known;
  const read = { text, document: JSON.parse(text) as SessionDocument };
  originals.set(host, read);
  return read;
}

/** What tells one text of the author's from another; the clock, which each build of the site sets anew, isn't part of it. */
export function authorMark(host: HTMLElement): string {
  const { start, actions } = original(host).document;
  return fingerprint(JSON.stringify([start["personality"] ?? null, actions]));
}

export function ownActions(host: HTMLElement): readonly Action[] {
  return own.get(host) ?? NONE;
}

/** Take up what an earlier visit left. */
export function setWork(host: HTMLElement, work: { readonly actions: readonly Action[]; readonly ahead?: readonly Action[] }): void {
  setOwnActions(host, work.actions);
  setActionsAhead(host, work.ahead ?? []);
}

export function setOwnActions(host: HTMLElement, actions: readonly Action[]): void {
  own.set(host, actions);
}

export function actionsAhead(host: HTMLElement): readonly Action[] {
  return ahead.get(host) ?? [];
}

export function setActionsAhead(host: HTMLElement, actions: readonly Action[]): void {
  ahead.set(host, actions);
}

/**
 * Go to the state after so many actions of the session, backwards or forwards; null for the last. False for a number
 * that lies in what the author or an earlier block did.
 */
export function goTo(host: HTMLElement, actions: number | null): boolean {
  const all = [...ownActions(host), ...actionsAhead(host)];
  const cut = actions === null ? all.length : actions - before(host).actions.length;
  if (cut < 0) return false;
  setOwnActions(host, all.slice(0, cut));
  setActionsAhead(host, all.slice(cut));
  return true;
}

/** How many actions of the session come before the reader's own. */
export function actionsBefore(host: HTMLElement): number {
  return before(host).actions.length;
}

/** All blocks of the same lab on this page, in reading order; of a page that was left, the block alone. */
export function labOf(host: HTMLElement): HTMLElement[] {
  if (!host.isConnected) return [host];
  const lab = host.getAttribute(HOST.lab) ?? "";
  return [...document.querySelectorAll<HTMLElement>(`[${HOST.lab}="${CSS.escape(lab)}"]`)];
}

/** The blocks that stand on what this one does. */
export function blocksAfter(host: HTMLElement): HTMLElement[] {
  const blocks = labOf(host);
  return blocks.slice(blocks.indexOf(host) + 1);
}

/** The author's actions up to this block, each earlier block's followed by the reader's in it. */
function before(host: HTMLElement): SessionDocument {
  const base = original(host).document;
  const byId = new Map(labOf(host).map((block) => [block.id, block]));
  const actions = base.actions.flatMap((action, index) => {
    const last = !base.actions.slice(index + 1).some((later) => later.block === action.block);
    const block = byId.get(action.block);
    return last && block && block !== host ? [action, ...ownActions(block)] : [action];
  });
  return { ...base, actions };
}

/** What the engine is asked about. */
export function documentOf(host: HTMLElement): SessionDocument {
  const document = before(host);
  return { ...document, actions: [...document.actions, ...ownActions(host)] };
}

/**
 * Keep what the engine made of the document: everything after the author's part is the reader's. `before` is how many
 * actions came before the reader's when the engine was asked; a page that was left meanwhile can't say it any more.
 */
export function accept(host: HTMLElement, document: SessionDocument, before = actionsBefore(host)): void {
  const actions = document.actions.slice(before);
  if (JSON.stringify(actions) !== JSON.stringify(ownActions(host))) own.set(host, actions);
}

/** The text the author wrote into this block's Dockerfile; a session that came by link has its last one. */
export function authorText(host: HTMLElement): string {
  const action = original(host).document.actions.findLast((one) => one.block === host.id && one.text !== undefined);
  return action?.text ?? "";
}
