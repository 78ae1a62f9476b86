"""Texts the engine may ask for by name: base images of the catalogue and build contexts of the site."""

from __future__ import annotations

import json

from layerlab.catalogue.files import load
from mkdocs_layerlab.contexts import Contexts, Supply

CONTEXT = "context"


def find_supply(name: str, contexts: Contexts) -> str | None:
    """The text with a name such as `context/web-app@0f…` or `image/ubuntu_20.04@0f…`, or None."""
    kind, _, rest = name.partition("/")
    if kind != CONTEXT:
        return load(name)
    supply = contexts.get(rest.partition("@")[0])
    return supply.text if supply and supply.name == name else None


def catalogue_supplies() -> list[Supply]:
    """All data files of the catalogue: a reader may type any of its images into a FROM."""
    index = load("index")
    if index is None:
        return []
    names = [f"{name}@{fingerprint}" for name, fingerprint in json.loads(index)["files"].items()]
    texts = ((name, load(name)) for name in names)
    return [Supply("index", index), *(Supply(name, text) for name, text in texts if text is not None)]
