"""The images of a host: by id, by name, and which of them nothing names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from layerlab.image.image import Image
from layerlab.image.reference import InvalidReferenceError, parse_reference


class AmbiguousIdError(LookupError):
    """A prefix that several ids begin with."""


@dataclass(frozen=True, slots=True)
class ImageStore:
    """Images and tags.

    Attributes:
        images: By id, in the order they came.
        tags: Id by full reference (`docker.io/library/demo:latest`), in the order they were last set.
        moments: When a tag was last set, nanoseconds since the epoch, by full reference.
        bases: Images that builds stood on or copied from, by full reference; not listed unless they have a tag too.
    """

    images: Mapping[str, Image] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    moments: Mapping[str, int] = field(default_factory=dict)
    bases: Mapping[str, Image] = field(default_factory=dict)

    def with_base(self, reference: str, image: Image) -> ImageStore:
        """The store knowing an image that a build used, by its full reference."""
        if self.bases.get(reference) is image:
            return self
        return replace(self, bases={**self.bases, reference: image})

    def pulled(self) -> Iterator[tuple[str, Image]]:
        """Images that builds used, with their familiar names, in the order they came."""
        for reference, image in self.bases.items():
            yield parse_reference(reference).familiar, image

    def tagged(self) -> Mapping[str, Image]:
        """Images by the full references that point to them."""
        return {name: self.images[key] for name, key in self.tags.items() if key in self.images}

    def add(self, image: Image) -> ImageStore:
        """The store with an image; an equal id replaces."""
        return replace(self, images={**self.images, image.id: image})

    def tag(self, reference: str, identifier: str, now: int = 0) -> ImageStore:
        """The store with a name set on an image; a name points to one image only.

        Args:
            reference: As typed; `latest` is added where no tag is given.
            identifier: Id of the image.
            now: Nanoseconds since the epoch.

        Raises:
            InvalidReferenceError: With Docker's message.
        """
        full = parse_reference(reference).tagged().full
        tags = {name: id_ for name, id_ in self.tags.items() if name != full}
        return replace(self, tags={**tags, full: identifier}, moments={**self.moments, full: now})

    def untag(self, reference: str) -> ImageStore:
        """The store without a name; the image stays."""
        full = parse_reference(reference).tagged().full
        return replace(
            self,
            tags={name: identifier for name, identifier in self.tags.items() if name != full},
            moments={name: moment for name, moment in self.moments.items() if name != full},
        )

    def remove(self, identifier: str) -> ImageStore:
        """The store without an image and its names."""
        return replace(
            self,
            images={key: image for key, image in self.images.items() if key != identifier},
            tags={name: key for name, key in self.tags.items() if key != identifier},
        )

    def names(self, identifier: str) -> tuple[str, ...]:
        """Full references of an image, in the order they were set."""
        return tuple(name for name, key in self.tags.items() if key == identifier)

    def children(self, identifier: str) -> tuple[Image, ...]:
        """Images whose parent an image is (legacy builder, commit)."""
        return tuple(image for image in self.images.values() if image.parent == identifier)

    def dangling(self) -> tuple[Image, ...]:
        """Images that no name points to and no image builds on."""
        named = set(self.tags.values())
        parents = {image.parent for image in self.images.values()}
        return tuple(image for image in self.images.values() if image.id not in named and image.id not in parents)

    def listed(self, *, everything: bool = False) -> Iterator[tuple[Image, tuple[str, ...]]]:
        """Images with their names, as `docker images` lists them: intermediate ones only with `-a`."""
        parents = {image.parent for image in self.images.values()}
        for image in self.images.values():
            names = self.names(image.id)
            if names or everything or image.id not in parents:
                yield image, names

    def find(self, text: str) -> Image | None:
        """The image of an id, a reference or a unique id prefix, in Docker's order of look-up.

        Raises:
            AmbiguousIdError: Several ids begin with the text.
        """
        digits = text.removeprefix("sha256:")
        exact = self.images.get("sha256:" + digits)
        if exact is not None:
            return exact
        try:
            named = self.tags.get(parse_reference(text).tagged().full)
        except InvalidReferenceError:
            named = None
        if named is not None:
            return self.images.get(named)
        if not digits or any(char not in "0123456789abcdef" for char in digits):
            return None
        found = [image for key, image in self.images.items() if key.removeprefix("sha256:").startswith(digits)]
        if len(found) > 1:
            raise AmbiguousIdError(text)
        return found[0] if found else None
