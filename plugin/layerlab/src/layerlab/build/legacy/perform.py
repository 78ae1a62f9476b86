"""What an instruction does to the files, by the legacy builder's rules (20.10), and its words when it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from layerlab.build import copystep, running
from layerlab.build.buildkit.perform import HOST_ROOTS, Done, make_directories
from layerlab.build.copying import CopyError
from layerlab.build.owners import UserError
from layerlab.build.ports import Runner
from layerlab.build.record import OutputChunk
from layerlab.filesystem import Change, Editor, FileSystemError, Tree
from layerlab.plan.operations import CopyOperation, Operation, RunOperation, Source, WorkdirOperation

NANOS = 1_000_000_000
MILLISECOND = 1_000_000
HOST_ROOT = HOST_ROOTS["classic"]
NOT_CREATED = "failed to create shim task: OCI runtime create failed: runc create failed: "


class Stop(Exception):  # noqa: N818 - not an error of ours: the build's own end
    """An instruction failed; the build ends.

    Attributes:
        message: The builder's whole text.
        exit_code: Of the command line.
        output: What was printed before.
    """

    def __init__(self, message: str, exit_code: int = 1, output: tuple[OutputChunk, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code
        self.output = output


def perform(operation: Operation, tree: Tree, source: Callable[[Source], Tree], runner: Runner, now: int) -> Done:
    """Do an instruction.

    Args:
        operation: What to do.
        tree: Files it starts with.
        source: Gives the files of a COPY's source.
        runner: What runs commands.
        now: Time of writes, nanoseconds since the epoch.

    Raises:
        Stop: It failed.
    """
    view = Editor(tree, now if now % NANOS else now + MILLISECOND)
    try:
        match operation:
            case RunOperation():
                return _run(operation, tree, source, runner, view.now)
            case CopyOperation():
                copied = copystep.perform(view, operation, source(operation.from_), legacy=True)
                return Done(view.finish(), fidelity=copied.fidelity, notes=tuple(copied.notes))
            case WorkdirOperation():
                _make_working_directory(view, operation.path)
                return Done(view.finish())
            case _:
                return Done(Change(tree, tree, (), {}))
    except (CopyError, UserError) as error:
        raise Stop(error.below(HOST_ROOT) if isinstance(error, CopyError) else str(error)) from error
    except FileSystemError as error:
        raise Stop(f"{error.path}: {error.message.lower()}") from error


def _make_working_directory(view: Editor, path: str) -> None:
    try:
        make_directories(view, path, (0, 0))
    except CopyError as error:
        if error.message.startswith("mkdir"):
            raise Stop(f"Cannot mkdir: {path} is not a directory") from error
        raise Stop(error.message.replace("lstat ", f"lstat {HOST_ROOT}", 1)) from error


def _run(operation: RunOperation, tree: Tree, source: Callable[[Source], Tree], runner: Runner, now: int) -> Done:
    before = operation.facts.before
    volumes = before.volumes
    started = operation
    if not operation.argv:  # `RUN []` starts what the image starts, under no name of its own
        started = replace(operation, argv=tuple(before.entrypoint or before.cmd or ()))
        if not started.argv:
            raise Stop("No command specified")
    around = running.Around(source, {}, {}, volumes=volumes, kernel=False)
    try:
        finished = running.perform(tree, started, around, runner, now)
    except running.RunError as error:
        raise _failed(operation, error) from error
    ran = finished.ran
    return Done(finished.change, ran.output, ran.exit_code, ran.fidelity, ran.notes, ran.duration)


def _failed(operation: RunOperation, error: running.RunError) -> Stop:
    ran = error.ran
    if error.exit_code is None:
        return Stop(error.message.partition("did not complete successfully: ")[2] or error.message)
    if ran.start_error is not None:
        reason = ran.start_error.partition("unable to start container process: ")[2] or ran.start_error
        reason = reason.removeprefix("error during container init: ")
        return Stop(f"{NOT_CREATED}unable to start container process: {reason}: unknown")
    text = " ".join(operation.argv)
    return Stop(f"The command '{text}' returned a non-zero code: {error.exit_code}", error.exit_code, ran.output)
