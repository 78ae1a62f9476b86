"""References as the catalogue knows them, and declarations that give an unknown image a known family."""

from __future__ import annotations

import re

from layerlab.image.reference import DEFAULT_HOST, InvalidReferenceError, Reference, parse_reference

SNAPSHOT = re.compile(r"(?P<name>[^@]+)@(?P<date>\d{4}-\d{2}(?:-\d{2})?)")
"""`ubuntu:20.04@2022-12`: an older snapshot that the catalogue keeps. Not a reference of Docker's."""

DECLARATION = re.compile(r"#\s*layerlab:\s*base(?:\s+(?P<image>[^\s=]+))?\s*=\s*(?P<family>\S+)\s*")
FROM = re.compile(r"\s*FROM\s+(?:--\S+\s+)*(?P<image>[^\s#]+)", re.IGNORECASE)


def familiar(text: str) -> str:
    """A reference in its familiar form, with `latest` where neither tag nor digest is given.

    Raises:
        InvalidReferenceError: With Docker's message.
    """
    snapshot = SNAPSHOT.fullmatch(text)
    if snapshot:
        return f"{familiar(snapshot['name'])}@{snapshot['date']}"
    return parse_reference(text).tagged().familiar


def split(text: str) -> tuple[str, str, str | None]:
    """Repository as the catalogue names it, tag (with a snapshot's `@date`) and digest.

    The repository of what isn't an official image of Docker Hub keeps host and path, and so is never known.

    Raises:
        InvalidReferenceError: With Docker's message.
    """
    snapshot = SNAPSHOT.fullmatch(text)
    reference = parse_reference(snapshot["name"] if snapshot else text).tagged()
    tag = reference.tag or ""
    return repository(reference), f"{tag}@{snapshot['date']}" if snapshot else tag, reference.digest


def repository(reference: Reference) -> str:
    """`ubuntu` for `docker.io/library/ubuntu`; other names whole."""
    return reference.familiar_name if reference.host == DEFAULT_HOST else reference.name


def declared_bases(text: str) -> dict[str, str]:
    """The declarations in a Dockerfile: which image behaves like which recorded one.

    `# layerlab: base=debian:12` stands for the image of the next FROM;
    `# layerlab: base registry.example/app:3=debian:12` names it.

    Args:
        text: The Dockerfile.

    Returns:
        Familiar reference of the unknown image → reference of the known one. Declarations whose names
        aren't references are left out.
    """
    found: dict[str, str] = {}
    waiting: str | None = None
    for line in text.splitlines():
        declaration = DECLARATION.fullmatch(line.strip())
        if declaration and declaration["image"]:
            _declare(found, declaration["image"], declaration["family"])
        elif declaration:
            waiting = declaration["family"]
        elif waiting is not None and (start := FROM.match(line)):
            _declare(found, start["image"], waiting)
            waiting = None
    return found


def _declare(found: dict[str, str], image: str, family: str) -> None:
    try:
        found[familiar(image)] = familiar(family)
    except InvalidReferenceError:
        return
