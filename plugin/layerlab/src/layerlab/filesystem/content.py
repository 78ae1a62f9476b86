"""What is known of a file's bytes: all of them, only their digest, an estimate, a sum, or nothing.

The kind travels with the file into sizes, layers, tar archives and digests, so that a number that
isn't known can't turn into one that looks as if it were.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Bytes:
    """All bytes are known."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Opaque:
    """A real file of which only facts were recorded.

    Attributes:
        size: Length in bytes.
        sha256: Digest of the bytes, 64 hex digits.
    """

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Estimated:
    """A file whose size comes from recorded facts, not from the file itself.

    Attributes:
        size: Length in bytes, as the facts have it.
        note: Key of the note that says which facts.
    """

    size: int
    note: str


@dataclass(frozen=True, slots=True)
class Bulk:
    """Many files of one directory that are known only in sum; the content of a `BULK_NAME` entry.

    Attributes:
        files: How many files stand behind it.
        size: Their lengths in bytes, added up.
        note: Key of the note that says where the sum comes from.
    """

    files: int
    size: int
    note: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Neither size nor bytes are known.

    Attributes:
        note: Key of the note that says why.
    """

    note: str


Content: TypeAlias = Bytes | Opaque | Estimated | Bulk | Unknown

NO_BYTES = Bytes(b"")


def size_of(content: Content) -> int | None:
    """The length in bytes, or None where it isn't known."""
    match content:
        case Bytes(data):
            return len(data)
        case Opaque(size=size) | Estimated(size=size) | Bulk(size=size):
            return size
        case Unknown():
            return None


def sha256_of(content: Content) -> str | None:
    """The digest of the bytes as 64 hex digits, or None where they aren't known."""
    match content:
        case Bytes(data):
            return hashlib.sha256(data).hexdigest()
        case Opaque(sha256=digest):
            return digest
        case _:
            return None


def same_content(one: Content, other: Content) -> bool:
    """Whether two contents are known to be the same bytes (or the same unknown)."""
    if one == other:
        return True
    digest = sha256_of(one)
    return digest is not None and digest == sha256_of(other)
