"""What `docker build` prints, each line tied to its step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from layerlab.build.record import BuildRecord, Note, Step
from layerlab.docker.progress.legacy import legacy_log
from layerlab.docker.progress.plain import plain_log
from layerlab.html import Element, element
from layerlab.messages import Messages
from layerlab.views.ansi import coloured
from layerlab.views.scene import KEPT_ROWS, Scene

NUMBERED = re.compile(r"#(\d+) ")
STEP = re.compile(r"Step (\d+)/\d+ : ")
MARKED = re.compile(r" +(\d+) \| >>>")
MAX_LINES = 4000
"""Lines of a log that are shown; the text itself is never cut in the command line."""


def build_log(record: BuildRecord) -> str:
    """The text as a terminal without progress bars shows it, both streams together."""
    if record.personality.builder == "legacy":
        out, err = legacy_log(record)
        return err + out if record.failure is None else out + err
    return plain_log(record)


def log(scene: Scene) -> Element:
    """The log, and what the simulation has to say about single steps."""
    record, say = scene.record, scene.say
    if record is None:
        return element("p", say("view.nothing"))
    lines = build_log(record).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return element(
        "div",
        element(
            "pre",
            element("samp", list(_lines(lines[:MAX_LINES], record))),
            class_="ll-text",
            tabindex=0,
            role="group",
            aria_label=say("log.region"),
        ),
        notes_list(record, say),
        element("p", say("log.times"), class_="ll-note"),
    )


def notes_list(record: BuildRecord, say: Messages) -> Element | None:
    """Notes of the build and of its steps, each with the step's token; None where there is nothing to say."""
    items = [element("li", note_text(note, say)) for note in record.notes]
    of_steps: dict[tuple[str, str], dict[int, Step]] = {}
    for step in record.steps:
        for note in step.notes:
            of_steps.setdefault((step.instruction, note_text(note, say)), {})[step.index] = step
    items.extend(_note(keyword, text, tuple(steps.values()), say) for (keyword, text), steps in of_steps.items())
    if not items:
        return None
    return element(
        "div", element("p", say("log.notes"), class_="ll-notes-title"), element("ul", items), class_="ll-notes"
    )


def _note(keyword: str, text: str, steps: tuple[Step, ...], say: Messages) -> Element:
    """One remark, and the lines it is about: what several steps have in common is said once."""
    lines = ", ".join(dict.fromkeys(str(step.lines[0]) for step in steps if step.lines))
    refs = " ".join(dict.fromkeys(token for step in steps if (token := refs_of(step))))
    where = [" ", say("log.note_lines", lines=lines)] if lines else None
    return element("li", element("code", keyword), where, ": ", text, data_refs=refs or None)


def note_text(note: Note, say: Messages) -> str:
    """A note as a sentence."""
    return say(note.key, **dict(note.values))


def refs_of(step: Step | None) -> str | None:
    """The token of a step's instruction."""
    return None if step is None or step.instruction_index is None else f"i{step.instruction_index}"


def _lines(lines: list[str], record: BuildRecord) -> Iterator[Element | str]:
    by_line = {
        line: refs_of(step) for step in record.steps if step.lines for line in range(step.lines[0], step.lines[1] + 1)
    }
    by_number = {step.number: step for step in record.steps if step.number is not None}
    here: str | None = None
    for line in lines:
        if record.personality.builder == "legacy":
            if step_line := STEP.match(line):
                here = refs_of(by_number.get(int(step_line[1])))
        elif numbered := NUMBERED.match(line):
            here = _vertex_refs(record, int(numbered[1]))
        else:
            here = by_line.get(int(marked[1])) if (marked := MARKED.match(line)) else None
        failed = bool(MARKED.match(line)) or line.startswith("ERROR") or " ERROR: " in line
        yield from _line(line, here, failed)
        yield "\n"


@lru_cache(maxsize=KEPT_ROWS)
def _line(line: str, refs: str | None, failed: bool) -> tuple[Element | str, ...]:
    if refs or failed:
        return (element("span", list(coloured(line)), data_refs=refs, class_="ll-error" if failed else None),)
    return tuple(coloured(line))


def _vertex_refs(record: BuildRecord, number: int) -> str | None:
    if not 0 < number <= len(record.vertices):
        return None
    index = record.vertices[number - 1].step
    return refs_of(record.steps[index]) if index is not None and index < len(record.steps) else None
