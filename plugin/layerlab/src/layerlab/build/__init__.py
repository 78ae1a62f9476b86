"""From a plan to layers: steps, cache decisions with their reasons, and the record of a build."""

from __future__ import annotations

from dataclasses import replace

from layerlab.build.buildkit import builder as buildkit
from layerlab.build.buildkit.vertices import IGNORE_FILE
from layerlab.build.cache import BuildCache
from layerlab.build.context import Context, Filtered, filtered
from layerlab.build.legacy import builder as legacy
from layerlab.build.ports import BuildRequest, Images, Runner
from layerlab.build.record import BuildRecord, Note
from layerlab.dockerfile.directives import find_syntax
from layerlab.dockerfile.globs import BadPatternError
from layerlab.dockerfile.ignorefile import Ignore, parse_ignore
from layerlab.dockerfile.source import read_source
from layerlab.image.store import ImageStore
from layerlab.memo import Memo
from layerlab.plan.model import Plan, PlanError

__all__ = ["build"]


def build(
    request: BuildRequest,
    plan: Plan,
    cache: BuildCache,
    store: ImageStore,
    images: Images,
    runner: Runner,
    memory: Memo | None = None,
) -> tuple[BuildRecord, BuildCache, ImageStore]:
    """Build what a plan says. Pure: equal arguments give equal answers.

    Args:
        request: Context, tags, secrets, the clock and the personality.
        plan: Of the same Dockerfile.
        cache: Of earlier builds on the host.
        store: The host's images.
        images: Base images with their files.
        runner: What runs commands.
        memory: Of earlier builds; the answer is the same without it.

    Returns:
        The record, and cache and images afterwards.
    """
    memory = memory or Memo()
    ignore = parse_ignore(request.ignore_bytes) if request.ignore_bytes is not None else None
    plan = _refused(request, plan, ignore)
    named: dict[str, Filtered] = {}
    try:
        context = _filtered(request, ignore if plan.error is None else None)
        named = {name: _named(files) for name, files in request.contexts.items()}
    except BadPatternError as error:
        plan, context = _stopped(request, plan, str(error)), _filtered(request, None)
    if request.personality.builder == "legacy":
        record, cache, store = legacy.build(request, plan, images, runner, context, cache, store)
    else:
        inputs = buildkit.Inputs(request, plan, images, runner, context, named, _syntax(request.source), memory)
        record, cache, store = buildkit.build(inputs, cache, store)
    notes = tuple(
        Note("cache.note.unreadable", (("path", path), ("reason", reason)))
        for path, reason in request.context.unreadable
    )
    return replace(record, notes=(*record.notes, *notes)), cache, store


def _filtered(request: BuildRequest, ignore: Ignore | None) -> Filtered:
    legacy = request.personality.builder == "legacy"
    key = ("filtered", request.ignore_bytes if ignore is not None else None, legacy)
    context = request.context
    return context.memo.get((context.tree.root,), key, lambda: filtered(context, ignore, legacy=legacy))


def _named(files: Context) -> Filtered:
    """A named context without what its own ignore file leaves out."""
    data = files.read(IGNORE_FILE)
    return filtered(files, parse_ignore(data) if data else None)


def _refused(request: BuildRequest, plan: Plan, ignore: Ignore | None) -> Plan:
    """The plan, with the error of a Dockerfile or an ignore file that stops Docker before it gets to the plan's own."""
    if request.missing:
        name = request.name.rpartition("/")[2]
        if request.personality.builder == "legacy":
            message = (
                "unable to prepare context: unable to evaluate symlinks in Dockerfile path: "
                f"lstat <context>/{name}: no such file or directory"
            )
        else:
            message = f"failed to read dockerfile: open {name}: no such file or directory"
        return replace(plan, error=PlanError("plan.no-dockerfile", message, phase="read"))
    if ignore is not None and ignore.error is not None:
        return _stopped(request, plan, ignore.error)
    return plan


def _stopped(request: BuildRequest, plan: Plan, message: str) -> Plan:
    """A bad pattern comes up when the context is looked at: after the metadata (BuildKit), before all (legacy)."""
    if request.personality.builder == "legacy":
        return replace(plan, error=PlanError("plan.ignore-pattern", f"error checking context: {message}", phase="read"))
    known = plan.error
    if known is not None and known.message != message and known.phase not in {"dispatch", "check"}:
        return plan
    return replace(plan, error=PlanError("plan.ignore-pattern", message, phase="dispatch"))


def _syntax(text: str) -> str | None:
    found = find_syntax(read_source(text))
    return found.value if found is not None else None
