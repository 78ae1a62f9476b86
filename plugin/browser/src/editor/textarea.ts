/** An editor that every browser has. */

import { make } from "../dom.js";
import type { MakeEditor } from "./adapter.js";

export const textareaEditor: MakeEditor = (parent, { text, label }, events) => {
  const area = make("textarea", {
    class: "ll-textarea",
    "aria-label": label,
    spellcheck: "false",
    autocapitalize: "off",
    autocomplete: "off",
    autocorrect: "off",
    wrap: "off",
    rows: Math.max(4, text.split("\n").length + 1),
  });
  area.value = text;
  parent.append(area);
  let composing = false;
  let line = 0;
  area.addEventListener("compositionstart", () => (composing = true));
  area.addEventListener("compositionend", () => {
    composing = false;
    events.change(area.value);
  });
  area.addEventListener("input", () => {
    if (!composing) events.change(area.value);
  });
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    events.run();
  });
  area.addEventListener("selectionchange", () => {
    const now = area.value.slice(0, area.selectionStart).split("\n").length;
    if (now !== line && area.matches(":focus")) events.point((line = now));
  });
  return {
    text: () => area.value,
    replace(next) {
      area.focus();
      area.select();
      // the only way to change a text area that its own undo knows about
      if (!document.execCommand("insertText", false, next)) area.value = next;
      events.change(area.value);
    },
    problems(problems) {
      area.toggleAttribute("aria-invalid", problems.some((problem) => problem.severity === "error"));
    },
    mark() {
      // a text area can't mark lines; the list of problems below it names them
    },
    fates() {
      // nor has it a margin; the cache view says the same in words
    },
    insert(next) {
      area.focus();
      if (!document.execCommand("insertText", false, next)) area.setRangeText(next, area.selectionStart, area.selectionEnd, "end");
      events.change(area.value);
    },
    go(wanted) {
      const start = area.value.split("\n").slice(0, wanted - 1).reduce((sum, one) => sum + one.length + 1, 0);
      area.focus();
      area.setSelectionRange(start, start);
    },
    focus: () => area.focus(),
    cursor: () => area.selectionEnd,
    async settled() {
      while (composing) await new Promise((resolve) => area.addEventListener("compositionend", resolve, { once: true }));
    },
    destroy: () => area.remove(),
  };
};
