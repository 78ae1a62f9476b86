"""`docker run` and `docker create`: flags to a container, the image if it isn't there, and the first process."""

from __future__ import annotations

from layerlab.docker.creating import create_container
from layerlab.docker.flags import Flag, many, number, switch, text
from layerlab.docker.pulling import ensure_image
from layerlab.docker.starting import run_error, run_foreground, start_detached
from layerlab.docker.subcommand import Call, Refusal, Result, done, subcommand

CREATE_FLAGS: tuple[Flag, ...] = (
    many("attach", "a"), many("add-host"), many("cap-add"), many("cap-drop"), text("cpus", value="decimal"),
    text("cpu-shares", "c", value="int"), many("device"), many("dns"), text("entrypoint"), many("env", "e"),
    many("env-file"), many("expose"), many("group-add"), text("health-cmd"), text("hostname", "h"), switch("init"),
    switch("interactive", "i"), text("ip"), many("label", "l"), many("link"), text("log-driver"), many("log-opt"),
    text("memory", "m", value="bytes"), many("mount", value="mount"), text("name"), text("network", value="network"),
    text("net", value="network"), switch("no-healthcheck"), text("pid"), number("pids-limit"), text("platform"),
    switch("privileged"), many("publish", "p"), switch("publish-all", "P"), text("pull", default="missing"),
    switch("quiet", "q"), switch("read-only"), text("restart", default="no"), switch("rm"), many("security-opt"),
    text("shm-size", value="bytes"), text("stop-signal"), number("stop-timeout"), many("tmpfs"), switch("tty", "t"),
    many("ulimit", value="ulimit"), text("user", "u"), many("volume", "v"), many("volumes-from"), text("workdir", "w"),
)  # fmt: skip
RUN_FLAGS: tuple[Flag, ...] = (*CREATE_FLAGS, switch("detach", "d"), text("detach-keys"), switch("sig-proxy", on=True))
OURS = "layerlab:"
"""Begins sentences that aren't Docker's; they get no pointer to its help."""

ARGUMENTS = "[OPTIONS] IMAGE [COMMAND] [ARG...]"


@subcommand(
    "container create", "create", arguments=ARGUMENTS, flags=CREATE_FLAGS, least=1, most=None, interspersed=False
)
def create(call: Call) -> Result:
    """Make a container and don't start it."""
    call, image, progress = ensure_image(call, call.words[0])
    host, container = create_container(call, image)
    return done(host, container.id + "\n", progress)


@subcommand("container run", "run", arguments=ARGUMENTS, flags=RUN_FLAGS, least=1, most=None, interspersed=False)
def run(call: Call) -> Result:
    """Make a container, start it, and show what it writes."""
    detached = call.flags.on("detach")
    if detached and call.flags.all("attach"):
        raise Refusal("conflicting options: cannot specify both --attach and --detach", 125)
    if detached and call.flags.on("rm") and call.flags.text("restart") not in {"no", ""}:
        raise Refusal("conflicting options: cannot specify both --restart and --rm", 125)
    before = ""
    try:
        call, image, before = ensure_image(call, call.words[0])
        host, container = create_container(call, image)
    except Refusal as refusal:
        if refusal.message.startswith(OURS):
            raise Refusal(refusal.message, 125, before=before) from None
        raise run_error(call, refusal.message, before=before + refusal.before) from None
    if detached:
        return start_detached(call.on(host), container, before)
    return run_foreground(call.on(host), container, before)


SUBCOMMANDS = (create, run)
