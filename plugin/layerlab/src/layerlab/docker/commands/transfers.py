"""`docker pull` and `docker push`."""

from __future__ import annotations

from dataclasses import replace

from layerlab.build.record import Note
from layerlab.docker.edge import Output
from layerlab.docker.flags import switch, text
from layerlab.docker.pulling import PULL_TIME, layer_name, pulled, pulled_all, transfer_notes
from layerlab.docker.subcommand import Call, Refusal, Result, daemon_error, subcommand
from layerlab.host import Host
from layerlab.image.image import Image, ImageLayer
from layerlab.image.reference import DEFAULT_HOST, InvalidReferenceError, Reference, parse_reference
from layerlab.registry.registry import Registry, familiar
from layerlab.registry.transfer import Moved, Pushed, transfer
from layerlab.registry.transfer import push as push_image

DEFAULT_TAG = "Using default tag: latest\n"
PARALLEL = 5
"""Uploads at a time; further layers wait."""

ORDER = ("exists", "mounted", "sent")
"""How fast a layer is done with: the order in which lines arrive."""


@subcommand(
    "image pull",
    "pull",
    arguments="[OPTIONS] NAME[:TAG|@DIGEST]",
    flags=(switch("all-tags", "a"), text("platform"), switch("quiet", "q"), switch("disable-content-trust", on=True)),
    least=1,
    most=1,
)
def pull(call: Call) -> Result:
    """Get an image from the registry."""
    given = _reference(call.words[0])
    quiet = call.flags.on("quiet")
    if _wants_all(call, given):
        host, lines, notes = pulled_all(call, given)
        return host, Output(("" if quiet else lines) + given.full + "\n", notes=notes)
    reference = given.tagged()
    intro = DEFAULT_TAG if given.tag is None and given.digest is None and not quiet else ""
    try:
        host, _, lines, notes = pulled(call, reference)
    except Refusal as refusal:
        raise Refusal(refusal.message, stdout=intro) from None
    return host, Output(intro + ("" if quiet else lines) + reference.full + "\n", notes=notes)


def _wants_all(call: Call, given: Reference) -> bool:
    """Whether every tag of the repository is meant."""
    if call.flags.on("all-tags") and (given.tag or given.digest):
        raise Refusal("tag can't be used with --all-tags/-a")
    return call.flags.on("all-tags")


def _reference(text: str) -> Reference:
    try:
        return parse_reference(text)
    except InvalidReferenceError as error:
        raise Refusal(str(error)) from None


@subcommand(
    "image push",
    "push",
    arguments="[OPTIONS] NAME[:TAG]",
    flags=(switch("all-tags", "a"), text("platform"), switch("quiet", "q"), switch("disable-content-trust", on=True)),
    least=1,
    most=1,
)
def push(call: Call) -> Result:
    """Send an image to the registry, which takes everything but what belongs to Docker's own `library`."""
    given = _reference(call.words[0])
    quiet, everything = call.flags.on("quiet"), _wants_all(call, given)
    meant = given if everything else given.tagged()
    text = DEFAULT_TAG if given.tag is None and not (everything or quiet) else ""
    text += f"The push refers to repository [{meant.name}]\n"
    references = _here(call, meant)
    if not references:
        raise _not_here(call, meant, "" if quiet else text)
    host, registry, images = call.host, _with_bases(call.host), call.host.images.tagged()
    layers: list[Moved] = []
    stands_in = False
    for reference in references:
        image = images[reference.full]
        text += _preparing(call, image)
        host = replace(host, now=host.now + PULL_TIME)
        if _is_official(reference):
            raise Refusal(_denied(call), stdout="" if quiet else text, host=host)
        sent = push_image(registry, image, reference, containerd=call.is_containerd)
        registry, stored = sent.registry, sent.stored
        text += "".join(line + "\n" for line in _ended(call, sent))
        text += f"{reference.tag}: digest: {stored.digest} size: {'?' if stored.size is None else stored.size}\n"
        layers += sent.transfer.layers
        stands_in = stands_in or stored.size is None
    notes = transfer_notes("archive.pushed", transfer(layers))
    if stands_in and not quiet:
        notes += (Note("archive.manifest"),)
    return replace(host, registry=registry), Output(meant.full + "\n" if quiet else text, notes=notes)


def _here(call: Call, meant: Reference) -> list[Reference]:
    """What a push is about, of what is on this host: one tag, or of a repository all, in the order of their names."""
    tags = call.host.images.tags
    if meant.tag or meant.digest:
        return [meant] if meant.full in tags else []
    named = [parse_reference(name) for name in sorted(tags)]
    return [reference for reference in named if reference.name == meant.name and reference.tag]


def _is_official(reference: Reference) -> bool:
    return reference.host == DEFAULT_HOST and reference.path.startswith("library/")


def _denied(call: Call) -> str:
    if not call.is_containerd:
        return "denied: requested access to the resource is denied"
    scope = "server message: insufficient_scope: authorization failed"
    return f"push access denied, repository does not exist or may require authorization: {scope}"


def _with_bases(host: Host) -> Registry:
    """The daemon remembers where BuildKit pulled base images from; one that has a name here is known already."""
    registry = host.registry
    for name, image in host.images.bases.items():
        if name not in host.images.tags:
            registry = registry.remembering(image, parse_reference(name).name)
    return registry


def _preparing(call: Call, image: Image) -> str:
    """A line for every layer, from the top; those that have to wait for the first ones follow."""
    names = [_pushed_name(layer, call) for layer in reversed(image.layers)]
    waiting = list(dict.fromkeys(names))[PARALLEL:]
    return "".join(f"{name}: Preparing\n" for name in names) + "".join(f"{name}: Waiting\n" for name in waiting)


def _ended(call: Call, pushed: Pushed) -> list[str]:
    """How each layer ended, as they arrive: what is there first, what was sent last."""
    words = {"exists": "Layer already exists", "sent": "Pushed"}
    layers = pushed.transfer.layers
    moved = [one for state in ORDER for one in reversed(layers) if one.state == state]
    return [
        f"{_pushed_name(one.layer, call)}: {words.get(one.state) or f'Mounted from {familiar(one.source)}'}"
        for one in moved
    ]


def _not_here(call: Call, reference: Reference, intro: str) -> Refusal:
    if call.is_containerd and reference.tag:
        error = daemon_error(f"tag does not exist: {reference.familiar}")
        return Refusal(error.message, stdout=intro)
    known = any(parse_reference(name).name == reference.name for name in call.host.images.tags)
    if not known:
        return Refusal(f"An image does not exist locally with the tag: {reference.familiar_name}", stdout=intro)
    return Refusal(f"tag does not exist: {reference.familiar}", stdout=intro)


def _pushed_name(layer: ImageLayer, call: Call) -> str:
    if call.is_containerd or layer.diff_id is None:
        return layer_name(layer)
    return layer.diff_id.partition(":")[2][:12]


SUBCOMMANDS = (pull, push)
