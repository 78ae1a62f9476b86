"""The one table of views: what a `data-view` attribute, a request and a fence call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from layerlab.html import Element
from layerlab.views.cache import cache
from layerlab.views.console import console
from layerlab.views.containers import containers
from layerlab.views.context import context
from layerlab.views.files import files
from layerlab.views.history import history
from layerlab.views.inspect import inspect
from layerlab.views.log import log
from layerlab.views.scene import Scene
from layerlab.views.source import source
from layerlab.views.stack import stack
from layerlab.views.timeline import timeline

View = Callable[[Scene], Element]

PARTS: Mapping[str, View] = MappingProxyType(
    {
        "log": log,
        "history": history,
        "stack": stack,
        "files": files,
        "cache": cache,
        "inspect": inspect,
        "context": context,
        "timeline": timeline,
        "containers": containers,
    }
)
"""Views a fence may ask for."""

VIEWS: Mapping[str, View] = MappingProxyType({"source": source, **PARTS, "console": console})
"""Views a request may ask for."""
