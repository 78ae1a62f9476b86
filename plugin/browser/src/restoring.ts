/** What an earlier visit left in a block, shown before anything boots; and work on a text that the author has changed since. */

import { CLASS } from "../build/contract.js";
import { coloured } from "./colours.js";
import { button, languageOf, make } from "./dom.js";
import { type Say, speaker } from "./messages.js";
import type { Action } from "./protocol.js";
import { authorMark, authorText, setWork } from "./session.js";
import { placeOf, read, settle, sorted } from "./store.js";
import { roots } from "./views.js";

/** Actions that a reader knows as something they did. */
const KINDS = ["command", "touch", "option", "load"] as const;

/** Show what the reader left: their text, and that the output below is still the original's. Boots nothing. */
export function restore(host: HTMLElement, live: boolean, decided: (open: boolean) => void): void {
  const say = speaker(languageOf(host));
  const { now, earlier } = sorted(read(placeOf(host.id)), authorMark(host));
  if (earlier) host.prepend(choice(host, say, decided));
  if (live || !now || (!now.actions.length && now.text === null)) return;
  setWork(host, now);
  const edited = now.text !== null && now.text !== authorText(host);
  if (edited) showLeft(host, now.text, { below: say("browser.of_original"), banner: say("browser.restored"), again: say("browser.run") });
  else showLeft(host, null, { below: say("browser.of_page"), banner: say("browser.restored.rest", { kept: kept(now.actions, say) }), again: say("browser.go_on") });
}

/** What was kept besides a text, in words: how many commands, files, options and archives. */
function kept(actions: readonly Action[], say: Say): string {
  const counted = KINDS.map((kind) => [kind, actions.filter((action) => action.type === kind).length] as const).filter(([, count]) => count);
  return counted.map(([kind, count]) => say(`browser.kept.${kind}`, { count })).join(", ");
}

/** The reader's text where the author's stood, with words for what the output below is of, the banner and the button. */
export function showLeft(host: HTMLElement, text: string | null, { below, banner, again }: { readonly [word in "below" | "banner" | "again"]: string }): void {
  const code = host.querySelector(`.${CLASS.source} pre code`);
  if (code && text !== null) code.replaceChildren(...coloured(text));
  host.setAttribute("data-restored", "");
  for (const root of roots(host).values()) {
    root.setAttribute("data-stale", "");
    root.setAttribute("data-stale-label", below);
  }
  host.prepend(make("p", { class: "ll-banner" }, banner));
  const edit = host.querySelector(".ll-edit");
  if (edit) edit.textContent = again;
}

/** The page's text is another than the one the reader worked on: nothing is thrown away, and nothing opened unasked. */
function choice(host: HTMLElement, say: Say, decided: (open: boolean) => void): HTMLElement {
  const decide = (open: boolean): void => {
    settle(placeOf(host.id), authorMark(host), open);
    node.remove();
    decided(open);
    if (!open) host.querySelector<HTMLElement>(".ll-edit, .ll-run")?.focus();
  };
  const id = `${host.id}-earlier`;
  const node = make(
    "div",
    { class: "ll-earlier", role: "group", "aria-labelledby": id },
    make("p", { id }, say("browser.earlier")),
    make("div", { class: "ll-tools" }, button(say("browser.earlier.open"), "earlier-open", () => decide(true)), button(say("browser.earlier.drop"), "earlier-drop", () => decide(false))),
  );
  return node;
}
