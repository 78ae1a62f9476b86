/** Going back and forth between the builds of a session, and setting two of them side by side. */

import { button, make } from "./dom.js";
import type { Say } from "./messages.js";
import { actionsBefore, goTo } from "./session.js";

export interface TimelineEvents {
  /** The session stands at another build. */
  moved(): Promise<void>;
  /** The engine's fragment about two builds; null when there is none. */
  compare(builds: readonly [number, number]): Promise<string | null>;
}

interface Entry {
  readonly item: HTMLElement;
  readonly number: number;
  /** Actions of the session up to this build; null where the reader can't go. */
  readonly actions: number | null;
  readonly later: boolean;
  readonly now: boolean;
}

export class Timeline {
  private readonly back: HTMLButtonElement;
  private readonly forward: HTMLButtonElement;
  private readonly form: HTMLElement;
  private readonly one = make("select", { class: "ll-field" });
  private readonly other = make("select", { class: "ll-field" });
  private readonly result = make("div", { class: "ll-result", hidden: true });
  private readonly root: HTMLElement | null;
  private last = "";

  constructor(
    private readonly host: HTMLElement,
    section: HTMLElement,
    private readonly say: Say,
    private readonly events: TimelineEvents,
  ) {
    this.root = section.querySelector("[data-view]");
    this.back = button(say("browser.builds.back"), "back", () => void this.step(-1));
    this.forward = button(say("browser.builds.forward"), "forward", () => void this.step(1));
    this.form = make(
      "form",
      { class: "ll-tools ll-compare-form" },
      make("label", {}, say("browser.builds.compare_one"), this.one),
      make("label", {}, say("browser.builds.compare_other"), this.other),
      make("button", { class: "ll-button" }, say("browser.builds.compare")),
    );
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.compare();
    });
    const tools = make("div", { class: "ll-tools ll-builds-tools" }, this.back, this.forward, this.form);
    this.root?.before(tools, this.result);
    this.shown();
  }

  /** The engine's list may have changed. */
  shown(): void {
    const entries = this.entries();
    const now = entries.find((entry) => entry.now);
    for (const { item, actions, later, now: here } of entries) this.offer(item, actions !== null && !here, later);
    enable(this.back, this.next(-1) !== undefined);
    enable(this.forward, this.next(1) !== undefined);
    const mark = entries.map(({ item }) => item.textContent).join();
    if (mark === this.last) return;
    this.last = mark;
    this.result.hidden = true;
    this.form.hidden = entries.length < 2;
    const numbers = entries.map(({ number }) => number).reverse();
    const chosen = now?.number ?? numbers.at(-1) ?? 1;
    this.fill(this.one, numbers, numbers.filter((number) => number < chosen).at(-1) ?? numbers.find((number) => number !== chosen) ?? chosen);
    this.fill(this.other, numbers, chosen);
  }

  /** Newest first, as the engine lists them. */
  private entries(): Entry[] {
    const first = actionsBefore(this.host);
    return [...(this.root?.querySelectorAll<HTMLElement>("li[data-build]") ?? [])].map((item) => {
      const actions = Number(item.dataset["actions"] ?? Number.NaN);
      return {
        item,
        number: Number(item.dataset["build"]),
        actions: actions >= first ? actions : null,
        later: item.hasAttribute("data-later"),
        now: item.classList.contains("ll-now"),
      };
    });
  }

  private offer(item: HTMLElement, can: boolean, later: boolean): void {
    const there = item.querySelector<HTMLButtonElement>(":scope > .ll-go");
    if (!can) return there?.remove();
    const node = there ?? button("", "go", () => void this.go(item));
    node.textContent = this.say(later ? "browser.builds.go_forward" : "browser.builds.go_back");
    node.setAttribute("data-own", "");
    if (!there) item.append(node);
  }

  private next(direction: 1 | -1): Entry | undefined {
    const entries = this.entries();
    const now = entries.findIndex((entry) => entry.now);
    const rest = direction > 0 ? entries.slice(0, Math.max(now, 0)).reverse() : entries.slice(now + 1);
    return rest.find((entry) => entry.actions !== null);
  }

  private async step(direction: 1 | -1): Promise<void> {
    const entry = this.next(direction);
    if (entry) await this.go(entry.item);
  }

  private async go(item: HTMLElement): Promise<void> {
    const held = item.contains(document.activeElement);
    const entry = this.entries().find((one) => one.item === item);
    if (!entry || entry.actions === null) return;
    const newest = !this.entries().some((one) => one.number > entry.number);
    if (!goTo(this.host, newest ? null : entry.actions)) return;
    await this.events.moved();
    // the pressed button is gone or disabled by now; a reader who went on elsewhere meanwhile stays there
    const at = document.activeElement;
    if (held && (!at || at === document.body || item.contains(at))) (isEnabled(this.back) ? this.back : this.forward).focus();
  }

  private async compare(): Promise<void> {
    const html = await this.events.compare([Number(this.one.value), Number(this.other.value)]);
    this.result.hidden = html === null;
    this.result.innerHTML = html ?? "";
    const close = button(this.say("browser.builds.close"), "close", () => {
      this.result.hidden = true;
      this.other.focus();
    });
    this.result.prepend(close);
  }

  private fill(select: HTMLSelectElement, numbers: readonly number[], chosen: number): void {
    select.replaceChildren(
      ...numbers.map((number) => make("option", { value: number, selected: number === chosen }, this.say("browser.builds.number", { number }))),
    );
  }
}

/** Off, but still there for the keyboard: the focus isn't lost when the last step is taken. */
function enable(node: HTMLButtonElement, on: boolean): void {
  node.setAttribute("aria-disabled", String(!on));
}

function isEnabled(node: HTMLButtonElement): boolean {
  return node.getAttribute("aria-disabled") !== "true";
}
