"""What a step does to the files, by BuildKit's rules: RUN, COPY and ADD, WORKDIR."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from layerlab.build import copystep, running
from layerlab.build.copying import CopyError, unresolved
from layerlab.build.owners import copy_owner
from layerlab.build.ports import BuildRequest, Runner
from layerlab.build.record import Fidelity, Note, OutputChunk
from layerlab.filesystem import EMPTY, Change, Directory, Editor, FileSystemError, Meta, Tree
from layerlab.filesystem.content import size_of
from layerlab.filesystem.diff import compared_layer
from layerlab.filesystem.layer import Layer, apply, entry_of
from layerlab.filesystem.node import File
from layerlab.filesystem.paths import ancestors, clean
from layerlab.plan.operations import CopyOperation, RunOperation, WorkdirOperation

MILLISECOND = 1_000_000
COPY_TIME = 40 * MILLISECOND
BYTES_PER_MILLISECOND = 200_000
HOST_ROOTS = {
    "containerd": "/var/lib/docker/buildkit/containerd-overlayfs/cachemounts/buildkit<n>",
    "classic": "/var/lib/docker/overlay2/<id>/merged",
}
"""Where BuildKit has a step's files on the host while it copies; the random part stays a placeholder."""
REF_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Done:
    """What a step did.

    Attributes:
        change: To the files.
        output: What it printed.
        exit_code: Of a RUN.
        fidelity: How true it is.
        notes: Remarks.
        duration: Modelled nanoseconds.
        caches: Cache mounts with new contents.
        layer: The layer, where it isn't the difference of the change.
    """

    change: Change
    output: tuple[OutputChunk, ...] = ()
    exit_code: int | None = None
    fidelity: Fidelity = "exact"
    notes: tuple[Note, ...] = ()
    duration: int = 20 * MILLISECOND
    caches: Mapping[str, Directory] = field(default_factory=dict)
    layer: Layer | None = None


def do_run(tree: Tree, operation: RunOperation, around: running.Around, runner: Runner, now: int) -> Done:
    """Run a command. Raises `RunError`."""
    finished = running.perform(tree, operation, around, runner, now)
    ran = finished.ran
    return Done(finished.change, ran.output, ran.exit_code, ran.fidelity, ran.notes, ran.duration, finished.caches)


def do_copy(tree: Tree, operation: CopyOperation, source: Tree, now: int, setting: copystep.Setting) -> Done:
    """Copy or add. Raises `CopyError`."""
    view = Editor(tree, now)
    done = copystep.perform(view, operation, source, setting)
    change = view.finish()
    written = sum(
        size_of(node.content) or 0
        for entry in change.upper
        if isinstance(node := change.after.lookup(entry.path, follow=False), File)
    )
    duration = COPY_TIME + written // BYTES_PER_MILLISECOND * MILLISECOND
    return Done(change, fidelity=done.fidelity, notes=tuple(done.notes), duration=duration)


def do_linked(tree: Tree, operation: CopyOperation, source: Tree, now: int, setting: copystep.Setting) -> Done:
    """`--link`: copy into an empty file system, and lay the result on what is there.

    Directories on the way are new ones; links and modes of the parent's directories don't count. Raises `CopyError`.
    """
    alone = do_copy(EMPTY, operation, source, now, setting)
    layer = compared_layer(EMPTY, alone.change.after)
    return replace(alone, change=Change(tree, apply(tree, layer), (), {}), layer=layer)


def laid(tree: Tree, layer: Layer) -> Done:
    """A layer of an earlier `--link` on another parent: nothing is copied."""
    return Done(Change(tree, apply(tree, layer), (), {}), layer=layer, duration=MILLISECOND)


def do_workdir(tree: Tree, operation: WorkdirOperation, now: int) -> Done:
    """Make a directory and what is missing above it, owned by the user of the moment; what exists stays as it is.

    Raises:
        CopyError: Something on the way is a file.
    """
    view = Editor(tree, now)
    make_directories(view, operation.path, copy_owner(operation.user, tree) if operation.user else (0, 0))
    return Done(view.finish())


def make_directories(view: Editor, path: str, owner: tuple[int, int]) -> None:
    """Make a directory and what is missing above it, mode 0755.

    Raises:
        CopyError: Something on the way is a file.
    """
    try:
        real = view.resolve(clean(path))
    except FileSystemError as error:
        raise unresolved(view, path, error) from error
    for directory in [*ancestors(real), real]:
        there = view.lookup(directory)
        if there is None:
            view.put(directory, Directory(view.inherited(directory, Meta(0o755, *owner, view.now), owned=True), {}))
        elif not isinstance(there, Directory):
            raise CopyError(f"mkdir {directory}: not a directory", at=directory)


def with_mount_parents(layer: Layer, change: Change) -> Layer:
    """With overlay2 a RUN copies up the directories that mount points are made in, though these go again.

    `/etc` is always one: `hosts` and `resolv.conf` are mounted there.
    """
    touched = {"/etc", *_made_in(change)}
    listed = {entry.path for entry in layer.entries}
    wanted = {path for directory in touched for path in (*ancestors(directory), directory)} - listed - {"/"}
    nodes = {path: change.after.lookup(path, follow=False) for path in wanted}
    more = [entry_of(path, node, {}) for path, node in nodes.items() if isinstance(node, Directory)]
    return Layer(tuple(sorted((*layer.entries, *more), key=lambda entry: _key(entry.path)))) if more else layer


def _made_in(change: Change) -> Iterator[str]:
    """The directories in which a mount point was missing."""
    for path in change.mounts:
        above = ancestors(path)
        if change.before.lookup(path) is None and not any(directory in change.mounts for directory in above):
            yield next(it for it in ("/", *above)[::-1] if change.before.lookup(it) is not None)


def _key(path: str) -> list[bytes]:
    return [part.encode("utf-8", "surrogateescape") for part in path.split("/")]


def context_missing(request: BuildRequest, error: CopyError, index: int) -> str:
    """BuildKit's words for a path that isn't in the context; the ref is random in real builds."""
    seed = hashlib.sha256(f"{request.now} {request.counter} {index} {error.missing}".encode()).digest()
    number = int.from_bytes(seed + seed, "big")
    digits = ""
    while len(digits) < 50:
        number, rest = divmod(number, 36)
        digits += REF_ALPHABET[rest]
    return f"failed to calculate checksum of ref {digits[:25]}::{digits[25:]}: {error.message}"
