"""Images and containers as arguments name them, with Docker's errors where nothing fits."""

from __future__ import annotations

from layerlab.container.container import Container
from layerlab.docker.subcommand import Call, Refusal, daemon_error
from layerlab.host import Host
from layerlab.image.image import Image
from layerlab.image.reference import InvalidReferenceError, Reference, parse_reference
from layerlab.image.store import AmbiguousIdError


def image_named(call: Call, text: str) -> Image:
    """The image of a name, an id or an id's beginning.

    Raises:
        Refusal: `No such image: …`, or that several ids begin so.
    """
    found = maybe_image(call, text)
    if found is None:
        raise no_such_image(text)
    return found


def maybe_image(call: Call, text: str) -> Image | None:
    """`image_named`, with None where there is none; an ambiguous id is an error of the containerd store only."""
    if not text:
        raise daemon_error("invalid reference format")
    try:
        return call.host.images.find(text)
    except AmbiguousIdError:
        if call.is_containerd:
            raise daemon_error("ambiguous reference") from None
        return None


def no_such_image(text: str) -> Refusal:
    """`No such image: foo:latest`, with the tag that was meant; what isn't a reference stands as typed."""
    return daemon_error(no_such_image_text(text))


def no_such_image_text(text: str) -> str:
    """The message alone. Malformed references get their own."""
    try:
        reference = parse_reference(text)
    except InvalidReferenceError as error:
        if text.startswith("sha256:"):
            return f"No such image: {text}"
        return str(error)
    return f"No such image: {reference.tagged().familiar}"


def target_reference(text: str) -> Reference:
    """A reference an image may be named with.

    Raises:
        InvalidReferenceError: Docker's message.
    """
    return parse_reference(text).tagged()


def container_named(host: Host, text: str) -> Container:
    """The container of a name, an id or an id's beginning.

    Raises:
        Refusal: `No such container: …`.
    """
    found = maybe_container(host, text)
    if found is None:
        raise daemon_error(f"No such container: {text}")
    return found


def maybe_container(host: Host, text: str) -> Container | None:
    """`container_named`, with None where there is none."""
    wanted = text.removeprefix("/")
    for container in host.containers:
        if wanted in {container.id, container.name}:
            return container
    matching = [container for container in host.containers if wanted and container.id.startswith(wanted)]
    if len(matching) > 1:
        raise daemon_error(f"Multiple IDs found with provided prefix: {wanted}")
    return matching[0] if matching else None


def users_of(host: Host, image: str) -> tuple[Container, ...]:
    """Containers, running or not, that were made from an image."""
    return tuple(container for container in host.containers if container.image == image)
