"""`docker save`, `load`, `export` and `import`: archives of images and of a container's files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from layerlab.build.record import Note
from layerlab.docker.changes import changed_config
from layerlab.docker.edge import Output
from layerlab.docker.flags import many, switch, text
from layerlab.docker.lookup import container_named, image_named
from layerlab.docker.subcommand import Call, Refusal, Result, subcommand
from layerlab.filesystem import BULK_NAME, EMPTY
from layerlab.filesystem.diff import compared_layer
from layerlab.filesystem.layer import apply
from layerlab.filesystem.sizes import walk_size
from layerlab.filesystem.tar import tar_bytes
from layerlab.host import Host
from layerlab.image.archive import WHOLE, ArchiveLimits, Budget, ImageArchiveError, plain_tar
from layerlab.image.archivelayer import read_layer
from layerlab.image.assemble import image_layer, make_image
from layerlab.image.config import HistoryEntry, ImageConfig
from layerlab.image.exporting import UnknownBytesError, Written, export_images, unknown_path
from layerlab.image.importing import Loaded, read_images
from layerlab.image.reference import InvalidReferenceError, parse_reference

TO_TERMINAL = "cowardly refusing to save to a terminal. Use the -o flag or redirect"
UNRECOGNIZED = "Error response from daemon: unrecognized image format"
OURS = "layerlab: "
"""Before what Docker doesn't say."""
FOREIGN = frozenset({"not-image", "not-tar"})
"""Codes of what Docker has its own words for."""


@subcommand(
    "image save",
    "save",
    arguments="[OPTIONS] IMAGE [IMAGE...]",
    flags=(text("output", "o"), many("platform", value="strings")),
    least=1,
    most=None,
)
def save(call: Call) -> Result:
    """Write images into an archive; several names of one image are saved with it once."""
    target = call.flags.text("output")
    if not target and not call.edge.redirected:
        raise Refusal(TO_TERMINAL)
    names: dict[str, list[str]] = {}
    for word in call.words:
        image = image_named(call, word)
        named = names.setdefault(image.id, [])
        named += [name for name in call.host.images.names(image.id) if _is_named(word, name) and name not in named]
    store = call.host.images.images
    try:
        exported = export_images([(store[identity], chosen) for identity, chosen in names.items()])
    except UnknownBytesError as error:
        name = _familiar((*names[error.image], error.image)[0])
        raise Refusal(OURS + call.edge.say("archive.unknown_bytes", image=name, **error.values)) from None
    notes = tuple(other_id(written) for written in exported.images if not written.keeps_id)
    return call.host, _written(target, exported.data, notes)


def _written(target: str, data: bytes, notes: tuple[Note, ...] = ()) -> Output:
    """An archive in the file that was asked for, or on standard output."""
    if target:
        return Output(files={target: data}, notes=notes)
    return Output(data.decode("utf-8", "surrogateescape"), notes=notes)


def other_id(written: Written) -> Note:
    """That an image has another id in the archive than here."""
    ours = written.image.config_digest or written.image.id
    values = (("image", ours[7:19]), ("ours", ours), ("theirs", written.config_digest))
    return Note("archive.other_id", values)


def _familiar(name: str) -> str:
    try:
        return parse_reference(name).familiar
    except InvalidReferenceError:
        return name


def _is_named(word: str, name: str) -> bool:
    try:
        reference = parse_reference(word)
    except InvalidReferenceError:
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
    """Read images from an archive: all of them, or, if anything is wrong with it, none."""
    source = call.flags.text("input")
    if not source and not call.edge.stdin:
        raise Refusal("requested load from stdin, but stdin is empty")
    data = call.edge.files.get(source) if source else call.edge.stdin
    if data is None:
        raise Refusal(f"open {source}: no such file or directory")
    try:
        found = read_images(data, containerd=call.is_containerd)
    except ImageArchiveError as error:
        raise Refusal(_refused(call, error)) from None
    return loaded_onto(call.host, found)


def loaded_onto(host: Host, found: Sequence[Loaded]) -> Result:
    """The host with the images of an archive and their names, and what `docker load` prints."""
    lines, store = "", host.images
    for loaded in found:
        store = store.add(loaded.image)
        for name in loaded.names:
            store = store.tag(name, loaded.image.id, host.now)
            lines += f"Loaded image: {parse_reference(name).familiar}\n"
        lines += "" if loaded.names else f"Loaded image ID: {loaded.image.id}\n"
    return replace(host, images=store), Output(lines)


def _refused(call: Call, error: ImageArchiveError) -> str:
    if error.code in FOREIGN:
        return UNRECOGNIZED
    return OURS + call.edge.say(error.key, **error.values)


@subcommand(
    "container export", "export", arguments="[OPTIONS] CONTAINER", flags=(text("output", "o"),), least=1, most=1
)
def export(call: Call) -> Result:
    """Write a container's files into an archive, all layers as one."""
    target = call.flags.text("output")
    container = container_named(call.host, call.words[0])
    if not target and not call.edge.redirected:
        raise Refusal(TO_TERMINAL)
    layer = compared_layer(EMPTY, container.tree)
    data = None if any(BULK_NAME in entry.path for entry in layer.entries) else tar_bytes(layer)
    if data is None:
        path = unknown_path(layer) or "/"
        raise Refusal(OURS + call.edge.say("archive.unknown_container", container=container.name, path=path))
    return call.host, _written(target, data)


@subcommand(
    "image import",
    "import",
    arguments="[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
    flags=(many("change", "c"), text("message", "m"), text("platform")),
    least=1,
    most=2,
)
def import_(call: Call) -> Result:
    """Make an image of one layer from a tar of files, such as `docker export` writes.

    What the daemon adds to such a configuration depends on its build, so the id isn't a real daemon's.
    """
    source, now = call.words[0], call.host.now
    data = call.edge.stdin if source == "-" else call.edge.files.get(source)
    if data is None:
        raise Refusal(f"open {source}: no such file or directory")
    try:
        reference = parse_reference(call.words[1]).tagged() if len(call.words) > 1 else None
    except InvalidReferenceError as error:
        raise Refusal(str(error)) from None
    budget = Budget(ArchiveLimits())
    try:
        layer = read_layer(plain_tar(data, WHOLE, budget), WHOLE, EMPTY, budget)
    except ImageArchiveError as error:
        raise Refusal(OURS + call.edge.say(error.key, **error.values)) from None
    made = image_layer(layer, walk_size(layer), (), now)
    comment = call.flags.text("message") or "Imported from -"
    image = make_image(
        changed_config(ImageConfig(), call.flags.all("change")),
        (HistoryEntry(now, "", comment),),
        (made,),
        apply(EMPTY, layer),
        containerd=call.is_containerd,
        fallback=now,
    )
    store = call.host.images.add(image)
    if reference is not None:
        store = store.tag(reference.full, image.id, now)
    return replace(call.host, images=store), Output(image.id + "\n")


SUBCOMMANDS = (save, load, export, import_)
