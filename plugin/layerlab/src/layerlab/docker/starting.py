"""Starting containers: what runs to its end, what stays, what can't start; and the errors of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from layerlab.build.owners import UserError, run_user
from layerlab.build.record import Note
from layerlab.container.container import Container
from layerlab.container.process import Program, execute, logged
from layerlab.container.staying import Stays, staying
from layerlab.docker.edge import Output
from layerlab.docker.subcommand import Call, Refusal, Result
from layerlab.host import Host
from layerlab.image.config import DEFAULT_PATH
from layerlab.shell import Outcome, User

START_TIME = 300_000_000
"""How long starting takes, nanoseconds; modelled."""

NOT_STARTED = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: "
    "unable to start container process: error during container init: "
)
NOT_STARTED_OLD = (
    "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "
)


def run_error(
    call: Call, message: str, code: int = 125, *, host: Host | None = None, before: str = "", stdout: str = ""
) -> Refusal:
    """`docker: …` and the pointer to the help, as `docker run` words every error."""
    if call.host.personality.engine == "20.10":
        text = f"docker: {message.removesuffix('.')}.\nSee 'docker run --help'."
    else:
        text = f"docker: {message}\n\nRun 'docker run --help' for more information"
    return Refusal(text, code, host=host, before=before, stdout=stdout)


def put(host: Host, container: Container) -> Host:
    """The host with a container's new state."""
    return replace(host, containers=tuple(container if old.id == container.id else old for old in host.containers))


def without(host: Host, container: Container, *, volumes: bool = False) -> Host:
    """The host without a container, and without its anonymous volumes if asked."""
    kept = host.volumes
    if volumes:
        from layerlab.docker.volumes import anonymous  # noqa: PLC0415

        own = {mount.source for mount in container.mounts if mount.kind == "volume" and anonymous(mount.source)}
        kept = {name: tree for name, tree in kept.items() if name not in own}
    return replace(host, containers=tuple(item for item in host.containers if item.id != container.id), volumes=kept)


def environment(container: Container, extra: tuple[str, ...] = (), home: str = "/root") -> Mapping[str, str]:
    """The variables of a process: the configuration's, and those the daemon adds."""
    variables = {"PATH": DEFAULT_PATH, "HOSTNAME": container.hostname}
    if container.tty:
        variables["TERM"] = "xterm"
    for word in (*container.config.env, *extra):
        name, _, value = word.partition("=")
        variables[name] = value
    variables.setdefault("HOME", home)
    return variables


def program_of(container: Container, argv: tuple[str, ...], stdin: bytes = b"", user: str = "", cwd: str = "",
               extra: tuple[str, ...] = ()) -> Program:  # fmt: skip
    """What is run in a container.

    Raises:
        UserError: A user that isn't in the container.
    """
    who = run_user(user or container.config.user, container.tree)
    where = cwd or container.config.working_dir or "/"
    return Program(argv, environment(container, extra, who.home), where, User(who.uid, who.gid, who.groups), stdin)


def start(call: Call, container: Container, *, reads: bool, stdin: bytes = b"") -> tuple[Host, Container, Outcome]:
    """Start a container's process: it has ended, or it stays.

    Args:
        call: Its host has the container.
        container: To start.
        reads: Whether its standard input stays open on a terminal.
        stdin: What it reads.

    Raises:
        UserError: Its user isn't there.
    """
    host = call.host
    now = host.now + START_TIME
    program = program_of(container, container.command, stdin)
    stays = staying(container.command, reads_terminal=reads)
    container = replace(container, started=now, finished=None, exit_code=0)
    if stays is None:
        ran = execute(container, program, host.volumes, now, call.edge.facts)
        ended = replace(
            logged(ran.container, ran.outcome), state="exited", exit_code=ran.outcome.exit_code, finished=now
        )
        if ran.outcome.start_error is not None:
            ended = replace(container, state="created", exit_code=ran.outcome.exit_code, started=None)
        host = replace(put(host, ended), volumes=ran.volumes, now=now)
        return host, ended, ran.outcome
    return _stay(call, container, program, stays, now)


def _stay(
    call: Call, container: Container, program: Program, stays: Stays, now: int
) -> tuple[Host, Container, Outcome]:
    host, outcome, volumes = call.host, Outcome(0), call.host.volumes
    argv = _probe(container, stays)
    if argv is not None:
        ran = execute(container, replace(program, argv=argv), host.volumes, now, call.edge.facts)
        if ran.outcome.start_error is not None and stays.before is None:
            failed = replace(container, state="created", exit_code=ran.outcome.exit_code, started=None)
            return replace(put(host, failed), now=now), failed, ran.outcome
        if stays.before is not None:
            container, volumes, outcome = logged(ran.container, ran.outcome), ran.volumes, ran.outcome
    ends = None if stays.nanoseconds is None else now + stays.nanoseconds
    container = replace(container, state="running", ends_at=ends, output_unknown=not stays.silent)
    if not stays.silent:
        outcome = replace(outcome, fidelity="unknown")
    return replace(put(host, container), volumes=volumes, now=now), container, outcome


def _probe(container: Container, stays: Stays) -> tuple[str, ...] | None:
    """What is really run for a process that stays: the script before it, or nothing."""
    if stays.before is None:
        return None
    return (*container.command[:2], stays.before, *container.command[3:])


def cannot_start(call: Call, start_error: str) -> str:
    """The daemon's words for a process that can't start."""
    if call.host.personality.engine == "20.10":
        return f"Error response from daemon: {NOT_STARTED_OLD}{start_error}: unknown"
    return f"Error response from daemon: {NOT_STARTED}{start_error}"


def start_detached(call: Call, container: Container, before: str) -> Result:
    """`docker run -d`: the id, whatever becomes of the process."""
    shown = container.id + "\n"
    try:
        host, container, outcome = start(call, container, reads=container.tty)
    except UserError as error:
        raise run_error(
            call, f"Error response from daemon: {error}", 126, host=call.host, before=before, stdout=shown
        ) from None
    if outcome.start_error is not None:
        code = outcome.exit_code
        raise run_error(
            call,
            cannot_start(call, outcome.start_error),
            code,
            host=_left(host, container),
            before=before,
            stdout=shown,
        )
    host = _left(host, container) if container.state == "exited" else host
    return host, Output(shown, before, 0, notes_of(call, container, outcome))


def run_foreground(call: Call, container: Container, before: str) -> Result:
    """`docker run`: the process' output and exit code."""
    reads = call.flags.on("interactive")
    terminal = reads and call.flags.on("tty")
    stdin = call.edge.stdin if reads else b""
    try:
        host, container, outcome = start(call, container, reads=terminal and not stdin, stdin=stdin)
    except UserError as error:
        message = f"Error response from daemon: {error}"
        raise run_error(call, message, 126, host=_left(call.host, container), before=before) from None
    if outcome.start_error is not None:
        message = cannot_start(call, outcome.start_error)
        raise run_error(call, message, outcome.exit_code, host=_left(host, container), before=before)
    stdout, stderr = streams(outcome, tty=container.tty)
    notes = notes_of(call, container, outcome)
    if container.state == "running":
        return _stays_in_front(host, container, stdout, before + stderr, notes)
    return _left(host, container), Output(stdout, before + stderr, outcome.exit_code, notes)


def _stays_in_front(host: Host, container: Container, stdout: str, stderr: str, notes: tuple[Note, ...]) -> Result:
    """A process in the foreground that stays: a shell opens, a sleep is waited for, a server is left running."""
    stays = staying(container.command, reads_terminal=True)
    if stays is not None and stays.interactive:
        return host, Output(stdout, stderr, 0, notes, opens=container.id)
    if container.ends_at is not None:
        ended = replace(
            container, state="exited", finished=container.ends_at, exit_code=container.ends_with, ends_at=None
        )
        host = _left(replace(put(host, ended), now=container.ends_at), ended)
        return host, Output(stdout, stderr, ended.exit_code, notes)
    return host, Output(stdout, stderr, 0, (*notes, Note("docker.note.foreground", (("name", container.name),))))


def _left(host: Host, container: Container) -> Host:
    return without(host, container, volumes=True) if container.auto_remove else host


def streams(outcome: Outcome, *, tty: bool) -> tuple[str, str]:
    """(stdout, stderr) of a process; a terminal has only one of them, and ends lines with CR and LF."""
    texts = {1: "", 2: ""}
    for chunk in outcome.output:
        texts[1 if tty else chunk.fd] += chunk.data.decode("utf-8", "replace")
    if tty:
        texts[1] = texts[1].replace("\n", "\r\n")
    return texts[1], texts[2]


def notes_of(call: Call, container: Container, outcome: Outcome) -> tuple[Note, ...]:
    """What has to be said of a run: the shell's notes, and that a server's output isn't known."""
    del call
    notes = tuple(Note(note.key, note.params) for note in outcome.notes)
    if container.output_unknown:
        notes += (Note("docker.note.server", (("command", container.command[0]),)),)
    return notes
