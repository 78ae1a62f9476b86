"""HTML fragments of a build: one module a view, all made from a `Scene`."""
