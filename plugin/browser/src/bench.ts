/** The controls beside the engine's views of one block: files of the context, filters, the terminal, going back. */

import type { Block, Parameters } from "./block.js";
import { typedLines } from "./console.js";
import { ContextFiles } from "./contextfiles.js";
import { button } from "./dom.js";
import { FileFilter } from "./filter.js";
import type { Method } from "./protocol.js";
import { documentOf, ownActions, setOwnActions } from "./session.js";
import { Terminal } from "./terminal.js";
import { ensure } from "./views.js";

export interface BenchEvents {
  act(method: Method, parameters: Parameters): Promise<boolean>;
  /** The reader's own actions were cut back. */
  rewound(): Promise<void>;
}

/** Actions that build; one entry of the timeline each. */
const BUILDS: ReadonlySet<string> = new Set(["edit", "option", "touch"]);

export class Bench {
  private readonly files: ContextFiles;
  private readonly filter: FileFilter | null;

  constructor(
    private readonly host: HTMLElement,
    private readonly block: Block,
    private readonly events: BenchEvents,
  ) {
    const { say, status } = block;
    const context = ensure(host, "context", block.title("context"));
    this.files = new ContextFiles(
      host,
      context,
      say,
      async (path, entry) => void (await events.act("touch", { path, entry })),
      (text) => {
        status.show(text, "trouble");
        status.announce(text);
      },
    );
    context.append(this.files.node);
    const files = host.querySelector<HTMLElement>(".ll-view-files");
    this.filter = files ? new FileFilter(files, say) : null;
    if (files && this.filter) files.querySelector("[data-view]")?.before(this.filter.node);
    const terminal = new Terminal(
      say,
      {
        run: (line) => events.act("command", { line }),
        complete: (text, offset) => block.complete(text, offset),
        past: () => typedLines(host),
        announce: (text) => status.announce(text),
      },
      this.examples(),
    );
    ensure(host, "console", block.title("console")).append(terminal.node);
  }

  /** The engine has put new fragments in place. */
  shown(): void {
    this.files.decorate();
    this.filter?.apply();
    this.offerReturns();
  }

  /** Two containers from the image, a write in one of them, what that changed, and an image made of it. */
  private examples(): readonly string[] {
    const tag = documentOf(this.host).actions.findLast((action) => action.type === "build" && action.block === this.host.id)?.["tag"];
    if (typeof tag !== "string") return [];
    const [name] = tag.split(":");
    return [
      `docker run -dit --name one ${tag}`,
      `docker run -dit --name two ${tag}`,
      "docker exec one touch /hello",
      "docker diff one",
      `docker commit one ${name}:changed`,
      `docker history ${tag}`,
    ];
  }

  /** A way back to each build the reader's own actions made, and to the one before them. */
  private offerReturns(): void {
    const own = ownActions(this.host);
    const cuts = own.flatMap((action, index) => (BUILDS.has(action.type) ? [index] : [])).reverse();
    const items = [...this.host.querySelectorAll<HTMLElement>(".ll-timeline > li")];
    items.forEach((item, index) => {
      item.querySelector(".ll-go-back")?.remove();
      const cut = cuts[index - 1];
      if (index === 0 || cut === undefined) return;
      item.append(button(this.block.say("browser.go_back"), "go-back", () => void this.goBack(cut)));
    });
  }

  private async goBack(cut: number): Promise<void> {
    setOwnActions(this.host, ownActions(this.host).slice(0, cut));
    await this.events.rewound();
  }
}
