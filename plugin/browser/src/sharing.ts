/** What a block's bar offers for the whole session: a link, the playground, a fence for one's own site, a comparison. */

import type { Block } from "./block.js";
import { button, make } from "./dom.js";
import type { Key, Say } from "./messages.js";
import { documentOf } from "./session.js";
import type { Status } from "./status.js";

/** Where a block says which page opens its session: written by the plugin, relative to the page. */
const PLAYGROUND = "data-playground";

/** Buttons in their order. `current` resolves when the session is what stands in the editor. */
export function sessionButtons(host: HTMLElement, block: Block, current: () => Promise<void>): HTMLButtonElement[] {
  const { say, status } = block;
  const link = button(say("browser.link"), "link", async () => {
    await current();
    const address = await block.link();
    const archives = documentOf(host).actions.some((action) => action.type === "load");
    if (address) await handOver(address, say, status, link, "browser.link_field", archives ? say("browser.link_archives") : "");
  });
  const playground = host.closest(`[${PLAYGROUND}]`)?.getAttribute(PLAYGROUND);
  if (!inPlayground(host)) return playground ? [link, open(block, current, playground)] : [link];
  const compare = button(say("browser.compare"), "compare", async () => {
    const part = await fetched(() => import("./comparison.js"), say, status);
    await current();
    if (part) compare.setAttribute("aria-pressed", String(part.toggleComparison(host, block)));
  });
  compare.setAttribute("aria-pressed", "false");
  const embed = button(say("browser.embed"), "embed", async () => {
    const part = await fetched(() => import("./embed.js"), say, status);
    await current();
    part?.embedDialog(host, say);
  });
  embed.setAttribute("aria-haspopup", "dialog");
  return [compare, link, embed];
}

export function inPlayground(host: HTMLElement): boolean {
  return host.closest(".ll-playground") !== null;
}

function open(block: Block, current: () => Promise<void>, page: string): HTMLButtonElement {
  return button(block.say("browser.playground"), "playground", async () => {
    await current();
    const address = await block.link(new URL(page, document.baseURI).href);
    if (address) location.assign(address);
  });
}

/** A part of the page that few need; null where it can't be had, which is then said. */
async function fetched<Module>(load: () => Promise<Module>, say: Say, status: Status): Promise<Module | null> {
  try {
    return await load();
  } catch {
    status.show(say(navigator.onLine ? "browser.trouble.outdated" : "browser.trouble.offline"), "trouble");
    return null;
  }
}

/** Put a text on the clipboard; where the browser refuses, into a field to copy it from. */
export async function handOver(text: string, say: Say, status: Status, from: HTMLElement, label: Key = "browser.link_field", more = ""): Promise<void> {
  const bar = from.closest(".ll-bar");
  bar?.parentElement?.querySelector(":scope > .ll-handed")?.remove();
  try {
    await navigator.clipboard.writeText(text);
    status.show(`${say("browser.copied")} ${more}`.trim());
  } catch {
    const field = make("input", { class: "ll-field", readonly: true, value: text, "aria-label": say(label) });
    const close = button(say("browser.close"), "close", () => {
      row.remove();
      from.focus();
    });
    const row = make("div", { class: "ll-handed ll-tools", role: "group", "aria-label": say(label) }, field, close);
    bar?.after(row);
    field.focus();
    field.select();
    status.show(`${say("browser.link_by_hand")} ${more}`.trim(), "trouble");
  }
}
