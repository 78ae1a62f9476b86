"""CREATED BY as the BuildKit inside Docker 20.10 writes it, where it differs from today's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from layerlab.image.config import HealthCheck
from layerlab.plan.wording import CopyText, Shell, Worded, Wording, buildkit, legacy


def copy(text: CopyText, shell: Shell) -> Worded:
    """Owner and mode aren't shown."""
    return buildkit.copy(replace(text, chown="", chmod="", parents=False), shell)


def expose(_: Sequence[str], ports: Sequence[str]) -> str:
    """`EXPOSE map[53/udp:{} 80/tcp:{}]`: a Go map, sorted."""
    return "EXPOSE map[" + " ".join(f"{port}:{{}}" for port in sorted(set(ports))) + "]"


def health(check: HealthCheck) -> str:
    """Quoted like the legacy builder's."""
    return legacy.health(check)


OLD_BUILDKIT = Wording(
    buildkit.run,
    copy,
    buildkit.workdir,
    buildkit.metadata,
    expose,
    health,
    buildkit.onbuild,
    legacy.argument,
)
