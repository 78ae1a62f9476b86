/** A console the reader can type into; every line is an action of the lab's session. */

import { Block } from "./block.js";
import type { Client } from "./client.js";
import { button, make } from "./dom.js";
import { ownActions, setOwnActions } from "./session.js";
import { Terminal } from "./terminal.js";

export class ConsoleBlock {
  private readonly block: Block;
  private readonly terminal: Terminal;

  constructor(
    private readonly host: HTMLElement,
    client: Client,
  ) {
    this.block = new Block(host, client);
    const { block } = this;
    const { say, status } = block;
    this.terminal = new Terminal(say, {
      run: (line) => this.run(line),
      complete: (text, offset) => block.complete(text, offset),
      past: () => typedLines(host),
      announce: (text) => status.announce(text),
    });
    const bar = make("div", { class: "ll-bar" }, this.terminal.node, button(say("browser.reset"), "reset", () => void this.reset()), status.node);
    host.querySelector(".ll-bar")?.replaceWith(bar);
    void this.open();
  }

  focus(): void {
    this.terminal.focus();
  }

  /** The reader has decided about their work on an earlier text of the author's. */
  settled(open: boolean): void {
    const work = this.block.settled();
    if (!open || !work) return;
    setOwnActions(this.host, work.actions);
    void this.open();
  }

  private async open(): Promise<void> {
    const reply = await this.block.ask("open");
    if (reply?.ok) this.block.show(reply);
  }

  private async run(line: string): Promise<boolean> {
    const reply = await this.block.ask("command", { line });
    if (!reply?.ok) return false;
    this.block.show(reply);
    this.block.status.announce(reply.announce);
    this.block.save(null);
    await this.block.refreshAfter();
    return true;
  }

  private async reset(): Promise<void> {
    this.block.forget();
    await this.open();
    await this.block.refreshAfter();
    this.block.status.announce(this.block.say("browser.was_reset"));
  }
}

/** What was typed into a block, oldest first. */
export function typedLines(host: HTMLElement): readonly string[] {
  return ownActions(host).flatMap((action) => (action.type === "command" && action.line ? [action.line] : []));
}
