"""HTML fragments of a build: one module a view, all made from a `Scene`."""

from layerlab.views.table import VIEWS

__all__ = ["VIEWS"]
