/** A Dockerfile with its colours, for a text that no engine has seen yet: line by line as `views/source.py` has it. */

import { make } from "./dom.js";

const WORDS = /(?<variable>\$\{[^}\n]*\}|\$[A-Za-z_]\w*)|(?<string>"(?:\\.|[^"\\\n])*"|'[^'\n]*')|(?<flag>(?<=\s)--[a-z][a-z-]*)/g;
const COMMENT = /^\s*#/;
const KEYWORD = /^\s*[A-Za-z]+/;
const ESCAPE = /^\s*#\s*escape\s*=\s*([\\`])\s*$/i;
const DIRECTIVE = /^\s*#\s*[A-Za-z]+\s*=/;
const TAKES_HEREDOCS = /^\s*(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\b/i;
const HEREDOC = /(?<=\s)\d*<<(-?)(["']?)([^\s<"']+)\2(?=\s|$)/g;

/** The lines as elements, each followed by its line break. */
export function coloured(text: string): (HTMLElement | string)[] {
  const lines = text.split("\n").map((line) => line.replace(/\r+$/, ""));
  if (lines.at(-1) === "") lines.pop();
  const firsts = starts(lines);
  return lines.flatMap((line, at) => [make("span", { class: "ll-line", "data-line": at + 1 }, ...words(line, firsts.has(at))), "\n"]);
}

function words(line: string, first: boolean): (HTMLElement | string)[] {
  if (COMMENT.test(line)) return [make("span", { class: "ll-comment" }, line)];
  const keyword = (first && KEYWORD.exec(line)?.[0]) || "";
  const rest = line.slice(keyword.length);
  const found: (HTMLElement | string)[] = keyword ? [make("span", { class: "ll-keyword" }, keyword)] : [];
  let at = 0;
  for (const match of rest.matchAll(WORDS)) {
    const [kind] = Object.entries(match.groups ?? {}).find(([, word]) => word !== undefined) ?? [""];
    found.push(rest.slice(at, match.index), make("span", { class: `ll-${kind}` }, match[0]));
    at = match.index + match[0].length;
  }
  return [...found, rest.slice(at)];
}

/** Which lines an instruction begins in: not those it goes on in, and no line of a here-document. */
function starts(lines: readonly string[]): ReadonlySet<number> {
  const found = new Set<number>();
  const goesOn = new RegExp(`\\${escapeOf(lines)}[ \\t]*$`);
  let inside = false;
  let takes = false;
  let ends: { readonly word: string; readonly tabs: boolean }[] = [];
  for (const [at, line] of lines.entries()) {
    const [awaited] = inside ? [] : ends;
    if (awaited) {
      if ((awaited.tabs ? line.replace(/^\t+/, "") : line) === awaited.word) ends = ends.slice(1);
      continue;
    }
    if (COMMENT.test(line) || !line.trim()) continue;
    if (!inside) {
      found.add(at);
      takes = TAKES_HEREDOCS.test(line);
    }
    if (takes) ends.push(...[...line.matchAll(HEREDOC)].map(([, dash, , word = ""]) => ({ word, tabs: dash === "-" })));
    inside = goesOn.test(line);
  }
  return found;
}

/** The character that carries an instruction over to the next line. */
function escapeOf(lines: readonly string[]): string {
  for (const line of lines) {
    if (!DIRECTIVE.test(line)) break;
    const [, character] = ESCAPE.exec(line) ?? [];
    if (character) return character;
  }
  return "\\";
}
