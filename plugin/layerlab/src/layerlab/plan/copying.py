"""COPY and ADD: expanded arguments and flags, kinds of sources, and what is refused before any file is looked at."""

from __future__ import annotations

import posixpath
import re
from functools import partial

from layerlab.dockerfile.gotext import quote
from layerlab.dockerfile.instructions import Add, Copy, Heredoc
from layerlab.image.reference import InvalidReferenceError, check_digest
from layerlab.plan.chmod import chmod_problem
from layerlab.plan.effects import clean
from layerlab.plan.expand import Expander
from layerlab.plan.links import Command
from layerlab.plan.operations import CopyOperation, InlineFile, RemoteSource, Source
from layerlab.plan.refusal import Refusal
from layerlab.plan.stagework import Effect, LaterStage, StageWork
from layerlab.plan.wording import CopyText

_GIT = re.compile(r"git@.+|ssh://.+|git://.+|https?://[^?#]+\.git(?:[#?].*)?")
_DIGEST = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}")


def copy_effect(work: StageWork, copy: Copy | Add, command: Command, expander: Expander) -> Effect:
    """What a COPY or ADD comes to.

    Raises:
        Refusal: With BuildKit's message.
    """
    chown, chmod = expander.maybe(copy.chown), expander.maybe(copy.chmod)
    checksum = expander.maybe(copy.checksum) if isinstance(copy, Add) else None
    written = tuple(expander.word(source.text) for source in copy.sources)
    destination = expander.word(copy.destination.text)
    inline = tuple(_inline(document, expander) for document in copy.heredocs)
    origin = _origin(work, copy, command)
    if chmod and (problem := chmod_problem(chmod)):
        raise Refusal("chmod", problem)
    remotes = tuple(remote for source in written if (remote := remote_source(source)))
    _check_sources(copy, written, remotes, checksum)
    keyword = "COPY" if isinstance(copy, Copy) else "ADD"
    parents = isinstance(copy, Copy) and copy.parents
    names = tuple(document.name for document in copy.heredocs)
    text = CopyText(keyword, written, names, destination, chown or "", chmod or "", parents)
    operation = partial(
        CopyOperation,
        kind="copy" if isinstance(copy, Copy) else "add",
        sources=tuple(source for source in written if remote_source(source) is None),
        remotes=remotes,
        destination=destination,
        target=target_path(work.config.working_dir, destination),
        from_=origin,
        inline=inline,
        chown=chown,
        chmod=chmod,
        link=copy.link,
        parents=parents,
        exclude=copy.exclude,
        unpack=copy.unpack if isinstance(copy, Add) else None,
        checksum=checksum,
        keep_git_dir=bool(isinstance(copy, Add) and copy.keep_git_dir),
    )
    worded = work.facts.habits.wording.copy(text, work.config.shell or ())
    return Effect(work.config, work.scope, worded, operation, makes_layer=True, is_step=True, checked=written)


def target_path(working_dir: str, destination: str) -> str:
    """The absolute destination; a final slash (or `/.`) is kept as a slash.

    Args:
        working_dir: Current one; may be empty.
        destination: As written, expanded.
    """
    wanted = "./" if destination in {"", "."} else destination
    path = clean(posixpath.join("/", working_dir, wanted))
    is_directory = wanted.endswith(("/", "/."))
    return path + "/" if is_directory and path != "/" else path


def remote_source(source: str) -> RemoteSource | None:
    """Whether a source is a URL or git reference."""
    if _GIT.fullmatch(source):
        return RemoteSource("git", source)
    if source.startswith(("http://", "https://")):
        return RemoteSource("http", source)
    return None


def _origin(work: StageWork, copy: Copy | Add, command: Command) -> Source:
    if not command.links:
        return work.facts.context
    try:
        return work.facts.source(command.links[0])
    except LaterStage as error:
        written = copy.from_ if isinstance(copy, Copy) else ""
        here = quote(work.log_name)
        message = f"cannot copy from stage {quote(written or '')}, it needs to be defined before current stage {here}"
        raise Refusal("later-stage", message) from error


def _check_sources(
    copy: Copy | Add, written: tuple[str, ...], remotes: tuple[RemoteSource, ...], checksum: str | None
) -> None:
    if isinstance(copy, Copy):
        for remote in remotes:
            what = "git ref" if remote.kind == "git" else "URL"
            raise Refusal("copy-remote", f"source can't be a {what} for COPY")
    if checksum:
        if len(written) != 1:
            raise Refusal("checksum", "checksum can't be specified for multiple sources")
        if not remotes:
            raise Refusal("checksum", "checksum requires HTTP(S) or Git sources")
        if remotes[0].kind == "http":
            _check_digest(checksum)


def _check_digest(checksum: str) -> None:
    if not _DIGEST.fullmatch(checksum):
        raise Refusal("checksum", "invalid checksum digest format")
    try:
        check_digest(checksum)
    except InvalidReferenceError as error:
        raise Refusal("checksum", str(error)) from error


def _inline(document: Heredoc, expander: Expander) -> InlineFile:
    body = expander.heredoc(document.body) if document.expand else document.body
    return InlineFile(document.name, body.encode("utf-8", "surrogateescape"))

