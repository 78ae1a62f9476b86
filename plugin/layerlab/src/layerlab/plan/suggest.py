"""Docker's ` (did you mean X?)` where the options come from the plan: stage names and well-known images."""

from __future__ import annotations

from collections.abc import Iterable

from layerlab.dockerfile.suggest import nearest

_BASES = ("alpine", "busybox", "centos", "debian", "golang", "ubuntu", "fedora")

COMMON_IMAGES = tuple(
    form
    for name in _BASES
    for form in (name, f"docker.io/library/{name}", f"{name}:latest", f"docker.io/library/{name}:latest")
)
"""Names that BuildKit suggests beside the stages' for an image it can't find."""


def did_you_mean(value: str, options: Iterable[str]) -> str:
    """The suffix to a message, or nothing; case counts."""
    best = nearest(value, options)
    return f" (did you mean {best}?)" if best else ""
