/** The panel of image files: archives of the reader come in, the block's image goes out. Nothing is uploaded. */

import { button, make } from "./dom.js";
import type { Say } from "./messages.js";
import type { Exported, LoadedImage, Refusal, Request } from "./protocol.js";

export interface Loaded {
  readonly images: readonly LoadedImage[];
  /** Whether the browser keeps the archive for the next visit. */
  readonly kept: boolean;
}

export type Wanted = Pick<Request, "form" | "check" | "path">;

export interface ArchiveEvents {
  /** Load an archive into the block's host; null where that was refused, which has then been said. */
  load(file: File): Promise<Loaded | null>;
  export(wanted: Wanted): Promise<Exported | Refusal | null>;
  /** Build an image of the archive, to look into it. */
  look(reference: string): void;
  tell(text: string, kind?: string): void;
  /** Read out what stands in the panel, and nowhere else. */
  announce(text: string): void;
}

const MEGA = 1_000_000;
/** Bytes of an archive that are read; the engine has a limit of its own for what is unpacked. */
const MAX_ARCHIVE = 256 * MEGA;
/** From this size on the reader is asked first. */
const LARGE = 40 * MEGA;
/**
 * Memory that reading takes at most, as a multiple of the file: it lies in the page's and in Python's memory, and
 * reading its layers takes 2.0 to 2.4 times as much (Python's own count, plain archives with files of 500 bytes to 100 kB).
 */
const FACTOR = 5;
/** What a packed archive may unpack to, in the engine's own limit. */
const UNPACKED = 540 * MEGA;

export class ArchivePanel {
  readonly node: HTMLElement;
  private readonly chooser = make("input", { type: "file", hidden: true, tabindex: "-1", accept: ".tar,.tgz,.gz,application/x-tar,application/gzip" });
  private readonly found = make("div", { class: "ll-loaded" });
  private readonly buttons: readonly HTMLButtonElement[];
  private readonly why = make("p", { class: "ll-option-hint" });
  private busy = false;

  constructor(
    id: string,
    private readonly say: Say,
    private readonly events: ArchiveEvents,
  ) {
    this.why.id = `${id}-why`;
    this.chooser.addEventListener("change", () => {
      const [file] = this.chooser.files ?? [];
      this.chooser.value = "";
      if (file) this.offer(file);
    });
    const choose = button(say("browser.archives.choose"), "choose", () => this.chooser.click());
    const zone = make(
      "div",
      { class: "ll-drop" },
      make("p", { class: "ll-panel-title" }, say("browser.archives.load")),
      make("div", { class: "ll-tools" }, choose, make("span", { class: "ll-hint ll-fine" }, say("browser.archives.drop"))),
      make("p", { class: "ll-option-hint" }, say("browser.archives.about", { limit: MAX_ARCHIVE / MEGA })),
      this.chooser,
      this.found,
    );
    this.buttons = (["docker", "oci"] as const).map((form) => button(say(`browser.archives.${form}`), "export", () => void this.hand(this.events.export({ form }))));
    for (const one of this.buttons) one.setAttribute("aria-describedby", this.why.id);
    const save = make("div", {}, make("p", { class: "ll-panel-title" }, say("browser.archives.save")), make("div", { class: "ll-tools" }, ...this.buttons), this.why);
    this.node = make("div", { class: "ll-panel ll-archives", id, role: "group", "aria-label": say("browser.archives") }, zone, save);
    this.takeDrops(this.node);
  }

  /** Files dropped on an element are archives to load. */
  takeDrops(target: HTMLElement): void {
    const mark = (on: boolean) => (event: DragEvent): void => {
      event.preventDefault();
      target.toggleAttribute("data-drop", on);
    };
    target.addEventListener("dragover", mark(true));
    target.addEventListener("dragleave", mark(false));
    target.addEventListener("drop", (event) => {
      mark(false)(event);
      const [file] = event.dataTransfer?.files ?? [];
      if (file) this.offer(file);
    });
  }

  /** A way to have each file that `docker save` wrote in the terminal; they go when the terminal is shown anew. */
  decorate(terminal: HTMLElement): void {
    for (const note of terminal.querySelectorAll<HTMLElement>(".ll-wrote[data-file]")) {
      if (note.querySelector(".ll-have")) continue;
      const path = note.dataset["file"] ?? "";
      const have = button(this.say("browser.download"), "have", () => void this.hand(this.events.export({ path })));
      have.setAttribute("aria-label", `${this.say("browser.download")}: ${path}`);
      note.append(" ", have);
    }
  }

  /** Whether the block's image can be saved as it is now, and if not, why. */
  async renew(): Promise<void> {
    if (this.node.hidden) return;
    const answer = await this.events.export({ form: "docker", check: true });
    const image = answer?.ok ? (answer.image ?? "") : null;
    for (const one of this.buttons) one.disabled = image === null;
    this.why.textContent = image !== null ? this.say("browser.archives.whole", { image }) : answer && !answer.ok ? answer.error.message : "";
  }

  /** A large file is read only after the reader knows what it takes. */
  private offer(file: File): void {
    const { say } = this;
    const values = { name: file.name, size: mega(file.size), memory: mega(memoryOf(file)), limit: MAX_ARCHIVE / MEGA };
    this.found.replaceChildren();
    if (file.size > MAX_ARCHIVE) return this.refuse(say("browser.archives.too_big", values));
    if (file.size < LARGE) return void this.load(file);
    const go = button(say("browser.archives.go"), "run", () => void this.load(file));
    const cancel = button(say("browser.archives.cancel"), "cancel", () => this.found.replaceChildren());
    this.found.append(make("p", {}, say("browser.archives.large", values)), make("div", { class: "ll-tools" }, go, cancel));
    go.focus();
  }

  private async load(file: File): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    const { say } = this;
    const line = make("p", {}, say("browser.archives.reading", { name: file.name, size: mega(file.size), memory: mega(memoryOf(file)) }));
    this.found.replaceChildren(line);
    const done = await this.events.load(file);
    this.busy = false;
    line.remove(); // a refusal stands in its place by now
    if (!done) return;
    this.events.tell(say("browser.archives.loaded", { names: done.images.map((image) => image.from).join(", ") }));
    const items = done.images.map((image) =>
      make(
        "li",
        {},
        make("code", {}, image.names.join(", ") || image.from),
        ` ${say("browser.archives.layers", { count: image.layers })}, ${image.shown} `,
        button(say("browser.archives.look", { name: image.from }), "look", () => this.events.look(image.from)),
      ),
    );
    this.found.append(make("ul", { class: "ll-loaded-images" }, ...items), done.kept ? "" : make("p", { class: "ll-caution" }, say("browser.archives.unsaved", { name: file.name })));
    await this.renew();
  }

  /** What the engine or we don't take; it stands where the file was chosen, and is read out. */
  refuse(text: string): void {
    this.found.replaceChildren(make("p", { class: "ll-caution" }, text));
    this.events.announce(text);
  }

  private async hand(asked: Promise<Exported | Refusal | null>): Promise<void> {
    const answer = await asked;
    if (!answer) return;
    if (!answer.ok) return this.events.tell(answer.error.message, "trouble");
    const { data, file = "image.tar", remarks = [] } = answer;
    if (!data) return;
    download(data, file);
    this.events.tell([this.say("browser.archives.saved", { file, size: data.byteLength.toLocaleString("en") }), ...remarks].join(" "));
  }
}

/** A file's name as the engine takes it: in one line, without a folder. */
export function plainName(file: File): string {
  return file.name.replace(/[/\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, "_").slice(-200) || "image.tar";
}

/** Hand bytes to the browser's downloads. */
export function download(data: BlobPart, name: string, type = "application/x-tar"): void {
  const url = URL.createObjectURL(new Blob([data], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url));
}

function memoryOf(file: File): number {
  return /gz$|tgz$|bz2$|xz$/i.test(file.name) ? UNPACKED + file.size : file.size * FACTOR;
}

function mega(bytes: number): string {
  const value = bytes / MEGA;
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}
