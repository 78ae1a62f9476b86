/** Buttons for what one does with containers. Each is a docker command, said on it, that runs as if typed. */

import { button, make } from "./dom.js";
import type { Key, Say } from "./messages.js";

export interface ContainerEvents {
  run(line: string): Promise<boolean>;
  /** What the last command printed, as the terminal shows it. */
  answer(): Element | null;
  tell(text: string): void;
}

interface Deed {
  readonly name: "write" | "change" | "delete" | "diff" | "commit" | "remove";
  line(container: string, path: string, repository: string): string;
}

const DEEDS: readonly Deed[] = [
  { name: "write", line: (container) => `docker exec ${container} sh -c 'echo hello > /hello.txt'` },
  { name: "change", line: (container, path) => `docker exec ${container} sh -c 'echo changed >> ${path}'` },
  { name: "delete", line: (container, path) => `docker exec ${container} rm ${path}` },
  { name: "diff", line: (container) => `docker diff ${container}` },
  { name: "commit", line: (container, _path, repository) => `docker commit ${container} ${repository}:${container}` },
  { name: "remove", line: (container) => `docker rm -f ${container}` },
];
const NAMES: readonly string[] = ["one", "two", "three", "four", "five"];
/** Absolute, and nothing a shell would read as more than a name. */
const PATH = /^\/[\w./@+-]+$/;

export class ContainerBench {
  private readonly root: HTMLElement | null;
  private readonly start: HTMLButtonElement;
  private readonly which = make("select", { class: "ll-field" });
  private readonly path = make("input", { class: "ll-field", autocapitalize: "off", autocorrect: "off", spellcheck: "false" });
  private readonly deeds: ReadonlyMap<Deed, HTMLButtonElement>;
  private readonly inside: HTMLElement;
  private readonly output = make("div", { class: "ll-console ll-answer", hidden: true });
  private busy = false;
  private suggested = "";

  constructor(
    section: HTMLElement,
    private readonly say: Say,
    private readonly events: ContainerEvents,
  ) {
    this.root = section.querySelector("[data-view]");
    this.start = this.deed("start", () => this.starting());
    this.deeds = new Map(DEEDS.map((deed) => [deed, this.deed(deed.name, () => this.line(deed))]));
    this.inside = make(
      "div",
      { class: "ll-inside", role: "group", "aria-label": say("browser.containers.inside") },
      make("label", {}, say("browser.containers.which"), this.which),
      make("label", {}, say("browser.containers.path"), this.path),
      make("div", { class: "ll-deeds" }, ...this.deeds.values()),
    );
    for (const field of [this.which, this.path]) field.addEventListener("input", () => this.label());
    section.append(make("div", { class: "ll-container-tools" }, make("div", { class: "ll-deeds" }, this.start), this.inside, this.output));
    this.shown();
  }

  /** The engine's list may have changed. */
  shown(): void {
    const names = this.names();
    const chosen = names.includes(this.which.value) ? this.which.value : names.at(-1);
    this.which.replaceChildren(...names.map((name) => make("option", { value: name, selected: name === chosen }, name)));
    const sample = this.fact("sample"); // a file that is in the image now; what the reader typed stays
    if (!this.path.value || this.path.value === this.suggested) this.path.value = sample;
    this.suggested = sample;
    this.inside.hidden = !names.length;
    this.start.hidden = !this.fact("image");
    this.label();
  }

  private names(): string[] {
    return [...(this.root?.querySelectorAll<HTMLElement>("li[data-container]") ?? [])].map((item) => item.dataset["container"] ?? "");
  }

  private fact(name: "image" | "sample"): string {
    return this.root?.querySelector<HTMLElement>(":scope > [data-image]")?.dataset[name] ?? "";
  }

  private starting(): string {
    const taken = this.names();
    const free = NAMES.find((name) => !taken.includes(name)) ?? `box${taken.length + 1}`;
    return `docker run -dit --name ${free} ${this.fact("image")}`;
  }

  private line(deed: Deed): string {
    const image = this.fact("image");
    return deed.line(this.which.value, this.path.value.trim(), /^[0-9a-f]{12}$/.test(image) ? "changed" : (image.split(":")[0] ?? image));
  }

  /** A button that says what it does and by which command. */
  private deed(name: string, line: () => string): HTMLButtonElement {
    const node = button("", `deed`, () => void this.run(line(), name === "change" || name === "delete"));
    node.append(make("span", {}, this.say(`browser.containers.${name}` as Key)), make("code"));
    node.dataset["deed"] = name;
    return node;
  }

  private label(): void {
    const write = (node: HTMLElement, line: string): void => node.querySelector("code")?.replaceChildren(line);
    write(this.start, this.starting());
    for (const [deed, node] of this.deeds) write(node, this.line(deed));
  }

  private async run(line: string, named: boolean): Promise<void> {
    if (named && !PATH.test(this.path.value.trim())) return this.events.tell(this.say("browser.containers.wrong_path"));
    if (this.busy) return;
    this.busy = true;
    const done = await this.events.run(line);
    this.busy = false;
    const answer = done ? this.events.answer()?.cloneNode(true) : null;
    this.output.replaceChildren(...(answer ? [answer] : []));
    this.output.hidden = !answer;
  }
}
