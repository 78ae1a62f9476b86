"""A container as `docker inspect` shows it: the parts that people look at, in Docker's order."""

from __future__ import annotations

from layerlab.container.container import Container
from layerlab.host import Host
from layerlab.image.config import run_config
from layerlab.image.gojson import rfc3339

NEVER = "0001-01-01T00:00:00Z"
ADDRESS, GATEWAY = "172.17.0.2", "172.17.0.1"


def container_object(host: Host, container: Container) -> dict[str, object]:
    """The object. What depends on a real machine (paths of logs, security profiles) is left out."""
    image = host.images.images.get(container.image)
    return {
        "Id": container.id,
        "Created": rfc3339(container.created),
        "Path": container.command[0],
        "Args": list(container.command[1:]),
        "State": _state(container),
        "Image": image.id if image is not None else container.image,
        "Name": f"/{container.name}",
        "RestartCount": 0,
        "Driver": "overlay2" if host.personality.store == "classic" else "overlayfs",
        "Platform": "linux",
        "HostConfig": _host_config(container),
        "Mounts": _mounts(container),
        "Config": {
            "Hostname": container.hostname,
            **run_config(container.config),
            "Tty": container.tty,
            "Image": container.image_name,
        },
        "NetworkSettings": _network(container),
    }


def _state(container: Container) -> dict[str, object]:
    running = container.is_running
    return {
        "Status": container.state,
        "Running": running,
        "Paused": container.state == "paused",
        "Restarting": False,
        "OOMKilled": False,
        "Dead": False,
        "Pid": 1 if running else 0,
        "ExitCode": container.exit_code,
        "Error": "",
        "StartedAt": rfc3339(container.started) if container.started is not None else NEVER,
        "FinishedAt": rfc3339(container.finished) if container.finished is not None else NEVER,
    }


def _host_config(container: Container) -> dict[str, object]:
    return {
        "Binds": [
            f"{mount.source}:{mount.destination}{':ro' if mount.read_only else ''}"
            for mount in container.mounts
            if mount.kind == "volume"
        ]
        or None,
        "NetworkMode": "bridge",
        "PortBindings": _bindings(container),
        "AutoRemove": container.auto_remove,
        "ReadonlyRootfs": container.read_only,
        "Tmpfs": {mount.destination: "" for mount in container.mounts if mount.kind == "tmpfs"} or None,
    }


def _bindings(container: Container) -> dict[str, object]:
    return {
        f"{port.container}/{port.protocol}": [{"HostIp": port.address, "HostPort": str(port.host)}]
        for port in container.ports
    }


def _mounts(container: Container) -> list[dict[str, object]]:
    return [
        {
            "Type": "volume",
            "Name": mount.source,
            "Source": f"/var/lib/docker/volumes/{mount.source}/_data",
            "Destination": mount.destination,
            "Driver": "local",
            "Mode": "ro" if mount.read_only else "z",
            "RW": not mount.read_only,
            "Propagation": "",
        }
        for mount in container.mounts
        if mount.kind == "volume"
    ]


def _network(container: Container) -> dict[str, object]:
    up = container.is_running
    bridge = {"Gateway": GATEWAY if up else "", "IPAddress": ADDRESS if up else ""}
    return {"Ports": _bindings(container) if up else {}, "Networks": {"bridge": bridge}}
