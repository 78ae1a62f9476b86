"""One RUN as a whole: user, environment, mounts, and what the command leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from layerlab.build.owners import RunUser, UserError, run_user
from layerlab.build.ports import Command, Ran, Runner
from layerlab.build.record import OutputChunk
from layerlab.dockerfile.gotext import quote
from layerlab.filesystem import (
    Bytes,
    Change,
    Directory,
    Editor,
    File,
    FileSystemError,
    Meta,
    Node,
    Special,
    Symlink,
    Tree,
)
from layerlab.filesystem.paths import ancestors, basename, clean
from layerlab.plan.operations import Mount, RunOperation, Source

HOSTS = b"127.0.0.1\tlocalhost buildkitsandbox\n::1\tlocalhost ip6-localhost ip6-loopback\n"
HOSTNAME = b"localhost\n"
RESOLV = b"nameserver 10.0.2.3\n"
DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
KERNEL_DIRECTORIES = ("/proc", "/sys")
SECRETS = "/run/secrets"
NOT_STARTED = "runc run failed: unable to start container process: error during container init: "
"""What BuildKit's log has before the runtime's words for a program that can't be started (runc 1.5)."""


class RunError(Exception):
    """A RUN that failed.

    Attributes:
        message: What stands after `ERROR: ` (BuildKit).
        ran: What it did before.
        exit_code: Of the process; None if it couldn't be started.
    """

    def __init__(self, message: str, ran: Ran, exit_code: int | None) -> None:
        super().__init__(message)
        self.message = message
        self.ran = ran
        self.exit_code = exit_code


class _MountError(Exception):
    """What is to be mounted isn't there: the system call, the path and the system's words."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a RUN finds besides its files.

    Attributes:
        source: The files of a mount's source.
        caches: Contents of cache mounts by id.
        secrets: Values by id.
        ssh: Ids of forwarded agents.
        volumes: Legacy: paths whose writes are lost.
        kernel: BuildKit: `/proc` and `/sys` are made where they are missing, and stay. Else it is a container of
            the legacy builder's, with what `docker run` adds.
    """

    source: Callable[[Source], Tree]
    caches: Mapping[str, Directory]
    secrets: Mapping[str, bytes]
    ssh: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    kernel: bool = True


@dataclass(frozen=True, slots=True)
class Finished:
    """A RUN that went well.

    Attributes:
        change: What it did to the files.
        ran: What it printed, how true it is.
        caches: Cache mounts with their new contents, by id.
    """

    change: Change
    ran: Ran
    caches: Mapping[str, Directory]


def failure_text(argv: tuple[str, ...], reason: str) -> str:
    """BuildKit's words for a process that failed."""
    return f"process {quote(' '.join(argv))} did not complete successfully: {reason}"


def cache_id(mount: Mount) -> str:
    """The id of a cache mount: its own, or its target."""
    return mount.id or clean(mount.target)


def perform(tree: Tree, operation: RunOperation, around: Around, runner: Runner, now: int) -> Finished:
    """Run a command.

    Args:
        tree: Files it starts with.
        operation: What to run.
        around: Mount sources, caches, secrets.
        runner: What runs it.
        now: Time of its writes, nanoseconds since the epoch.

    Raises:
        RunError: It couldn't start, or its exit code isn't 0.
    """
    view = Editor(tree, now)
    try:
        user = run_user(operation.user, tree)
    except UserError as error:
        raise RunError(failure_text(operation.argv, str(error)), Ran(1), None) from error
    if around.kernel:
        _kernel_directories(view)
    extra = _mount_all(view, operation, around)
    ran = runner(view, _command(operation, user, extra))
    change = view.finish()
    if ran.start_error is not None:
        line = OutputChunk(2, (NOT_STARTED + ran.start_error).encode() + b"\n")
        raise RunError(failure_text(operation.argv, "exit code: 1"), replace(ran, output=(*ran.output, line)), 1)
    if ran.exit_code != 0:
        raise RunError(failure_text(operation.argv, f"exit code: {ran.exit_code}"), ran, ran.exit_code)
    return Finished(change, ran, _caches(operation, change))


def _kernel_directories(view: Editor) -> None:
    for path in KERNEL_DIRECTORIES:
        if not view.exists(path):
            view.mkdir(path, 0o755)


def _command(operation: RunOperation, user: RunUser, extra: tuple[tuple[str, str], ...]) -> Command:
    env = [*operation.env, *operation.facts.proxies, *extra]
    if not any(name == "HOME" and value for name, value in env):
        env.append(("HOME", user.home))
    return Command(operation.argv, tuple(env), clean(operation.cwd or "/"), user, operation.network)


def _mount_all(view: Editor, operation: RunOperation, around: Around) -> tuple[tuple[str, str], ...]:
    """Put everything in place; answers the variables that secrets and agents set."""
    now = view.now
    view.mount("/proc", _processes(now))
    view.mount("/sys", Directory(Meta(0o555), {}), read_only=True)
    view.mount("/dev", _devices(now))
    view.mount("/etc/resolv.conf", File(Meta(0o644, 0, 0, now), Bytes(RESOLV)), read_only=around.kernel)
    view.mount("/etc/hosts", File(Meta(0o644, 0, 0, now), Bytes(HOSTS)), read_only=around.kernel)
    if not around.kernel:
        _container_files(view)
    for path in around.volumes:
        there = view.lookup(path)
        view.mount(path, there if isinstance(there, Directory) else Directory(Meta(0o755), {}))
    if operation.inline_files:
        files: dict[str, Node] = {
            file.name: File(Meta(0o755 if file.mode is None else file.mode, 0, 0, now), Bytes(file.data))
            for file in operation.inline_files
        }
        view.mount("/dev/pipes", Directory(Meta(0o755), files), read_only=True)
    extra: list[tuple[str, str]] = []
    for mount in operation.mounts:
        try:
            extra.extend(_mount(view, mount, around))
        except _MountError as error:
            raise RunError(failure_text(operation.argv, str(error)), Ran(1), None) from error
    return tuple(extra)


def _mount(view: Editor, mount: Mount, around: Around) -> list[tuple[str, str]]:
    match mount.type:
        case "bind":
            view.mount(mount.target, _bound(mount, around), read_only=mount.read_only)
        case "cache":
            view.mount(mount.target, _cached(mount, around), read_only=mount.read_only)
        case "tmpfs":
            view.mount(mount.target, Directory(Meta(0o1777), {}), read_only=mount.read_only)
        case "secret":
            return _secret(view, mount, around)
        case "ssh":
            return _agent(view, mount, around)
    return []


def _bound(mount: Mount, around: Around) -> Node:
    tree = around.source(mount.from_) if mount.from_ is not None else Tree(Directory(Meta(0o755), {}))
    path = clean(mount.source)
    try:
        node = tree.lookup(path)
    except FileSystemError as error:
        raise _MountError(f"open {path}: {error.message.lower()}") from error
    if node is None:
        above = next((found for one in reversed(ancestors(path)) if (found := tree.lookup(one)) is not None), None)
        if above is None or isinstance(above, Directory):
            raise _MountError(f"open {path}: no such file or directory")
        raise _MountError(f"lstat {path}: not a directory")
    return node


def _cached(mount: Mount, around: Around) -> Node:
    kept = around.caches.get(cache_id(mount))
    if kept is not None:
        return kept
    if mount.from_ is not None and isinstance(seed := _bound(mount, around), Directory) and seed.entries:
        return seed
    return Directory(Meta(0o755 if mount.mode is None else mount.mode, mount.uid or 0, mount.gid or 0), {})


def _secret(view: Editor, mount: Mount, around: Around) -> list[tuple[str, str]]:
    name = mount.id or basename(mount.target)
    value = around.secrets.get(name)
    if value is None:
        if mount.required:
            raise RunError(f"secret {name}: not found", Ran(1), None)
        return [(mount.env, "")] if mount.env else []
    target = mount.target or ("" if mount.env else f"{SECRETS}/{basename(name)}")
    if target:
        meta = Meta(0o400 if mount.mode is None else mount.mode, mount.uid or 0, mount.gid or 0, view.now)
        view.mount(target, File(meta, Bytes(value)), read_only=True)
    return [(mount.env, value.decode("utf-8", "surrogateescape"))] if mount.env else []


def _agent(view: Editor, mount: Mount, around: Around) -> list[tuple[str, str]]:
    name = mount.id or "default"
    if name not in around.ssh:
        if mount.required:
            raise RunError(f"ssh {name}: not found", Ran(1), None)
        return []
    target = mount.target or "/run/buildkit/ssh_agent.0"
    meta = Meta(0o600 if mount.mode is None else mount.mode, mount.uid or 0, mount.gid or 0, view.now)
    view.mount(target, Special(meta, "socket"), read_only=True)
    return [("SSH_AUTH_SOCK", target)]


def _container_files(view: Editor) -> None:
    """What `docker run`, and so the legacy builder, puts below and over every container's files."""
    view.mount("/etc/hostname", File(Meta(0o644, 0, 0, view.now), Bytes(HOSTNAME)))
    if not view.exists("/etc/mtab", follow=False):
        view.mount("/etc/mtab", Symlink(Meta(0o777, 0, 0, view.now), "/proc/mounts"))
    if not view.exists("/.dockerenv", follow=False):
        view.mount("/.dockerenv", File(Meta(0o755, 0, 0, view.now), Bytes(b"")))


@lru_cache(maxsize=2)
def _processes(now: int) -> Directory:
    entries: dict[str, Node] = {
        "1": Directory(Meta(0o555, 0, 0, now), {}),
        "self": Symlink(Meta(0o777, 0, 0, now), "1"),
        "mounts": Symlink(Meta(0o777, 0, 0, now), "self/mounts"),
    }
    return Directory(Meta(0o555, 0, 0, now), entries)


@lru_cache(maxsize=2)
def _devices(now: int) -> Directory:
    entries: dict[str, Node] = {
        name: Special(Meta(0o666, 0, 0, now), "char", device) for name, device in DEVICES.items()
    }
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        entries[name] = Symlink(Meta(0o777, 0, 0, now), f"/proc/self/fd{target}")
    entries["shm"] = Directory(Meta(0o1777, 0, 0, now), {})
    entries["pts"] = Directory(Meta(0o755, 0, 0, now), {})
    entries["mqueue"] = Directory(Meta(0o1777, 0, 0, now), {})
    return Directory(Meta(0o755, 0, 0, now), entries)


def _caches(operation: RunOperation, change: Change) -> Mapping[str, Directory]:
    """What the cache mounts hold now."""
    kept: dict[str, Directory] = {}
    for mount in operation.mounts:
        if mount.type != "cache" or mount.read_only:
            continue
        held = next((node for path, node in change.mounts.items() if clean(path) == clean(mount.target)), None)
        if isinstance(held, Directory):
            kept[cache_id(mount)] = held
    return kept
