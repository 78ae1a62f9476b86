"""What Docker shows of a container: sizes, status, command, ports, and its row in `docker ps`."""

from __future__ import annotations

from collections.abc import Mapping

from layerlab.container.container import Container, Port
from layerlab.container.surroundings import init_layer
from layerlab.container.writable import size_of_writable
from layerlab.docker import durations, units
from layerlab.docker.imagefacts import layers_size
from layerlab.docker.table import ellipsis, go_quote, short_id
from layerlab.filesystem.layer import Size
from layerlab.filesystem.sizes import snapshot_size
from layerlab.host import Host
from layerlab.image.reference import InvalidReferenceError, parse_reference
from layerlab.personality import Engine, Store

COMMAND_WIDTH, MOUNT_WIDTH = 20, 15


def writable_size(container: Container, store: Store) -> Size:
    """What the writable layer takes."""
    return size_of_writable(container.base, container.tree, container.upper, store)


def virtual_size(host: Host, container: Container) -> Size | None:
    """The writable layer and the image's layers, with containerd the init layer too; None where the image is gone."""
    image, store = host.images.images.get(container.image), host.personality.store
    if image is None:
        return None
    whole = writable_size(container, store) + layers_size(image, store)
    if store == "containerd":
        whole += snapshot_size(init_layer(image.tree, container.base))
    return whole


def size_text(host: Host, container: Container, *, virtual: bool = True) -> str:
    """`1.09kB (virtual 72.8MB)`."""
    own = units.maybe(writable_size(container, host.personality.store).bytes)
    whole = virtual_size(host, container)
    if not virtual or whole is None:
        return own
    return f"{own} (virtual {units.maybe(whole.bytes)})"


def status_text(container: Container, now: int) -> str:
    """`Up 5 minutes`, `Exited (0) 3 minutes ago`, `Created`."""
    match container.state:
        case "created":
            return "Created"
        case "running":
            return f"Up {durations.human_duration(now - (container.started or now))}"
        case "paused":
            return f"Up {durations.human_duration(now - (container.started or now))} (Paused)"
        case "exited":
            return f"Exited ({container.exit_code}) {durations.ago(container.finished, now)}"


def joined_command(container: Container) -> str:
    """Path and arguments as the daemon joins them: words with blanks in single quotes."""
    words = [f"'{word}'" if " " in word else word for word in container.command[1:]]
    return " ".join([*container.command[:1], *words])


def command_text(container: Container, *, whole: bool = False) -> str:
    """COMMAND of `docker ps`: cut to 20 places, in double quotes."""
    text = joined_command(container)
    return go_quote(text if whole else ellipsis(text, COMMAND_WIDTH))


def image_text(host: Host, container: Container) -> str:
    """IMAGE of `docker ps`: the name it was made with, or the image's id where that name means another one now."""
    if not container.image_name:
        return "<no image>"
    try:
        reference = parse_reference(container.image_name)
    except InvalidReferenceError:
        return short_id(container.image)
    if reference.digest:
        return reference.familiar.partition("@")[0]
    if host.images.tags.get(reference.tagged().full) == container.image:
        return container.image_name
    if container.image.removeprefix("sha256:").startswith(container.image_name.removeprefix("sha256:")):
        return short_id(container.image)
    return short_id(container.image)


def ports_text(container: Container, engine: Engine) -> str:
    """PORTS of `docker ps`; nothing for a container that doesn't run."""
    if not container.is_running:
        return ""
    published = {(port.container, port.protocol) for port in container.ports}
    shown = [text for port in sorted(container.ports, key=_port_order) for text in _published(port, engine)]
    exposed = [
        (int(number), protocol or "tcp")
        for number, _, protocol in (port.partition("/") for port in container.config.exposed_ports)
        if number.isdigit()
    ]
    shown += _ranges(sorted(pair for pair in exposed if pair not in published))
    return ", ".join(shown)


def _port_order(port: Port) -> tuple[int, str]:
    return port.container, port.protocol


def _published(port: Port, engine: Engine) -> list[str]:
    target = f"{port.host}->{port.container}/{port.protocol}"
    if port.address:
        return [f"{port.address}:{target}"]
    return [f"0.0.0.0:{target}", f":::{target}" if engine == "20.10" else f"[::]:{target}"]


def _ranges(ports: list[tuple[int, str]]) -> list[str]:
    """Neighbouring ports of one protocol merged: `8000-8002/tcp`."""
    runs: list[list[int]] = []
    protocols: list[str] = []
    for number, protocol in ports:
        if runs and protocols[-1] == protocol and runs[-1][1] + 1 == number:
            runs[-1][1] = number
        else:
            runs.append([number, number])
            protocols.append(protocol)
    return [
        f"{first}/{protocol}" if first == last else f"{first}-{last}/{protocol}"
        for (first, last), protocol in zip(runs, protocols, strict=True)
    ]


def labels_text(container: Container) -> str:
    """`k=v,k2=v2`."""
    return ",".join(f"{key}={value}" for key, value in container.config.labels)


def ps_row(host: Host, container: Container, *, whole: bool, sizes: bool) -> Mapping[str, object]:
    """The fields of a container's row.

    Args:
        host: Has it.
        container: The container.
        whole: `--no-trunc`.
        sizes: Whether SIZE is asked for.
    """
    labels = dict(container.config.labels)
    mounts = [mount.source or mount.destination for mount in container.mounts if mount.kind != "tmpfs"]
    row: dict[str, object] = {
        "Command": command_text(container, whole=whole),
        "CreatedAt": durations.go_time(container.created),
        "ID": container.id if whole else short_id(container.id),
        "Image": image_text(host, container),
        "Labels": labels_text(container),
        "LocalVolumes": str(sum(1 for mount in container.mounts if mount.kind == "volume")),
        "Mounts": ",".join(mount if whole else ellipsis(mount, MOUNT_WIDTH) for mount in mounts),
        "Names": container.name,
        "Networks": "bridge",
        "Ports": ports_text(container, host.personality.engine),
        "RunningFor": durations.ago(container.created, host.now),
        "Size": size_text(host, container) if sizes else "0B",
        "State": container.state,
        "Status": status_text(container, host.now),
        "Label": lambda key="": labels.get(str(key), ""),
    }
    if host.personality.engine == "29":
        row["HealthStatus"] = "none" if container.config.healthcheck is None else "starting"
        row["Platform"] = {"architecture": container.config.architecture, "os": container.config.os}
    return row
