"""Base images of the catalogue in the forms that plan and build know: facts for the one, an image for the other.

Ids that Docker never gave stay recognisable: a layer's begins with `catalogue:`, an image's with `layerlab:`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from layerlab.build.record import Note
from layerlab.catalogue import (
    BaseImage,
    Catalogue,
    DataNotLoadedError,
    Found,
    LayerFacts,
    NotInCatalogue,
    NotLoaded,
    StandIn,
)
from layerlab.filesystem import Directory
from layerlab.filesystem.layer import Layer, LayerEntry, Size, entry_of
from layerlab.filesystem.sizes import snapshot_size, walk_size
from layerlab.image.image import Image, ImageLayer
from layerlab.image.reference import InvalidReferenceError, parse_reference
from layerlab.memo import Memo
from layerlab.plan.model import BaseFacts, Missing, Resolved

DENIED = (
    "pull access denied, repository does not exist or may require authorization: server message: "
    "insufficient_scope: authorization failed"
)
"""What the registry says of a repository it doesn't have."""

SYNTHETIC_IMAGE = "layerlab:"
ESTIMATES = frozenset({"estimated", "sibling", "rounded"})
"""Bases of a size that make it an estimate for our purposes: the bytes of this very image were not added up."""


class BaseImages:
    """The catalogue and the host's own images, asked through the ports of `plan` and `build`.

    Attributes:
        notes: What has to be said of the images that were asked for, by name: stand-ins and unknown ones.
        used: The catalogue's images that were handed out, by full reference.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        local: Mapping[str, Image] | None = None,
        *,
        classic: bool = False,
        memo: Memo | None = None,
    ) -> None:
        """`local` are images of the host by full reference; they go before the catalogue's.

        With the `classic` store an image that is on the host is taken without asking a registry: no digest is shown.
        `memo` remembers from one build to the next what the catalogue's images are as images of a host.
        """
        self._classic = classic
        self._memo = memo or Memo()
        self._catalogue = catalogue
        self._local = local or {}
        self.notes: dict[str, Note] = {}
        self.used: dict[str, Image] = {}

    def resolve(self, reference: str, platform: str) -> Resolved:  # noqa: ARG002 - one platform is on record
        """For `plan`: what is known of a reference.

        Raises:
            DataNotLoadedError: When data of the catalogue must be supplied first.
        """
        full = full_reference(reference)
        local = self._local.get(full)
        if local is not None:
            digest = "" if self._classic else local.repo_digest or local.id
            return BaseFacts(reference, full, digest, local.id, local.config, local.history, len(local.layers))
        image = self._find(reference)
        if image is None:
            return Missing(DENIED)
        return BaseFacts(
            reference=reference,
            canonical_name=full,
            index_digest=image.index_digest or image.manifest_digest or self._own_digest(image),
            image_id=image.image_id or made_up_id(full),
            config=image.config,
            history=image.history,
            layers=len(image.layers),
        )

    def image(self, reference: str) -> Image:
        """For `build`: the image with its files. Raises `KeyError` for one that `resolve` didn't find."""
        full = full_reference(reference)
        if full in self._local:
            return self._local[full]
        if full not in self.used:
            image = self._find(reference)
            if image is None:
                raise KeyError(reference)
            self.used[full] = self._memo.get((image,), ("image", full), lambda: as_image(image, full))
        return self.used[full]

    def _own_digest(self, image: BaseImage) -> str:
        """Of an image without a registry's digest, such as one of `--bases`: it counts as being on the host."""
        return "" if self._classic else image.image_id or ""

    def _find(self, reference: str) -> BaseImage | None:
        try:
            resolution = self._catalogue.resolve(reference)
        except InvalidReferenceError:
            return None
        match resolution:
            case Found(image):
                return image
            case StandIn(image, asked, stands, note):
                self.notes[asked] = Note(note, (("asked", asked), ("stands", stands)))
                return image
            case NotInCatalogue(asked, known):
                self.notes[asked] = Note("catalogue.missing", (("asked", asked), ("known", ", ".join(known))))
                return None
            case NotLoaded(names):
                raise DataNotLoadedError(*names)


def full_reference(reference: str) -> str:
    """`docker.io/library/ubuntu:20.04` for `ubuntu:20.04`; text that isn't a reference stays as it is."""
    try:
        return parse_reference(reference).tagged().full
    except InvalidReferenceError:
        return reference


def made_up_id(text: str) -> str:
    """An id for what has none on record; it begins unlike any of Docker's."""
    return SYNTHETIC_IMAGE + hashlib.sha256(text.encode()).hexdigest()


def as_image(base: BaseImage, full: str) -> Image:
    """A catalogue image as an image of the host, as pulled."""
    layers: list[ImageLayer] = []
    above = ""
    for facts, created in zip(base.layers, _layer_times(base), strict=False):
        above = _chain(above, facts)
        layers.append(_layer(facts, above, created))
    return Image(
        id=base.image_id or made_up_id(full),
        config=base.config,
        history=base.history,
        layers=tuple(layers),
        tree=base.tree,
        created=base.created,
        synthetic=base.image_id is None,
        config_digest=base.image_id or "",
        repo_digest=base.index_digest or base.manifest_digest,
        compressed=base.compressed_size,
    )


def _layer_times(base: BaseImage) -> list[int | None]:
    return [entry.created for entry in base.history if not entry.empty_layer]


def _chain(above: str, facts: LayerFacts) -> str:
    """OCI's chain id where all ids are recorded; else one that begins with `catalogue:`."""
    key = facts.key
    if not above:
        return key
    digest = hashlib.sha256(f"{above} {key}".encode()).hexdigest()
    real = above.startswith("sha256:") and facts.diff_id is not None
    return f"sha256:{digest}" if real else f"catalogue:{digest}"


def _layer(facts: LayerFacts, chain: str, created: int | None) -> ImageLayer:
    layer = as_layer(facts)
    estimated = facts.size_basis.kind in ESTIMATES
    exact = facts.size_basis.kind == "exact"
    size = walk_size(layer) if exact else Size(facts.size, facts.size or 0, estimated)
    snapshot = snapshot_size(layer) if exact else size
    return ImageLayer(
        layer=layer,
        diff_id=facts.diff_id,
        chain_id=chain,
        size=size,
        snapshot_size=snapshot,
        created=created,
        compressed=facts.compressed_size,
        digest=facts.digest,
    )


def as_layer(facts: LayerFacts) -> Layer:
    """The recorded entries as a layer."""
    seen: dict[int, str] = {}
    entries: list[LayerEntry] = []
    for entry in facts.entries:
        match entry.kind:
            case "whiteout":
                entries.append(LayerEntry(entry.path, "whiteout"))
            case "opaque":
                entries.append(LayerEntry(entry.path, "opaque"))
            case "node" if entry.node is not None:
                node = entry.node
                if isinstance(node, Directory):
                    node = Directory(node.meta, {})
                entries.append(entry_of(entry.path, node, seen))
            case _:
                continue
    return Layer(tuple(entries))
