"""Every build of the session in order: what it was, what it cost, and what differs from the one before."""

from __future__ import annotations

from layerlab.build.reasons import FirstBuild, Hit, Miss
from layerlab.build.record import BuildRecord
from layerlab.explain import explain_decision
from layerlab.filesystem.layer import NO_SIZE, Size
from layerlab.html import Element, element
from layerlab.image.image import Image
from layerlab.messages import Messages
from layerlab.views.cache import cells, follows_another
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
    return element("ol", items, class_="ll-timeline")


def _item(number: int, record: BuildRecord, before: BuildRecord | None, scene: Scene) -> Element:
    say = scene.say
    title = element("strong", say("blocks.timeline.number", number=number))
    if record.image is None or record.failure is not None:
        message = record.failure.message if record.failure is not None else ""
        text = element("p", say("timeline.failed", message=message), class_="ll-reason")
        return element("li", title, text, data_build=number, class_="ll-build ll-is-failed")
    same = before is not None and before.image is not None and before.image.id == record.image.id
    return element(
        "li",
        title,
        " ",
        element("span", say("timeline.built", layers=len(record.image.layers))),
        " ",
        element("span", size_mark(_total(record.image, scene), say), class_="ll-size"),
        cells(record),
        element("p", _difference(record, say, same=same), class_="ll-reason"),
        data_build=number,
        class_="ll-build",
    )


def _total(image: Image, scene: Scene) -> Size:
    total = NO_SIZE
    for layer in image.layers:
        total += layer_size(scene.host, layer)
    return total


def _difference(record: BuildRecord, say: Messages, *, same: bool) -> str:
    """Why this build did what it did: the first step that wasn't in the cache, and how many followed it."""
    steps = [step for step in record.steps if isinstance(step.cache, Hit | Miss)]
    hits = sum(1 for step in steps if isinstance(step.cache, Hit))
    sentences = [say("cache.summary", hits=hits, steps=len(steps))]
    cause = next((step for step in steps if isinstance(step.cache, Miss) and not follows_another(step)), None)
    if cause is not None and isinstance(cause.cache, Miss) and not isinstance(cause.cache.because, FirstBuild):
        sentences.append(explain_decision(cause.cache, record, say))
    if same:
        sentences.append(say("timeline.same"))
    return " ".join(sentences)
