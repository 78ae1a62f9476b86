"""`run`: one program on a tree, as a build step or `docker run` starts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layerlab.catalogue.packages import PackageFacts
from layerlab.filesystem import Editor, Who
from layerlab.shell.launch import execute, launch, unmodelled
from layerlab.shell.model import Budget, Journal, LimitError, Limits, Note, Outcome, User
from layerlab.shell.process import Process
from layerlab.shell.programs import DEFAULT_PATH, Found, find
from layerlab.shell.streams import Log, PipeFullError, Source, Stream

KILLED = 137


def run(  # noqa: PLR0913  (what runc is told)
    view: Editor,
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: str,
    user: User = User(),  # noqa: B008  (frozen)
    stdin: bytes = b"",
    limits: Limits = Limits(),  # noqa: B008  (frozen)
    network: str = "none",
    facts: PackageFacts | None = None,
) -> Outcome:
    """Start a program as runc does and run it to its end.

    Args:
        view: The tree; it holds the changes afterwards, also those of a run that failed.
        argv: Program and arguments.
        env: Environment.
        cwd: Working directory, absolute and there.
        user: Whose rights count.
        stdin: Bytes of standard input.
        limits: Budgets; the one that ends a run is named in `Outcome.limit` and on standard error.
        network: `none` or `default`; kept for commands that ask, none has a network here.
        facts: What is recorded of packages; without it package managers are unknown programs.

    Returns:
        Exit code, output, notes. If the program isn't there, `start_error` has runc's words
        (Docker 29 / runc 1.2) and the exit code is 127, or 126 if it can't be run.
    """
    budget = Budget(limits)
    journal = Journal(budget, facts=facts)
    kept = view.who, view.umask
    view.who = Who(user.uid, user.gid, frozenset(user.groups))
    view.umask = 0o022
    fds: dict[int, Stream] = {0: Source(stdin), 1: Log(journal, 1), 2: Log(journal, 2)}
    process = Process(
        argv[0] if argv else "", tuple(argv[1:]), env, cwd, view, dict(fds), "gnu", journal, launch, network=network
    )
    try:
        return _run(process, list(argv))
    except LimitError as error:
        return _stopped(journal, error)
    except RecursionError:
        return _stopped(journal, LimitError("recursion", limits.recursion))
    except PipeFullError:
        return _stopped(journal, LimitError("pipe_bytes", limits.pipe_bytes))
    finally:
        view.who, view.umask = kept


def _run(process: Process, argv: list[str]) -> Outcome:
    journal = process.journal
    if not argv or not argv[0]:
        return Outcome(127, start_error='exec: "": executable file not found in $PATH')
    found = find(process.fs, argv[0], process.env.get("PATH", DEFAULT_PATH), process.cwd)
    if isinstance(found, Found):
        code = execute(process, found, argv)
        if process.missing_interpreter:
            return Outcome(127, start_error=f"exec {found.path}: no such file or directory")
    elif found == "murky":
        code = unmodelled(process, argv[0])
    else:
        return _not_started(argv[0], found)
    return Outcome(code, tuple(journal.chunks), journal.fidelity, tuple(journal.notes))


def _not_started(name: str, problem: str) -> Outcome:
    if problem == "missing":
        reason = f"stat {name}: no such file or directory" if "/" in name else "executable file not found in $PATH"
        return Outcome(127, start_error=f'exec: "{name}": {reason}')
    reason = "is a directory: permission denied" if problem == "directory" else "permission denied"
    return Outcome(126, start_error=f'exec: "{name}": {reason}')


def _stopped(journal: Journal, error: LimitError) -> Outcome:
    """What is left of a run that a budget ended; that it did is said in a note, which nothing of the run prints."""
    note = Note("unknown", f"shell.limit.{error.name}", (("value", f"{error.limit:,}"),))
    journal.note(note)
    return Outcome(KILLED, tuple(journal.chunks), "unknown", tuple(journal.notes), limit=error.name)
