/** What a block needs of an editor. The textarea is the one that always works; CodeMirror is fetched when it can be. */

import type { Language, LineEdit, Problem } from "../protocol.js";

export interface EditorEvents {
  /** The text has changed and no syllable is being composed. */
  change(text: string): void;
  /** The reader asked for a build. */
  run(): void;
  /** The line pointed at, or the one the cursor moved to; null for none. */
  point(line: number | null): void;
  /** A quick fix was chosen inside the editor. */
  fix(problem: Problem): void;
}

export type Fate = "ran" | "cached" | "failed";

export interface EditorOptions {
  readonly text: string;
  readonly label: string;
  readonly lang: Language;
  readonly fates: Readonly<Record<Fate, string>>;
  /** Where the cursor stands at first, in UTF-16 units. */
  readonly cursor?: number;
}

export interface Editor {
  text(): string;
  /** Replace everything, as one step that can be undone. */
  replace(text: string): void;
  problems(problems: readonly Problem[]): void;
  mark(lines: ReadonlySet<number>): void;
  /** What became of each line in the last build, beside the line numbers. */
  fates(lines: ReadonlyMap<number, Fate>): void;
  /** Put text where the cursor is. */
  insert(text: string): void;
  /** Move the cursor to a line and show it. */
  go(line: number): void;
  focus(): void;
  /** Where the cursor is, in UTF-16 units. */
  cursor(): number;
  /** Resolves when no syllable is being composed. */
  settled(): Promise<void>;
  destroy(): void;
}

export type MakeEditor = (parent: HTMLElement, options: EditorOptions, events: EditorEvents) => Editor;

/** A text with edits of whole lines applied, the last first so that the numbers stay true. */
export function applyEdits(text: string, edits: readonly LineEdit[]): string {
  const lines = text.split("\n");
  for (const edit of [...edits].sort((a, b) => b.line - a.line)) {
    lines.splice(edit.line - 1, edit.endLine - edit.line + 1, ...edit.text.replace(/\n$/, "").split("\n"));
  }
  return lines.join("\n");
}

export const INSTRUCTIONS: readonly string[] = [
  "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
  "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
];
