/** What the lines of the editor stand for: the tokens that tie them to views, and what became of their steps. */

import { CLASS, FACT } from "../build/contract.js";
import { tokens } from "./dom.js";
import type { Fate } from "./editor/adapter.js";
import type { Success } from "./protocol.js";

const FATES: readonly string[] = ["ran", "cached", "failed"] satisfies readonly Fate[];

export class Lines {
  /** Tokens of every line, as the engine's own source view ties them. */
  private refs = new Map<number, string>();

  /** As the page was made. */
  read(root: ParentNode): void {
    this.refs = new Map();
    for (const line of root.querySelectorAll(`.${CLASS.line}[${FACT.line}]`)) {
      const refs = line.getAttribute(FACT.refs);
      if (refs) this.refs.set(Number(line.getAttribute(FACT.line)), refs);
    }
  }

  /** As a reply says; answers the fate of each line. */
  take(lines: Success["lines"]): Map<number, Fate> {
    this.refs = new Map(lines.flatMap(([first, last, refs]) => span(first, last).map((line) => [line, refs] as const)));
    return new Map(lines.flatMap(([first, last, , status]) => (isFate(status) ? span(first, last).map((line) => [line, status] as const) : [])));
  }

  of(line: number): string | null {
    return this.refs.get(line) ?? null;
  }

  /** The lines that share a token with some refs. */
  with(refs: string): Set<number> {
    const wanted = tokens(refs);
    return new Set([...this.refs].filter(([, own]) => tokens(own).some((token) => wanted.includes(token))).map(([line]) => line));
  }
}

function isFate(status: string | null): status is Fate {
  return status !== null && FATES.includes(status);
}

function span(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
