"""`docker image prune`, `container prune`, `volume prune`: the question, what goes, and the space it gives back."""

from __future__ import annotations

from dataclasses import replace

from layerlab.docker.commands.imagelist import newest_first
from layerlab.docker.containerfacts import writable_size
from layerlab.docker.deletion import delete
from layerlab.docker.filters import image_tests, read_filters
from layerlab.docker.flags import many, switch
from layerlab.docker.imagefacts import manifests_of
from layerlab.docker.lookup import users_of
from layerlab.docker.subcommand import Call, Result, done, subcommand
from layerlab.docker.units import LONG, maybe
from layerlab.docker.volumes import anonymous, tree_size, used_volumes
from layerlab.filesystem.layer import NO_SIZE, Size
from layerlab.image.image import Image
from layerlab.image.reference import parse_reference

QUESTION = "Are you sure you want to continue? [y/N] "
DANGLING = "WARNING! This will remove all dangling images.\n"
UNUSED = "WARNING! This will remove all images without at least one container associated to them.\n"
STOPPED = "WARNING! This will remove all stopped containers.\n"
ANONYMOUS = "WARNING! This will remove anonymous local volumes not used by at least one container.\n"
ALL_VOLUMES = "WARNING! This will remove all local volumes not used by at least one container.\n"
FLAGS = (switch("force", "f"), many("filter", value="filter"))


def asked(call: Call, warning: str) -> tuple[str, bool]:
    """The question as printed, and whether it was answered with yes; `-f` doesn't ask.

    Args:
        call: Its standard input holds the answer.
        warning: What it says before the question.
    """
    if call.flags.on("force"):
        return "", True
    return warning + QUESTION, call.edge.stdin.strip() in {b"y", b"Y"}


def total(freed: Size) -> str:
    """`Total reclaimed space: 89MB`."""
    return f"Total reclaimed space: {maybe(freed.bytes, LONG)}\n"


@subcommand("image prune", arguments="[OPTIONS]", flags=(switch("all", "a"), *FLAGS))
def image_prune(call: Call) -> Result:
    """Remove images that nothing names; with `-a` all without a container."""
    everything = call.flags.on("all")
    tests = image_tests(call, read_filters(call, ("until", "label", "label!", "dangling")))
    text, yes = asked(call, UNUSED if everything else DANGLING)
    if not yes:
        return done(call.host, text)
    lines: list[str] = []
    freed = NO_SIZE
    for image in newest_first(list(call.host.images.images.values())):
        host = call.host
        if image.id not in host.images.images or users_of(host, image.id) or host.images.children(image.id):
            continue
        names = host.images.names(image.id)
        if (names and not everything) or not all(test(image) for test in tests):
            continue
        lines += _untagged(call, image, names)
        deleted = delete(host, image)
        manifests = manifests_of(image) if call.is_containerd else ()
        lines += [f"deleted: {identity}" for identity in (*deleted.ids, *manifests)]
        freed += deleted.freed
        call = call.on(deleted.host)
    if lines:
        text += "Deleted Images:\n" + "".join(line + "\n" for line in lines) + "\n"
    return done(call.host, text + total(freed))


def _untagged(call: Call, image: Image, names: tuple[str, ...]) -> list[str]:
    lines = [f"untagged: {parse_reference(name).familiar}" for name in names]
    if not names and call.is_containerd:
        lines.append(f"untagged: {image.id}")
    return lines


@subcommand("container prune", arguments="[OPTIONS]", flags=FLAGS)
def container_prune(call: Call) -> Result:
    """Remove containers that don't run."""
    text, yes = asked(call, STOPPED)
    if not yes:
        return done(call.host, text)
    stopped = [container for container in call.host.containers if not container.is_running]
    freed = NO_SIZE
    for container in stopped:
        freed += writable_size(container, call.host.personality.store)
    if stopped:
        text += "Deleted Containers:\n" + "".join(f"{container.id}\n" for container in stopped) + "\n"
    kept = tuple(container for container in call.host.containers if container.is_running)
    return done(replace(call.host, containers=kept), text + total(freed))


@subcommand("volume prune", arguments="[OPTIONS]", flags=(switch("all", "a"), *FLAGS))
def volume_prune(call: Call) -> Result:
    """Remove anonymous volumes no container has; with `-a` named ones too."""
    everything = call.flags.on("all") or call.host.personality.engine == "20.10"
    text, yes = asked(call, ALL_VOLUMES if everything else ANONYMOUS)
    if not yes:
        return done(call.host, text)
    used = used_volumes(call.host)
    gone = [name for name in call.host.volumes if name not in used and (everything or anonymous(name))]
    freed = NO_SIZE
    for name in gone:
        freed += tree_size(call.host.volumes[name])
    if gone:
        text += "Deleted Volumes:\n" + "".join(f"{name}\n" for name in gone) + "\n"
    kept = {name: tree for name, tree in call.host.volumes.items() if name not in gone}
    return done(replace(call.host, volumes=kept), text + total(freed))


SUBCOMMANDS = (image_prune, container_prune, volume_prune)
