"""Pulling: what `docker pull` prints when its output is no terminal, and getting an image that `run` needs."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from layerlab.build.record import Note
from layerlab.docker.lookup import maybe_image
from layerlab.docker.subcommand import Call, Refusal, daemon_error
from layerlab.filesystem.sizes import walk_size
from layerlab.host import Host
from layerlab.image.image import Image, ImageLayer
from layerlab.image.reference import InvalidReferenceError, Reference, parse_reference
from layerlab.image.store import AmbiguousIdError
from layerlab.registry.registry import Stored
from layerlab.registry.transfer import Moved, Transfer, pull, transfer

PARALLEL = 3
"""Downloads at a time; further layers wait."""

PULL_TIME = 2_000_000_000
"""How long a pull takes, nanoseconds; modelled."""


def layer_name(layer: ImageLayer) -> str:
    """The 12 digits a pull shows for a layer: of its blob; made up where that isn't recorded."""
    digest = layer.digest or "sha256:" + hashlib.sha256(layer.chain_id.encode()).hexdigest()
    return digest.partition(":")[2][:12]


def fetch(call: Call, reference: Reference) -> Image:
    """The image from the registry.

    Raises:
        Refusal: There is no registry, or no such image in it; in the store's words.
    """
    stored = call.host.registry.find(reference)
    if stored is not None:
        return _as_pulled(stored, call.host)
    if call.edge.pull is None:
        raise Refusal(call.edge.say("docker.no_registry"))
    image = call.edge.pull(reference.full)
    if image is None:
        raise not_there(call, reference)
    return image


def _as_pulled(stored: Stored, host: Host) -> Image:
    """An image that was pushed, as a host gets it: layers that are here stay, new ones are measured as unpacked."""
    here = {layer.chain_id: layer for image in host.images.images.values() for layer in image.layers}
    layers = [
        here.get(layer.chain_id) or (layer if layer.diff_id is None else replace(layer, size=walk_size(layer.layer)))
        for layer in stored.image.layers
    ]
    return replace(stored.image, layers=tuple(layers), repo_digest=stored.digest, parent=None)


def not_there(call: Call, reference: Reference) -> Refusal:
    """Docker's words for an image the registry doesn't have."""
    denied = (
        f"pull access denied for {reference.familiar_name}, repository does not exist or may require 'docker login'"
    )
    if call.is_containerd:
        return daemon_error(denied)
    return daemon_error(f"{denied}: denied: requested access to the resource is denied")


def present(host: Host, reference: Reference) -> Image | None:
    """The image a full name points to on this host."""
    identity = host.images.tags.get(reference.full)
    return None if identity is None else host.images.images.get(identity)


def pulled(call: Call, reference: Reference) -> tuple[Host, Image, str, tuple[Note, ...]]:
    """Pull a reference: the host with the image, the image, the lines from the name to the status, and notes.

    Args:
        call: Its registry is asked.
        reference: With a tag or a digest.
    """
    image = fetch(call, reference)
    host, lines, moved, is_new = _received(call.host, image, reference)
    lines += _status(reference.familiar, is_new=is_new)
    return host, image, lines, transfer_notes("archive.pulled", moved) if is_new else ()


def pulled_all(call: Call, repository: Reference) -> tuple[Host, str, tuple[Note, ...]]:
    """Pull every tag of a repository, in the order of their names: the host with the images, the lines, and notes.

    Args:
        call: Its registry is asked.
        repository: Without a tag.

    Raises:
        Refusal: There is no such repository, or which tags it has isn't known: of Docker Hub's, only some are recorded.
    """
    there = call.host.registry.repositories.get(repository.name)
    if there is None:
        fetch(call, repository.tagged())
        raise Refusal(call.edge.say("docker.unlisted_tags", repository=repository.familiar_name))
    host, text, any_new = call.host, "", False
    layers: list[Moved] = []
    for tag in sorted(there.tags):
        reference = replace(repository, tag=tag)
        host, lines, moved, is_new = _received(host, fetch(call.on(host), reference), reference)
        text += lines + (_status(reference.familiar, is_new=is_new) if call.is_containerd else "")
        layers += moved.layers if is_new else ()
        any_new = any_new or is_new
    if not call.is_containerd:
        text += _status(repository.familiar_name, is_new=any_new)
    return host, text, transfer_notes("archive.pulled", transfer(layers)) if any_new else ()


def _received(host: Host, image: Image, reference: Reference) -> tuple[Host, str, Transfer, bool]:
    """The host with an image under a reference, the lines up to its digest, what moved, and whether it is new here."""
    shown = reference.tag or reference.familiar
    lines = [f"{shown}: Pulling from {reference.path}"]
    here = present(host, reference)
    is_new = here is None or here.id != image.id
    if is_new:
        lines += _layer_lines(host, image, classic=host.personality.store != "containerd")
    lines.append(f"Digest: {image.repo_digest or image.id}")
    moved = pull(image, _known_layers(host))
    store = host.images.add(image).tag(reference.full, image.id, host.now)
    registry = host.registry.remembering(image, reference.name)
    host = replace(host, images=store, registry=registry, now=host.now + PULL_TIME)
    return host, "".join(line + "\n" for line in lines), moved, is_new


def _status(name: str, *, is_new: bool) -> str:
    return f"Status: {'Downloaded newer image for' if is_new else 'Image is up to date for'} {name}\n"


def _known_layers(host: Host) -> frozenset[str]:
    return frozenset(layer.chain_id for image in host.images.images.values() for layer in image.layers)


def transfer_notes(key: str, moved: Transfer) -> tuple[Note, ...]:
    """What a pull or a push transferred: layers, and bytes as far as they are known.

    Args:
        key: Of the sentence with the counts.
        moved: What it took.
    """
    counts = {"sent": moved.count("sent"), "exists": moved.count("exists"), "mounted": moved.count("mounted")}
    values = {"count": len(moved.layers), **counts}
    notes = [Note(key, tuple((name, str(value)) for name, value in values.items()))]
    if counts["sent"] and moved.compressed.bytes is not None:
        notes.append(Note("archive.compressed", (("bytes", str(moved.compressed.bytes)),)))
    elif counts["sent"] and moved.unpacked.bytes is not None:
        notes.append(Note("archive.unpacked", (("bytes", str(moved.unpacked.bytes)),)))
    elif counts["sent"]:
        notes.append(Note("archive.unmeasured"))
    return tuple(notes)


def _layer_lines(host: Host, image: Image, *, classic: bool) -> list[str]:
    known = _known_layers(host)
    layers = [layer_name(layer) for layer in image.layers]
    have = 0
    while have < len(layers) and image.layers[have].chain_id in known:
        have += 1
    missing = layers[have:]
    lines = [f"{name}: Already exists" for name in layers[:have]]
    lines += [f"{name}: Pulling fs layer" for name in missing]
    lines += [f"{name}: Waiting" for name in missing[PARALLEL:]]
    for name in missing:
        lines += [f"{name}: Verifying Checksum"] if classic else []
        lines.append(f"{name}: Download complete")
    return lines + [f"{name}: Pull complete" for name in missing]


def ensure_image(call: Call, text: str) -> tuple[Call, Image, str]:
    """The image that `run` or `create` names, pulled if it isn't here.

    Returns:
        The call on the host that has it, the image, and what was printed on the way to standard error.
    """
    policy = call.flags.text("pull")
    if policy not in {"missing", "always", "never"}:
        raise Refusal(f'invalid pull option: \'{policy}\': must be one of "always", "missing" or "never"')
    try:
        reference = parse_reference(text).tagged()
    except InvalidReferenceError as error:
        found = _by_id(call, text)
        if found is None:
            raise Refusal(str(error)) from None
        return call, found, ""
    image = maybe_image(call, text)
    if image is not None and policy != "always":
        return call, image, ""
    if policy == "never":
        raise daemon_error(f"No such image: {reference.familiar}")
    before = "" if policy == "always" else f"Unable to find image '{reference.familiar}' locally\n"
    try:
        host, image, lines, _ = pulled(call, reference)
    except Refusal as refusal:
        raise Refusal(refusal.message, refusal.exit_code, before=before) from None
    return call.on(host), image, before + ("" if call.flags.on("quiet") else lines)


def _by_id(call: Call, text: str) -> Image | None:
    try:
        return call.host.images.find(text)
    except AmbiguousIdError:
        return None
