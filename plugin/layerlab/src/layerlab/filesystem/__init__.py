"""File trees as values: reading, writing sessions, layers and tar archives."""

from layerlab.filesystem.content import (
    NO_BYTES,
    Bulk,
    Bytes,
    Content,
    Estimated,
    Opaque,
    Unknown,
    same_content,
    sha256_of,
    size_of,
)
from layerlab.filesystem.editor import ROOT, Change, Editor, Who
from layerlab.filesystem.errors import FileSystemError
from layerlab.filesystem.node import BULK_NAME, Directory, File, Meta, Node, Special, Symlink
from layerlab.filesystem.tree import EMPTY, Tree
from layerlab.filesystem.upper import UpperEntry

__all__ = [
    "BULK_NAME",
    "EMPTY",
    "NO_BYTES",
    "ROOT",
    "Bulk",
    "Bytes",
    "Change",
    "Content",
    "Directory",
    "Editor",
    "Estimated",
    "File",
    "FileSystemError",
    "Meta",
    "Node",
    "Opaque",
    "Special",
    "Symlink",
    "Tree",
    "Unknown",
    "UpperEntry",
    "Who",
    "same_content",
    "sha256_of",
    "size_of",
]
