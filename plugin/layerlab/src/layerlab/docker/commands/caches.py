"""`docker builder prune`."""

from __future__ import annotations

from layerlab.docker import durations, units
from layerlab.docker.cachefacts import CacheRow, cache_rows, without_records
from layerlab.docker.commands.prunes import asked
from layerlab.docker.flags import many, switch, text
from layerlab.docker.subcommand import Call, Result, done, subcommand
from layerlab.docker.units import LONG
from layerlab.filesystem.layer import NO_SIZE

WARNING = "WARNING! This will remove all dangling build cache.\n"
WARNING_ALL = "WARNING! This will remove all build cache.\n"
HEADER = "ID\t\t\t\t\t\tRECLAIMABLE\tSIZE\t\tLAST ACCESSED\n"


@subcommand(
    "builder prune",
    arguments="[OPTIONS]",
    flags=(
        switch("all", "a"),
        many("filter", value="filter"),
        switch("force", "f"),
        text("keep-storage", value="bytes"),
    ),
)
def builder_prune(call: Call) -> Result:
    """Empty the build cache: what no image shares, or with `-a` all of it."""
    everything = call.flags.on("all")
    question, yes = asked(call, WARNING_ALL if everything else WARNING)
    if not yes:
        return done(call.host, question)
    rows = tuple(row for row in cache_rows(call.host) if everything or not row.shared)
    freed = NO_SIZE
    for row in rows:
        freed += row.size
    host = without_records(call.host, rows)
    if call.host.personality.engine == "20.10":
        listed = "Deleted build cache objects:\n" + "".join(f"{row.id}\n" for row in rows) + "\n" if rows else ""
        return done(host, f"{question}{listed}Total reclaimed space: {units.maybe(freed.bytes, LONG)}\n")
    lines = "".join(_line(row, call.host.now, first=at == 0) for at, row in enumerate(rows))
    head = HEADER if rows else ""
    return done(host, f"{question}{head}{lines}Total:\t{units.maybe(freed.bytes, LONG)}\n")


def _line(row: CacheRow, now: int, *, first: bool) -> str:
    gap = "\t\t" if first else "\t"
    size = units.maybe(row.size.bytes, LONG)
    name = row.id + ("*" if row.mutable else "")
    return f"{name:<40}\ttrue {gap}{size:<10}\t{durations.ago(row.used, now)}\n"


SUBCOMMANDS = (builder_prune,)
