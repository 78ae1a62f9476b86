/** The panel of a build's options: each takes effect at once, and says what it changes. */

import { make } from "./dom.js";
import type { Key, Say } from "./messages.js";
import type { Json } from "./protocol.js";
import { documentOf } from "./session.js";

type Change = (name: string, value: Json) => void;

interface Choice {
  readonly name: string;
  readonly words: readonly string[];
}

const CHOICES: readonly Choice[] = [
  { name: "engine", words: ["20.10", "28", "29"] },
  { name: "builder", words: ["buildkit", "legacy"] },
  { name: "store", words: ["classic", "containerd"] },
];

/** Build the panel. Fields hold what the document says now; `change` is called with null for an option taken back. */
export function optionsPanel(host: HTMLElement, id: string, say: Say, change: Change): HTMLElement {
  const target = make("input", { class: "ll-field", autocapitalize: "off", autocorrect: "off", spellcheck: "false", value: String(optionOf(host, "target") ?? "") });
  target.addEventListener("change", () => change("target", target.value.trim() || null));
  const given = optionOf(host, "build_args");
  const args = make("textarea", { class: "ll-field", rows: 2, placeholder: "VERSION=1.2", autocapitalize: "off", autocorrect: "off", spellcheck: "false" });
  args.value = typeof given === "object" && given ? Object.entries(given).map(([name, value]) => `${name}=${String(value)}`).join("\n") : "";
  args.addEventListener("change", () => change("build_args", pairs(args.value)));
  const fresh = make("input", { type: "checkbox", checked: optionOf(host, "no_cache") === true });
  fresh.addEventListener("change", () => change("no_cache", fresh.checked || null));
  return make(
    "div",
    { class: "ll-panel", id, role: "group", "aria-label": say("browser.options") },
    field(id, say, "target", target),
    field(id, say, "build_args", args),
    field(id, say, "no_cache", fresh),
    ...CHOICES.map((choice) => field(id, say, choice.name, select(host, choice, change))),
  );
}

function select(host: HTMLElement, { name, words }: Choice, change: Change): HTMLSelectElement {
  const now = String(optionOf(host, name) ?? "");
  const node = make("select", { class: "ll-field" }, ...words.map((word) => make("option", { value: word, selected: word === now }, word)));
  node.addEventListener("change", () => change(name, node.value));
  return node;
}

function field(panel: string, say: Say, name: string, control: HTMLElement): HTMLElement {
  control.id = `${panel}-${name}`;
  control.setAttribute("aria-describedby", `${control.id}-hint`);
  const hint = make("p", { class: "ll-option-hint", id: `${control.id}-hint` }, say(`browser.option.${name}.hint` as Key));
  return make("div", { class: `ll-option ll-option-${name}` }, make("label", { for: control.id }, say(`browser.option.${name}` as Key)), control, hint);
}

/** An option as the block's last action about it left it. */
function optionOf(host: HTMLElement, name: string): Json | undefined {
  const { actions, start } = documentOf(host);
  const set = actions.findLast((action) => action.type === "option" && action.block === host.id && action["name"] === name);
  if (set) return set["value"];
  const built = actions.findLast((action) => action.type === "build" && action.block === host.id);
  const personality = start["personality"] as { readonly [name: string]: Json } | undefined;
  return built?.[name] ?? personality?.[name];
}

function pairs(text: string): { [name: string]: string } | null {
  const found = text.split("\n").flatMap((line) => {
    const at = line.indexOf("=");
    return at > 0 ? [[line.slice(0, at).trim(), line.slice(at + 1).trim()] as const] : [];
  });
  return found.length ? Object.fromEntries(found) : null;
}
