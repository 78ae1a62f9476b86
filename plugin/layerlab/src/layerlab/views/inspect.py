"""The image's configuration as `docker image inspect` prints it."""

from __future__ import annotations

from layerlab.docker.command import run
from layerlab.html import Element, element
from layerlab.views.ansi import coloured
from layerlab.views.prose import prose
from layerlab.views.scene import Scene

MARKS = ("catalogue:", "layerlab:")
"""What stands before a value that takes the place of a digest nobody knows."""


def inspect(scene: Scene) -> Element:
    """The JSON text, and what in it isn't a digest of Docker's."""
    say = scene.say
    if scene.image is None:
        return element("p", say("view.nothing"))
    _, output = run(scene.host, ("image", "inspect", scene.image.id))
    text = element(
        "pre",
        element("samp", list(coloured(output.stdout))),
        class_="ll-text",
        tabindex=0,
        role="group",
        aria_label=say("inspect.region"),
    )
    marks = [mark for mark in MARKS if f'"{mark}' in output.stdout]
    return element("div", text, [element("p", prose(say(f"inspect.{mark[:-1]}")), class_="ll-note") for mark in marks])
