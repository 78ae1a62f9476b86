/** CodeMirror 6 in a shadow root: its style rules need no `unsafe-inline`, and the page's theme can't leak in. */

import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { dockerFile } from "@codemirror/legacy-modes/mode/dockerfile";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorState, RangeSet, RangeSetBuilder, StateEffect, StateField, type Text, Transaction } from "@codemirror/state";
import { Decoration, type DecorationSet, drawSelection, EditorView, gutter, GutterMarker, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { make, prose } from "../dom.js";
import type { Problem } from "../protocol.js";
import type { Fate, MakeEditor } from "./adapter.js";
import { complete, hover } from "./help.js";

const setMarks = StateEffect.define<ReadonlySet<number>>();
const markedLine = Decoration.line({ class: "ll-cm-marked" });

const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    for (const effect of transaction.effects) if (effect.is(setMarks)) return lines(transaction.state.doc, effect.value);
    return shown.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

class FateMarker extends GutterMarker {
  constructor(
    readonly fate: Fate,
    readonly title: string,
  ) {
    super();
  }
  override eq(other: FateMarker): boolean {
    return other.fate === this.fate;
  }
  override toDOM(): Node {
    const node = document.createElement("span");
    node.className = `ll-fate ll-fate-${this.fate}`;
    node.title = this.title;
    return node;
  }
}

const setFates = StateEffect.define<RangeSet<GutterMarker>>();
const fateField = StateField.define<RangeSet<GutterMarker>>({
  create: () => RangeSet.empty,
  update(shown, transaction) {
    for (const effect of transaction.effects) if (effect.is(setFates)) return effect.value;
    return shown.map(transaction.changes);
  },
});

const theme = EditorView.theme({
  "&": { backgroundColor: "transparent", color: "var(--ll-text)", fontSize: "var(--ll-code-size)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--ll-mono)", lineHeight: "var(--ll-leading)", maxHeight: "var(--ll-editor-max, none)" },
  ".cm-content": { padding: "0.6rem 0", caretColor: "var(--ll-text)" },
  ".cm-gutters": { backgroundColor: "var(--ll-code)", color: "var(--ll-quiet)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--ll-hover)" },
  ".cm-cursor": { borderLeftColor: "var(--ll-text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--ll-selection)" },
  ".ll-cm-marked": { backgroundColor: "var(--ll-mark)" },
  ".cm-lint-marker": { content: "normal", width: "0.55em", height: "0.55em", margin: "0.35em 0", borderRadius: "50%", backgroundColor: "var(--ll-accent)" },
  ".cm-lint-marker-warning": { content: "normal", backgroundColor: "var(--ll-warn)", borderRadius: "1px" },
  ".cm-lint-marker-error": { content: "normal", backgroundColor: "var(--ll-bad)" },
  ".cm-lint-marker-info": { content: "normal" },
  ".ll-fates": { width: "12px", flex: "none" },
  ".cm-gutter-lint": { flex: "none" },
  ".ll-fate, .cm-lint-marker": { forcedColorAdjust: "none" },
  ".ll-fate": { display: "block", width: "4px", height: "100%", minHeight: "1.2em", margin: "0 4px", borderRadius: "2px" },
  ".ll-fate-ran": { backgroundColor: "var(--ll-warn)" },
  ".ll-fate-cached": { backgroundColor: "var(--ll-good)", opacity: "0.55" },
  ".ll-fate-failed": { backgroundColor: "var(--ll-bad)" },
  ".ll-help": { padding: "0.5rem 0.7rem", maxWidth: "30rem", fontFamily: "var(--ll-sans)", lineHeight: "1.6" },
  ".ll-help strong": { fontFamily: "var(--ll-mono)", color: "var(--ll-keyword)" },
  ".cm-tooltip.cm-completionInfo": { padding: "0.5rem 0.7rem", maxWidth: "24rem", fontFamily: "var(--ll-sans)" },
  ".cm-tooltip": { backgroundColor: "var(--ll-surface)", color: "var(--ll-text)", border: "1px solid var(--ll-line)", borderRadius: "0.3rem" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--ll-accent)", color: "var(--ll-on-accent)" },
  ".cm-diagnostic": { fontFamily: "var(--ll-sans)", padding: "0.4rem 0.7rem", maxWidth: "34rem", whiteSpace: "pre-wrap" },
  ".cm-diagnosticAction": { backgroundColor: "var(--ll-accent)", color: "var(--ll-on-accent)", padding: "0.25rem 0.6rem", borderRadius: "0.2rem" },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--ll-keyword)", fontWeight: "600" },
  { tag: tags.comment, color: "var(--ll-comment)" },
  { tag: tags.string, color: "var(--ll-string)" },
  { tag: [tags.variableName, tags.special(tags.variableName)], color: "var(--ll-variable)" },
]);

export const codemirrorEditor: MakeEditor = (parent, { text, label, lang, fates, cursor = 0 }, events) => {
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: "open" });
  let pending = false;
  const settle = (view: EditorView): void => {
    if (pending && !view.composing && !view.compositionStarted) {
      pending = false;
      events.change(view.state.doc.toString());
    }
  };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      selection: { anchor: Math.min(cursor, text.length) },
      extensions: [
        history(),
        lineNumbers(),
        lintGutter(),
        fateField,
        gutter({ class: "ll-fates", markers: (shown) => shown.state.field(fateField) }),
        hover(lang),
        drawSelection(),
        highlightActiveLine(),
        StreamLanguage.define(dockerFile),
        syntaxHighlighting(colours),
        autocompletion({ override: [complete(lang)], activateOnTyping: true, icons: false }),
        marks,
        theme,
        keymap.of([
          { key: "Mod-Enter", run: () => (events.run(), true) },
          ...completionKeymap,
          ...lintKeymap,
          ...defaultKeymap,
          ...historyKeymap,
        ]),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", autocapitalize: "off", autocorrect: "off", spellcheck: "false" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) {
            pending = true;
            settle(update.view);
          }
          if (update.selectionSet && update.view.hasFocus) {
            events.point(update.state.doc.lineAt(update.state.selection.main.head).number);
          }
        }),
        EditorView.domEventHandlers({
          // typed over a selection: left to itself the browser joins lines by style attributes, which the policy forbids
          beforeinput: (event, target) => {
            if (event.inputType !== "insertText" || event.data === null || target.composing || target.state.selection.main.empty) return false;
            event.preventDefault();
            target.dispatch(target.state.replaceSelection(event.data), { annotations: Transaction.userEvent.of("input.type"), scrollIntoView: true });
            return true;
          },
          // the last change of a syllable arrives around this event: look once it is over
          compositionend: (_event, target) => void setTimeout(() => settle(target)),
          mousemove: (event, target) => {
            const at = target.posAtCoords({ x: event.clientX, y: event.clientY });
            events.point(at === null ? null : target.state.doc.lineAt(at).number);
          },
          mouseleave: () => events.point(null),
          blur: (_event, target) => settle(target),
        }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    replace(next) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next }, annotations: Transaction.userEvent.of("input.fix") });
    },
    problems(problems) {
      const found = problems.filter((problem) => problem.line > 0).map((problem) => diagnostic(view.state.doc, problem, events.fix));
      view.dispatch(setDiagnostics(view.state, found));
    },
    mark(wanted) {
      view.dispatch({ effects: setMarks.of(wanted) });
    },
    fates(wanted) {
      const { doc } = view.state;
      const found = [...wanted].filter(([line]) => line <= doc.lines).sort(([one], [other]) => one - other);
      const markers = found.map(([line, fate]) => new FateMarker(fate, fates[fate]).range(doc.line(line).from));
      view.dispatch({ effects: setFates.of(RangeSet.of(markers)) });
    },
    insert(next) {
      view.focus();
      view.dispatch(view.state.replaceSelection(next), { annotations: Transaction.userEvent.of("input.type"), scrollIntoView: true });
    },
    go(line) {
      const { from } = view.state.doc.line(Math.min(line, view.state.doc.lines));
      view.focus();
      view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
    },
    focus: () => view.focus(),
    cursor: () => view.state.selection.main.head,
    settled: () => Promise.resolve(),
    destroy: () => view.destroy(),
  };
};

function lines(doc: Text, wanted: ReadonlySet<number>): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const number of [...wanted].sort((a, b) => a - b)) {
    if (number >= 1 && number <= doc.lines) builder.add(doc.line(number).from, doc.line(number).from, markedLine);
  }
  return builder.finish();
}

function diagnostic(doc: Text, problem: Problem, fix: (problem: Problem) => void): Diagnostic {
  const first = doc.line(Math.min(problem.line, doc.lines));
  const last = doc.line(Math.min(Math.max(problem.endLine, problem.line), doc.lines));
  const whole = problem.endColumn <= problem.column && problem.endLine <= problem.line;
  return {
    from: Math.min(first.to, first.from + units(first.text, problem.column)),
    to: whole ? last.to : Math.min(last.to, last.from + units(last.text, problem.endColumn)),
    severity: problem.severity === "advice" ? "info" : problem.severity,
    message: problem.explanation ? `${problem.message}\n${problem.explanation}` : problem.message,
    renderMessage: () => make("span", {}, ...(problem.severity === "advice" ? prose(problem.message) : [problem.message]), ...(problem.explanation ? ["\n", ...prose(problem.explanation)] : [])),
    actions: problem.fix ? [{ name: problem.fix.title.replaceAll("`", ""), apply: () => fix(problem) }] : [],
  };
}

/** UTF-16 units of the first `count` code points: the engine counts in code points. */
function units(text: string, count: number): number {
  return [...text].slice(0, count).join("").length;
}
