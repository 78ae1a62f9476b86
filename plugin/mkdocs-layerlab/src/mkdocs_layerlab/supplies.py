"""Texts the engine may ask for by name: base images of the catalogue and build contexts of the site."""

from __future__ import annotations

from mkdocs_layerlab.contexts import Contexts, Supply


def find_supply(name: str, contexts: Contexts) -> str | None:
    """The text with a name such as `context/web-app@0f…` or `image/ubuntu_20.04@0f…`, or None."""
    kind, _, rest = name.partition("/")
    if kind == "context":
        supply = contexts.get(rest.partition("@")[0])
        return supply.text if supply and supply.name == name else None
    return next((supply.text for supply in image_supplies() if supply.name == name), None)


def image_supplies() -> list[Supply]:
    """All base images of the catalogue."""
    return []
