"""HTML fragments of a build: one module a view, all made from a `Scene`."""

from collections.abc import Callable, Mapping

from layerlab.html import Element
from layerlab.views.cache import cache
from layerlab.views.console import console
from layerlab.views.context import context
from layerlab.views.files import files
from layerlab.views.history import history
from layerlab.views.inspect import inspect
from layerlab.views.log import log
from layerlab.views.scene import Scene
from layerlab.views.source import source
from layerlab.views.stack import stack
from layerlab.views.timeline import timeline

VIEWS: Mapping[str, Callable[[Scene], Element]] = {
    "source": source,
    "log": log,
    "history": history,
    "stack": stack,
    "files": files,
    "cache": cache,
    "inspect": inspect,
    "context": context,
    "timeline": timeline,
    "console": console,
}
"""Views by the name a request and a `data-view` attribute have for them."""
