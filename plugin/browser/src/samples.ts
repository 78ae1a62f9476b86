/**
 * The playground's list of samples: shows one sample at a time. Part of the loader, since it works before anybody
 * touches a block. Without it all samples stand on the page, and the list's links lead down to them.
 */

import { make } from "./dom.js";

/** What the list is made of, in the page as it was built: `hooks/samples.py`. */
const SECTION = "section[data-sample]";

export class Samples extends HTMLElement {
  /** Words for screen readers when another sample is shown; set by the loader. */
  static opened: (lang: string | null) => string = () => "";
  private readonly choice = make("select", { class: "ll-choice" });
  private readonly spoken = make("span", { role: "status", class: "ll-sr" });

  connectedCallback(): void {
    const nav = this.closest("nav");
    if (!nav || nav.hasAttribute("data-live")) return;
    nav.setAttribute("data-live", "");
    this.root?.setAttribute("data-live", "");
    this.choice.setAttribute("aria-label", nav.getAttribute("aria-label") ?? "");
    this.append(this.choice, this.spoken);
    this.renew();
    this.choice.addEventListener("change", () => this.pick(this.choice.value));
    nav.addEventListener("click", (event) => {
      const link = event.target instanceof Element ? event.target.closest("a") : null;
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      event.stopPropagation(); // else the theme loads the page anew
      this.pick(link.hash);
    });
    addEventListener("hashchange", this.follow);
    const here = this.links.find((link) => link.hash === location.hash);
    this.show((here ?? this.links[0])?.hash ?? "");
  }

  disconnectedCallback(): void {
    removeEventListener("hashchange", this.follow);
  }

  /** Read the list again, to which an entry was added, and show the entry with this address. */
  add(hash: string): void {
    this.renew();
    this.show(hash);
  }

  private readonly follow = (): void => {
    if (this.links.some((link) => link.hash === location.hash)) this.show(location.hash);
  };

  private get root(): HTMLElement | null {
    return this.closest<HTMLElement>(".ll-playground");
  }

  private get links(): HTMLAnchorElement[] {
    return [...(this.closest("nav")?.querySelectorAll("a") ?? [])];
  }

  /** The reader chose: the address says so too, but going back leads off the page, not through the list. */
  private pick(hash: string): void {
    history.replaceState(history.state, "", hash);
    const title = this.show(hash);
    this.spoken.textContent = Samples.opened(this.getAttribute("data-lang")).replace("{title}", title);
  }

  private show(hash: string): string {
    let title = "";
    const links = this.links;
    for (const section of this.root?.querySelectorAll<HTMLElement>(`:scope > ${SECTION}`) ?? []) {
      const link = links.find((one) => one.getAttribute("data-for") === section.dataset["sample"]);
      const on = link?.hash === hash;
      section.hidden = !on;
      if (on) link?.setAttribute("aria-current", "true");
      else link?.removeAttribute("aria-current");
      if (on) title = link?.querySelector("strong")?.textContent ?? "";
    }
    this.choice.value = hash;
    return title;
  }

  /** On a narrow screen the list is a field to choose from. */
  private renew(): void {
    const groups = [...(this.closest("nav")?.querySelectorAll("ul") ?? [])].map((list) => {
      const label = document.getElementById(list.getAttribute("aria-labelledby") ?? "")?.textContent ?? "";
      const entries = [...list.querySelectorAll("a")].map((link) => make("option", { value: link.hash }, link.querySelector("strong")?.textContent ?? ""));
      return make("optgroup", { label }, ...entries);
    });
    this.choice.replaceChildren(...groups);
  }
}
