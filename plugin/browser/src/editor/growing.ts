/** A text area at once, and CodeMirror in its place as soon as that can be had. */

import type { Problem } from "../protocol.js";
import type { Editor, EditorEvents, EditorOptions, Fate } from "./adapter.js";
import { textareaEditor } from "./textarea.js";

/**
 * Milliseconds that a start has the device for itself. CodeMirror takes a fifth of a second of it, which on two cores the
 * engine would be later; but nobody types into a plain area longer than this because a line is slow.
 */
const PATIENCE = 2_000;

/**
 * The exchange waits for `after`, and for the end of a syllable; text, cursor, focus and all that was shown beside the
 * text go over.
 */
export function growingEditor(parent: HTMLElement, options: EditorOptions, events: EditorEvents, after: Promise<unknown> = Promise.resolve()): Editor {
  let editor: Editor = textareaEditor(parent, options, events);
  let problems: readonly Problem[] = [];
  let marked: ReadonlySet<number> = new Set();
  let fates: ReadonlyMap<number, Fate> = new Map();
  let gone = false;

  const grow = async (): Promise<void> => {
    await Promise.race([after, new Promise((late) => setTimeout(late, PATIENCE))]);
    if (gone) return;
    try {
      const { codemirrorEditor } = await import("./codemirror.js");
      await editor.settled();
      if (gone) return;
      const focused = parent.contains(document.activeElement);
      const now = { ...options, text: editor.text(), cursor: editor.cursor() };
      editor.destroy();
      editor = codemirrorEditor(parent, now, events);
      editor.problems(problems);
      editor.fates(fates);
      editor.mark(marked);
      if (focused) editor.focus();
    } catch {
      // the text area does
    }
  };
  void grow();
  return {
    text: () => editor.text(),
    replace: (text) => editor.replace(text),
    problems: (given) => editor.problems((problems = given)),
    mark: (lines) => editor.mark((marked = lines)),
    fates: (lines) => editor.fates((fates = lines)),
    insert: (text) => editor.insert(text),
    go: (line) => editor.go(line),
    focus: () => editor.focus(),
    cursor: () => editor.cursor(),
    settled: () => editor.settled(),
    destroy() {
      gone = true;
      editor.destroy();
    },
  };
}
