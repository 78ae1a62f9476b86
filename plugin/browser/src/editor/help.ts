/** Help and completion for instructions, flags and stages; the sentences are data, the same keys in both languages. */

import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { Extension, Text } from "@codemirror/state";
import { hoverTooltip } from "@codemirror/view";
import en from "../../../layerlab/src/layerlab/messages/help.en.json";
import ko from "../../../layerlab/src/layerlab/messages/help.ko.json";
import { make } from "../dom.js";
import type { Language } from "../protocol.js";

type Table = Readonly<Record<string, string>>;
const TABLES: Readonly<Record<Language, Table>> = { ko, en };
const CONTINUED = /\\\s*$/;

/** What is known of an instruction (`RUN`) or one of its flags (`RUN --mount`). */
function helpOf(lang: Language, name: string): string | undefined {
  return TABLES[lang][`help.${name.replace(" ", ".")}`];
}

/** The instruction that a line belongs to, and the line it begins on. */
function instructionAt(doc: Text, number: number): { keyword: string; first: number } | null {
  let first = number;
  while (first > 1 && CONTINUED.test(doc.line(first - 1).text)) first -= 1;
  const keyword = /^\s*([A-Za-z]+)/.exec(doc.line(first).text)?.[1];
  return keyword ? { keyword: keyword.toUpperCase(), first } : null;
}

/** A sentence on what the pointer rests on. */
export function hover(lang: Language): Extension {
  return hoverTooltip((view, at) => {
    const line = view.state.doc.lineAt(at);
    const owner = instructionAt(view.state.doc, line.number);
    if (!owner || line.text.trimStart().startsWith("#")) return null;
    const word = wordAt(line.text, at - line.from);
    if (!word) return null;
    const begins = line.number === owner.first && line.text.slice(0, word.from).trim() === "";
    const name = begins ? owner.keyword : word.text.startsWith("--") ? `${owner.keyword} ${word.text}` : null;
    const text = name && helpOf(lang, name);
    if (!text) return null;
    return {
      pos: line.from + word.from,
      end: line.from + word.to,
      above: true,
      create: () => ({ dom: make("div", { class: "ll-help" }, make("strong", {}, name), " ", text) }),
    };
  }, { hideOnChange: true });
}

function wordAt(text: string, at: number): { from: number; to: number; text: string } | null {
  for (const found of text.matchAll(/[A-Za-z-]+/g)) {
    const to = found.index + found[0].length;
    if (found.index <= at && at <= to) return { from: found.index, to, text: found[0] };
  }
  return null;
}

export function complete(lang: Language): (context: CompletionContext) => CompletionResult | null {
  const names = Object.keys(TABLES[lang]).map((key) => key.slice("help.".length));
  const instructions = names.filter((name) => !name.includes(".")).map((name) => option(name, `${name} `, "keyword", helpOf(lang, name)));
  return (context) => {
    const { doc } = context.state;
    const line = doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    const owner = instructionAt(doc, line.number);
    const word = /[A-Za-z]*$/.exec(before)?.[0] ?? "";
    const from = context.pos - word.length;
    if (/^\s*[A-Za-z]*$/.test(before) && owner?.first === line.number) {
      return word || context.explicit ? { from, options: instructions } : null;
    }
    if (!before.trim() && context.explicit) return { from, options: instructions };
    if (!owner) return null;
    const flag = /\s(--[a-z-]*)$/.exec(before)?.[1];
    if (flag !== undefined) return { from: context.pos - flag.length, options: flags(lang, names, owner.keyword) };
    const stage = /(?:--from=|\bfrom=|^\s*FROM\s+)([\w.-]*)$/i.exec(before);
    if (!stage) return null;
    const options = stages(doc, owner.first).map((name) => option(name, name, "variable"));
    return options.length ? { from: context.pos - (stage[1] ?? "").length, options } : null;
  };
}

function flags(lang: Language, names: readonly string[], keyword: string): Completion[] {
  const own = names.filter((name) => name.startsWith(`${keyword}.--`)).map((name) => name.slice(keyword.length + 1));
  return own.map((flag) => option(flag, flag === "--link" ? flag : `${flag}=`, "property", helpOf(lang, `${keyword} ${flag}`)));
}

/** Names of the stages above a line. */
function stages(doc: Text, line: number): string[] {
  const found: string[] = [];
  for (let number = 1; number < line; number++) {
    const name = /^\s*FROM\s+(?:--\S+\s+)*\S+\s+AS\s+(\S+)/i.exec(doc.line(number).text)?.[1];
    if (name) found.push(name);
  }
  return found;
}

function option(label: string, apply: string, type: string, info?: string): Completion {
  return info ? { label, apply, type, info } : { label, apply, type };
}
