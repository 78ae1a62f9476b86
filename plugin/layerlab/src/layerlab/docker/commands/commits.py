"""`docker commit`: the writable layer as a layer of a new image; and `docker export`."""

from __future__ import annotations

from dataclasses import replace

from layerlab.container.container import Container
from layerlab.container.writable import layer_of
from layerlab.docker.changes import changed_config
from layerlab.docker.flags import many, switch, text
from layerlab.docker.lookup import container_named
from layerlab.docker.subcommand import Call, Refusal, Result, done, subcommand
from layerlab.filesystem.sizes import walk_size
from layerlab.image.assemble import image_layer, make_image
from layerlab.image.config import HistoryEntry, ImageConfig
from layerlab.image.image import Image, ImageLayer
from layerlab.image.reference import InvalidReferenceError, parse_reference

COMMIT_TIME = 500_000_000
"""How long a commit takes, nanoseconds; modelled."""


@subcommand(
    "container commit",
    "commit",
    arguments="[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
    flags=(
        text("author", "a"),
        many("change", "c"),
        text("message", "m"),
        switch("pause", "p", on=True),
        switch("no-pause"),
    ),
    least=1,
    most=2,
)
def commit(call: Call) -> Result:
    """Make an image of a container."""
    name = call.words[1] if len(call.words) > 1 else ""
    if name:
        try:
            parse_reference(name)
        except InvalidReferenceError as error:
            raise Refusal(str(error)) from None
    container = container_named(call.host, call.words[0])
    now = call.host.now + COMMIT_TIME
    parent = call.host.images.images.get(container.image)
    image = committed(call, container, parent, now)
    store = call.host.images.add(image)
    if name:
        store = store.tag(name, image.id, now)
    return done(replace(call.host, images=store, now=now), image.id + "\n")


def committed(call: Call, container: Container, parent: Image | None, now: int) -> Image:
    """The image of a container.

    Args:
        call: With the flags of `commit`.
        container: Its writable layer becomes the new layer; an empty one is left out in the classic store.
        parent: The container's image, None if it is gone.
        now: Its time, nanoseconds since the epoch.
    """
    containerd = call.is_containerd
    below: tuple[ImageLayer, ...] = parent.layers if parent else ()
    layer = layer_of(container.base, container.tree, container.upper, call.host.personality.store)
    keeps = bool(layer.entries) or containerd
    layers = (*below, image_layer(layer, walk_size(layer), below, now)) if keeps else below
    command = " ".join(_cmd_of(container))
    message, author = call.flags.text("message"), call.flags.text("author")
    entry = HistoryEntry(now, command, message, not keeps, author)
    history = (*(parent.history if parent else ()), entry)
    config = changed_config(_config_of(container), call.flags.all("change"))
    config = replace(config, author=author or config.author)
    tree = container.tree
    image = make_image(config, history, layers, tree, containerd=containerd, fallback=now)
    return replace(image, parent=container.image)


def _cmd_of(container: Container) -> tuple[str, ...]:
    """What the container was given as its command; the entrypoint isn't part of it."""
    entrypoint = container.config.entrypoint or ()
    if container.command[: len(entrypoint)] == entrypoint:
        return container.command[len(entrypoint) :]
    return container.command


def _config_of(container: Container) -> ImageConfig:
    return replace(container.config, cmd=_cmd_of(container) or None)


SUBCOMMANDS = (commit,)
