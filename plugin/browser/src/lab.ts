/** A Dockerfile block the reader has touched: editor, actions, problems, and a build after every change. */

import { CLASS, FACT } from "../build/contract.js";
import { Block } from "./block.js";
import type { Client } from "./client.js";
import { button, make, tokens } from "./dom.js";
import { applyEdits, type Editor, type EditorEvents, INSTRUCTIONS } from "./editor/adapter.js";
import { textareaEditor } from "./editor/textarea.js";
import type { Problem, Success } from "./protocol.js";
import { authorText } from "./session.js";

/** Milliseconds without a key before a build: short enough to feel instant, long enough not to build every letter. */
const PAUSE = 120;
/** Longer texts are a paste by mistake; the engine refuses them too. */
const MAX_TEXT = 200_000;

export class LabBlock {
  private readonly block: Block;
  private readonly source: HTMLElement;
  private readonly mount = make("div", { class: "ll-editor" });
  private readonly list = make("ul", { class: "ll-problems" });
  private editor: Editor;
  private text: string;
  private built: string | null = null;
  private busy = false;
  private again: "edit" | "commit" | null = null;
  private timer = 0;
  /** Tokens of every line, as the engine's own source view ties them. */
  private lineRefs = new Map<number, string>();

  constructor(
    private readonly host: HTMLElement,
    client: Client,
  ) {
    this.block = new Block(host, client);
    const { say } = this.block;
    this.text = this.block.saved()?.text ?? authorText(host);
    this.source = host.querySelector<HTMLElement>(`.${CLASS.source}`) ?? host.appendChild(make("div", { class: CLASS.source }));
    this.source.querySelector("pre")?.setAttribute("hidden", "");
    this.source.append(this.mount, this.list);
    this.bar();
    this.editor = textareaEditor(this.mount, this.options(), this.events());
    this.readLines(this.source);
    host.addEventListener("layerlab:marked", (event) => this.mark((event as CustomEvent<string>).detail));
    this.list.setAttribute("aria-label", say("browser.problems"));
    void this.better();
    client.start();
    if (this.text !== authorText(host)) void this.build("edit");
    else void this.open();
  }

  focus(): void {
    this.editor.focus();
  }

  private options(): { text: string; label: string; keywords: readonly string[] } {
    return { text: this.text, label: this.block.say("browser.editor"), keywords: INSTRUCTIONS };
  }

  private events(): EditorEvents {
    return {
      change: (text) => this.changed(text),
      run: () => void this.build("commit"),
      point: (line) => this.host.dispatchEvent(new CustomEvent("layerlab:point", { detail: (line && this.lineRefs.get(line)) || "" })),
      fix: (problem) => this.fix(problem),
    };
  }

  private bar(): void {
    const { say, status } = this.block;
    const old = this.host.querySelector(".ll-bar");
    const bar = make(
      "div",
      { class: "ll-bar" },
      button(say("browser.run"), "run", () => void this.build("commit"), say("browser.run_hint")),
      button(say("browser.reset"), "reset", () => void this.reset()),
      button(say("browser.copy"), "copy", () => void this.copy()),
      button(say("browser.download"), "download", () => this.download()),
      status.node,
    );
    if (old) old.replaceWith(bar);
    else this.host.prepend(bar);
  }

  /** CodeMirror in place of the text area, unless the reader is typing a syllable or it can't be had. */
  private async better(): Promise<void> {
    try {
      const { codemirrorEditor } = await import("./editor/codemirror.js");
      const focused = this.mount.contains(document.activeElement);
      this.editor.destroy();
      this.editor = codemirrorEditor(this.mount, this.options(), this.events());
      if (focused) this.editor.focus();
    } catch {
      // the text area does
    }
  }

  private changed(text: string): void {
    this.text = text;
    if (text.length > MAX_TEXT) {
      this.block.status.show(this.block.say("browser.too_long", { limit: MAX_TEXT.toLocaleString(this.block.lang) }), "trouble");
      return;
    }
    this.block.save(text);
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.build("edit"), PAUSE);
  }

  /** The state as the engine sees it now: hashes, problems and line tokens. */
  private async open(): Promise<void> {
    const reply = await this.block.ask("open", {}, ["source"]);
    if (reply?.ok) this.show(reply);
  }

  /** One build at a time; what was typed meanwhile is built next. */
  private async build(kind: "edit" | "commit"): Promise<void> {
    clearTimeout(this.timer);
    if (this.busy) {
      this.again = this.again === "commit" ? "commit" : kind;
      return;
    }
    this.busy = true;
    this.host.toggleAttribute("data-busy", true);
    this.again = kind;
    while (this.again) {
      const now = this.again;
      this.again = null;
      if (this.text !== this.built) await this.send();
      if (now === "commit") await this.block.ask("commit");
    }
    this.busy = false;
    this.host.toggleAttribute("data-busy", false);
    await this.block.refreshAfter();
  }

  private async send(): Promise<void> {
    const text = this.text;
    const reply = await this.block.ask("edit", { text }, ["source"]);
    if (!reply?.ok) return;
    this.built = text;
    this.block.save(this.text);
    this.show(reply);
  }

  private show(reply: Success): void {
    this.host.removeAttribute("data-restored");
    this.host.querySelector(":scope > .ll-banner")?.remove();
    this.block.show(reply);
    const source = reply.fragments["source"];
    if (source) {
      const holder = document.createElement("template");
      holder.innerHTML = source.html;
      this.readLines(holder.content);
    }
    this.editor.problems(reply.problems);
    this.problems(reply.problems);
  }

  private problems(problems: readonly Problem[]): void {
    const { say } = this.block;
    this.list.replaceChildren(
      ...problems.map((problem) => {
        const fix = problem.fix;
        return make(
          "li",
          { class: `ll-problem ll-${problem.severity}`, [FACT.refs]: this.lineRefs.get(problem.line) ?? null },
          make("span", { class: "ll-where" }, problem.line > 0 ? say("browser.line", { line: problem.line }) : say("browser.file")),
          make("span", { class: "ll-message" }, problem.message),
          problem.explanation ? make("span", { class: "ll-explanation" }, problem.explanation) : null,
          fix ? button(fix.title, "fix", () => this.fix(problem)) : null,
        );
      }),
    );
  }

  private fix(problem: Problem): void {
    if (problem.fix) this.editor.replace(applyEdits(this.editor.text(), problem.fix.edits));
  }

  private readLines(root: ParentNode): void {
    this.lineRefs = new Map();
    for (const line of root.querySelectorAll(`.${CLASS.line}[${FACT.line}]`)) {
      const refs = line.getAttribute(FACT.refs);
      if (refs) this.lineRefs.set(Number(line.getAttribute(FACT.line)), refs);
    }
  }

  private mark(refs: string): void {
    const wanted = tokens(refs);
    const hit = [...this.lineRefs].filter(([, own]) => tokens(own).some((token) => wanted.includes(token)));
    this.editor.mark(new Set(hit.map(([line]) => line)));
  }

  private async reset(): Promise<void> {
    const { say, status } = this.block;
    this.text = authorText(this.host);
    this.built = null;
    this.editor.replace(this.text);
    clearTimeout(this.timer);
    this.block.forget();
    await this.open();
    this.block.forget();
    await this.block.refreshAfter();
    status.announce(say("browser.was_reset"));
  }

  private async copy(): Promise<void> {
    const { say, status } = this.block;
    try {
      await navigator.clipboard.writeText(this.editor.text());
      status.show(say("browser.copied"));
    } catch {
      status.show(say("browser.not_copied"), "trouble");
    }
  }

  private download(): void {
    const url = URL.createObjectURL(new Blob([this.editor.text()], { type: "text/plain" }));
    const link = make("a", { href: url, download: "Dockerfile" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url));
  }
}
