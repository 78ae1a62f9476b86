"""Arithmetic on absolute slash paths, without a file system."""

from __future__ import annotations

from functools import lru_cache


def parts(path: str) -> list[str]:
    """The names of a path, without empty ones and `.`; `..` stays."""
    return [part for part in path.split("/") if part and part != "."]


@lru_cache(maxsize=4096)
def names_of(path: str) -> tuple[str, ...]:
    """`parts`, remembered: walks ask for the same few paths over and over."""
    return tuple(parts(path))


def clean(path: str) -> str:
    """The absolute path with `.`, `..` and double slashes taken out, as Go's `path.Clean("/" + path)`."""
    kept: list[str] = []
    for part in parts(path):
        if part != "..":
            kept.append(part)
        elif kept:
            kept.pop()
    return "/" + "/".join(kept)


def join(base: str, path: str) -> str:
    """`path` if it is absolute, else the two joined; not cleaned."""
    if path.startswith("/"):
        return path
    return base.rstrip("/") + "/" + path


def parent(path: str) -> str:
    """The directory part of a clean absolute path; `/` is its own parent."""
    return path.rpartition("/")[0] or "/"


def basename(path: str) -> str:
    """The last name of a path, trailing slashes aside; empty for `/`."""
    return path.rstrip("/").rpartition("/")[2]


def child(directory: str, name: str) -> str:
    """The path of an entry of a clean absolute directory."""
    return "/" + name if directory == "/" else f"{directory}/{name}"


def ancestors(path: str) -> list[str]:
    """The directories above a clean absolute path, from the top, without `/`: `/a/b/c` → `/a`, `/a/b`."""
    names = parts(path)
    return ["/" + "/".join(names[: index + 1]) for index in range(len(names) - 1)]
