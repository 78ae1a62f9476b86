"""Dockerfile and console fences rendered at site build.

`extension` is for any Markdown and knows nothing of MkDocs; `plugin` adds the browser part to a MkDocs site.
"""

__version__ = "0.1.0"
