"""`docker exec`."""

from __future__ import annotations

from dataclasses import replace

from layerlab.build.owners import UserError
from layerlab.build.record import Note
from layerlab.container.process import execute
from layerlab.docker.creating import environment_of
from layerlab.docker.edge import Output
from layerlab.docker.flags import many, switch, text
from layerlab.docker.lookup import container_named
from layerlab.docker.starting import START_TIME, program_of, put, streams
from layerlab.docker.subcommand import Call, Refusal, Result, daemon_error, subcommand

SHELLS = frozenset({"sh", "bash", "ash", "dash", "/bin/sh", "/bin/bash", "/bin/ash", "/bin/dash"})


@subcommand(
    "container exec",
    "exec",
    arguments="[OPTIONS] CONTAINER COMMAND [ARG...]",
    flags=(
        switch("detach", "d"),
        text("detach-keys"),
        many("env", "e"),
        many("env-file"),
        switch("interactive", "i"),
        switch("privileged"),
        switch("tty", "t"),
        text("user", "u"),
        text("workdir", "w"),
    ),
    least=2,
    most=None,
    interspersed=False,
)
def exec_(call: Call) -> Result:
    """Run a further program in a running container."""
    flags, host = call.flags, call.host
    container = container_named(host, call.words[0])
    if container.state == "paused":
        raise daemon_error(f"container {container.name} is paused, unpause the container before exec")
    if container.state != "running":
        word = "Container" if host.personality.engine == "20.10" else "container"
        raise daemon_error(f"{word} {container.id} is not running")
    argv = call.words[1:]
    interactive = flags.on("interactive")
    if interactive and flags.on("tty") and argv[0] in SHELLS and len(argv) == 1 and not call.edge.stdin:
        return host, Output(opens=container.id)
    extra = environment_of((), flags, call.edge.files)
    stdin = call.edge.stdin if interactive else b""
    try:
        program = program_of(container, argv, stdin, flags.text("user"), flags.text("workdir"), extra)
    except UserError as error:
        raise daemon_error(str(error)) from None
    now = host.now + START_TIME
    ran = execute(container, program, host.volumes, now, call.edge.facts)
    if ran.outcome.start_error is not None:
        message = "OCI runtime exec failed: exec failed: unable to start container process: "
        raise Refusal(f"{message}{ran.outcome.start_error}: unknown", ran.outcome.exit_code)
    host = replace(put(host, ran.container), volumes=ran.volumes, now=now)
    notes = tuple(Note(note.key, note.params) for note in ran.outcome.notes)
    if flags.on("detach"):
        return host, Output(notes=notes)
    stdout, stderr = streams(ran.outcome, tty=flags.on("tty"))
    return host, Output(stdout, stderr, ran.outcome.exit_code, notes)


SUBCOMMANDS = (exec_,)
