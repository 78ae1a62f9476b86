"""A simulated Docker host: what `docker build` prints, what each layer holds, and why a step was cached."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from layerlab.build.context import Context
    from layerlab.buildoptions import BuildOptions
    from layerlab.dockerfile import parse
    from layerlab.lab import Lab, check
    from layerlab.personality import Personality

__version__ = "0.1.0"

__all__ = ["BuildOptions", "Context", "Lab", "Personality", "__version__", "check", "parse"]

HOMES = {
    "BuildOptions": "layerlab.buildoptions",
    "Context": "layerlab.build.context",
    "Lab": "layerlab.lab",
    "Personality": "layerlab.personality",
    "check": "layerlab.lab",
    "parse": "layerlab.dockerfile",
}
"""Where the public names live; loaded when first asked for, so that a reader of Dockerfiles loads no host."""


def __getattr__(name: str) -> Any:
    home = HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)
