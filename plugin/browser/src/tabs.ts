/**
 * The views of a block as tabs, and on wide screens two of them side by side. In print, and without this script, they
 * all stand one below the other.
 */

import { CLASS } from "../build/contract.js";
import { button, make } from "./dom.js";

export interface TabWords {
  readonly tabs: string;
  readonly split: string;
  readonly second: string;
}

const NEXT: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
/** Whether a reader wants two views; kept once they have pressed the button. */
const KEY = "layerlab-split";

/** Also after views have come: the block says so by `layerlab:views`. Whatever is shown is told by `layerlab:shown`. */
export function tabs(host: HTMLElement, words: TabWords): void {
  const views = host.querySelector<HTMLElement>(`.${CLASS.views}`);
  if (!views) return;
  const made = new Tabs(host, views, words);
  made.grow();
  host.addEventListener("layerlab:views", () => made.grow());
}

class Tabs {
  private readonly first: HTMLElement;
  private readonly second: HTMLDivElement;
  private readonly toggle: HTMLButtonElement;
  private readonly row: HTMLElement;
  /** Id of the panel that stood on the right last. */
  private beside = "";

  constructor(
    private readonly host: HTMLElement,
    private readonly views: HTMLElement,
    words: TabWords,
  ) {
    this.first = make("div", { role: "tablist", class: "ll-tabs", "aria-label": words.tabs });
    this.second = make("div", { role: "tablist", class: "ll-tabs ll-second", "aria-label": words.second, hidden: true });
    this.toggle = button("", "split", () => this.split(!this.views.hasAttribute("data-split"), true), words.split);
    this.toggle.append(make("span", {}, words.split));
    this.toggle.setAttribute("aria-pressed", "false");
    this.row = make("div", { class: "ll-tabrow" }, this.first, this.toggle);
  }

  /** A tab to each view that has none yet. */
  grow(): void {
    const panels = this.panels().filter((panel) => panel.getAttribute("role") !== "tabpanel");
    const begun = this.row.isConnected;
    if (!begun && panels.length < 2) return;
    for (const panel of panels) {
      const name = [...panel.classList].find((word) => word.startsWith("ll-view-"))?.slice(8) ?? "";
      panel.id ||= `${this.host.id}-${name}`;
      panel.setAttribute("role", "tabpanel");
      this.first.append(this.tab(this.first, panel));
      if (!this.second.hidden) this.second.append(this.tab(this.second, panel));
    }
    if (begun) return this.arrange();
    this.views.prepend(this.row, this.second);
    choose(this.first, this.first.firstElementChild);
    if (wanted()) this.split(true);
    else this.arrange();
  }

  private tab(list: HTMLElement, panel: HTMLElement): HTMLButtonElement {
    const node = button(panel.getAttribute("aria-label") ?? "", "tab", () => this.select(list, node));
    node.setAttribute("role", "tab");
    node.setAttribute("aria-controls", panel.id);
    node.setAttribute("aria-selected", "false");
    node.tabIndex = -1;
    node.addEventListener("keydown", (event) => {
      const all = [...list.children];
      const step = NEXT[event.key];
      const to = event.key === "Home" ? all[0] : event.key === "End" ? all.at(-1) : step ? all.at((all.indexOf(node) + step) % all.length) : null;
      if (!(to instanceof HTMLElement)) return;
      event.preventDefault();
      this.select(list, to);
      to.focus();
    });
    return node;
  }

  /** Choose a view; one that stands on the other side changes places. */
  private select(list: HTMLElement, chosen: Element | null): void {
    const other = list === this.first ? this.second : this.first;
    const was = selected(list);
    choose(list, chosen);
    if (!this.second.hidden && chosen && panelOf(selected(other)) === panelOf(chosen)) choose(other, twin(other, was));
    this.arrange();
    if (chosen instanceof HTMLElement) uncover(list, chosen);
  }

  private split(on: boolean, pressed = false): void {
    this.second.hidden = !on;
    this.toggle.setAttribute("aria-pressed", String(on));
    this.views.toggleAttribute("data-split", on);
    this.second.replaceChildren(...(on ? this.panels().map((panel) => this.tab(this.second, panel)) : []));
    const others = [...this.second.children].filter((one) => panelOf(one) !== panelOf(selected(this.first)));
    choose(this.second, others.find((one) => panelOf(one) === this.beside) ?? others.find((one) => panelOf(one).endsWith("-stack")) ?? others[0] ?? null);
    if (pressed) remember(on);
    this.arrange();
  }

  private panels(): HTMLElement[] {
    return [...this.views.querySelectorAll<HTMLElement>(":scope > .ll-view")];
  }

  private arrange(): void {
    const first = panelOf(selected(this.first));
    const second = this.second.hidden ? "" : panelOf(selected(this.second));
    this.beside = second || this.beside;
    for (const panel of this.panels()) {
      panel.toggleAttribute("data-inactive", panel.id !== first && panel.id !== second);
      panel.toggleAttribute("data-second", panel.id === second);
      if (second) panel.tabIndex = 0;
      else panel.removeAttribute("tabindex");
    }
    this.host.dispatchEvent(new CustomEvent("layerlab:shown"));
  }
}

function selected(list: Element): Element | null {
  return list.querySelector('[aria-selected="true"]');
}

function panelOf(tab: Element | null): string {
  return tab?.getAttribute("aria-controls") ?? "";
}

function twin(list: Element, tab: Element | null): Element | null {
  return [...list.children].find((one) => panelOf(one) === panelOf(tab)) ?? null;
}

function choose(list: Element, chosen: Element | null): void {
  for (const one of list.children) {
    one.setAttribute("aria-selected", String(one === chosen));
    one.setAttribute("tabindex", one === chosen ? "0" : "-1");
  }
}

/** Scroll a list that is wider than its place to a tab; the page itself stays where it is. */
function uncover(list: HTMLElement, tab: HTMLElement): void {
  const [box, at] = [list.getBoundingClientRect(), tab.getBoundingClientRect()];
  if (at.left < box.left) list.scrollLeft += at.left - box.left;
  else if (at.right > box.right) list.scrollLeft += at.right - box.right;
}

function wanted(): boolean {
  try {
    return localStorage.getItem(KEY) === "on";
  } catch {
    return false;
  }
}

function remember(on: boolean): void {
  try {
    if (on) localStorage.setItem(KEY, "on");
    else localStorage.removeItem(KEY);
  } catch {
    // the choice holds for this page only
  }
}
