/** A Dockerfile block the reader has touched: editor, actions, problems, and a build after every change. */

import { CLASS } from "../build/contract.js";
import { download } from "./archives.js";
import { Bench } from "./bench.js";
import { Block, LIVE_VIEWS, MORE_VIEWS, type Parameters } from "./block.js";
import type { Client } from "./client.js";
import { coloured } from "./colours.js";
import { button, make } from "./dom.js";
import { applyEdits, type Editor, type EditorEvents, type EditorOptions } from "./editor/adapter.js";
import { growingEditor } from "./editor/growing.js";
import { keyRow } from "./editor/keys.js";
import { LabArchives } from "./labarchives.js";
import { Lines } from "./lines.js";
import { optionsPanel } from "./options.js";
import { Pace } from "./pace.js";
import { problemList, showProblems } from "./problems.js";
import type { Method, Problem, Success } from "./protocol.js";
import { BuildQueue, type Kind } from "./queue.js";
import { actionsAhead, authorText, documentOf, setWork } from "./session.js";
import { inPlayground, sessionButtons } from "./sharing.js";
import { empty, ensure, inSight } from "./views.js";

/** Milliseconds without a key or a build after which a reader looks at more than the line they are at. */
const REST = 300;
/** Not on the page before the engine runs, and so asked for at first beside what is in sight; the rest comes next. */
const FIRST_VIEW = "cache";
/** Longer texts are a paste by mistake; the engine refuses them too. */
const MAX_TEXT = 200_000;

export class LabBlock {
  private readonly block: Block;
  private readonly source: HTMLElement;
  private readonly mount = make("div", { class: "ll-editor" });
  private readonly list: HTMLElement;
  private readonly panel: HTMLElement;
  private readonly bench: Bench;
  private readonly archives: LabArchives;
  private readonly lines = new Lines();
  private readonly queue = new BuildQueue((kind) => this.builds(kind), (on) => this.busy(on));
  private readonly editor: Editor;
  private text: string;
  private built: string | null = null;
  private timer = 0;
  private laying = false;
  private readonly pace = new Pace();
  private resting = 0;
  /** The answer to a text that doesn't build, not shown yet: most likely a word in the making. */
  private held: Success | null = null;
  /** Views that show an earlier build: those out of sight during the last ones. */
  private later: ReadonlySet<string> = new Set();
  private catching = false;
  private shownProblems = "";
  private announcement = "";

  constructor(
    private readonly host: HTMLElement,
    client: Client,
  ) {
    this.block = new Block(host, client);
    this.block.again = () => void this.begin();
    const { say } = this.block;
    this.text = this.block.saved()?.text ?? lastText(host);
    this.list = problemList(say);
    this.source = host.querySelector<HTMLElement>(`.${CLASS.source}`) ?? host.appendChild(make("div", { class: CLASS.source }));
    this.source.querySelector("pre")?.setAttribute("hidden", "");
    this.panel = optionsPanel(host, `${host.id}-options`, say, (name, value) => void this.act("option", { name, value }));
    this.panel.hidden = true;
    this.archives = new LabArchives(host, this.block, {
      current: () => this.current(),
      show: (reply) => this.show(reply),
      text: () => this.text,
      put: (text) => this.put(text),
    });
    this.source.append(this.mount, keyRow(say("browser.keys"), (text) => this.editor.insert(text)), this.list);
    this.bar();
    if (inPlayground(host)) host.append(make("div", { class: "ll-below" }));
    for (const view of [...LIVE_VIEWS, ...MORE_VIEWS]) ensure(host, view, this.block.title(view));
    this.bench = new Bench(host, this.block, { act: (method, parameters) => this.act(method, parameters), moved: () => this.moved() });
    this.archives.panel.takeDrops(ensure(host, "console", this.block.title("console")));
    host.dispatchEvent(new CustomEvent("layerlab:views"));
    let begun = (): void => undefined;
    this.editor = growingEditor(this.mount, this.options(), this.events(), new Promise<void>((done) => (begun = done)));
    this.lines.read(this.source);
    host.addEventListener("layerlab:shown", () => void this.catchUp());
    host.addEventListener("layerlab:marked", (event) => this.editor.mark(this.lines.with((event as CustomEvent<string>).detail)));
    void this.begin().finally(begun);
  }

  /** The block as its text says, at first and after a start that failed. */
  private async begin(): Promise<void> {
    if (this.text !== authorText(this.host)) return this.build("edit");
    await this.open([...inSight(this.host, this.block.views()), FIRST_VIEW]);
    await this.catchUp();
  }

  focus(): void {
    this.editor.focus();
  }

  /** Another text in the editor, as if it had been pasted; the builds lead back to what stood there. */
  put(text: string): void {
    this.editor.replace(text);
  }

  /** The reader has decided about their work on an earlier text of the author's. */
  settled(open: boolean): void {
    const work = this.block.settled();
    if (!open || !work) return;
    setWork(this.host, work);
    void this.moved(work.text);
  }

  private options(): EditorOptions {
    const { say, lang } = this.block;
    const fates = { ran: say("browser.fate.ran"), cached: say("browser.fate.cached"), failed: say("browser.fate.failed") };
    return { text: this.text, label: say("browser.editor"), lang, fates };
  }

  private events(): EditorEvents {
    return {
      change: (text) => this.changed(text),
      run: () => void this.build("commit"),
      point: (line) => this.host.dispatchEvent(new CustomEvent("layerlab:point", { detail: (line && this.lines.of(line)) || "" })),
      fix: (problem) => this.fix(problem),
    };
  }

  private bar(): void {
    const { say, status } = this.block;
    const old = this.host.querySelector(".ll-bar");
    const options = button(say("browser.options"), "options", () => {
      this.panel.hidden = !this.panel.hidden;
      options.setAttribute("aria-expanded", String(!this.panel.hidden));
    });
    options.setAttribute("aria-expanded", "false");
    options.setAttribute("aria-controls", this.panel.id);
    const bar = make(
      "div",
      { class: "ll-bar" },
      button(say("browser.run"), "run", () => void this.build("commit"), say("browser.run_hint")),
      options,
      this.archives.opener(),
      button(say("browser.reset"), "reset", () => void this.reset()),
      button(say("browser.copy"), "copy", () => void status.copy(this.editor.text())),
      button(say("browser.download"), "download", () => this.download()),
      ...sessionButtons(this.host, this.block, () => this.current()),
      status.node,
    );
    if (old) old.replaceWith(bar);
    else this.host.prepend(bar);
    bar.after(this.panel, this.archives.panel.node);
  }

  private changed(text: string): void {
    this.text = text;
    clearTimeout(this.timer);
    clearTimeout(this.resting);
    if (text.length > MAX_TEXT) {
      this.block.status.show(this.block.say("browser.too_long", { limit: MAX_TEXT.toLocaleString(this.block.lang) }), "trouble");
      return;
    }
    this.block.status.show("");
    if (!this.laying) this.soon();
    this.block.save(text);
  }

  /** Ask for a build of what was typed. */
  private soon(): void {
    const wait = this.pace.key(performance.now());
    // no timer where there is nothing to wait for: the worker would begin only after the frame that shows the key
    if (wait) this.timer = window.setTimeout(() => void this.build("edit"), wait);
    else void this.build("edit");
  }

  /** A text in the editor that isn't to be built. */
  private lay(text: string): void {
    this.laying = true;
    this.editor.replace(text);
    this.laying = false;
    clearTimeout(this.timer);
  }

  /** The state as the engine sees it now: hashes, problems and line tokens. */
  private async open(views: readonly string[] = this.block.views()): Promise<void> {
    const reply = await this.block.ask("open", {}, views);
    if (!reply?.ok) return;
    this.later = this.allBut(views);
    this.show(reply);
  }

  private allBut(views: readonly string[]): ReadonlySet<string> {
    return new Set(this.block.views().filter((view) => !views.includes(view)));
  }

  /** Settles when there is nothing left to build. */
  private build(kind: Kind): Promise<void> {
    clearTimeout(this.timer);
    return this.queue.ask(kind);
  }

  private async builds(kind: Kind): Promise<void> {
    if (this.text !== this.built) await this.send();
    if (kind === "commit" && this.text === this.built && !actionsAhead(this.host).length) {
      await this.block.ask("commit", {}, []);
      this.later = this.allBut([]);
    }
  }

  private busy(on: boolean): void {
    this.host.toggleAttribute("data-busy", on);
    if (!on) this.rest();
  }

  /** Once nothing happens for a moment: mistakes are told, in sound too, and what is out of sight follows. */
  private rest(): void {
    clearTimeout(this.resting);
    this.resting = window.setTimeout(() => void this.settle(), REST);
  }

  private async settle(): Promise<void> {
    if (this.queue.isBusy) return; // it ends in another rest
    if (this.held) this.show(this.held);
    this.printed();
    this.block.status.announce(this.announcement);
    // an answer about the rest would take away what was said of a text that the engine couldn't build
    if (this.built !== null && this.text !== this.built) return;
    await this.catchUp();
    await this.block.refreshAfter();
  }

  /** What stands for the editor on paper. */
  private printed(): void {
    const code = this.source.querySelector("pre code");
    if (code && code.textContent?.trimEnd() !== this.text.trimEnd()) code.replaceChildren(...coloured(this.text));
  }

  /**
   * Views out of sight during the last builds, and one whose tab was chosen for the first time: what is in sight first,
   * and one view at a time, so that a key pressed meanwhile waits for no more than one. Another session or text ends it;
   * what is left comes with the next rest.
   */
  private async catchUp(): Promise<void> {
    if (this.catching || this.queue.isBusy) return;
    this.catching = true;
    const { text } = this;
    const tried = new Set<string>();
    for (let view = this.due(tried); view !== undefined; view = this.due(tried)) {
      tried.add(view);
      const reply = await this.block.ask("open", {}, [view]);
      if (!reply?.ok) break;
      if (this.queue.isBusy || text !== this.text) {
        this.rest();
        break;
      }
      this.later = new Set([...this.later].filter((name) => name !== view));
      this.show(reply);
    }
    this.catching = false;
  }

  /** The view to ask for next; none where all show the last build, or have just been asked for. */
  private due(tried: ReadonlySet<string>): string | undefined {
    const views = [...new Set([...empty(this.host), ...this.later])].filter((view) => !tried.has(view));
    return inSight(this.host, views)[0] ?? views[0];
  }

  /** Anything but an edit that changes the session: an option, a context file, a command. */
  private async act(method: Method, parameters: Parameters): Promise<boolean> {
    await this.current();
    const views = this.block.views();
    const reply = await this.block.ask(method, parameters, views);
    if (!reply?.ok) return false;
    this.later = this.allBut(views);
    this.show(reply);
    this.block.status.announce(reply.announce);
    this.block.save(this.text);
    await this.block.refreshAfter();
    return true;
  }

  /** The reader went to another build of the session: the editor shows that build's text. */
  private async moved(ahead: string | null = null): Promise<void> {
    this.built = lastText(this.host);
    this.text = ahead ?? this.built;
    this.lay(this.text);
    await this.open();
    this.block.save(this.text);
    this.renewPanel();
    await this.block.refreshAfter();
    this.block.status.announce(this.block.say("browser.went_there"));
  }

  /** Only what is in sight is asked for while somebody types. */
  private async send(): Promise<void> {
    const { text, block } = this;
    const views = inSight(this.host, block.views());
    const began = performance.now();
    const reply = await block.ask("edit", { text }, views);
    if (!reply?.ok) return;
    this.pace.took(performance.now() - began);
    this.built = text;
    this.later = this.allBut(views);
    this.announcement = reply.announce;
    if (!block.overtaken) block.save(this.text); // what was typed is kept already, unless later elsewhere
    if (reply.status === "ok") this.show(reply);
    else this.held = reply;
  }

  private show(reply: Success): void {
    this.held = null;
    this.block.show(reply);
    this.bench.shown(reply.fragments);
    this.archives.shown();
    this.editor.fates(this.lines.take(reply.lines));
    this.host.dispatchEvent(new CustomEvent("layerlab:replied"));
    const problems = JSON.stringify([reply.problems, reply.lines]);
    if (problems === this.shownProblems) return;
    this.shownProblems = problems;
    this.editor.problems(reply.problems);
    showProblems(this.list, reply.problems, this.block.say, {
      go: (line) => this.editor.go(line),
      fix: (problem) => this.fix(problem),
      refs: (line) => this.lines.of(line),
    });
  }

  private fix(problem: Problem): void {
    if (problem.fix) this.editor.replace(applyEdits(this.editor.text(), problem.fix.edits));
  }

  private async reset(): Promise<void> {
    const { say, status } = this.block;
    this.text = authorText(this.host);
    this.built = null;
    this.lay(this.text);
    this.block.forget();
    await this.open();
    this.block.forget();
    this.renewPanel();
    await this.block.refreshAfter();
    status.announce(say("browser.was_reset"));
  }

  /** The fields of the options as they are after a reset. */
  private renewPanel(): void {
    const { say } = this.block;
    const fresh = optionsPanel(this.host, this.panel.id, say, (name, value) => void this.act("option", { name, value }));
    this.panel.replaceChildren(...fresh.childNodes);
  }

  /** What stands in the editor becomes the session's. */
  private async current(): Promise<void> {
    if (this.text !== this.built && this.text !== authorText(this.host)) await this.build("edit");
  }

  private download(): void {
    download(this.editor.text(), "Dockerfile", "text/plain");
  }
}

/** The Dockerfile as the block's last action has it. */
function lastText(host: HTMLElement): string {
  return documentOf(host).actions.findLast((action) => action.block === host.id && action.text !== undefined)?.text ?? authorText(host);
}
