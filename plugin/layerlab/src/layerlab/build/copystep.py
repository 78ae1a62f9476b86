"""One COPY or ADD as a whole: sources, archives, heredoc files, things that would need the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from layerlab.build.copying import (
    Copier,
    CopyError,
    How,
    Match,
    ground,
    legacy_matches,
    matches,
    require_ground,
    source_node,
)
from layerlab.build.modes import changed_mode
from layerlab.build.owners import copy_owner, legacy_copy_owner
from layerlab.build.record import Fidelity, Note
from layerlab.dockerfile.ignorefile import Ignore
from layerlab.filesystem import (
    BULK_NAME,
    Bytes,
    Directory,
    Editor,
    File,
    Meta,
    Symlink,
    Tree,
    Unknown,
)
from layerlab.filesystem.archive import ArchiveError, Limits, is_archive, read_archive
from layerlab.filesystem.layer import LayerEntry, entry_node
from layerlab.filesystem.paths import ancestors, basename, child, clean, parent, parts
from layerlab.plan.operations import CopyOperation, InlineFile, RemoteSource

NEEDS_NETWORK = "cache.note.needs_network"
MAX_HOPS = 40
NOT_UNPACKED = "cache.note.not_unpacked"
LEGACY_NOT_A_DIRECTORY = "failed to copy files: failed to copy directory: mkdir {at}: not a directory"


@dataclass(slots=True)
class Copied:
    """What became of it.

    Attributes:
        fidelity: How true the result is.
        notes: Remarks.
    """

    fidelity: Fidelity = "exact"
    notes: list[Note] = field(default_factory=list)


def everything(_: str) -> bool:
    """Nothing of the source is missing at the builder."""
    return True


@dataclass(frozen=True, slots=True)
class Setting:
    """What a build knows beside the step itself.

    Attributes:
        sent: Whether a path of the source is at the builder.
        moments: When each inline file was made: BuildKit makes equal ones once a build.
    """

    sent: Callable[[str], bool] = everything
    moments: dict[InlineFile, int] = field(default_factory=dict)


def refused(kind: str, patterns: Sequence[str], error: str) -> CopyError:
    """BuildKit's words for patterns it can't read."""
    return CopyError(f"invalid {kind}patterns: [{' '.join(patterns)}]: {error}")


def exclusions(operation: CopyOperation) -> Ignore | None:
    """The patterns of `--exclude`, or None.

    Raises:
        CopyError: One is malformed.
    """
    if not operation.exclude:
        return None
    found = Ignore.of(operation.exclude)
    if found.error:
        raise refused("exclude", operation.exclude, found.error)
    return found


def inclusions(pattern: str) -> Ignore:
    """What the pattern of a source of `--parents` keeps.

    Raises:
        CopyError: It is malformed.
    """
    found = Ignore.of([pattern] if pattern else [])
    if found.error:
        raise refused("include", [pattern], found.error)
    return found


def perform(
    view: Editor, operation: CopyOperation, source: Tree, setting: Setting | None = None, *, legacy: bool = False
) -> Copied:
    """Do a COPY or ADD.

    Args:
        view: The destination.
        operation: What to do.
        source: The files its sources are in.
        setting: What the build knows.
        legacy: Whether the rules of the builder of 20.10 hold.

    Raises:
        CopyError: With the builder's text.
        UserError: Legacy: an unknown owner.
    """
    owner = None
    find = legacy_matches if legacy else matches
    if operation.chown is not None:
        owner = (legacy_copy_owner if legacy else copy_owner)(operation.chown, view.tree)
    how = How(owner, operation.chmod, exclusions(operation))
    if legacy:
        how = replace(how, replaces=True, drops_setid=True, not_a_directory=LEGACY_NOT_A_DIRECTORY)
    copier = Copier(view, how)
    setting = setting or Setting()
    done = Copied()
    for text in operation.sources:
        if operation.parents:
            _with_parents(copier, source, text, operation.target, setting)
            continue
        above = ground(text)
        if above is not None and not legacy:
            require_ground(source, above, setting.sent)
        for match in find(source, text):
            if not _unpacked(copier, operation, source, match, done):
                copier.copy(source, match, operation.target)
    for remote in operation.remotes:
        _remote(copier, remote, operation, done)
    for inline in operation.inline:
        meta = Meta(0o644 if inline.mode is None else inline.mode, 0, 0, setting.moments.setdefault(inline, view.now))
        copier.place(File(meta, Bytes(inline.data)), inline.name, operation.target)
    return done


def pivoted(text: str) -> tuple[str, str]:
    """Root and pattern of a source of `--parents`: split at the first `/./`, else everything counts from `/`."""
    above, pivot, pattern = text.partition("/./")
    if not pivot:
        above, pattern = "/", text
    return clean(above), clean(pattern).lstrip("/")


def _with_parents(copier: Copier, source: Tree, text: str, target: str, setting: Setting) -> None:
    above, pattern = pivoted(text)
    include = inclusions(pattern)
    require_ground(source, ground(above) or above, setting.sent)
    narrowed = Copier(copier.view, replace(copier.how, include=include))
    for match in matches(source, above):
        _, node = source_node(source, match.path)
        if isinstance(node, Directory):
            narrowed.place(node, basename(match.path), target.rstrip("/") + "/")


def _unpacked(copier: Copier, operation: CopyOperation, source: Tree, match: Match, done: Copied) -> bool:
    """Extract a source that ADD takes for an archive; answers whether it was one."""
    if operation.kind != "add" or operation.unpack is False:
        return False
    _, node = source_node(source, match.path)
    if not isinstance(node, File) or not isinstance(node.content, Bytes) or not is_archive(node.content.data):
        return False
    try:
        entries = read_archive(node.content.data, Limits())
    except ArchiveError as error:
        if error.code == "no-decoder":
            done.fidelity = "unknown"
            done.notes.append(Note(NOT_UNPACKED, (("path", match.path), ("kind", error.name))))
            return False
        raise CopyError(f"{match.path}: {error.code}: {error.name}") from error
    if copier.how.replaces:  # the legacy builder unpacks without any look at --chown
        copier = Copier(copier.view, replace(copier.how, owner=None))
    extract(copier, entries, operation.target)
    return True


def extract(copier: Copier, entries: tuple[LayerEntry, ...], target: str) -> None:
    """Unpack an archive's entries into a directory.

    Entries replace what is there, but a directory on a directory, which only takes the entry's metadata.
    """
    view = copier.view
    root = copier.prepared(target.rstrip("/") + "/")
    times: list[tuple[str, int]] = []
    for entry in entries:
        at = _below(view, root, entry.path)
        meta = entry.meta
        if copier.how.owner is not None:
            meta = replace(meta, uid=copier.how.owner[0], gid=copier.how.owner[1])
        there = view.lookup(at, follow=False)
        if entry.kind == "dir" and isinstance(there, Directory):
            view.chown(at, meta.uid, meta.gid)
            view.chmod(at, meta.mode)
            times.append((at, meta.mtime))
            continue
        for directory in ancestors(at):
            above = view.lookup(directory)
            if above is None:
                implied = view.inherited(directory, Meta(0o755, 0, 0, view.now), owned=copier.how.replaces)
                if not copier.how.replaces:  # today's Docker sets the mode after making it, and leaves the group
                    implied = replace(implied, mode=0o755)
                view.put(directory, Directory(implied, {}))
            elif not isinstance(above, Directory):
                raise CopyError(f"openat {entry.path.lstrip('/')}: not a directory")
        if there is not None:
            view.rmtree(at)
        if entry.kind == "hardlink":
            _link(view, _below(view, root, entry.link), at, meta)
        elif (node := entry_node(replace(entry, meta=meta))) is not None:
            view.put(at, node)
            view.utime(parent(at))
        if entry.kind == "dir":
            times.append((at, meta.mtime))
    for at, mtime in reversed(times):
        view.utime(at, mtime)


def _link(view: Editor, source: str, at: str, meta: Meta) -> None:
    """Make a second name; its entry's owner, mode and time are set on the file that both names have."""
    view.link(source, at)
    if isinstance(view.lookup(at, follow=False), Symlink):
        return
    view.chown(at, meta.uid, meta.gid)
    view.chmod(at, meta.mode)
    view.utime(at, meta.mtime)


def _below(view: Editor, root: str, path: str) -> str:
    """Where an entry goes: names and links lead nowhere but into the directory, which is the root while unpacking."""
    inner, pending, hops = "/", parts(parent(clean(path))), 0
    while pending:
        name, *pending = pending
        if name == "..":
            inner = parent(inner)
            continue
        node = view.lookup(clean(root + child(inner, name)), follow=False)
        if not isinstance(node, Symlink):
            inner = child(inner, name)
            continue
        hops += 1
        if hops > MAX_HOPS:
            raise CopyError("{at}: too many levels of symbolic links", at=clean(path))
        inner = "/" if node.target.startswith("/") else inner
        pending = [*parts(node.target), *pending]
    return clean(root + "/" + child(inner, basename(clean(path))))


def _remote(copier: Copier, remote: RemoteSource, operation: CopyOperation, done: Copied) -> None:
    """A source that isn't fetched: a place with unknown content, as Docker would name it."""
    done.fidelity = "unknown"
    done.notes.append(Note(NEEDS_NETWORK, (("url", remote.url),)))
    content = Unknown(NEEDS_NETWORK)
    if remote.kind == "git":
        meta = Meta(0o755, 0, 0, copier.view.now)
        whole = Directory(meta, {BULK_NAME: File(Meta(0o644), content)})
        copier.place(whole, "", operation.target)
        return
    path = remote.url.partition("://")[2].partition("?")[0].partition("#")[0]
    name = basename(path) if "/" in path and not path.endswith("/") else ""
    mode = 0o600 if operation.chmod is None else changed_mode(operation.chmod, 0o600, directory=False)
    copier.place(File(Meta(mode, 0, 0, 0), content), name or "__unnamed__", operation.target)
