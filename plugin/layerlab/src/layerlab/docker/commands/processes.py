"""`docker ps`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from layerlab.container.container import Container
from layerlab.docker.containerfacts import ps_row
from layerlab.docker.filters import read_filters
from layerlab.docker.flags import many, number, switch, text
from layerlab.docker.format import Listing, label_title, render
from layerlab.docker.lookup import container_named, maybe_image
from layerlab.docker.subcommand import Call, Result, daemon_error, done, subcommand
from layerlab.personality import Engine

TITLES = {
    "Command": "COMMAND",
    "CreatedAt": "CREATED AT",
    "ID": "CONTAINER ID",
    "Image": "IMAGE",
    "Labels": "LABELS",
    "LocalVolumes": "LOCAL VOLUMES",
    "Mounts": "MOUNTS",
    "Names": "NAMES",
    "Networks": "NETWORKS",
    "Ports": "PORTS",
    "RunningFor": "CREATED",
    "Size": "SIZE",
    "State": "STATE",
    "Status": "STATUS",
}
OF_29 = {"HealthStatus": "HEALTH STATUS", "Platform": "PLATFORM"}
COLUMNS = ("ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names")
RAW = (
    "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: {{.CreatedAt}}\n"
    "state: {{.State}}\nstatus: {{.Status}}\nnames: {{.Names}}\nlabels: {{.Labels}}\nports: {{.Ports}}\n"
)
IGNORED = "WARNING: Ignoring custom format, because both --format and --quiet are set.\n"
FILTERS = (
    "ancestor", "before", "since", "exited", "health", "id", "label", "name", "network", "publish", "expose", "status",
    "volume", "is-task",
)  # fmt: skip
STATES = frozenset({"created", "restarting", "running", "removing", "paused", "exited", "dead"})

Test = Callable[[Container], bool]


def listing(engine: Engine) -> Listing:
    """Fields of a row; Docker 29 has two more."""
    titles = TITLES | OF_29 if engine == "29" else TITLES
    return Listing(
        "*formatter.ContainerContext", titles, COLUMNS, methods={"Label": lambda name: label_title(str(name))}
    )


@subcommand(
    "container ls",
    "container list",
    "container ps",
    "ps",
    arguments="[OPTIONS]",
    flags=(
        switch("all", "a"),
        many("filter", "f", value="filter"),
        text("format"),
        number("last", "n", -1),
        switch("latest", "l"),
        switch("no-trunc"),
        switch("quiet", "q"),
        switch("size", "s"),
    ),
)
def ps(call: Call) -> Result:
    """Containers, newest first."""
    flags = call.flags
    whole, sizes, pattern = flags.on("no-trunc"), flags.on("size"), flags.text("format")
    warning = IGNORED if pattern and flags.on("quiet") else ""
    if flags.on("quiet"):
        pattern = "{{.ID}}"
    elif pattern == "raw":
        pattern = RAW + ("size: {{.Size}}\n" if sizes else "")
    elif pattern in {"", "table"}:
        pattern = listing(call.host.personality.engine).default((*COLUMNS, "Size") if sizes else ())
    sizes = sizes or ".Size" in pattern
    rows = [ps_row(call.host, container, whole=whole, sizes=sizes) for container in _chosen(call)]
    return done(call.host, render(listing(call.host.personality.engine), rows, pattern, call.measure), warning)


def _chosen(call: Call) -> list[Container]:
    flags = call.flags
    filters = read_filters(call, FILTERS)
    last = 1 if flags.on("latest") else flags.number("last")
    order = {container.id: at for at, container in enumerate(call.host.containers)}
    found = sorted(call.host.containers, key=lambda item: (-(item.created // 10**9), -order[item.id]))
    everything = flags.on("all") or last > 0 or bool({"status", "exited"} & filters.keys())
    tests = _tests(call, filters)
    shown = [
        container
        for container in found
        if (everything or container.is_running) and all(test(container) for test in tests)
    ]
    return shown[:last] if last > 0 else shown


def _tests(call: Call, filters: Mapping[str, tuple[str, ...]]) -> list[Test]:
    return [test for key, values in filters.items() for test in _of_key(call, key, values)]


def _of_key(call: Call, key: str, values: tuple[str, ...]) -> list[Test]:
    """The tests of one filter; keys that need a network or health checks let everything pass."""

    def of_any(fits: Callable[[str, Container], bool]) -> list[Test]:
        return [lambda item: any(fits(value, item) for value in values)]

    match key:
        case "name":
            return of_any(_name)
        case "id":
            return of_any(lambda value, item: item.id.startswith(value))
        case "status":
            bad = next((value for value in values if value not in STATES), None)
            if bad is not None:
                raise daemon_error(f"invalid filter 'status={bad}'")
            return of_any(lambda value, item: item.state == value)
        case "exited":
            return of_any(lambda value, item: item.state == "exited" and str(item.exit_code) == value)
        case "label":
            return [_label(value) for value in values]
        case "ancestor":
            ids = {image.id for value in values if (image := maybe_image(call, value)) is not None}
            return [lambda item: item.image in ids]
        case "volume":
            return of_any(_mounted)
        case "before" | "since":
            moment = container_named(call.host, values[-1]).created
            return [_younger(moment) if key == "since" else _older(moment)]
        case _:
            return []


def _name(value: str, container: Container) -> bool:
    try:
        return re.search(value, container.name) is not None or re.search(value, "/" + container.name) is not None
    except re.error:
        return value in container.name


def _label(value: str) -> Test:
    key, equals, wanted = value.partition("=")
    return lambda item: key in dict(item.config.labels) and (not equals or dict(item.config.labels)[key] == wanted)


def _mounted(value: str, container: Container) -> bool:
    return any(value in {mount.source, mount.destination} for mount in container.mounts)


def _older(moment: int) -> Test:
    return lambda item: item.created < moment


def _younger(moment: int) -> Test:
    return lambda item: item.created > moment


SUBCOMMANDS = (ps,)
