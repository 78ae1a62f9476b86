"""`--build-context`: which name replaces which stage or image, by BuildKit's rules (v0.32)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from layerlab.image.reference import InvalidReferenceError, parse_reference

PROTECTED = frozenset({"scratch", "context"})
"""Names that can't be replaced."""


@dataclass(frozen=True, slots=True)
class ContextImage:
    """`--build-context NAME=docker-image://REFERENCE`; `scratch` is the empty file system."""

    reference: str


@dataclass(frozen=True, slots=True)
class ContextFiles:
    """`--build-context NAME=PATH`: files that `build` looks up by the context's name."""


@dataclass(frozen=True, slots=True)
class ContextLayout:
    """`--build-context NAME=oci-layout://PATH`: an image of the client, which goes by the context's name.

    Attributes:
        digest: Of its manifest or index.
    """

    digest: str


@dataclass(frozen=True, slots=True)
class ContextUnusable:
    """One that no front end knows what to do with; the message is BuildKit's."""

    message: str


NamedContext: TypeAlias = ContextImage | ContextFiles | ContextLayout | ContextUnusable


@dataclass(frozen=True, slots=True)
class Named:
    """A context that was found.

    Attributes:
        key: As the log shows it: its name, with `::os/arch` where it is for one platform only.
        name: Without the platform.
        context: What it is.
    """

    key: str
    name: str
    context: NamedContext


def context_name(text: str) -> str:
    """The name a context goes by: familiar, without `:latest`.

    Raises:
        InvalidReferenceError: Names follow the rules of image references.
    """
    try:
        return parse_reference(text).familiar.removesuffix(":latest")
    except InvalidReferenceError as error:
        raise InvalidReferenceError(f"invalid context name {text}: {error}") from error


def find_context(contexts: Mapping[str, NamedContext], text: str, platform: str) -> Named | None:
    """The context that replaces a stage or an image.

    Args:
        contexts: By name.
        text: A stage's name, or an image's as written.
        platform: Built for: a context `NAME::PLATFORM` goes before `NAME`.

    Raises:
        InvalidReferenceError: For a name that is no reference, whether or not there are contexts.
    """
    if text.lower() in PROTECTED:
        return None
    name = context_name(text)
    for key in (f"{name}::{platform}", name):
        if key in contexts:
            return Named(key, name, contexts[key])
    return None
