"""Every build of the session in order: what it was, what it cost, and what differs from the one before."""

from __future__ import annotations

from layerlab.build.reasons import Hit, Miss
from layerlab.build.record import BuildRecord
from layerlab.filesystem.layer import NO_SIZE
from layerlab.html import Element, element
from layerlab.views.scene import Scene, layer_size, size_mark


def timeline(scene: Scene) -> Element:
    """The host's builds, newest first."""
    say = scene.say
    builds = scene.host.builds
    if not builds:
        return element("p", say("view.nothing"))
    items = [
        _item(number + 1, builds[number], builds[number - 1] if number else None, scene)
        for number in reversed(range(len(builds)))
    ]
    return element("ol", items, class_="ll-timeline", reversed=True)


def _item(number: int, record: BuildRecord, before: BuildRecord | None, scene: Scene) -> Element:
    say = scene.say
    steps = [step for step in record.steps if isinstance(step.cache, Hit | Miss)]
    hits = sum(1 for step in steps if isinstance(step.cache, Hit))
    if record.image is None or record.failure is not None:
        message = record.failure.message if record.failure is not None else ""
        text = element("span", say("timeline.failed", message=message), class_="ll-is-failed")
        return element("li", text, data_build=number, class_="ll-build")
    total = NO_SIZE
    for layer in record.image.layers:
        total += layer_size(scene.host, layer)
    same = before is not None and before.image is not None and before.image.id == record.image.id
    return element(
        "li",
        element("span", say("timeline.built", layers=len(record.image.layers)), " "),
        element("span", size_mark(total, say), class_="ll-size"),
        element("span", say("cache.summary", hits=hits, steps=len(steps)), class_="ll-reason"),
        element("span", say("timeline.same"), class_="ll-note") if same else None,
        data_build=number,
        class_="ll-build",
    )
