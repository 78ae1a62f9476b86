"""What ran, what came from the cache, what wasn't needed, and why, step by step in the Dockerfile's order."""

from __future__ import annotations

from functools import lru_cache

from layerlab.build.reasons import Hit, Miss, ParentChanged, StepMoved
from layerlab.build.record import BuildRecord, Step
from layerlab.explain import explain_decision
from layerlab.explain.costs import Again, costs_of_change
from layerlab.explain.decisions import explain_orders
from layerlab.filesystem.layer import NO_SIZE, Size
from layerlab.html import Element, element
from layerlab.messages import Messages
from layerlab.views.prose import prose
from layerlab.views.scene import KEPT_ROWS, Scene, size_mark, size_text

KEPT_BUILDS = 128
STATUS_KEYS = {
    "ran": "cache.ran",
    "cached": "cache.cached",
    "failed": "cache.failed",
    "canceled": "cache.canceled",
    "skipped": "cache.skipped",
    "done": "cache.done",
}


def cache(scene: Scene) -> Element:
    """A list of the steps with their reasons, where the cascade begins, and what the cache saved."""
    record, say = scene.record, scene.say
    if record is None:
        return element("p", say("view.nothing"))
    counted = [step for step in record.steps if isinstance(step.cache, Hit | Miss)]
    hits = [step for step in counted if isinstance(step.cache, Hit)]
    return element(
        "div",
        element("p", say("cache.summary", hits=len(hits), steps=len(counted)), class_="ll-summary"),
        element("p", _saved(hits, scene), class_="ll-note") if hits else None,
        cells(record),
        steps_list(record, say),
        [element("p", prose(order), class_="ll-better") for order in explain_orders(record, say)],
        element("p", say("cache.again_legend"), class_="ll-legend") if counted else None,
    )


def first_miss(record: BuildRecord) -> Step | None:
    """The step that others had to follow; None where everything or nothing came from the cache."""
    ran = [step for step in record.steps if isinstance(step.cache, Miss)]
    follows = [step for step in ran if follows_another(step)]
    return ran[0] if follows and not follows_another(ran[0]) else None


def follows_another(step: Step) -> bool:
    """Whether a step ran only because one before it did."""
    return isinstance(step.cache, Miss) and isinstance(step.cache.because, ParentChanged | StepMoved)


def cells(record: BuildRecord) -> Element:
    """The build at a glance: one small cell a step. The list says the same in words."""
    return _cells(tuple((step.status, step.instruction_index) for step in record.steps))


@lru_cache(maxsize=KEPT_BUILDS)
def _cells(steps: tuple[tuple[str, int | None], ...]) -> Element:
    return element(
        "div",
        [
            element("span", class_=f"ll-cell ll-is-{status}", data_refs=f"i{index}" if index is not None else None)
            for status, index in steps
        ],
        class_="ll-cells",
        aria_hidden="true",
    )


def _saved(hits: list[Step], scene: Scene) -> list[Element | str]:
    total = NO_SIZE
    for step in hits:
        if step.size is not None:
            total += step.size
    return [scene.say("blocks.cache.saved", steps=len(hits)), " ", size_mark(total, scene.say)]


def steps_list(record: BuildRecord, say: Messages, *, tied: bool = True) -> Element:
    """Every step: what became of it, its text, its size, what a change of it costs, and the reason.

    Args:
        record: The build.
        say: Sentences of the reader's language.
        tied: Whether steps are marked together with their lines in the editor; those of other builds aren't.
    """
    first, costs = first_miss(record), costs_of_change(record)
    return element(
        "ol",
        [
            _item(
                say,
                (step.status, step.text, step.size, _cost(costs.get(step.index))),
                None if step.cache is None else explain_decision(step.cache, record, say),
                "cascade" if follows_another(step) else "starts" if step is first else "",
                f"i{step.instruction_index}" if tied and step.instruction_index is not None else None,
            )
            for step in record.steps
        ],
        class_="ll-cache",
    )


@lru_cache(maxsize=KEPT_ROWS)
def _item(
    say: Messages,
    step: tuple[str, str, Size | None, tuple[int, str] | None],
    reason: str | None,
    place: str,
    refs: str | None,
) -> Element:
    status, text, size, again = step
    return element(
        "li",
        element("span", say(STATUS_KEYS[status]), class_="ll-status"),
        " ",
        element("code", " ".join(text.split())),
        " ",
        element("span", size_mark(size, say), class_="ll-size") if size is not None else None,
        element("span", say("blocks.cache.starts"), class_="ll-here") if place == "starts" else None,
        _again(again, say) if again is not None else None,
        element("p", prose(reason), class_="ll-reason") if reason is not None else None,
        class_=f"ll-step ll-is-{status}" + (f" ll-{place}" if place else ""),
        data_refs=refs,
    )


def _cost(cost: Again | None) -> tuple[int, str] | None:
    """Steps, and bytes as text: rounded, so that a row stays as it was where its cost hardly changes."""
    if cost is None:
        return None
    return cost.steps, ("≈" if cost.written.estimated else "") + size_text(cost.written)


def _again(cost: tuple[int, str], say: Messages) -> Element:
    """What an edit of the line costs, before anybody makes it."""
    sentence = say("cache.again", steps=cost[0], size=cost[1])
    return element(
        "span",
        element("span", f"↻ {cost[0]}", aria_hidden="true"),
        element("span", sentence, class_="ll-sr"),
        class_="ll-again",
        title=sentence,
    )
