/** Search and filters over the files of the layers; the list itself is the engine's. */

import { make } from "./dom.js";
import type { Key, Say } from "./messages.js";

const KINDS = ["added", "changed", "removed"] as const;
/** What a higher layer covers; such an entry is of one of the kinds too. */
const HIDDEN = "hidden";

export class FileFilter {
  readonly node: HTMLElement;
  private readonly input: HTMLInputElement;
  private readonly boxes: ReadonlyMap<string, HTMLInputElement>;

  constructor(
    private readonly section: HTMLElement,
    say: Say,
  ) {
    this.input = make("input", { type: "search", class: "ll-field", "aria-label": say("browser.files.search"), placeholder: say("browser.files.search"), autocapitalize: "off", autocorrect: "off", spellcheck: "false" });
    this.boxes = new Map([...KINDS, HIDDEN].map((kind) => [kind, make("input", { type: "checkbox", checked: true })]));
    const boxes = [...this.boxes].map(([kind, box]) => make("label", { class: `ll-check ll-${kind}` }, box, say(`browser.files.${kind}` as Key)));
    this.node = make("div", { class: "ll-tools ll-filter", role: "group", "aria-label": say("browser.files.filter") }, this.input, ...boxes);
    this.node.addEventListener("input", () => this.apply());
  }

  /** Hide what doesn't match; also after the engine has made the list anew. */
  apply(): void {
    const text = this.input.value.trim().toLowerCase();
    const covered = this.boxes.get(HIDDEN)?.checked ?? true;
    for (const kind of KINDS) {
      const box = this.boxes.get(kind);
      for (const item of this.section.querySelectorAll<HTMLElement>(`.ll-files-layer li.ll-${kind}`)) {
        const path = item.querySelector(":scope > code")?.textContent ?? "";
        item.hidden = !box?.checked || (!covered && item.classList.contains("ll-hidden")) || !path.toLowerCase().includes(text);
      }
    }
  }
}
