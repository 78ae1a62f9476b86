"""Whether what a reader, a stored session or a link gives as a file or an option has the shape the builder expects."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

MODE = re.compile(r"[0-7]{1,5}")
MAX_PATH = 4096
MAX_NAME = 255
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
MAX_MTIME = 10**10
ENTRY_FIELDS = frozenset({"path", "type", "mode", "content", "content_b64", "link", "mtime", "from"})
ENTRY_TEXTS = ("content", "content_b64", "link", "mode", "from")
ENTRY_TYPES = ("file", "dir", "symlink")
TEXTS = frozenset({"target", "platform", "file", "engine", "builder", "store"})
MAPS = frozenset({"build_args", "labels"})
FLAGS = frozenset({"no_cache"})
LISTS = frozenset({"no_cache_filter"})


def path_is_fine(path: object) -> bool:
    """Whether a value is a path; whether there can be a file is for the context's tree to say."""
    return isinstance(path, str) and len(path) <= MAX_PATH


def archive_is_fine(digest: object) -> bool:
    """Whether a value is the digest of an archive."""
    return isinstance(digest, str) and DIGEST.fullmatch(digest) is not None


def name_is_fine(name: object) -> bool:
    """Whether a value can be a file's name: short, in one line, without a folder."""
    return isinstance(name, str) and 0 < len(name) <= MAX_NAME and name.isprintable() and "/" not in name


def entry_is_fine(entry: object) -> bool:
    """Whether a value is an entry of a build context, or None for one that is deleted."""
    if entry is None:
        return True
    if not isinstance(entry, Mapping) or not set(entry) <= ENTRY_FIELDS:
        return False
    kind = entry.get("type", "file")
    texts = all(isinstance(entry[name], str) for name in ENTRY_TEXTS if name in entry)
    mtime = entry.get("mtime", 0)
    return (
        kind in ENTRY_TYPES
        and texts
        and MODE.fullmatch(entry.get("mode", "644")) is not None
        and isinstance(mtime, int | float)
        and 0 <= mtime < MAX_MTIME
        and (kind != "symlink" or bool(entry.get("link") or entry.get("from")))
        and _is_base64(entry.get("content_b64", ""))
    )


def option_is_fine(name: object, value: object) -> bool:
    """Whether a build option has a value of its kind; None always stands for the default. Unknown names are refused."""
    if name in TEXTS:
        return value is None or isinstance(value, str)
    if name in MAPS:
        return value is None or (
            isinstance(value, Mapping) and all(isinstance(word, str) for pair in value.items() for word in pair)
        )
    if name in LISTS:
        return value is None or (isinstance(value, list) and all(isinstance(word, str) for word in value))
    return name in FLAGS and (value is None or isinstance(value, bool))


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text)
    except (binascii.Error, ValueError):
        return False
    return True
