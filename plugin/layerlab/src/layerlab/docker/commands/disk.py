"""`docker system df`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from layerlab.docker import durations, units
from layerlab.docker.cachefacts import CacheRow, cache_rows
from layerlab.docker.commands.imagelist import newest_first
from layerlab.docker.containerfacts import command_text, image_text, size_text, status_text, writable_size
from layerlab.docker.flags import switch, text
from layerlab.docker.format import Listing, render
from layerlab.docker.imagefacts import content_size, distinct_layers, names_of, shared_sizes, total_size
from layerlab.docker.lookup import users_of
from layerlab.docker.subcommand import Call, Refusal, Result, done, subcommand
from layerlab.docker.table import short_id, table
from layerlab.docker.units import LONG
from layerlab.docker.volumes import tree_size, used_volumes
from layerlab.filesystem.layer import NO_SIZE, Size
from layerlab.host import Host
from layerlab.image.image import Image

LISTING = Listing(
    "*formatter.diskUsageContext",
    {"Active": "ACTIVE", "Reclaimable": "RECLAIMABLE", "Size": "SIZE", "TotalCount": "TOTAL", "Type": "TYPE"},
    ("Type", "TotalCount", "Active", "Size", "Reclaimable"),
)
NONE = "<none>"


@subcommand("system df", arguments="[OPTIONS]", flags=(text("format"), switch("verbose", "v")))
def df(call: Call) -> Result:
    """How much space images, containers, volumes and the build cache take."""
    pattern = call.flags.text("format")
    if call.flags.on("verbose"):
        if pattern and call.host.personality.engine == "20.10":
            raise Refusal("the verbose and the format options conflict")
        return done(call.host, "\n".join(_verbose(call)))
    rows = [_images(call.host), _containers(call.host), _volumes(call.host), _cache(call.host)]
    return done(
        call.host, render(LISTING, rows, LISTING.default() if pattern in {"", "table"} else pattern, call.measure)
    )


def _row(
    kind: str, total: int, active: int, size: Size, reclaimable: Size, *, percent: bool = True
) -> Mapping[str, object]:
    free = units.maybe(reclaimable.bytes, LONG)
    if percent and size.bytes and reclaimable.bytes is not None:
        free += f" ({reclaimable.bytes * 100 // size.bytes}%)"
    return {
        "Active": str(active),
        "Reclaimable": free,
        "Size": units.maybe(size.bytes, LONG),
        "TotalCount": str(total),
        "Type": kind,
    }


def _minus(size: Size, other: Size) -> Size:
    known = None if size.bytes is None or other.bytes is None else size.bytes - other.bytes
    return Size(known, max(0, size.at_least - other.at_least), size.estimated or other.estimated)


def _sum(sizes: Iterable[Size]) -> Size:
    total = NO_SIZE
    for size in sizes:
        total += size
    return total


def listed_images(host: Host) -> list[Image]:
    """Images that count: intermediate ones of the legacy builder don't."""
    return newest_first([image for image, _ in host.images.listed()])


def _images(host: Host) -> Mapping[str, object]:
    store, images = host.personality.store, listed_images(host)
    shared = shared_sizes(host)
    active = [image for image in images if users_of(host, image.id)]
    size = distinct_layers(host.images.images.values(), store)
    size += _sum(content_size(image, store) for image in images)

    def own(image: Image) -> Size:
        return _minus(total_size(image, store), shared[image.id])

    if host.personality.engine == "29":
        free = _sum(own(image) for image in images if image not in active)
    else:
        free = _minus(size, _sum(own(image) for image in active))
    return _row("Images", len(images), len(active), size, free)


def _containers(host: Host) -> Mapping[str, object]:
    store = host.personality.store
    sizes = {container.id: writable_size(container, store) for container in host.containers}
    running = [container for container in host.containers if container.is_running]
    idle = [sizes[container.id] for container in host.containers if not container.is_running]
    return _row("Containers", len(sizes), len(running), _sum(sizes.values()), _sum(idle))


def _volumes(host: Host) -> Mapping[str, object]:
    used = used_volumes(host)
    sizes = {name: tree_size(tree) for name, tree in host.volumes.items()}
    idle = [size for name, size in sizes.items() if name not in used]
    active = sum(1 for name in sizes if name in used)
    return _row("Local Volumes", len(sizes), active, _sum(sizes.values()), _sum(idle))


def _cache(host: Host) -> Mapping[str, object]:
    rows = cache_rows(host)
    own = [row.size for row in rows if not row.shared]
    everything = _sum(row.size for row in rows) if host.personality.engine == "29" else _sum(own)
    return _row("Build Cache", len(rows), 0, everything, _sum(own), percent=False)


def _verbose(call: Call) -> list[str]:
    host = call.host
    cache = cache_rows(host)
    used = everything = _sum(row.size for row in cache)
    if host.personality.engine != "29":
        used = _sum(row.size for row in cache if not row.shared)
    assert everything is not None
    return [
        "Images space usage:\n\n" + _image_table(call),
        "Containers space usage:\n\n" + _container_table(call),
        "Local Volumes space usage:\n\n" + _volume_table(call),
        f"Build cache usage: {units.maybe(used.bytes, LONG)}\n\n" + _cache_table(call, cache),
    ]


def _image_table(call: Call) -> str:
    host, store = call.host, call.host.personality.store
    shared = shared_sizes(host)
    header = ("REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE", "SHARED SIZE", "UNIQUE SIZE", "CONTAINERS")
    digits = LONG if host.personality.engine == "20.10" else units.SHORT
    rows = []
    for image in listed_images(host):
        repository, tag = next(iter(names_of(host, image)), (NONE, NONE))
        size = total_size(image, store)
        rows.append((
            repository,
            tag,
            short_id(image.id),
            durations.ago(image.created, host.now),
            units.maybe(size.bytes, digits),
            units.maybe(shared[image.id].bytes, LONG),
            units.maybe(_minus(size, shared[image.id]).bytes, LONG),
            str(len(users_of(host, image.id))),
        ))  # fmt: skip
    return table(header, rows, call.measure)


def _container_table(call: Call) -> str:
    host = call.host
    header = ("CONTAINER ID", "IMAGE", "COMMAND", "LOCAL VOLUMES", "SIZE", "CREATED", "STATUS", "NAMES")
    rows = [
        (
            short_id(container.id),
            image_text(host, container),
            command_text(container),
            str(sum(1 for mount in container.mounts if mount.kind == "volume")),
            size_text(host, container, virtual=False),
            durations.ago(container.created, host.now),
            status_text(container, host.now),
            container.name,
        )
        for container in reversed(host.containers)
    ]
    return table(header, rows, call.measure)


def _volume_table(call: Call) -> str:
    used = used_volumes(call.host)
    rows = [
        (name, str(used.get(name, 0)), units.maybe(tree_size(tree).bytes, LONG))
        for name, tree in call.host.volumes.items()
    ]
    return table(("VOLUME NAME", "LINKS", "SIZE"), rows, call.measure)


def _cache_table(call: Call, cache: tuple[CacheRow, ...]) -> str:
    now = call.host.now
    header = ("CACHE ID", "CACHE TYPE", "SIZE", "CREATED", "LAST USED", "USAGE", "SHARED")
    rows = [
        (
            row.id[:12],
            row.kind,
            units.maybe(row.size.bytes),
            durations.ago(row.created, now),
            durations.ago(row.used, now) if row.used else "",
            str(row.uses),
            "true" if row.shared else "false",
        )
        for row in cache
    ]
    return table(header, rows, call.measure)


SUBCOMMANDS = (df,)
