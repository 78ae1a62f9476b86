"""The parts of BuildKit's cache keys (v0.32): what of a step's definition counts, and what doesn't."""

from __future__ import annotations

from functools import lru_cache

from layerlab.build.cache import Parts
from layerlab.build.checksums import SourceEntry, canonical, digest, entries_digest
from layerlab.build.copystep import pivoted
from layerlab.build.owners import GROUP, USERS, named_parts
from layerlab.dockerfile.ignorefile import Ignore
from layerlab.filesystem import File, FileSystemError, Tree, sha256_of
from layerlab.filesystem.paths import basename, clean
from layerlab.memo import Memo
from layerlab.plan.operations import CopyOperation, InlineFile, Mount, RunOperation, Variables, WorkdirOperation


def run_parts(operation: RunOperation, parent: str, platform: str, taken: tuple[SourceEntry, ...]) -> Parts:
    """Of a RUN: arguments, environment, directory, user, mounts; the parent by its key, never by its files.

    Secrets' contents, cache mounts' ids and proxies don't count.

    Args:
        operation: The RUN.
        parent: Key of what it stands on.
        platform: `os/arch` it runs on.
        taken: What its bind mounts show it.
    """
    own = (
        ("argv", canonical(operation.argv)),
        ("env", _environment(operation.env)),
        ("cwd", operation.cwd),
        ("user", operation.user),
        ("network", operation.network),
        ("security", operation.security),
        ("platform", platform),
        ("mounts", _list([mount_text(mount) for mount in operation.mounts])),
        ("scripts", _list([inline_text(file) for file in operation.inline_files])),
    )
    names = tuple(name for name, _ in operation.facts.arguments)
    shown = " ".join(operation.argv)
    source = "context" if taken else ""
    return Parts("run", parent, own, taken, entries_digest(taken), names, source, shown=shown)


@lru_cache(maxsize=64)
def _environment(variables: Variables) -> str:
    """Many steps have the same."""
    return canonical(variables)


def _list(texts: list[str]) -> str:
    return canonical(texts) if texts else "[]"


def mount_text(mount: Mount) -> str:
    """A mount as the key has it."""
    fields = [mount.type, mount.target]
    if mount.read_only:
        fields.append("ro")
    if mount.type == "tmpfs" and mount.size:
        fields.append(f"size={mount.size}")
    if mount.type in {"secret", "ssh"}:
        fields.extend(
            f"{name}={value}"
            for name, value in (
                ("id", mount.id),
                ("uid", mount.uid),
                ("gid", mount.gid),
                ("mode", mount.mode),
                ("required", mount.required),
                ("env", mount.env),
            )
            if value not in (None, "", False)
        )
    return " ".join(fields)


def inline_text(file: InlineFile) -> str:
    """A heredoc's file as the key has it: its name (a RUN script's too) and its bytes."""
    return f"{file.name}:{file.mode}:{digest(file.data.decode('utf-8', 'surrogateescape'))}"


def copy_parts(
    operation: CopyOperation,
    parent: str,
    below: Tree,
    taken: tuple[SourceEntry, ...],
    source: str,
    memo: Memo,
    *,
    linked: bool = False,
) -> Parts:
    """Of a COPY or ADD: the sources' last names, the destination, flags; and the content of what is taken in.

    Args:
        operation: The COPY.
        parent: Key of what it stands on.
        below: Files it stands on, whose user names `--chown` may need.
        taken: What it takes in.
        source: Where from: `context`, a stage, an image.
        memo: Remembers checksums.
        linked: Whether it makes a layer of its own that is put on the parent.
    """
    names = [pivoted(text)[1] if operation.parents else basename(clean(text)) for text in operation.sources]
    own = (
        ("actions", canonical([*names, *(remote.url for remote in operation.remotes), operation.target])),
        ("inline", canonical([inline_text(file) for file in operation.inline])),
        ("chmod", operation.chmod or ""),
        ("owner", operation.chown or ""),
        ("names", _names(operation.chown, below)),
        ("exclude", canonical(operation.exclude)),
        ("parents", str(operation.parents)),
        ("unpack", str(operation.kind == "add" if operation.unpack is None else operation.unpack)),
        ("checksum", operation.checksum or ""),
        *([("link", "True")] if linked else []),
    )
    verb = operation.kind.upper()
    heredocs = [f"<<{file.name}" for file in operation.inline]
    remotes = [remote.url for remote in operation.remotes]
    shown = " ".join([verb, *operation.sources, *remotes, *heredocs, operation.target])
    checksum = memo.get((taken,), "checksum", lambda: entries_digest(taken))
    return Parts("copy", parent, own, taken, checksum, (), source if taken or source != "context" else "", shown=shown)


def workdir_parts(operation: WorkdirOperation, parent: str, below: Tree) -> Parts:
    """Of a WORKDIR: path and owner."""
    own = (
        ("path", clean(operation.path)),
        ("owner", operation.user),
        ("names", _names(operation.user, below)),
    )
    return Parts("workdir", parent, own, shown=f"WORKDIR {operation.path}")


def _names(owner: str | None, below: Tree) -> str:
    """Digests of the files that a named owner is looked up in; empty where no name is."""
    if not named_parts(owner or ""):
        return ""
    return canonical([_digest(below, path) for path in (USERS, GROUP)])


def _digest(tree: Tree, path: str) -> str:
    try:
        node = tree.lookup(path)
    except FileSystemError:
        return ""
    return (sha256_of(node.content) or "") if isinstance(node, File) else ""


def narrowed(taken: tuple[SourceEntry, ...], include: Ignore) -> tuple[SourceEntry, ...]:
    """What `--parents` keeps of a root's entries, with the directories above."""
    kept = {entry.name for entry in taken if include.decide(entry.name).excluded}
    above = {name[:at] for name in kept for at, char in enumerate(name) if char == "/"}
    return tuple(entry for entry in taken if entry.name in kept or entry.name in above)
