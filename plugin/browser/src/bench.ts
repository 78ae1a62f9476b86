/** The controls beside the engine's views of one block: files, filters, containers, the terminal, the builds. */

import type { Block, Parameters } from "./block.js";
import { typedLines } from "./console.js";
import { ContextFiles } from "./contextfiles.js";
import { ContainerBench } from "./containers.js";
import { FileFilter } from "./filter.js";
import type { Method, Success } from "./protocol.js";
import { actionsBefore, documentOf, goTo, ownActions } from "./session.js";
import { Terminal } from "./terminal.js";
import { Timeline } from "./timeline.js";
import { ensure } from "./views.js";

export interface BenchEvents {
  act(method: Method, parameters: Parameters): Promise<boolean>;
  /** The reader went to another build of the session. */
  moved(): Promise<void>;
}

export class Bench {
  private readonly files: ContextFiles;
  private filter: FileFilter | null = null;
  private readonly containers: ContainerBench;
  private readonly timeline: Timeline;

  constructor(
    private readonly host: HTMLElement,
    private readonly block: Block,
    events: BenchEvents,
  ) {
    const { say, status } = block;
    const context = ensure(host, "context", block.title("context"));
    this.files = new ContextFiles(
      context,
      say,
      async (path, entry) => void (await events.act("touch", { path, entry })),
      (text) => {
        status.show(text, "trouble");
        status.announce(text);
      },
      () => {
        const last = ownActions(host).at(-1);
        return last?.type === "touch" ? () => goTo(host, actionsBefore(host) + ownActions(host).length - 1) && void events.moved() : null;
      },
    );
    context.append(this.files.node);
    this.containers = new ContainerBench(ensure(host, "containers", block.title("containers")), say, {
      run: (line) => events.act("command", { line }),
      answer: () => host.querySelector('[data-view="console"] .ll-exchange:last-child'),
      tell: (text) => status.show(text, "trouble"),
    });
    this.timeline = new Timeline(host, ensure(host, "timeline", block.title("timeline")), say, {
      moved: () => events.moved(),
      compare: async (builds) => {
        const reply = await block.ask("compare", { builds });
        if (reply?.ok) status.announce(reply.announce);
        return reply?.ok ? (reply.fragments["compare"]?.html ?? null) : null;
      },
    });
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

  /** The engine has put new fragments in place: these. What the others have beside them stands as it stood. */
  shown(fragments: Success["fragments"]): void {
    this.files.decorate();
    if (fragments["files"] || !this.filter) this.filtered();
    if (fragments["containers"]) this.containers.shown();
    if (fragments["timeline"]) this.timeline.shown();
  }

  /** The filter comes with the first files; a block may have none at first. */
  private filtered(): void {
    const root = this.host.querySelector<HTMLElement>('[data-view="files"]');
    if (!this.filter && root?.querySelector(".ll-files-layer") && root.parentElement) {
      this.filter = new FileFilter(root.parentElement, this.block.say);
      root.before(this.filter.node);
    }
    this.filter?.apply();
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
}
