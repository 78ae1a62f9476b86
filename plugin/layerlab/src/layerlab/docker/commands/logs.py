"""`docker logs`."""

from __future__ import annotations

from layerlab.build.record import Note
from layerlab.docker.durations import rfc3339_seconds
from layerlab.docker.edge import Output
from layerlab.docker.flags import switch, text
from layerlab.docker.lookup import container_named
from layerlab.docker.subcommand import Call, Refusal, Result, subcommand


@subcommand(
    "container logs",
    "logs",
    arguments="[OPTIONS] CONTAINER",
    flags=(
        switch("details"),
        switch("follow", "f"),
        text("since"),
        text("tail", "n", "all"),
        switch("timestamps", "t"),
        text("until"),
    ),
    least=1,
    most=1,
)
def logs(call: Call) -> Result:
    """What a container's process has written."""
    container = container_named(call.host, call.words[0])
    lines: list[tuple[int, str]] = []
    rest = {1: "", 2: ""}
    for chunk in container.output:
        whole = rest[chunk.fd] + chunk.data.decode("utf-8", "replace")
        *ended, rest[chunk.fd] = whole.split("\n")
        lines += [(chunk.fd, line + "\n") for line in ended]
    lines += [(fd, text) for fd, text in rest.items() if text]
    tail = call.flags.text("tail")
    if tail not in {"all", ""}:
        if not tail.lstrip("-").isdigit():
            raise Refusal(
                f'Error response from daemon: invalid value for "tail": value must be a valid integer: {tail}'
            )
        lines = lines[len(lines) - int(tail) :] if 0 <= int(tail) < len(lines) else lines
    stamp = rfc3339_seconds(container.started).replace("Z", ".000000000Z ") if call.flags.on("timestamps") else ""
    shown = {fd: "".join(stamp + line for stream, line in lines if stream == fd) for fd in (1, 2)}
    stdout = "".join(stamp + line for _, line in lines) if container.tty else shown[1]
    notes = (Note("docker.note.server", (("command", container.command[0]),)),) if container.output_unknown else ()
    return call.host, Output(stdout, "" if container.tty else shown[2], 0, notes)


SUBCOMMANDS = (logs,)
