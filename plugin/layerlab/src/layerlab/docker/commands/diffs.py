"""`docker diff`."""

from __future__ import annotations

from layerlab.container.changes import changes
from layerlab.docker.lookup import container_named
from layerlab.docker.subcommand import Call, Result, done, subcommand


@subcommand("container diff", "diff", arguments="CONTAINER", least=1, most=1)
def diff(call: Call) -> Result:
    """What the writable layer adds, changes and hides."""
    container = container_named(call.host, call.words[0])
    lines = (f"{change.kind} {change.path}\n" for change in changes(container.base, container.tree))
    return done(call.host, "".join(lines))


SUBCOMMANDS = (diff,)
