"""What a registry holds, and what the daemon remembers of where layers came from.

Images of the catalogue are in the registry without being listed here; what was pushed is. Blobs are known by the
layer's content: its diff id where that is known, so that no digest depends on a compressor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from layerlab.image.image import Image, ImageLayer
from layerlab.image.reference import Reference, parse_reference


@dataclass(frozen=True, slots=True)
class Stored:
    """An image in a repository.

    Attributes:
        image: As it was pushed.
        digest: Of its manifest; made up where the manifest's bytes can't be known.
        size: Bytes of the manifest, or None.
    """

    image: Image
    digest: str
    size: int | None


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository.

    Attributes:
        blobs: Keys of its layers.
        tags: Images by tag.
    """

    blobs: frozenset[str] = frozenset()
    tags: Mapping[str, Stored] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registry:
    """All registries there are.

    Attributes:
        repositories: By host and path: `docker.io/me/demo`.
        sources: The daemon's memory: repositories by the key of a layer that was pulled from or pushed to them.
    """

    repositories: Mapping[str, Repository] = field(default_factory=dict)
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def find(self, reference: Reference) -> Stored | None:
        """The image that was pushed under a name with a tag or a digest."""
        repository = self.repositories.get(reference.name)
        if repository is None:
            return None
        if reference.digest:
            return next((stored for stored in repository.tags.values() if stored.digest == reference.digest), None)
        return repository.tags.get(reference.tag or "latest")

    def images(self) -> Mapping[str, Image]:
        """What was pushed, by full reference, as it comes back."""
        return {
            f"{name}:{tag}": replace(stored.image, repo_digest=stored.digest, parent=None)
            for name, repository in self.repositories.items()
            for tag, stored in repository.tags.items()
        }

    def remembering(self, image: Image, name: str) -> Registry:
        """The same after an image's layers came from a repository.

        Args:
            image: Whose layers.
            name: The repository: `docker.io/library/python`.
        """
        sources = dict(self.sources)
        for layer in image.layers:
            key = layer_key(layer)
            if name not in sources.get(key, ()):
                sources[key] = (*sources.get(key, ()), name)
        return replace(self, sources=sources)

    def holding(self, reference: Reference, stored: Stored) -> Registry:
        """The same after an image was pushed."""
        before = self.repositories.get(reference.name, Repository())
        blobs = before.blobs | {layer_key(layer) for layer in stored.image.layers}
        after = Repository(blobs, {**before.tags, reference.tag or "latest": stored})
        return replace(self, repositories={**self.repositories, reference.name: after})


def layer_key(layer: ImageLayer) -> str:
    """What a layer's blob is known by: equal for equal content, whatever lies below it."""
    return layer.diff_id or layer.digest or layer.chain_id


def familiar(name: str) -> str:
    """A repository as a push words it: without its host, as `library/python`."""
    return parse_reference(name).path
