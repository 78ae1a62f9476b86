/** A dialog that shows how this very block comes into one's own site: the package, the setting, and the fence. */

import { DEFAULT_VIEWS } from "./block.js";
import { button, make } from "./dom.js";
import { fenceOf } from "./fence.js";
import type { Say } from "./messages.js";
import { documentOf } from "./session.js";
import { HOST } from "../build/contract.js";

const INSTALL = "pip install mkdocs-layerlab";
const SETTING = "plugins:\n  - search\n  - layerlab\n";

/** Open it; closing gives the focus back to where it was, and takes it off the page. */
export function embedDialog(host: HTMLElement, say: Say): void {
  const views = (host.getAttribute(HOST.views) ?? "").split(/\s+/).filter(Boolean);
  const fence = fenceOf(documentOf(host), host.id, views.length ? views : DEFAULT_VIEWS, host.dataset["status"] !== "ok");
  const id = `${host.id}-embed`;
  const live = make("p", { role: "status", class: "ll-copied" });
  const step = (title: string, text: string, name: string): HTMLElement => {
    const code = make("pre", { tabindex: "0", role: "group", "aria-label": title }, make("code", {}, text));
    const copy = button(say("browser.copy"), `copy-${name}`, () => void copied(text, code, say, live));
    copy.setAttribute("aria-label", `${say("browser.copy")}: ${title}`);
    return make("li", {}, make("div", { class: "ll-tools" }, make("p", { class: "ll-embed-title" }, title), copy), code);
  };
  const note = noteOf(fence.context, fence.changed, say);
  const dialog = make(
    "dialog",
    { class: "ll-dialog", id, "aria-labelledby": `${id}-title` },
    make("div", { class: "ll-dialog-head" }, make("h2", { id: `${id}-title` }, say("browser.embed.title")), button(say("browser.close"), "close", () => dialog.close())),
    make("p", {}, say("browser.embed.about")),
    make("ol", {}, step(say("browser.embed.install"), INSTALL, "install"), step(say("browser.embed.setting"), SETTING, "setting"), step(say("browser.embed.fence"), fence.text, "fence")),
    note ? make("p", { class: "ll-note" }, note) : null,
    live,
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // beside it
  host.append(dialog);
  dialog.showModal();
}

function noteOf(context: string | null, changed: readonly string[], say: Say): string | null {
  if (!context) return null;
  const folder = say("browser.embed.context", { folder: `docs/labs/${context}` });
  return changed.length ? `${folder} ${say("browser.embed.changed", { paths: changed.slice(0, 5).join(", ") + (changed.length > 5 ? " …" : "") })}` : folder;
}

async function copied(text: string, code: HTMLElement, say: Say, live: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    live.textContent = say("browser.copied");
  } catch {
    getSelection()?.selectAllChildren(code);
    code.focus();
    live.textContent = say("browser.not_copied");
  }
}
