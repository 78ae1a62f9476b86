"""A console: the lines that were typed, each with its answer."""

from __future__ import annotations

from collections.abc import Iterable

from layerlab.explain.refusals import OURS, explain_refusal
from layerlab.html import Element, element
from layerlab.views.ansi import coloured
from layerlab.views.prose import prose, spoken
from layerlab.views.scene import Scene

MAX_OUTPUT = 100_000
"""Characters of one answer that are shown."""


def console(scene: Scene) -> Element:
    """One block of text per exchange, as a terminal shows it."""
    say = scene.say
    blocks = []
    for exchange in scene.console:
        output = exchange.output
        cut = len(output) > MAX_OUTPUT
        blocks.append(
            element(
                "pre",
                element("span", exchange.prompt, class_="ll-prompt", aria_hidden="true"),
                element("kbd", exchange.line),
                "\n",
                element("samp", list(_printed(output[:MAX_OUTPUT], refused=exchange.exit_code != 0))),
                class_="ll-exchange" if exchange.exit_code == 0 else "ll-exchange ll-refused",
                tabindex=0,
                role="group",
                aria_label=spoken(say("console.region", line=exchange.line)),
            )
        )
        blocks.extend(
            element(
                "p",
                say("console.wrote", file=path.rpartition("/")[2], size=f"{size:,}"),
                class_="ll-note ll-wrote",
                data_file=path,
            )
            for path, size in exchange.written
        )
        meaning = explain_refusal(output, say) if exchange.exit_code else ""
        if meaning:
            blocks.append(element("p", prose(meaning), class_="ll-meaning"))
        notes = dict.fromkeys(say(note.key, **dict(note.values)) for note in exchange.notes)
        if notes:
            blocks.append(element("ul", [element("li", prose(note)) for note in notes], class_="ll-notes"))
        if cut:
            blocks.append(element("p", say("console.cut", count=MAX_OUTPUT), class_="ll-note"))
    return element("div", blocks, class_="ll-console")


def _printed(output: str, *, refused: bool) -> Iterable[Element | str]:
    """Docker's text in the cells of a terminal; a refusal of ours, which ends an output, in lines of prose."""
    found = OURS.search(output) if refused else None
    yield from coloured(output if found is None else output[: found.start()])
    if found is not None:
        yield element("span", output[found.start() :], class_="ll-ours")
