"""The words of `--build-context` as the client reads them (buildx v0.36): folders, images, OCI layouts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from layerlab.build.context import Context
from layerlab.filesystem import Bytes, File
from layerlab.image.archive import ArchiveLimits, ImageArchiveError
from layerlab.image.image import Image
from layerlab.image.importing import layout_image
from layerlab.image.reference import InvalidReferenceError, parse_reference
from layerlab.messages import Messages
from layerlab.plan.contexts import (
    ContextFiles,
    ContextImage,
    ContextLayout,
    ContextUnusable,
    NamedContext,
    context_name,
)

IMAGE = "docker-image://"
LAYOUT = "oci-layout://"
REMOTE = ("http://", "https://", "git://", "ssh://", "github.com/", "git@")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


class NamedContextError(Exception):
    """A `--build-context` that is refused; the message is Docker's, or a sentence where the network were needed.

    Attributes:
        ours: Whether the sentence is ours.
    """

    def __init__(self, message: str, *, ours: bool = False) -> None:
        super().__init__(message)
        self.ours = ours


@dataclass(frozen=True, slots=True)
class NamedContexts:
    """Contexts besides the main one.

    Attributes:
        known: What each is, by name.
        files: The folders among them, by name.
        images: The images that came from layouts, by full reference.
    """

    known: Mapping[str, NamedContext] = field(default_factory=dict)
    files: Mapping[str, Context] = field(default_factory=dict)
    images: Mapping[str, Image] = field(default_factory=dict)


NO_CONTEXTS = NamedContexts()


def read_named_contexts(
    words: Sequence[str], folder: Callable[[str], Context | None], say: Messages, *, containerd: bool
) -> NamedContexts:
    """The contexts of the flags.

    Args:
        words: `NAME=VALUE` each; the last of equal names counts.
        folder: Gives the files of a path, or None where no folder is.
        say: Sentences.
        containerd: Whether images of layouts are known by their manifest.

    Raises:
        NamedContextError: For the first that can't be.
    """
    values: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise NamedContextError(f"invalid context value: {word}, expected key=value")
        try:
            bare, platform, where = name.partition("::")
            values[context_name(bare) + platform + where] = value
        except InvalidReferenceError as error:
            raise NamedContextError(str(error)) from error
    known: dict[str, NamedContext] = {}
    files: dict[str, Context] = {}
    images: dict[str, Image] = {}
    for name, value in values.items():
        if value.startswith(REMOTE):
            raise NamedContextError(say("docker.no_remote_named_context", name=name, url=value), ours=True)
        if value.startswith("target:"):
            known[name] = ContextUnusable(f"unsupported context source target for {name}")
        elif value.startswith(IMAGE):
            known[name] = ContextImage(value.removeprefix(IMAGE))
        elif value.startswith(LAYOUT):
            digest, image = _layout(value, folder, say, containerd=containerd)
            known[name] = ContextLayout(digest)
            images[f"{parse_reference(name.partition('::')[0]).name}@{digest}"] = image
        else:
            files[name] = _files(name, value, folder)
            known[name] = ContextFiles()
    return NamedContexts(known, files, images)


def _files(name: str, path: str, folder: Callable[[str], Context | None]) -> Context:
    found = folder(path)
    if found is None:
        raise NamedContextError(f"failed to get build context {name}: stat {path}: no such file or directory")
    return found


def _layout(
    value: str, folder: Callable[[str], Context | None], say: Messages, *, containerd: bool
) -> tuple[str, Image]:
    path, at, digest = value.removeprefix(LAYOUT).rpartition("@")
    if not at or not _DIGEST.fullmatch(digest):
        path, digest = value.removeprefix(LAYOUT), ""
    before, colon, tag = path.rpartition(":")
    if colon and _TAG.fullmatch(tag):
        path = before
    else:
        tag = "latest"
    unresolved = f'oci-layout reference "{value}" could not be resolved'
    found = folder(path)
    index = f"{path}/index.json"
    if found is None:
        raise NamedContextError(
            f"{unresolved}: could not lock {index}.lock: open {index}.lock: no such file or directory"
        )
    data = dict(_contents(found))
    if "index.json" not in data:
        raise NamedContextError(f"{unresolved}: could not read {index}: open {index}: no such file or directory")
    try:
        image = layout_image(data, digest or None, tag, containerd=containerd, limits=ArchiveLimits())
    except ImageArchiveError as error:
        raise NamedContextError(say(error.key, **error.values), ours=True) from error
    if image is None:
        raise NamedContextError(f"{unresolved}: failed to resolve digest")
    return image


def _contents(context: Context) -> Iterator[tuple[str, bytes]]:
    for path, node in context.tree.walk():
        if isinstance(node, File) and isinstance(node.content, Bytes):
            yield path.lstrip("/"), node.content.data
