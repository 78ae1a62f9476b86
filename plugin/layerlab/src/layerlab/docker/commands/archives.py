"""`docker save`, `docker load` and `docker export`: archives of images and of a container's files."""

from __future__ import annotations

from dataclasses import replace

from layerlab.docker.archive import UnknownBytesError, image_archive, read_image_archive
from layerlab.docker.edge import Output
from layerlab.docker.flags import many, switch, text
from layerlab.docker.lookup import container_named, image_named
from layerlab.docker.subcommand import Call, Refusal, Result, subcommand
from layerlab.filesystem import BULK_NAME, EMPTY
from layerlab.filesystem.diff import compared_layer
from layerlab.filesystem.tar import tar_bytes
from layerlab.image.reference import parse_reference

TO_TERMINAL = "cowardly refusing to save to a terminal. Use the -o flag or redirect"


@subcommand(
    "image save",
    "save",
    arguments="[OPTIONS] IMAGE [IMAGE...]",
    flags=(text("output", "o"), many("platform", value="strings")),
    least=1,
    most=None,
)
def save(call: Call) -> Result:
    """Write images into an archive."""
    target = call.flags.text("output")
    if not target:
        raise Refusal(TO_TERMINAL)
    chosen = []
    for word in call.words:
        image = image_named(call, word)
        names = [name for name in call.host.images.names(image.id) if _is_named(word, name)]
        chosen.append((image, tuple(names)))
    try:
        data = image_archive(chosen)
    except UnknownBytesError as error:
        raise Refusal(call.edge.say("docker.unknown_bytes", layer=str(error))) from None
    return call.host, Output(files={target: data})


def _is_named(word: str, name: str) -> bool:
    try:
        reference = parse_reference(word)
    except ValueError:
        return False
    if reference.tag is None and reference.digest is None:
        return parse_reference(name).name == reference.name
    return reference.full == name


@subcommand(
    "image load",
    "load",
    arguments="[OPTIONS]",
    flags=(text("input", "i"), many("platform", value="strings"), switch("quiet", "q")),
)
def load(call: Call) -> Result:
    """Read images from an archive."""
    source = call.flags.text("input")
    if not source and not call.edge.stdin:
        raise Refusal("requested load from stdin, but stdin is empty")
    data = call.edge.files.get(source) if source else call.edge.stdin
    if data is None:
        raise Refusal(f"open {source}: no such file or directory")
    host = call.host
    found = read_image_archive(data, containerd=call.is_containerd)
    if found is None:
        raise Refusal("Error response from daemon: unrecognized image format")
    text, store = "", host.images
    for image, names in found:
        store = store.add(image)
        for name in names:
            store = store.tag(name, image.id, host.now)
            text += f"Loaded image: {parse_reference(name).familiar}\n"
        text += "" if names else f"Loaded image ID: {image.id}\n"
    return replace(host, images=store), Output(text)


@subcommand(
    "container export", "export", arguments="[OPTIONS] CONTAINER", flags=(text("output", "o"),), least=1, most=1
)
def export(call: Call) -> Result:
    """Write a container's files into an archive, all layers as one."""
    target = call.flags.text("output")
    container = container_named(call.host, call.words[0])
    if not target:
        raise Refusal(TO_TERMINAL)
    layer = compared_layer(EMPTY, container.tree)
    data = None if any(BULK_NAME in entry.path for entry in layer.entries) else tar_bytes(layer)
    if data is None:
        raise Refusal(call.edge.say("docker.unknown_bytes", layer=container.name))
    return call.host, Output(files={target: data})


SUBCOMMANDS = (save, load, export)
