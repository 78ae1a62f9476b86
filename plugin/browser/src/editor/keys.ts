/** A row of the characters a Dockerfile needs and a phone's keyboard hides. Shown on touch screens only. */

import { button, make } from "../dom.js";

const KEYS = ["\\", "&&", "\"", "[", "]", "/", ":", "=", "$", "{", "}", "-", "#", "|"] as const;

export function keyRow(label: string, insert: (text: string) => void): HTMLElement {
  const row = make("div", { class: "ll-keyrow", role: "group", "aria-label": label }, ...KEYS.map((key) => button(key, "key", () => insert(key))));
  // the field keeps the focus, or the keyboard would fold away
  row.addEventListener("pointerdown", (event) => event.preventDefault());
  return row;
}
