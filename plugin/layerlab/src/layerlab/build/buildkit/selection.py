"""What the steps of a build take in from the context, found before anything runs; and which paths are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from layerlab.build.buildkit.keys import narrowed
from layerlab.build.buildkit.state import sources_of
from layerlab.build.checksums import SourceEntry, selected, source_entry, tree_entries
from layerlab.build.copying import CopyError, ground, matches
from layerlab.build.copystep import exclusions, inclusions, pivoted
from layerlab.build.wildcards import has_wildcards, is_malformed
from layerlab.dockerfile.ignorefile import Ignore
from layerlab.filesystem import Directory, FileSystemError, Tree
from layerlab.filesystem.paths import ancestors, clean
from layerlab.memo import Memo
from layerlab.plan.model import FilesBase, Plan
from layerlab.plan.operations import ContextSource, CopyOperation, Operation, RunOperation


def taken_by_copy(operation: CopyOperation, source: Tree, memo: Memo) -> tuple[SourceEntry, ...]:
    """What a COPY or ADD takes in.

    Raises:
        CopyError: A path without wildcards that isn't there; before that, a malformed pattern.
    """
    exclude = exclusions(operation)
    broken = next((text for text in operation.sources if is_malformed(clean(text)) and _is_walked(source, text)), None)
    if broken is not None and not operation.parents:
        raise CopyError("syntax error in pattern", clean(broken))
    if len(operation.sources) == 1 and not operation.parents and exclude is None:
        return selected(source, operation.sources[0], exclude, memo)
    found: list[SourceEntry] = []
    inside = frozenset() if exclude is not None or operation.parents else _inside_others(operation.sources)
    for text in operation.sources:
        if text in inside:
            continue
        if operation.parents:
            found.extend(_with_parents(source, text, exclude))
        elif exclude is not None:
            found.extend(_with_exclude(source, text, exclude))
        else:
            found.extend(selected(source, text, exclude, memo))
    return tuple(found)


def _is_walked(source: Tree, text: str) -> bool:
    """Whether there is anything to hold a pattern against."""
    try:
        node = source.lookup(source.resolve(ground(text) or "/"))
    except FileSystemError:
        return False
    return isinstance(node, Directory) and bool(node.entries)


def _with_exclude(source: Tree, text: str, exclude: Ignore) -> tuple[SourceEntry, ...]:
    """What a source takes in where `--exclude` picks: a missing one fails only when it is copied.

    Raises:
        CopyError: A link that leads nowhere, itself the source or at the top of the root.
    """
    plain = not any(map(has_wildcards, text.split("/")))
    if plain and source.lookup(text, follow=False) is None:
        return ()
    taken = selected(source, text, exclude)
    if plain and clean(text) == "/":
        _follow(source, taken)
    return taken


def _follow(source: Tree, taken: Iterable[SourceEntry]) -> None:
    """Links at the top of a root have to lead somewhere."""
    for entry in taken:
        if entry.kind == "symlink" and "/" not in entry.name:
            selected(source, entry.path)


def _with_parents(source: Tree, text: str, exclude: Ignore | None) -> tuple[SourceEntry, ...]:
    """What a source of `--parents` takes in: no link on its way is followed, and `--exclude` may leave nothing of it.

    Raises:
        CopyError: Nothing is left of a source without wildcards; what only begins like it counts (`d/su`: `d/sub`).
    """
    above, pattern = pivoted(text)
    include = inclusions(pattern)
    wild = any(has_wildcards(part) for part in (*above.split("/"), *pattern.split("/")))
    wanted = clean(f"{above}/{pattern}")
    taken: list[SourceEntry] = []
    for match in matches(source, above):
        node = source.lookup(match.path, follow=match.wild)
        if isinstance(node, Directory):
            taken.extend(narrowed(tree_entries(match.path, node, exclude), include))
    if above == "/":
        _follow(source, taken)
    if not wild and not any(entry.path.startswith(wanted) for entry in taken):
        raise CopyError(f'"{wanted}": not found', wanted)
    return tuple(taken)


def _inside_others(sources: tuple[str, ...]) -> frozenset[str]:
    """Paths that lie in another one that is named too aren't looked for: a missing one fails when it is copied."""
    plain = {text: clean(text) for text in sources if not any(map(has_wildcards, text.split("/")))}
    roots = set(plain.values())
    return frozenset(
        text
        for text, path in plain.items()
        if any(path != root and path.startswith(root.rstrip("/") + "/") for root in roots)
    )


def taken_by_mount(path: str, source: Tree) -> tuple[SourceEntry, ...]:
    """What a bind mount shows.

    Raises:
        CopyError: The path isn't there.
    """
    whole = clean(path)
    try:
        node = source.lookup(whole)
    except FileSystemError:
        node = None
    if node is None:
        raise CopyError(f'"{whole}": not found', whole)
    if isinstance(node, Directory):
        return tree_entries(whole, node)
    return (source_entry(whole, "", node),)


def reads_context(operation: Operation, name: str = "") -> bool:
    """Whether an operation takes something from the main (or a named) context."""
    match operation:
        case CopyOperation(from_=ContextSource(name=wanted)):
            return wanted == name and bool(operation.sources)
        case RunOperation(mounts=mounts):
            return any(mount.type == "bind" and mount.from_ == ContextSource(name) for mount in mounts)
        case _:
            return False


def contexts_read(plan: Plan) -> tuple[str, ...]:
    """Names of the named contexts that needed stages stand on or take files from, in the order they are met."""
    found: dict[str, None] = {}
    for index in plan.order:
        stage = plan.stages[index]
        if isinstance(stage.base, FilesBase):
            found[stage.base.name] = None
        for operation in stage.operations:
            for source in sources_of(operation):
                if isinstance(source, ContextSource) and source.name:
                    found[source.name] = None
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries of the context are sent.

    Attributes:
        everything: All of them.
        paths: Named ones, with all below them.
        above: Directories on the way.
    """

    everything: bool
    paths: frozenset[str] = frozenset()
    above: frozenset[str] = frozenset()

    def __call__(self, path: str) -> bool:
        """Whether an entry is asked for."""
        if self.everything or path in self.paths or path in self.above:
            return True
        return any(directory in self.paths for directory in ancestors(path))


def asked(plan: Plan, context: Tree, name: str = "") -> Asked | None:
    """What the needed steps ask of the main (or a named) context, or None if nothing."""
    paths: set[str] = set()
    reads = False
    if name and any(plan.stages[index].base == FilesBase(name) for index in plan.order):
        return Asked(everything=True)
    for index in plan.order:
        for operation in plan.stages[index].operations:
            if not reads_context(operation, name):
                continue
            reads = True
            match operation:
                case CopyOperation():
                    for text in operation.sources:
                        _name(context, text, paths, parents=operation.parents)
                case RunOperation(mounts=mounts):
                    paths.update(clean(mount.source) for mount in mounts if mount.from_ == ContextSource(name))
                case _:
                    pass
    if not reads:
        return None
    above = {directory for path in paths for directory in ancestors(path)}
    return Asked("/" in paths, frozenset(paths), frozenset(above))


def _name(context: Tree, text: str, paths: set[str], *, parents: bool) -> None:
    """The paths of one source, links among them followed."""
    if parents:
        above, pattern = pivoted(text)
        text = f"{above}/{pattern}"
    if "**" in text:  # the client has patterns of ignore files, in which two stars cross directories
        wanted = Ignore.of([clean(text).lstrip("/")])
        paths.update(path for path, _ in context.walk() if wanted.decide(path.lstrip("/")).excluded)
        return
    for match in matches(context, text):
        paths.add(match.path)
        try:
            paths.add(context.resolve(match.path))
        except FileSystemError:
            continue
