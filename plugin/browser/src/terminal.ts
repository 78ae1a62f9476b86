/** The input line of a terminal: history with the arrow keys, completion with Tab, and a prompt. */

import { button, make } from "./dom.js";
import type { Say } from "./messages.js";
import type { Completed } from "./protocol.js";

export interface TerminalEvents {
  /** Run a line; false where it couldn't be run, so that the text stays. */
  run(line: string): Promise<boolean>;
  complete(text: string, offset: number): Promise<Completed | null>;
  /** Lines typed before, oldest first. */
  past(): readonly string[];
  announce(text: string): void;
}

export class Terminal {
  readonly node: HTMLElement;
  private readonly input: HTMLInputElement;
  private readonly list = make("p", { class: "ll-candidates", hidden: true });
  private at = 0;
  private draft = "";
  private busy = false;
  /** What the engine offers for the text as it stands; null after Escape, so that Tab leaves the field. */
  private offer: { readonly text: string; readonly found: Completed } | null = null;

  constructor(
    private readonly say: Say,
    private readonly events: TerminalEvents,
    examples: readonly string[] = [],
  ) {
    const id = `ll-keys-${Math.random().toString(36).slice(2)}`;
    this.input = make("input", {
      class: "ll-line-input",
      "aria-label": say("browser.command"),
      "aria-describedby": id,
      placeholder: "docker history demo",
      spellcheck: "false",
      autocapitalize: "off",
      autocomplete: "off",
      autocorrect: "off",
      enterkeyhint: "go",
    });
    const run = make("button", { class: "ll-button ll-run" }, say("browser.enter"));
    const form = make("form", { class: "ll-form" }, make("span", { class: "ll-prompt", "aria-hidden": "true" }, "$"), this.input, run);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.run(this.input.value.trim());
    });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("input", () => void this.look());
    this.node = make("div", { class: "ll-terminal" }, form, this.list, make("p", { class: "ll-keys-hint", id }, say("browser.command_keys")), this.chips(examples));
  }

  focus(): void {
    this.input.focus();
  }

  private chips(examples: readonly string[]): HTMLElement | null {
    if (!examples.length) return null;
    const chips = examples.map((line) => button(line, "chip", () => void this.run(line)));
    return make("div", { class: "ll-chips", role: "group", "aria-label": this.say("browser.examples") }, ...chips);
  }

  private async run(line: string): Promise<void> {
    if (!line || this.busy) return;
    this.busy = true;
    const done = await this.events.run(line);
    this.busy = false;
    if (!done) return;
    if (this.input.value.trim() === line) this.set("");
    this.at = 0;
    if (this.node.contains(document.activeElement)) this.input.scrollIntoView({ block: "nearest" });
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") return this.recall(event);
    if (event.key === "Escape") return this.dismiss();
    if (event.key !== "Tab" || event.shiftKey || !this.offer || this.offer.text !== this.input.value) return;
    const { found, text } = this.offer;
    const next = continued(text, found);
    if (next === text) return; // nothing to add: Tab moves on, as everywhere on the page
    event.preventDefault();
    this.set(next);
    this.events.announce(found.candidates.slice(0, 10).join(", "));
    void this.look();
  }

  private dismiss(): void {
    this.offer = null;
    this.list.hidden = true;
  }

  private recall(event: KeyboardEvent): void {
    const lines = this.events.past();
    if (this.at === 0) this.draft = this.input.value;
    this.at = Math.min(lines.length, Math.max(0, this.at + (event.key === "ArrowUp" ? 1 : -1)));
    event.preventDefault();
    this.set(this.at ? (lines.at(-this.at) ?? "") : this.draft);
  }

  private set(text: string): void {
    this.input.value = text;
    this.input.setSelectionRange(text.length, text.length);
    this.dismiss();
  }

  /** Ask how the line may go on, so that Tab knows at once whether it has anything to do. */
  private async look(): Promise<void> {
    const text = this.input.value;
    this.dismiss();
    if (!text.trim() || this.input.selectionStart !== text.length) return;
    const found = await this.events.complete(text, [...text].length);
    if (!found?.candidates.length || this.input.value !== text) return;
    this.offer = { text, found };
    this.list.textContent = found.candidates.slice(0, 12).join("  ");
    this.list.hidden = found.candidates.length === 1 && continued(text, found) === text;
  }
}

/** The line with all that the candidates have in common; a single one ends with a space. */
function continued(text: string, { start, candidates }: Completed): string {
  const head = [...text].slice(0, start).join("");
  const word = text.slice(head.length);
  const first = candidates[0] ?? "";
  let length = first.length;
  for (const one of candidates) while (!one.startsWith(first.slice(0, length))) length -= 1;
  const common = first.slice(0, length);
  if (candidates.length === 1) return head + first + (/[/=]$/.test(first) ? "" : " ");
  return common.length > word.length && common.startsWith(word) ? head + common : text;
}
