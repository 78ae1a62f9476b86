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
from layerlab.views.prose import prose
from layerlab.views.scene import Made, Scene, layer_size, size_mark


def timeline(scene: Scene) -> Element:
    """The session's builds, newest first; the one that the other views show is marked."""
    say = scene.say
    builds = scene.builds or tuple(Made(record) for record in scene.host.builds)
    if not builds:
        return element("p", say("view.nothing"))
    now = max((at for at, made in enumerate(builds) if not made.later), default=None)
    items = [
        _item(number + 1, builds[number], builds[number - 1].record if number else None, scene, now=number == now)
        for number in reversed(range(len(builds)))
    ]
    return element("ol", items, class_="ll-timeline", reversed=True)


def _item(number: int, made: Made, before: BuildRecord | None, scene: Scene, *, now: bool) -> Element:
    say, record = scene.say, made.record
    failed = record.image is None or record.failure is not None
    kinds = [name for name, given in (("ll-is-failed", failed), ("ll-now", now), ("ll-later", made.later)) if given]
    head = element("strong", say("blocks.timeline.number", number=number))
    return element(
        "li",
        element("div", head, _mark(made, say, now=now), _weight(record, scene), class_="ll-build-head"),
        cells(record),
        element("p", prose(_sentence(record, before, say)), class_="ll-reason"),
        id=f"{scene.prefix}-build-{number}",
        data_build=number,
        data_actions=made.actions,
        data_later=made.later,
        class_=" ".join(["ll-build", *kinds]),
    )


def _mark(made: Made, say: Messages, *, now: bool) -> Element | None:
    if now:
        return element("span", say("blocks.timeline.now"), class_="ll-now-mark")
    return element("span", say("blocks.timeline.later"), class_="ll-note") if made.later else None


def _weight(record: BuildRecord, scene: Scene) -> list[Element]:
    if record.image is None or record.failure is not None:
        return []
    return [
        element("span", scene.say("timeline.built", layers=len(record.image.layers)), class_="ll-layers"),
        element("span", size_mark(_total(record.image, scene), scene.say), class_="ll-size"),
    ]


def _sentence(record: BuildRecord, before: BuildRecord | None, say: Messages) -> str:
    if record.image is None or record.failure is not None:
        return say("timeline.failed", message=record.failure.message if record.failure is not None else "")
    same = before is not None and before.image is not None and before.image.id == record.image.id
    return _difference(record, say, same=same)


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
