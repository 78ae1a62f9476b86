"""JSON in, JSON out: the one door the page, the Markdown extension and the tests use."""

from layerlab.session.document import Document, DocumentError
from layerlab.session.service import Service

__all__ = ["Document", "DocumentError", "Service"]
