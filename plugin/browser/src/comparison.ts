/** The playground's comparison: a second Dockerfile beside the block's own, and below them what the engine says of both. */

import morphdom from "morphdom";
import { ELEMENT } from "../build/contract.js";
import type { Block } from "./block.js";
import { make } from "./dom.js";
import type { Editor } from "./editor/adapter.js";
import { growingEditor } from "./editor/growing.js";
import { type Action, type SessionDocument, type Success } from "./protocol.js";
import { documentOf } from "./session.js";
import { comparisonPlace, read, write } from "./store.js";
import { TroubleError } from "./trouble.js";

/** Milliseconds without a key before both are built again. */
const PAUSE = 250;
const COPY = "";

const open = new WeakMap<HTMLElement, Comparison>();

/** Begin or end comparing; returns whether the block compares now. */
export function toggleComparison(host: HTMLElement, block: Block): boolean {
  const known = open.get(host) ?? new Comparison(host, block);
  open.set(host, known);
  return known.toggle();
}

class Comparison {
  private readonly side = make("div", { class: "ll-other" });
  private readonly result = make("div", { class: "ll-compared" });
  private readonly mount = make("div", { class: "ll-editor" });
  private readonly choice: HTMLSelectElement;
  private readonly edited: HTMLSelectElement;
  private readonly left: HTMLElement;
  /** Of the other Dockerfile: what came before the reader's edits here, and the name of its block. */
  private other: { readonly name: string; readonly actions: readonly Action[] } = { name: "", actions: [] };
  private text = "";
  private editor: Editor | null = null;
  private timer = 0;
  private asked = 0;
  private hash = "";
  /** Where what the reader wrote on the right is kept, with the name of what it began as. */
  private readonly place: string;

  constructor(
    private readonly host: HTMLElement,
    private readonly block: Block,
  ) {
    const { say } = block;
    this.place = comparisonPlace(host.id);
    this.choice = make("select", { class: "ll-field", id: `${host.id}-other` });
    this.edited = make("select", { class: "ll-field", id: `${host.id}-edited` });
    this.left = make("p", { class: "ll-side" }, say("browser.compare.left"));
    const pick = make("div", { class: "ll-side ll-tools" }, make("label", { for: this.choice.id }, say("browser.compare.right")), this.choice);
    const what = make("div", { class: "ll-tools ll-what-if" }, make("label", { for: this.edited.id }, say("browser.compare.edit")), this.edited);
    this.side.append(pick, this.mount);
    this.result.append(what, make("div", { "data-view": "compare" }));
    this.choice.addEventListener("change", () => {
      this.choose(this.choice.value);
      this.keep();
    });
    this.edited.addEventListener("change", () => void this.compare());
    host.addEventListener("layerlab:replied", () => this.later());
  }

  toggle(): boolean {
    const on = !this.host.hasAttribute("data-comparing");
    this.host.toggleAttribute("data-comparing", on);
    if (!on) {
      this.side.remove();
      this.result.remove();
      this.left.remove();
      return false;
    }
    const source = this.host.querySelector(".ll-source");
    source?.prepend(this.left);
    source?.after(this.side, this.result);
    this.offer();
    if (this.editor) this.later();
    else this.choose(this.choice.value, read(this.place)?.text ?? null);
    return true;
  }

  /** What there is to compare with, the sample's own counterpart first chosen; and the files whose edit can be tried. */
  private offer(): void {
    const { say } = this.block;
    const before = this.choice.value;
    const sections = [...document.querySelectorAll<HTMLElement>("section[data-sample]")].filter((section) => !section.contains(this.host));
    const titles = sections.map((section) => make("option", { value: section.querySelector(ELEMENT.lab)?.id ?? "" }, section.querySelector("h2")?.firstChild?.textContent ?? ""));
    this.choice.replaceChildren(make("option", { value: COPY }, say("browser.compare.copy")), make("optgroup", { label: say("browser.samples") }, ...titles));
    const partner = this.host.closest<HTMLElement>("section[data-compare]")?.dataset["compare"];
    const first = document.querySelector(`section[data-sample="${CSS.escape(partner ?? "")}"] ${ELEMENT.lab}`)?.id;
    const left = read(this.place)?.original;
    const known = [...this.choice.options].some((option) => option.value === left);
    this.choice.value = this.editor ? before : ((known ? left : first) ?? COPY);
    void this.offerFiles();
  }

  private async offerFiles(): Promise<void> {
    const { host, block } = this;
    const likely = make("option", { value: "" }, block.say("browser.compare.likely"));
    if (!this.edited.options.length) this.edited.append(likely);
    const request = { v: 1, method: "open", lang: block.lang, document: documentOf(host), block: host.id, prefix: host.id, views: ["context"], known: {} } as const;
    const reply = await block.client.ask(request).catch(() => null);
    const holder = document.createElement("template");
    holder.innerHTML = (reply?.ok && reply.fragments["context"]?.html) || "";
    const paths = [...holder.content.querySelectorAll<HTMLElement>("li[data-file]")].map((item) => item.dataset["path"] ?? "");
    const chosen = this.edited.value;
    this.edited.replaceChildren(likely, ...paths.map((path) => make("option", { value: path }, path)));
    this.edited.value = paths.includes(chosen) ? chosen : "";
  }

  /** Another block's session, or this one's as it is now under another name. */
  private choose(value: string, text: string | null = null): void {
    const host = value === COPY ? this.host : document.getElementById(value);
    if (!host) return;
    const name = value === COPY ? `${host.id}-copy` : host.id;
    const own = documentOf(host).actions.filter((action) => action.block === host.id && action.type !== "command");
    this.other = { name, actions: own.map((action) => ({ ...action, block: name })) };
    this.text = text ?? own.findLast((action) => action.text !== undefined)?.text ?? "";
    if (this.editor) this.editor.replace(this.text);
    else this.editor = this.edit();
    void this.compare();
  }

  private edit(): Editor {
    const { say, lang } = this.block;
    const options = { text: this.text, label: say("browser.compare.editor"), lang, fates: { ran: "", cached: "", failed: "" } };
    return growingEditor(this.mount, options, { change: (text) => this.changed(text), run: () => void this.compare(), point: () => undefined, fix: () => undefined });
  }

  private changed(text: string): void {
    if (text === this.text) return;
    this.text = text;
    this.keep();
    this.later();
  }

  private keep(): void {
    const kept = write(this.place, { v: 1, original: this.choice.value, actions: [], text: this.text });
    if (!kept) this.block.status.show(this.block.say("browser.unsaved"), "trouble");
  }

  private later(): void {
    clearTimeout(this.timer);
    if (this.host.hasAttribute("data-comparing")) this.timer = window.setTimeout(() => void this.compare(), PAUSE);
  }

  private async compare(): Promise<void> {
    clearTimeout(this.timer);
    const { host, block } = this;
    const turn = ++this.asked;
    this.result.setAttribute("aria-busy", "true");
    const request = { v: 1, method: "compare", lang: block.lang, document: this.document(), block: host.id, other: this.other.name, prefix: host.id, views: [], known: { compare: this.hash } } as const;
    try {
      const reply = await block.client.ask(this.edited.value ? { ...request, path: this.edited.value } : request);
      if (turn !== this.asked) return;
      if (reply.ok) this.show(reply);
      else block.status.show(reply.error.message, "trouble");
    } catch (error) {
      if (error instanceof TroubleError) block.status.trouble(error);
    } finally {
      if (turn === this.asked) this.result.removeAttribute("aria-busy");
    }
  }

  /** Both Dockerfiles in one session: the engine builds each on an empty host of its own. */
  private document(): SessionDocument {
    const mine = documentOf(this.host);
    const edit = { type: "edit", block: this.other.name, text: this.text };
    return { ...mine, actions: [...mine.actions, ...this.other.actions, edit] };
  }

  private show(reply: Success): void {
    const fragment = reply.fragments["compare"];
    const root = this.result.querySelector<HTMLElement>("[data-view]");
    if (fragment && root) {
      const next = root.cloneNode(false) as HTMLElement;
      next.innerHTML = fragment.html;
      morphdom(root, next, { childrenOnly: true });
      this.hash = fragment.hash;
    }
    this.block.status.announce(reply.announce);
  }
}
