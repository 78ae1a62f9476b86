/** A console the reader can type into; every line is an action of the lab's session. */

import { Block } from "./block.js";
import type { Client } from "./client.js";
import { button, make } from "./dom.js";
import { ownActions } from "./session.js";

export class ConsoleBlock {
  private readonly block: Block;
  private readonly input: HTMLInputElement;
  private at = 0;

  constructor(
    private readonly host: HTMLElement,
    client: Client,
  ) {
    this.block = new Block(host, client);
    const { say, status } = this.block;
    this.input = make("input", {
      class: "ll-line-input",
      "aria-label": say("browser.command"),
      placeholder: "docker history demo",
      spellcheck: "false",
      autocapitalize: "off",
      autocomplete: "off",
      autocorrect: "off",
    });
    const form = make("form", { class: "ll-form" }, make("span", { class: "ll-prompt", "aria-hidden": "true" }, "$"), this.input, make("button", { class: "ll-button ll-run" }, say("browser.enter")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.run();
    });
    this.input.addEventListener("keydown", (event) => this.recall(event));
    const bar = make("div", { class: "ll-bar" }, form, button(say("browser.reset"), "reset", () => void this.reset()), status.node);
    host.querySelector(".ll-bar")?.replaceWith(bar);
    client.start();
    void this.open();
  }

  focus(): void {
    this.input.focus();
  }

  private async open(): Promise<void> {
    const reply = await this.block.ask("open");
    if (reply?.ok) this.block.show(reply);
  }

  private async run(): Promise<void> {
    const line = this.input.value.trim();
    if (!line) return;
    const reply = await this.block.ask("command", { line });
    if (!reply?.ok) return;
    this.input.value = "";
    this.at = 0;
    this.block.show(reply);
    this.block.save(null);
    this.input.scrollIntoView({ block: "nearest" });
    await this.block.refreshAfter();
  }

  private async reset(): Promise<void> {
    this.block.forget();
    await this.open();
    await this.block.refreshAfter();
    this.block.status.announce(this.block.say("browser.was_reset"));
  }

  /** Arrow keys bring back earlier lines, as shells do. */
  private recall(event: KeyboardEvent): void {
    if (event.isComposing || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    const lines = ownActions(this.host).flatMap((action) => (action.type === "command" && action.line ? [action.line] : []));
    this.at = Math.min(lines.length, Math.max(0, this.at + (event.key === "ArrowUp" ? 1 : -1)));
    event.preventDefault();
    this.input.value = this.at ? (lines.at(-this.at) ?? "") : "";
  }
}
