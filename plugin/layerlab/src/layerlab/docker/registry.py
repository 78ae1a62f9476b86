"""All subcommands, in one table, and the commands of a real Docker that are not part of the simulation."""

from __future__ import annotations

from collections.abc import Mapping

from layerlab.docker.commands import (
    archives,
    build,
    caches,
    commits,
    copies,
    diffs,
    disk,
    execs,
    histories,
    imagelist,
    infos,
    inspects,
    lifecycle,
    logs,
    processes,
    prunes,
    removals,
    runs,
    tags,
    transfers,
    volumes,
)
from layerlab.docker.subcommand import Subcommand

MODULES = (
    archives, build, caches, commits, copies, diffs, disk, execs, histories, imagelist, infos, inspects, lifecycle,
    logs, processes, prunes, removals, runs, tags, transfers, volumes,
)  # fmt: skip
SUBCOMMANDS: tuple[Subcommand, ...] = tuple(chosen for module in MODULES for chosen in module.SUBCOMMANDS)

BY_NAME: Mapping[str, Subcommand] = {name: chosen for chosen in SUBCOMMANDS for name in chosen.names}

GROUPS = frozenset({"image", "container", "volume", "system", "builder", "buildx"})
"""Management commands."""

ELSEWHERE = frozenset({
    "attach", "checkpoint", "compose", "config", "context", "events", "kill", "login", "logout", "manifest",
    "network", "node", "pause", "plugin", "port", "rename", "restart", "scout", "search", "secret", "service", "stack",
    "stats", "swarm", "top", "trust", "unpause", "update", "wait", "init", "container attach", "container kill",
    "container pause", "container port", "container rename", "container restart", "container stats", "container top",
    "container unpause", "container update", "container wait", "system events", "system prune",
    "buildx bake", "buildx create", "buildx du", "buildx imagetools", "buildx inspect", "buildx ls", "buildx prune",
    "buildx rm", "buildx stop", "buildx use", "buildx version", "buildx history",
})  # fmt: skip
"""Commands Docker has and the simulation hasn't; each says what it would do."""


def find(name: str) -> Subcommand | None:
    """The subcommand of a name such as `history` or `image history`."""
    return BY_NAME.get(name)
