"""The image's configuration as `docker image inspect` prints it."""

from __future__ import annotations

from layerlab.docker.command import run
from layerlab.html import Element, element
from layerlab.views.ansi import coloured
from layerlab.views.scene import Scene


def inspect(scene: Scene) -> Element:
    """The JSON text."""
    say = scene.say
    if scene.image is None:
        return element("p", say("view.nothing"))
    _, output = run(scene.host, ("image", "inspect", scene.image.id))
    return element(
        "pre",
        element("samp", list(coloured(output.stdout))),
        class_="ll-text",
        tabindex=0,
        role="group",
        aria_label=say("inspect.region"),
    )
