"""The patterns by which the client picks what it sends of the main context, and what is wrong with them.

Mimicked: `FollowLinks` of tonistiigi/fsutil, which adds what symbolic links among them lead to.
"""

from __future__ import annotations

from collections.abc import Iterator

from layerlab.build.buildkit.selection import reads_context
from layerlab.build.wildcards import has_wildcards, match
from layerlab.dockerfile.ignorefile import Ignore
from layerlab.filesystem import Directory, FileSystemError, Symlink, Tree
from layerlab.filesystem.paths import basename, child, clean, parent
from layerlab.plan.model import Plan
from layerlab.plan.operations import ContextSource, CopyOperation, Operation, RunOperation


def include_problem(plan: Plan, context: Tree) -> str | None:
    """The client's words for a pattern it can't read; None where all is sent, or all patterns are well."""
    operations = [operation for index in plan.order for operation in plan.stages[index].operations]
    paths = sorted({path for operation in operations if reads_context(operation) for path in _paths(operation)})
    if "/" in paths or not paths or Ignore.of(path.lstrip("/") for path in paths).error is None:
        return None
    found: set[str] = set()
    for path in paths:
        _follow(context, path, found)
    patterns = _apart(sorted(path.lstrip("/") for path in found))
    error = Ignore.of(patterns).error
    return error and f"rpc error: code = Unknown desc = invalid includepatterns: [{' '.join(patterns)}]: {error}"


def _paths(operation: Operation) -> Iterator[str]:
    match operation:
        case CopyOperation(sources=sources):
            yield from map(clean, sources)
        case RunOperation(mounts=mounts):
            yield from (clean(mount.source) for mount in mounts if mount.from_ == ContextSource())
        case _:
            return


def _follow(context: Tree, path: str, found: set[str]) -> None:
    """Add a pattern, or the links on its way and where they lead."""
    current, rest = "/", path.strip("/")
    while rest:
        name, _, rest = rest.partition("/")
        current = child(current, name)
        targets = _targets(context, current)
        if targets and current in found:
            return
        if targets or not rest:
            found.add(current)
        for target in targets:
            _follow(context, clean(f"{target}/{rest}"), found)
        if targets:
            return


def _targets(context: Tree, path: str) -> list[str]:
    """Where the links lead that a path, its last name maybe a pattern, stands for."""
    above = parent(path)
    try:
        directory = context.lookup(above)
    except FileSystemError:
        return []
    if not isinstance(directory, Directory):
        return []
    name = basename(path)
    wild = has_wildcards(name)
    nodes = [node for key, node in directory.entries.items() if (match(name, key) if wild else key == name)]
    links = [node.target for node in nodes if isinstance(node, Symlink)]
    return [clean(target if target.startswith("/") else f"{above}/{target}") for target in links]


def _apart(paths: list[str]) -> list[str]:
    """Without what lies in another one of them."""
    kept: list[str] = []
    for path in paths:
        if not kept or not path.startswith(kept[-1] + "/"):
            kept.append(path)
    return kept
