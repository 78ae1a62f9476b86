"""`docker start`, `stop` and `rm`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from layerlab.build.owners import UserError
from layerlab.container.container import Container
from layerlab.docker.edge import Output
from layerlab.docker.flags import number, switch, text
from layerlab.docker.lookup import container_named, maybe_container
from layerlab.docker.starting import cannot_start, put, start, streams, without
from layerlab.docker.subcommand import Call, Refusal, Result, daemon_error, done, subcommand

SECOND = 1_000_000_000
GRACE = 10
"""Seconds between SIGTERM and SIGKILL."""

KILLED, ENDED = 137, 0
ENDS_WELL = ("nginx", "redis-server", "postgres", "mysqld", "httpd", "apache2")
"""Servers that end with 0 when they are told to stop."""


def each(call: Call, act: Callable[[Call, str], Call]) -> Result:
    """Do something for every argument: names on success, errors at the end."""
    text, errors = "", []
    for word in call.words:
        try:
            call = act(call, word)
        except Refusal as refusal:
            if refusal.host is not None:
                call = call.on(refusal.host)
            errors.append(refusal.message)
            continue
        text += f"{word}\n"
    return done(call.host, text, "".join(f"{error}\n" for error in errors), 1 if errors else 0)


@subcommand(
    "container start",
    "start",
    arguments="[OPTIONS] CONTAINER [CONTAINER...]",
    flags=(switch("attach", "a"), text("detach-keys"), switch("interactive", "i")),
    least=1,
    most=None,
)
def start_(call: Call) -> Result:
    """Start containers that don't run."""
    if call.flags.on("attach") or call.flags.on("interactive"):
        return _attached(call)
    host, output = each(call, _start)
    if output.exit_code:
        failed = " ".join(word for word in call.words if f"{word}\n" not in output.stdout)
        word = "failed" if host.personality.engine == "29" else "Error: failed"
        output = replace(output, stderr=f"{output.stderr}{word} to start containers: {failed}\n")
    return host, output


def _start(call: Call, word: str) -> Call:
    container = container_named(call.host, word)
    if container.is_running:
        return call
    try:
        host, _, outcome = start(call, container, reads=container.tty)
    except UserError as error:
        raise daemon_error(str(error)) from None
    if outcome.start_error is not None:
        raise Refusal(cannot_start(call, outcome.start_error), host=host)
    return call.on(host)


def _attached(call: Call) -> Result:
    if len(call.words) > 1:
        raise Refusal("you cannot start and attach multiple containers at once")
    container = container_named(call.host, call.words[0])
    if container.is_running:
        return done(call.host)
    host, ended, outcome = start(call, container, reads=call.flags.on("interactive") and container.tty)
    if outcome.start_error is not None:
        raise Refusal(cannot_start(call, outcome.start_error), outcome.exit_code, host=host)
    stdout, stderr = streams(outcome, tty=container.tty)
    return host, Output(stdout, stderr, ended.exit_code, opens=ended.id if ended.is_running else None)


@subcommand(
    "container stop",
    "stop",
    arguments="[OPTIONS] CONTAINER [CONTAINER...]",
    flags=(text("signal", "s"), number("timeout", "t", GRACE), number("time", "", GRACE)),
    least=1,
    most=None,
)
def stop(call: Call) -> Result:
    """Stop containers: the process gets its signal, and after the time out it is killed."""
    return each(call, _stop)


def _stop(call: Call, word: str) -> Call:
    container = container_named(call.host, word)
    if not container.is_running:
        return call
    name = "timeout" if "timeout" in call.flags.given else "time"
    waited = call.flags.number(name) * SECOND
    well = any(container.command[0].endswith(server) or server in container.command for server in ENDS_WELL)
    now = call.host.now + (SECOND // 10 if well else max(0, waited))
    code = ENDED if well and waited else KILLED
    stopped = replace(container, state="exited", exit_code=code, finished=now, ends_at=None)
    host = without(call.host, container, volumes=True) if container.auto_remove else put(call.host, stopped)
    return call.on(replace(host, now=now))


@subcommand(
    "container rm",
    "container remove",
    "rm",
    arguments="[OPTIONS] CONTAINER [CONTAINER...]",
    flags=(switch("force", "f"), switch("link", "l"), switch("volumes", "v")),
    least=1,
    most=None,
)
def rm(call: Call) -> Result:
    """Remove containers, their writable layers with them."""
    if not call.flags.on("force"):
        return each(call, _remove)
    unknown = [word for word in call.words if maybe_container(call.host, word) is None]
    host, output = each(replace(call, words=tuple(word for word in call.words if word not in unknown)), _remove)
    if call.host.personality.engine == "20.10":
        missing = "".join(f"Error: No such container: {word}\n" for word in unknown)
        output = replace(output, stderr=missing + output.stderr)
    return host, output


def _remove(call: Call, word: str) -> Call:
    container = container_named(call.host, word)
    if container.is_running and not call.flags.on("force"):
        raise daemon_error(_running(call, container, word))
    return call.on(without(call.host, container, volumes=call.flags.on("volumes")))


def _running(call: Call, container: Container, word: str) -> str:
    if call.host.personality.engine == "20.10":
        return (
            f"You cannot remove a running container {container.id}. Stop the container before attempting removal or "
            "force remove"
        )
    state = (
        "paused and must be unpaused first"
        if container.state == "paused"
        else "running: stop the container before removing or force remove"
    )
    return f'cannot remove container "{word}": container is {state}'


SUBCOMMANDS = (start_, stop, rm)
