"""`docker inspect`, `docker image inspect`, `docker container inspect`."""

from __future__ import annotations

from layerlab.docker.commands.volumes import volume_object
from layerlab.docker.containerobject import container_object
from layerlab.docker.flags import switch, text
from layerlab.docker.imageobject import as_struct, image_object
from layerlab.docker.inspecting import inspected
from layerlab.docker.lookup import container_named, image_named, maybe_container, maybe_image
from layerlab.docker.subcommand import Call, Refusal, Result, subcommand

TYPES = ("container", "image", "volume")


@subcommand(
    "image inspect",
    arguments="[OPTIONS] IMAGE [IMAGE...]",
    flags=(text("format", "f"), text("platform")),
    least=1,
    most=None,
)
def image(call: Call) -> Result:
    """Images as JSON."""

    def look(name: str) -> object:
        if call.host.personality.engine == "20.10" and maybe_image(call, name) is None:
            raise Refusal(f"Error: No such image: {name}")
        return image_object(call.host, image_named(call, name))

    return inspected(call, look, as_struct)


@subcommand(
    "container inspect",
    arguments="[OPTIONS] CONTAINER [CONTAINER...]",
    flags=(text("format", "f"), switch("size", "s")),
    least=1,
    most=None,
)
def container(call: Call) -> Result:
    """Containers as JSON."""
    return inspected(call, lambda name: container_object(call.host, container_named(call.host, name)))


@subcommand(
    "inspect",
    arguments="[OPTIONS] NAME|ID [NAME|ID...]",
    flags=(text("format", "f"), switch("size", "s"), text("type")),
    least=1,
    most=None,
)
def inspect(call: Call) -> Result:
    """Whatever has the name: a container, an image or a volume."""
    kind = call.flags.text("type")
    if "type" in call.flags.given and kind not in TYPES:
        raise Refusal(f'"{kind}" is not a valid value for --type' if kind else "type is empty: must be a valid type")

    def look(name: str) -> object:
        if kind in {"", "container"} and (found := maybe_container(call.host, name)) is not None:
            return container_object(call.host, found)
        if kind in {"", "image"} and (known := _image(call, name)) is not None:
            return known
        if kind in {"", "volume"} and name in call.host.volumes:
            return volume_object(call.host, name)
        raise _nothing(call, kind, name)

    return inspected(
        call, look, lambda value: as_struct(value) if isinstance(value, dict) and "RootFS" in value else value
    )


def _image(call: Call, name: str) -> object | None:
    try:
        found = maybe_image(call, name)
    except Refusal:
        return None
    return None if found is None else image_object(call.host, found)


def _nothing(call: Call, kind: str, name: str) -> Refusal:
    word = "error: no such" if call.host.personality.engine == "29" else "Error: No such"
    return Refusal(f"{word} {kind or 'object'}: {name}")


SUBCOMMANDS = (image, container, inspect)
