/** Image archives of one block: its panel, the button that opens it, and what loading one does to the session. */

import { ArchivePanel, type Loaded, plainName } from "./archives.js";
import { keepArchive } from "./archivestore.js";
import type { Block } from "./block.js";
import { button } from "./dom.js";
import type { Success } from "./protocol.js";
import { authorText } from "./session.js";

/** On a block that was woken in order to open an archive. */
const OPEN_ARCHIVES = "data-archives";

export interface ArchiveHooks {
  /** What stands in the editor becomes the session's. */
  current(): Promise<void>;
  show(reply: Success): void;
  text(): string;
  put(text: string): void;
}

export class LabArchives {
  readonly panel: ArchivePanel;

  constructor(
    private readonly host: HTMLElement,
    private readonly block: Block,
    private readonly hooks: ArchiveHooks,
  ) {
    const { status } = block;
    this.panel = new ArchivePanel(`${host.id}-archives`, block.say, {
      load: (file) => this.load(file),
      export: (wanted) => block.export(wanted),
      look: (reference) => hooks.put(`FROM ${reference}\n`),
      tell: (text, kind = "") => {
        status.show(text, kind);
        status.announce(text);
      },
      announce: (text) => {
        status.show("");
        status.announce(text);
      },
    });
    this.panel.node.hidden = !host.hasAttribute(OPEN_ARCHIVES);
  }

  opener(): HTMLButtonElement {
    const { node } = this.panel;
    const made = button(this.block.say("browser.archives"), "archives-button", () => {
      node.hidden = !node.hidden;
      made.setAttribute("aria-expanded", String(!node.hidden));
      void this.panel.renew();
    });
    made.setAttribute("aria-expanded", String(!node.hidden));
    made.setAttribute("aria-controls", node.id);
    return made;
  }

  /** After a reply: what can be saved now, and the files that the terminal's commands wrote. */
  shown(): void {
    this.panel.decorate(this.host);
    void this.panel.renew();
  }

  /** An archive of the reader's becomes images of this block's host; what stands in the editor stays. */
  private async load(file: File): Promise<Loaded | null> {
    const { block, hooks } = this;
    await hooks.current();
    const reply = await block.ask("import", { name: plainName(file) }, block.views(), file);
    if (!reply?.ok) {
      if (reply) this.panel.refuse(reply.error.message);
      return null;
    }
    const digest = String(reply.document.actions.findLast((action) => action.type === "load")?.["archive"]);
    const kept = await keepArchive(digest, file);
    hooks.show(reply);
    block.save(hooks.text());
    await block.refreshAfter();
    const [first] = reply.loaded ?? [];
    if (first && this.host.hasAttribute(OPEN_ARCHIVES) && hooks.text() === authorText(this.host)) hooks.put(`FROM ${first.from}\n`);
    return { images: reply.loaded ?? [], kept };
  }
}
