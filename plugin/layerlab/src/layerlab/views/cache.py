"""What ran, what came from the cache, what wasn't needed, and why, step by step in the Dockerfile's order."""

from __future__ import annotations

from layerlab.build.reasons import Hit, Miss, ParentChanged, StepMoved
from layerlab.build.record import BuildRecord, Step
from layerlab.explain import explain_decision
from layerlab.html import Element, element
from layerlab.views.scene import Scene, size_mark

STATUS_KEYS = {
    "ran": "cache.ran",
    "cached": "cache.cached",
    "failed": "cache.failed",
    "canceled": "cache.canceled",
    "skipped": "cache.skipped",
    "done": "cache.done",
}


def cache(scene: Scene) -> Element:
    """A list of the steps with their reasons, and what the cache saved."""
    record, say = scene.record, scene.say
    if record is None:
        return element("p", say("view.nothing"))
    counted = [step for step in record.steps if step.cache is not None and isinstance(step.cache, Hit | Miss)]
    hits = [step for step in counted if isinstance(step.cache, Hit)]
    return element(
        "div",
        element("p", say("cache.summary", hits=len(hits), steps=len(counted)), class_="ll-summary"),
        element("ol", [_item(step, record, scene) for step in record.steps], class_="ll-cache"),
    )


def _item(step: Step, record: BuildRecord, scene: Scene) -> Element:
    say = scene.say
    cascade = isinstance(step.cache, Miss) and isinstance(step.cache.because, ParentChanged | StepMoved)
    return element(
        "li",
        element("span", say(STATUS_KEYS[step.status]), class_="ll-status"),
        " ",
        element("code", " ".join(step.text.split())),
        " ",
        element("span", size_mark(step.size, say), class_="ll-size") if step.size is not None else None,
        element("p", explain_decision(step.cache, record, say), class_="ll-reason") if step.cache is not None else None,
        class_=f"ll-step ll-is-{step.status}" + (" ll-cascade" if cascade else ""),
        data_refs=f"i{step.instruction_index}" if step.instruction_index is not None else None,
    )
