"""A container as a value: what it was made from, what runs in it, and what its writable layer holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from layerlab.filesystem import Tree, UpperEntry
from layerlab.image.config import ImageConfig

State: TypeAlias = Literal["created", "running", "paused", "exited"]
MountKind: TypeAlias = Literal["volume", "tmpfs", "bind"]


@dataclass(frozen=True, slots=True)
class MountPoint:
    """Something mounted into a container.

    Attributes:
        kind: A named or anonymous volume, memory, or a folder of the host.
        source: The volume's name, or the host's path; empty for tmpfs.
        destination: Absolute path in the container.
        read_only: Whether writes are refused.
    """

    kind: MountKind
    source: str
    destination: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Port:
    """A published port.

    Attributes:
        container: Port in the container.
        protocol: `tcp` or `udp`.
        host: Port of the host.
        address: Of the host; empty for all, IPv4 and IPv6.
    """

    container: int
    protocol: str
    host: int
    address: str = ""


@dataclass(frozen=True, slots=True)
class LogChunk:
    """Something the main process wrote.

    Attributes:
        fd: 1 or 2.
        data: The bytes.
    """

    fd: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Container:
    """One container.

    Attributes:
        id: 64 hex digits.
        name: Without the leading slash.
        image: Id of its image.
        image_name: The reference it was made with, as typed.
        config: The image's configuration with what `run` changed (environment, user, …).
        command: The process: path and arguments, entrypoint first.
        base: The image's tree.
        tree: The same with the writable layer on top.
        upper: What overlayfs' upper directory holds.
        created: Nanoseconds since the epoch.
        state: What the process does.
        exit_code: Of a process that has ended.
        started: When it was last started, or None.
        finished: When it last ended, or None.
        ends_at: When a running process will end by itself, or None.
        ends_with: The exit code it will end with.
        mounts: Volumes and the like.
        ports: Published ports.
        read_only: Whether the root file system refuses writes.
        auto_remove: `--rm`.
        tty: `-t`.
        output: What the process has written; `docker logs`.
        output_unknown: Whether it writes things that aren't simulated (servers).
    """

    id: str
    name: str
    image: str
    image_name: str
    config: ImageConfig
    command: tuple[str, ...]
    base: Tree
    tree: Tree
    upper: tuple[UpperEntry, ...]
    created: int
    state: State = "created"
    exit_code: int = 0
    started: int | None = None
    finished: int | None = None
    ends_at: int | None = None
    ends_with: int = 0
    mounts: tuple[MountPoint, ...] = ()
    ports: tuple[Port, ...] = ()
    read_only: bool = False
    auto_remove: bool = False
    tty: bool = False
    output: tuple[LogChunk, ...] = ()
    output_unknown: bool = False

    @property
    def hostname(self) -> str:
        """What `hostname` says inside."""
        return self.id[:12]

    @property
    def is_running(self) -> bool:
        """Whether `docker ps` lists it without `-a`."""
        return self.state in {"running", "paused"}
