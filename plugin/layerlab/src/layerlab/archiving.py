"""Images leave and enter a host as archives: for the command line and the page, which bring the bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from layerlab.catalogue import BaseImage
from layerlab.catalogue.imported import base_image
from layerlab.host import Host
from layerlab.image.archive import ArchiveLimits, ImageArchiveError
from layerlab.image.exporting import Form, UnknownBytesError, export_images, missing_bytes
from layerlab.image.image import Image
from layerlab.image.importing import DEFAULT_LIMITS, Loaded, read_images
from layerlab.image.reference import InvalidReferenceError, parse_reference
from layerlab.image.store import AmbiguousIdError
from layerlab.messages import Messages


class ArchivingError(Exception):
    """Why an image doesn't leave or enter; the message is a sentence in the reader's language, or Docker's."""


@dataclass(frozen=True, slots=True)
class Export:
    """An archive ready to be written.

    Attributes:
        data: Its bytes.
        remarks: What to know about it, sentences.
    """

    data: bytes
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Import:
    """What an archive brought.

    Attributes:
        host: With the images and their names.
        bases: The same images as base images, by familiar reference, for hosts of other labs.
        images: As read.
    """

    host: Host
    bases: Mapping[str, BaseImage]
    images: tuple[Loaded, ...]


def export_image(host: Host, text: str, form: Form, say: Messages) -> Export:
    """The archive of one image.

    Args:
        host: Has the image.
        text: Its name, id or the beginning of one.
        form: With or without Docker's own files.
        say: Sentences.

    Raises:
        ArchivingError: There is no such image, or bytes of it aren't known.
    """
    try:
        image = host.images.find(text)
    except AmbiguousIdError:
        image = None
    if image is None:
        raise ArchivingError(f"No such image: {_familiar(text)}")
    names = host.images.names(image.id)
    try:
        wanted = parse_reference(text).tagged().full
    except InvalidReferenceError:
        wanted = ""
    chosen = [wanted] if wanted in names else list(names)
    try:
        exported = export_images([(image, chosen)], form)
    except UnknownBytesError as error:
        raise ArchivingError(say("archive.unknown_bytes", image=text, **error.values)) from error
    (written,) = exported.images
    if written.keeps_id:
        return Export(exported.data)
    ours = image.config_digest or image.id
    return Export(exported.data, (say("archive.other_id", image=text, ours=ours, theirs=written.config_digest),))


def unknown_bytes(image: Image, text: str, say: Messages) -> str | None:
    """Why an image can't be written, found without writing it; None if it can.

    Args:
        image: The image.
        text: How the sentence calls it.
        say: Sentences.
    """
    error = missing_bytes(image)
    return None if error is None else say("archive.unknown_bytes", image=text, **error.values)


def import_archive(
    host: Host, data: bytes, say: Messages, *, name: str | None = None, limits: ArchiveLimits = DEFAULT_LIMITS
) -> Import:
    """Read an archive: all of its images, or none.

    Args:
        host: Gets them.
        data: The archive.
        say: Sentences.
        name: For an archive with one image: a name for it, besides those in the archive.
        limits: What reading may take.

    Raises:
        ArchivingError: Naming the entry that is to blame.
    """
    try:
        images = read_images(data, containerd=host.personality.store == "containerd", limits=limits)
    except ImageArchiveError as error:
        raise ArchivingError(say(error.key, **error.values)) from error
    if name is not None:
        images = (_named(images, name, say),)
    store, bases = host.images, {}
    for loaded in images:
        store = store.add(loaded.image)
        for full in loaded.names:
            store = store.tag(full, loaded.image.id, host.now)
            familiar = parse_reference(full).familiar
            bases[familiar] = base_image(loaded.image, familiar)
    return Import(replace(host, images=store), bases, images)


def _named(images: tuple[Loaded, ...], name: str, say: Messages) -> Loaded:
    try:
        full = parse_reference(name).tagged().full
    except InvalidReferenceError as error:
        raise ArchivingError(str(error)) from error
    if len(images) != 1:
        raise ArchivingError(say("archive.several", count=len(images)))
    return Loaded(images[0].image, tuple(dict.fromkeys((*images[0].names, full))))


def _familiar(text: str) -> str:
    try:
        return parse_reference(text).tagged().familiar
    except InvalidReferenceError:
        return text
