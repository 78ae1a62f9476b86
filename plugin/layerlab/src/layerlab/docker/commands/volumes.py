"""`docker volume create`, `ls`, `inspect` and `rm`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from layerlab.docker.durations import rfc3339_seconds
from layerlab.docker.flags import many, switch, text
from layerlab.docker.format import Listing, render
from layerlab.docker.ids import new_id
from layerlab.docker.inspecting import inspected
from layerlab.docker.subcommand import Call, Refusal, Result, daemon_error, done, subcommand
from layerlab.docker.volumes import NAME, used_volumes
from layerlab.filesystem import Directory, Meta, Tree
from layerlab.host import Host

LISTING = Listing(
    "*formatter.volumeContext",
    {
        "Availability": "AVAILABILITY", "Driver": "DRIVER", "Group": "GROUP", "Labels": "LABELS", "Links": "LINKS",
        "Mountpoint": "MOUNTPOINT", "Name": "VOLUME NAME", "Scope": "SCOPE", "Size": "SIZE", "Status": "STATUS",
    },
    ("Driver", "Name"),
    "{{.Name}}",
)  # fmt: skip
ROOT = "/var/lib/docker/volumes"


@subcommand(
    "volume create",
    arguments="[OPTIONS] [VOLUME]",
    flags=(text("driver", "d", "local"), many("label"), text("name"), many("opt", "o")),
    most=1,
)
def create(call: Call) -> Result:
    """Make a volume; one that exists stays as it is."""
    host, name = call.host, call.words[0] if call.words else call.flags.text("name")
    if not name:
        host, name = new_id(host, "volume")
    elif not NAME.fullmatch(name):
        raise daemon_error(
            f'create {name}: "{name}" includes invalid characters for a local volume name, only '
            '"[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path'
        )
    if name not in host.volumes:
        host = replace(host, volumes={**host.volumes, name: Tree(Directory(Meta(0o755, mtime=host.now), {}))})
    return done(host, name + "\n")


@subcommand(
    "volume ls",
    "volume list",
    arguments="[OPTIONS]",
    flags=(switch("cluster"), many("filter", "f", value="filter"), text("format"), switch("quiet", "q")),
)
def ls(call: Call) -> Result:
    """The volumes, by name."""
    pattern = call.flags.text("format")
    if pattern in {"", "table"}:
        pattern = LISTING.quiet if call.flags.on("quiet") and not pattern else LISTING.default()
    names = sorted(call.host.volumes)
    for given in call.flags.all("filter"):
        key, _, value = given.partition("=")
        if key == "name":
            names = [name for name in names if value in name]
        elif key == "dangling":
            used = used_volumes(call.host)
            names = [name for name in names if (name not in used) == (value in {"true", "1"})]
        else:
            raise daemon_error(f"invalid filter '{key}'")
    return done(call.host, render(LISTING, [_row(name) for name in names], pattern, call.measure))


def _row(name: str) -> Mapping[str, object]:
    return {
        "Availability": "N/A", "Driver": "local", "Group": "N/A", "Labels": "", "Links": "N/A",
        "Mountpoint": f"{ROOT}/{name}/_data", "Name": name, "Scope": "local", "Size": "N/A",
        "Status": "N/A", "Label": lambda _="": "",
    }  # fmt: skip


def volume_object(host: Host, name: str) -> dict[str, object]:
    """A volume as `inspect` shows it."""
    return {
        "CreatedAt": rfc3339_seconds(host.volumes[name].root.meta.mtime),
        "Driver": "local",
        "Labels": None,
        "Mountpoint": f"{ROOT}/{name}/_data",
        "Name": name,
        "Options": None,
        "Scope": "local",
    }


@subcommand(
    "volume inspect", arguments="[OPTIONS] VOLUME [VOLUME...]", flags=(text("format", "f"),), least=1, most=None
)
def inspect(call: Call) -> Result:
    """Volumes as JSON."""

    def look(name: str) -> object:
        if name not in call.host.volumes:
            raise daemon_error(f"get {name}: no such volume")
        return volume_object(call.host, name)

    return inspected(call, look)


@subcommand(
    "volume rm",
    "volume remove",
    arguments="[OPTIONS] VOLUME [VOLUME...]",
    flags=(switch("force", "f"),),
    least=1,
    most=None,
)
def rm(call: Call) -> Result:
    """Remove volumes that no container has."""
    text, errors, host = "", [], call.host
    used = used_volumes(host)
    for name in call.words:
        users = [
            container.id for container in host.containers if any(mount.source == name for mount in container.mounts)
        ]
        if name not in host.volumes:
            if call.flags.on("force"):
                text += f"{name}\n"
            else:
                errors.append(f"Error response from daemon: get {name}: no such volume")
        elif name in used:
            errors.append(f"Error response from daemon: remove {name}: volume is in use - [{', '.join(users)}]")
        else:
            host = replace(host, volumes={key: tree for key, tree in host.volumes.items() if key != name})
            text += f"{name}\n"
    if errors:
        raise Refusal("\n".join(errors), stdout=text, host=host)
    return done(host, text)


SUBCOMMANDS = (create, ls, inspect, rm)
