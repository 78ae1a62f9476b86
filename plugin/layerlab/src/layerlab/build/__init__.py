"""From a plan to layers: steps, cache decisions with their reasons, and the record of a build."""

from __future__ import annotations

from layerlab.build.buildkit import builder as buildkit
from layerlab.build.cache import BuildCache
from layerlab.build.context import Filtered, filtered
from layerlab.build.legacy import builder as legacy
from layerlab.build.ports import BuildRequest, Images, Runner
from layerlab.build.record import BuildRecord
from layerlab.dockerfile.directives import find_syntax
from layerlab.dockerfile.ignorefile import parse_ignore
from layerlab.dockerfile.source import read_source
from layerlab.image.store import ImageStore
from layerlab.plan.model import Plan

__all__ = ["build"]


def build(
    request: BuildRequest,
    plan: Plan,
    cache: BuildCache,
    store: ImageStore,
    images: Images,
    runner: Runner,
) -> tuple[BuildRecord, BuildCache, ImageStore]:
    """Build what a plan says. Pure: equal arguments give equal answers.

    Args:
        request: Context, tags, secrets, the clock and the personality.
        plan: Of the same Dockerfile.
        cache: Of earlier builds on the host.
        store: The host's images.
        images: Base images with their files.
        runner: What runs commands.

    Returns:
        The record, and cache and images afterwards.
    """
    context = _context(request)
    if request.personality.builder == "legacy":
        return legacy.build(request, plan, images, runner, context, cache, store)
    inputs = buildkit.Inputs(request, plan, images, runner, context, _syntax(request.source))
    return buildkit.build(inputs, cache, store)


def _context(request: BuildRequest) -> Filtered:
    ignore = parse_ignore(request.ignore_bytes) if request.ignore_bytes is not None else None
    return filtered(request.context, ignore)


def _syntax(text: str) -> str | None:
    found = find_syntax(read_source(text))
    return found.value if found is not None else None
