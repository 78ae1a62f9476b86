"""`-v`, `--mount`, `--tmpfs` and VOLUME: what is mounted into a container, and the volumes that makes."""

from __future__ import annotations

from dataclasses import replace

from layerlab.container.container import MountPoint
from layerlab.docker.flags import Flags
from layerlab.docker.ids import new_id
from layerlab.docker.subcommand import Refusal, daemon_error
from layerlab.docker.volumes import NAME
from layerlab.filesystem import Directory, Meta, Tree
from layerlab.filesystem.paths import clean
from layerlab.host import Host
from layerlab.image.image import Image
from layerlab.messages import Messages

MODES = frozenset({"rw", "ro", "z", "Z", "nocopy", "cached", "delegated", "consistent"})


def mounts_of(host: Host, flags: Flags, image: Image, say: Messages) -> tuple[Host, tuple[MountPoint, ...]]:
    """Everything mounted, each destination once; anonymous volumes get their names.

    Raises:
        Refusal: A malformed volume, or a folder of the host.
    """
    mounts: dict[str, MountPoint] = {}
    for word in flags.all("volume"):
        mount = _volume(word, say)
        mounts[mount.destination] = mount
    for word in flags.all("mount"):
        mount = _mount(word, say)
        mounts[mount.destination] = mount
    for word in flags.all("tmpfs"):
        path = clean(word.partition(":")[0])
        mounts[path] = MountPoint("tmpfs", "", path)
    for path in image.config.volumes:
        mounts.setdefault(clean(path), MountPoint("volume", "", clean(path)))
    named = []
    for mount in mounts.values():
        if mount.kind == "volume" and not mount.source:
            host, identity = new_id(host, "volume", mount.destination)
            mount = replace(mount, source=identity)  # noqa: PLW2901
        named.append(mount)
    return host, tuple(sorted(named, key=lambda mount: mount.destination))


def _volume(word: str, say: Messages) -> MountPoint:
    parts = word.split(":")
    if len(parts) > 3 or not all(parts):
        raise daemon_error(f"invalid volume specification: '{word}'")
    source, destination, mode = ("", parts[0], "") if len(parts) == 1 else (*parts, "")[:3]
    if mode and not set(mode.split(",")) <= MODES:
        raise daemon_error(f"invalid mode: {mode}")
    if not destination.startswith("/"):
        raise daemon_error(f"invalid volume specification: '{word}': invalid mount config for type \"volume\": "
                           f"invalid mount path: '{destination}' mount path must be absolute")  # fmt: skip
    if clean(destination) == "/":
        raise daemon_error(f"invalid volume specification: '{word}': invalid mount config for type \"volume\": "
                           "invalid specification: destination can't be '/'")  # fmt: skip
    if source.startswith(("/", ".", "~")):
        raise Refusal(say("docker.no_host_folder", path=destination))
    if source and not NAME.fullmatch(source):
        raise daemon_error(
            f'create {source}: "{source}" includes invalid characters for a local volume name, only '
            '"[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path'
        )
    return MountPoint("volume", source, clean(destination), "ro" in mode.split(","))


def _mount(word: str, say: Messages) -> MountPoint:
    fields = {key: value for key, _, value in (part.partition("=") for part in word.split(","))}
    kind = fields.get("type", "volume")
    target = next((fields[key] for key in ("target", "destination", "dst") if key in fields), "")
    source = fields.get("source", fields.get("src", ""))
    if not target:
        raise Refusal(f'invalid argument "{word}" for "--mount" flag: target is required', 125)
    if kind == "bind":
        raise Refusal(say("docker.no_host_folder", path=target))
    if kind not in {"volume", "tmpfs"}:
        raise daemon_error(f'invalid mount config for type "{kind}": mount type unknown')
    read_only = any(fields.get(key, "false") in {"", "true", "1"} for key in ("readonly", "ro") if key in fields)
    return MountPoint(
        "tmpfs" if kind == "tmpfs" else "volume", "" if kind == "tmpfs" else source, clean(target), read_only
    )


def with_volumes(host: Host, mounts: tuple[MountPoint, ...], image: Tree) -> Host:
    """The host with the volumes that are new; each takes over what the image has at its mount point."""
    volumes = dict(host.volumes)
    for mount in mounts:
        if mount.kind != "volume":
            continue
        known = volumes.get(mount.source)
        if known is not None and known.root.entries:
            continue
        node = image.lookup(mount.destination)
        fresh = Tree(Directory(Meta(0o755, mtime=host.now), {}))
        volumes[mount.source] = Tree(node) if isinstance(node, Directory) else known or fresh
    return replace(host, volumes=volumes)
