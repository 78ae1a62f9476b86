/** The list below the editor: Docker's own words, what they mean, and what can be done about it with one press. */

import { FACT } from "../build/contract.js";
import { button, make, prose } from "./dom.js";
import type { Say } from "./messages.js";
import type { Problem } from "./protocol.js";

export interface ProblemEvents {
  go(line: number): void;
  fix(problem: Problem): void;
  refs(line: number): string | null;
}

export function problemList(say: Say): HTMLElement {
  return make("div", { role: "group", "aria-label": say("browser.problems"), hidden: true });
}

/** What is wrong stands open; advice is folded, and stays as the reader left it. */
export function showProblems(list: HTMLElement, problems: readonly Problem[], say: Say, events: ProblemEvents): void {
  const advice = problems.filter((problem) => problem.severity === "advice");
  const wrong = problems.filter((problem) => problem.severity !== "advice");
  const open = list.querySelector("details")?.open ?? false;
  const items = (some: readonly Problem[]): HTMLElement => make("ul", { class: "ll-problems" }, ...some.map((problem) => item(problem, say, events)));
  list.hidden = problems.length === 0;
  list.replaceChildren(
    ...(wrong.length ? [items(wrong)] : []),
    ...(advice.length
      ? [make("details", { class: "ll-advices", open }, make("summary", {}, say("browser.advices", { count: advice.length })), items(advice))]
      : []),
  );
}

function item(problem: Problem, say: Say, { go, fix, refs }: ProblemEvents): HTMLLIElement {
  const { line, message, explanation, severity } = problem;
  const where = line > 0 ? button(say("browser.line", { line }), "where", () => go(line)) : make("span", { class: "ll-where" }, say("browser.file"));
  return make(
    "li",
    { class: `ll-problem ll-${severity}`, [FACT.refs]: refs(line) },
    make("span", { class: "ll-severity" }, say(`browser.severity.${severity}`)),
    where,
    make("span", { class: "ll-message" }, ...(severity === "advice" ? prose(message) : [message])),
    explanation ? make("span", { class: "ll-explanation" }, ...prose(explanation)) : null,
    problem.fix ? button(prose(problem.fix.title), "fix", () => fix(problem)) : null,
  );
}
