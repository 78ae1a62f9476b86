/** A session as the fence that an author of another site writes. */

import type { Action, Json, SessionDocument } from "./protocol.js";

export interface Fence {
  readonly text: string;
  /** The folder of the build context that the fence names; null where it needs none. */
  readonly context: string | null;
  /** Files of the context that the reader has changed, and that the folder has to hold. */
  readonly changed: readonly string[];
}

const DEFAULTS: Readonly<Record<string, string>> = { engine: "28", builder: "buildkit", store: "classic" };
/** Options of a build in the order a fence has them, and their names there. */
const OPTIONS: readonly (readonly [string, string])[] = [
  ["target", "target"],
  ["platform", "platform"],
  ["build_args", "build-args"],
  ["labels", "labels"],
  ["no_cache", "no-cache"],
  ["no_cache_filter", "no-cache-filter"],
];

/** The fence of a block as it stands now. */
export function fenceOf(document: SessionDocument, block: string, views: readonly string[], fails: boolean): Fence {
  const own = document.actions.filter((action) => action.block === block);
  const build = own.findLast((action) => action.type === "build");
  const text = own.findLast((action) => action.text !== undefined)?.text ?? "";
  const changed = [...new Set(own.flatMap((action) => (action.type === "touch" && typeof action["path"] === "string" ? [action["path"]] : [])))];
  const named = typeof build?.["context"] === "string" ? build["context"].split("@")[0] : null;
  const context = named || (changed.length ? "my-app" : null);
  const given: [string, Json | undefined][] = [["context", context], ["tag", build?.["tag"]], ["views", views.join(" ")]];
  for (const [name, written] of OPTIONS) given.push([written, optionOf(own, name)]);
  const personality = document.start["personality"] as { readonly [name: string]: Json } | undefined;
  for (const [name, usual] of Object.entries(DEFAULTS)) {
    const value = optionOf(own, name) ?? personality?.[name];
    if (value !== usual) given.push([name, value]);
  }
  if (fails) given.push(["fails", true]);
  const header = [".layerlab", ...given.flatMap(([name, value]) => written(name, value))].join(" ");
  const body = text.replace(/\n+$/, "");
  const longest = Math.max(2, ...[...body.matchAll(/^\s*(`{3,})/gm)].map(([, ticks]) => ticks?.length ?? 0));
  const marks = "`".repeat(longest + 1);
  return { text: `${marks}dockerfile {${header}}\n${body}\n${marks}\n`, context, changed };
}

function optionOf(own: readonly Action[], name: string): Json | undefined {
  return own.findLast((action) => action.type === "option" && action["name"] === name)?.["value"] ?? own.findLast((action) => action.type === "build")?.[name];
}

/** `name="value"`, a flag alone, or nothing where there is nothing to say. */
function written(name: string, value: Json | undefined): string[] {
  if (value === null || value === undefined || value === false || value === "") return [];
  if (value === true) return [name];
  const text = Array.isArray(value) ? value.join(" ") : typeof value === "object" ? Object.entries(value).map(([key, item]) => word(`${key}=${String(item)}`)).join(" ") : String(value);
  if (!text || /[\n{}]/.test(text)) return [];
  if (!text.includes('"')) return [`${name}="${text}"`];
  return text.includes("'") ? [] : [`${name}='${text}'`];
}

/** One word of a shell-like list. */
function word(text: string): string {
  return /^[\w@%+=:,./-]*$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`;
}
