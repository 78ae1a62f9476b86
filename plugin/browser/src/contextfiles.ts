/** The build context's files under the reader's hands: add, edit, rename, chmod, delete, upload, drag in. */

import { button, make } from "./dom.js";
import type { Say } from "./messages.js";
import type { Json } from "./protocol.js";

export type Entry = { readonly [field: string]: Json };
/** One change after the other; resolves when the build has followed. */
export type Touch = (path: string, entry: Entry | null) => Promise<void>;

/** Bytes of one file, and number of files taken at once: the session has to fit into the browser's storage. */
const MAX_FILE = 200_000;
const MAX_FILES = 100;
const WRONG_PATH = /^$|^\/|\/$|(^|\/)\.{1,2}(\/|$)|[\0\\]/;

export class ContextFiles {
  readonly node: HTMLElement;
  /** Never in the page: its button stands for it. */
  private readonly folder = make("input", { type: "file", webkitdirectory: true });
  private readonly undo: HTMLButtonElement;
  private readonly form = make("form", { class: "ll-file-form", hidden: true });
  private readonly chooser = make("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-hidden": "true" });
  private back: HTMLElement | null = null;

  constructor(
    private readonly section: HTMLElement,
    private readonly say: Say,
    private readonly touch: Touch,
    private readonly tell: (text: string) => void,
    /** Takes back the last change of a file; null where the last thing done was something else. */
    private readonly undoing: () => (() => void) | null,
  ) {
    this.chooser.addEventListener("change", () => void this.take([...(this.chooser.files ?? [])].map((file) => ({ path: file.name, file }))));
    const add = button(say("browser.file.add"), "add", () => this.open(add, "", "0644", ""));
    const upload = button(say("browser.file.upload"), "upload", () => this.chooser.click());
    this.folder.addEventListener("change", () => void this.take([...(this.folder.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }))));
    const whole = button(say("browser.file.upload_folder"), "upload-folder", () => this.folder.click());
    this.undo = button(say("browser.file.undo"), "undo", () => {
      this.undoing()?.();
      add.focus();
    });
    const hint = make("span", { class: "ll-hint" }, say("browser.file.local"));
    this.node = make("div", { class: "ll-file-tools" }, make("div", { class: "ll-tools" }, add, upload, whole, this.undo, hint), this.chooser, this.form);
    section.addEventListener("dragover", (event) => {
      event.preventDefault();
      section.toggleAttribute("data-drop", true);
    });
    section.addEventListener("dragleave", () => section.toggleAttribute("data-drop", false));
    section.addEventListener("drop", (event) => {
      event.preventDefault();
      section.toggleAttribute("data-drop", false);
      void dropped(event.dataTransfer).then((files) => this.take(files));
    });
    this.decorate();
  }

  /** A button to each file the engine lists. It stays when the list is made anew, and follows its line. */
  decorate(): void {
    this.undo.hidden = this.undoing() === null;
    for (const item of this.section.querySelectorAll<HTMLElement>("li[data-path]")) {
      let edit = item.querySelector<HTMLButtonElement>(":scope > .ll-edit-file");
      if (!edit) {
        edit = button(this.say("browser.file.edit"), "edit-file", () => this.edit(item));
        edit.setAttribute("data-own", "");
        (item.querySelector(":scope > code") ?? item).after(edit);
      }
      edit.setAttribute("aria-label", `${this.say("browser.file.edit")}: ${item.dataset["path"] ?? ""}`);
    }
  }

  private edit(item: HTMLElement): void {
    const isFile = item.hasAttribute("data-file");
    const text = item.querySelector(".ll-content code")?.textContent ?? null;
    this.open(item, item.dataset["path"] ?? "", item.dataset["mode"] ?? "0644", text, isFile);
  }

  private open(from: HTMLElement, path: string, mode: string, text: string | null, isFile = true): void {
    const { say } = this;
    this.back = from.querySelector<HTMLElement>(".ll-edit-file") ?? from;
    const name = make("input", { class: "ll-field", value: path, required: true, autocapitalize: "off", autocorrect: "off", spellcheck: "false" });
    const bits = make("input", { class: "ll-field", value: mode, pattern: "[0-7]{3,4}", inputmode: "numeric", required: true });
    const area = make("textarea", { class: "ll-field", rows: 6, autocapitalize: "off", autocorrect: "off", spellcheck: "false", disabled: text === null });
    area.value = text ?? "";
    const save = make("button", { class: "ll-button ll-run" }, say("browser.file.save"));
    const remove = path ? button(say("browser.file.delete"), "delete", () => void this.finish(() => this.touch(path, null))) : null;
    const form = this.form;
    form.replaceChildren(
      make("label", {}, say("browser.file.path"), name),
      make("label", {}, say("browser.file.mode"), bits),
      isFile ? make("label", { class: "ll-wide" }, say("browser.file.content"), area) : "",
      text === null && isFile ? make("p", { class: "ll-note ll-wide" }, say("browser.file.kept")) : "",
      make("div", { class: "ll-tools ll-wide" }, save, remove, button(say("browser.file.cancel"), "cancel", () => this.close())),
    );
    form.hidden = false;
    form.onsubmit = (event) => {
      event.preventDefault();
      if (WRONG_PATH.test(name.value)) return this.tell(say("browser.file.wrong_path"));
      if (area.value.length > MAX_FILE) return this.tell(say("browser.file.too_big", { path: name.value, limit: MAX_FILE / 1000 }));
      const at = path || name.value;
      const mode = bits.value.padStart(4, "0");
      void this.finish(async () => {
        if (text !== null && isFile) await this.touch(at, { type: "file", content: area.value, mode });
        else if (path === name.value) await this.touch(at, { type: isFile ? "file" : "dir", from: at, mode });
        if (path && path !== name.value) await this.touch(name.value, { type: isFile ? "file" : "dir", from: path, mode });
      });
    };
    name.focus();
  }

  private async finish(act: () => Promise<void>): Promise<void> {
    this.close();
    await act();
  }

  private close(): void {
    this.form.hidden = true;
    this.form.replaceChildren();
    const target = this.back?.isConnected ? this.back : this.node.querySelector<HTMLElement>(".ll-add");
    target?.focus();
  }

  private async take(files: readonly { readonly path: string; readonly file: File }[]): Promise<void> {
    this.chooser.value = this.folder.value = "";
    const refused: string[] = [];
    for (const { path, file } of files.slice(0, MAX_FILES)) {
      if (file.size > MAX_FILE || WRONG_PATH.test(path)) refused.push(path);
      else await this.touch(path, await entryOf(file));
    }
    refused.push(...files.slice(MAX_FILES).map(({ path }) => path));
    if (refused.length) this.tell(this.say("browser.file.refused", { paths: refused.slice(0, 5).join(", "), limit: MAX_FILE / 1000, count: MAX_FILES }));
  }
}

/** Text where the bytes are UTF-8, else the bytes themselves. */
async function entryOf(file: File): Promise<Entry> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  try {
    if (bytes.includes(0)) throw new TypeError("binary");
    return { type: "file", mode: "0644", content: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return { type: "file", mode: "0644", content_b64: btoa(text) };
  }
}

/** Files of a drop, folders walked. */
async function dropped(data: DataTransfer | null): Promise<{ path: string; file: File }[]> {
  const found: { path: string; file: File }[] = [];
  const items = [...(data?.items ?? [])].map((item) => item.webkitGetAsEntry());
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    if (found.length > MAX_FILES) return;
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      found.push({ path: entry.fullPath.replace(/^\//, ""), file });
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (!batch.length) return;
      for (const one of batch) await walk(one);
    }
  };
  for (const entry of items) if (entry) await walk(entry);
  return found;
}
