"""What the builds of a document will ask for, as far as their text tells.

The engine stops at the first file that isn't there. Told of all that are likely to follow, a page fetches them at
once, instead of one after the other with a journey to the server each. A guess too many costs a small file; one too
few costs a journey; neither changes an answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from layerlab.catalogue import Catalogue, DataNotLoadedError, NotLoaded
from layerlab.image.reference import InvalidReferenceError
from layerlab.session.document import Build, Document, Edit

MAX_IMAGES = 8
"""Images of one text that are looked up ahead: somebody's hundredth stage can wait."""

FROM = re.compile(r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*([^\s$]+)(?=\s|$)", re.IGNORECASE | re.MULTILINE)
FACTS = (
    (re.compile(r"^[ \t]*RUN[ \t]", re.IGNORECASE | re.MULTILINE), ("packages/commands",)),
    (re.compile(r"\bapt(?:-get)?\b"), ("packages/debian-12", "packages/ubuntu")),
    (re.compile(r"\bapk\b"), ("packages/alpine",)),
    (re.compile(r"\bpip3?\b"), ("packages/pip",)),
    (re.compile(r"\bnpm\b"), ("packages/npm",)),
)
"""Words of a Dockerfile, and the catalogue's files that the commands they belong to read."""


def foreseen(document: Document, catalogue: Catalogue, known: Callable[[str], bool]) -> tuple[str, ...]:
    """Full names of the texts that the document's builds are likely to need and that aren't `known`."""
    found: dict[str, None] = {}
    for action in document.actions:
        if isinstance(action, Build) and action.context:
            found[f"context/{action.context}"] = None
        if isinstance(action, (Build, Edit)):
            found.update(dict.fromkeys(_of_text(action.text, catalogue)))
    return tuple(name for name in found if not known(name))


def _of_text(text: str, catalogue: Catalogue) -> Iterator[str]:
    for reference in list(dict.fromkeys(FROM.findall(text)))[:MAX_IMAGES]:
        try:
            resolution = catalogue.resolve(reference)
        except InvalidReferenceError:
            continue
        if isinstance(resolution, NotLoaded):
            yield from resolution.names
    yield from _full_names((name for word, names in FACTS if word.search(text) for name in names), catalogue)


def _full_names(names: Iterable[str], catalogue: Catalogue) -> Iterator[str]:
    for name in names:
        try:
            yield catalogue.data.full_name(name)
        except DataNotLoadedError as error:  # the index itself: all else comes after it
            yield from error.names
