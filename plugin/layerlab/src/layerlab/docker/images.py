"""The classic `docker images` table: one row a tag, newest image first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from layerlab.docker import durations, units
from layerlab.docker.format import Listing, render
from layerlab.docker.table import short_id
from layerlab.docker.width import Measure
from layerlab.personality import Engine

NONE = "<none>"

LISTING = Listing(
    "*formatter.imageContext",
    {
        "Containers": "CONTAINERS",
        "CreatedAt": "CREATED AT",
        "CreatedSince": "CREATED",
        "Digest": "DIGEST",
        "ID": "IMAGE ID",
        "Repository": "REPOSITORY",
        "SharedSize": "SHARED SIZE",
        "Size": "SIZE",
        "Tag": "TAG",
        "UniqueSize": "UNIQUE SIZE",
        "VirtualSize": "SIZE",
    },
    ("Repository", "Tag", "ID", "CreatedSince", "Size"),
)
WITH_DIGESTS = ("Repository", "Tag", "Digest", "ID", "CreatedSince", "Size")
RAW = (
    "repository: {{.Repository}}\ntag: {{.Tag}}\nimage_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\n"
    "virtual_size: {{.Size}}\n"
)


@dataclass(frozen=True, slots=True)
class ImageSummary:
    """An image as the daemon lists it.

    Attributes:
        id: `sha256:…`.
        names: (repository, tag) in their familiar form, tags in lexical order.
        digests: (repository, digest) known from the registry, or of the containerd store.
        created: Nanoseconds since the epoch, or None.
        size: SIZE or DISK USAGE in bytes, None where unknown.
        content: CONTENT SIZE in bytes (containerd), 0 in the classic store, None where unknown.
        in_use: Whether a container uses it.
        shared: Bytes of layers that other images have too; None where the daemon didn't compute it.
        containers: How many containers use it; None where not computed.
        platforms: Its children in the tree.
    """

    id: str
    names: tuple[tuple[str, str], ...]
    digests: tuple[tuple[str, str], ...]
    created: int | None
    size: int | None
    content: int | None = 0
    in_use: bool = False
    shared: int | None = None
    containers: int | None = None
    platforms: tuple[PlatformImage, ...] = ()


@dataclass(frozen=True, slots=True)
class PlatformImage:
    """An image of one platform below an index (containerd store).

    Attributes:
        platform: Such as `linux/amd64`.
        id: Of its manifest.
        size: DISK USAGE, None where unknown.
        content: CONTENT SIZE, None where unknown.
        in_use: Whether a container uses it.
    """

    platform: str
    id: str
    size: int | None
    content: int | None
    in_use: bool = False


@dataclass(frozen=True, slots=True)
class ImagesOptions:
    """Flags of `docker images` that shape the text."""

    quiet: bool = False
    no_trunc: bool = False
    digests: bool = False
    format: str = ""
    all: bool = False
    filters: tuple[str, ...] = field(default=())


def classic_text(
    images: Sequence[ImageSummary], now: int, options: ImagesOptions, engine: Engine, measure: Measure = "cells"
) -> str:
    """What `docker images` prints in its classic form.

    Args:
        images: In the daemon's order.
        now: The client's clock.
        options: The flags.
        engine: Decides which fields there are.
        measure: `code points` for 20.10.

    Raises:
        FormatError: A bad `--format`.
    """
    pattern = options.format
    if pattern in {"", "table"}:
        pattern = LISTING.default(WITH_DIGESTS if options.digests else ())
        if options.quiet and not options.format:
            pattern = LISTING.quiet
    elif pattern == "raw":
        pattern = "image_id: {{.ID}}" if options.quiet else RAW
    rows = [row for image in images for row in image_rows(image, now, options, engine)]
    return render(LISTING, rows, pattern, measure)


def image_rows(image: ImageSummary, now: int, options: ImagesOptions, engine: Engine) -> Iterable[dict[str, object]]:
    """The fields of every row of an image."""
    by_digest = options.digests or "{{.Digest}}" in options.format
    for repository, tag, digest in _names(image, by_digest=by_digest):
        row: dict[str, object] = {
            "Containers": "N/A" if image.containers is None else str(image.containers),
            "CreatedAt": durations.go_time(image.created),
            "CreatedSince": durations.ago(image.created, now),
            "Digest": digest,
            "ID": image.id if options.no_trunc else short_id(image.id),
            "Repository": repository,
            "SharedSize": _optional(image.shared),
            "Size": units.maybe(image.size),
            "Tag": tag,
            "UniqueSize": _optional(None if image.shared is None or image.size is None else image.size - image.shared),
        }
        if engine != "29":
            row["VirtualSize"] = units.maybe(image.size)
        yield row


def _optional(size: int | None) -> str:
    return "N/A" if size is None else units.human(size, units.LONG)


def _names(image: ImageSummary, *, by_digest: bool) -> Iterable[tuple[str, str, str]]:
    if not image.names and not image.digests:
        yield NONE, NONE, NONE
        return
    digests: dict[str, list[str]] = {}
    for repository, digest in image.digests:
        digests.setdefault(repository, []).append(digest)
    tags: dict[str, list[str]] = {}
    for repository, tag in image.names:
        tags.setdefault(repository, []).append(tag)
    for repository in sorted(tags.keys() | digests.keys()):
        known = sorted(digests.get(repository, [])) or [NONE]
        own = sorted(tags.get(repository, []))
        if not own:
            for digest in known if by_digest else known[:1]:
                yield repository, NONE, digest
            continue
        for tag in own:
            for digest in known if by_digest else known[:1]:
                yield repository, tag, digest
