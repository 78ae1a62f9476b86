"""Containers: a writable layer on an image's read-only ones, the process in it, and what `docker diff` sees."""
