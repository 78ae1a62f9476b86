"""Running a program in a container: on its merged tree, with its mounts, into its writable layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from layerlab.catalogue.packages import PackageFacts
from layerlab.container.container import Container, LogChunk, MountPoint
from layerlab.container.surroundings import mount_surroundings
from layerlab.container.writable import merge
from layerlab.filesystem import Change, Directory, Editor, Meta, Tree
from layerlab.shell import Outcome, User, run

LIMITED = 50_000_000
"""Bytes of a container's output that are kept."""


@dataclass(frozen=True, slots=True)
class Program:
    """What is to run.

    Attributes:
        argv: Path and arguments.
        env: Environment.
        cwd: Working directory.
        user: Whose process it is.
        stdin: What it can read.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    user: User
    stdin: bytes = b""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a program did.

    Attributes:
        container: With its writes.
        volumes: The volumes with its writes, by name.
        outcome: Exit code, output, notes.
    """

    container: Container
    volumes: Mapping[str, Tree]
    outcome: Outcome


def execute(
    container: Container, program: Program, volumes: Mapping[str, Tree], now: int, facts: PackageFacts | None = None
) -> Ran:
    """Run a program to its end in a container.

    Args:
        container: Its tree and mounts.
        program: What to run.
        volumes: Volumes by name; those mounted are written to.
        now: Time of all writes, nanoseconds since the epoch.
        facts: What is recorded of packages.
    """
    view = Editor(container.tree, now, read_only=container.read_only)
    mount_surroundings(view, container.hostname, now)
    for mount in container.mounts:
        view.mount(mount.destination, _mounted(mount, volumes, now), read_only=mount.read_only)
    outcome = run(
        view, program.argv, env=program.env, cwd=program.cwd, user=program.user, stdin=program.stdin,
        network="default", facts=facts,
    )  # fmt: skip
    change = view.finish()
    return Ran(written(container, change), _kept(container, change, volumes), outcome)


def _mounted(mount: MountPoint, volumes: Mapping[str, Tree], now: int) -> Directory:
    if mount.kind == "volume" and mount.source in volumes:
        return volumes[mount.source].root
    return Directory(Meta(0o1777 if mount.kind == "tmpfs" else 0o755, mtime=now), {})


def _kept(container: Container, change: Change, volumes: Mapping[str, Tree]) -> Mapping[str, Tree]:
    held = dict(volumes)
    for mount in container.mounts:
        node = change.mounts.get(mount.destination)
        if mount.kind == "volume" and isinstance(node, Directory):
            held[mount.source] = Tree(node)
    return held


def written(container: Container, change: Change) -> Container:
    """The container after a session of writes on its tree."""
    upper = merge(container.base, container.upper, change.upper, change.after)
    return replace(container, tree=change.after, upper=upper)


def logged(container: Container, outcome: Outcome) -> Container:
    """The container with a process' output in its log; the oldest part goes when there is too much."""
    output = (*container.output, *(LogChunk(chunk.fd, chunk.data) for chunk in outcome.output))
    total = sum(len(chunk.data) for chunk in output)
    while total > LIMITED and output:
        total -= len(output[0].data)
        output = output[1:]
    return replace(container, output=output)


def settled(container: Container, now: int) -> Container:
    """A running container whose process has ended by itself in the meantime, as ended."""
    if container.state != "running" or container.ends_at is None or container.ends_at > now:
        return container
    return replace(container, state="exited", exit_code=container.ends_with, finished=container.ends_at, ends_at=None)
