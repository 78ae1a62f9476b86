"""Which base image a reference means: a supplied one, a recorded one, one that stands in, or none."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from layerlab.catalogue.data import Data, DataNotLoadedError, Loader
from layerlab.catalogue.draft import Draft
from layerlab.catalogue.facts import (
    SYNTHETIC_PREFIX,
    UNKNOWN_SIZE,
    BaseImage,
    Found,
    LayerFacts,
    LayerId,
    NotInCatalogue,
    NotLoaded,
    Provenance,
    RecordedId,
    Resolution,
    SizeBasis,
    StandIn,
    SyntheticId,
)
from layerlab.catalogue.names import familiar, split
from layerlab.catalogue.recipes import (
    Recipe,
    Row,
    add_first_layer,
    add_layer,
    add_words,
    families,
    recipe_for,
    release_of,
    system_names,
)
from layerlab.catalogue.standins import nearest, other_system, read_tag
from layerlab.image.config import environment, parse_history, parse_run_config
from layerlab.image.gojson import from_rfc3339

KEPT = 24
"""How many built images are remembered."""


class Catalogue:
    """Base images by reference. Answers are the same whenever the data is the same.

    Attributes:
        data: The recorded facts, also those of packages.
        bases: Supplied images by familiar reference; they go before recorded ones.
        declared: Familiar reference of a private image → reference of the one it behaves like.
    """

    def __init__(
        self, load: Loader, *, bases: Mapping[str, BaseImage] | None = None, declared: Mapping[str, str] | None = None
    ) -> None:
        self.data = Data(load)
        self.bases: Mapping[str, BaseImage] = bases or {}
        self.declared: Mapping[str, str] = declared or {}
        self._load = load
        self._built: OrderedDict[tuple[str, ...], BaseImage] = OrderedDict()

    def declaring(self, declared: Mapping[str, str]) -> Catalogue:
        """The same catalogue with further declarations (`declared_bases`)."""
        if not declared:
            return self
        other = Catalogue(self._load, bases=self.bases, declared={**self.declared, **declared})
        other.data, other._built = self.data, self._built
        return other

    def resolve(self, reference: str) -> Resolution:
        """The image a `FROM` means.

        Args:
            reference: As written, variables expanded; `ubuntu:20.04@2022-12` asks for an older snapshot.

        Raises:
            InvalidReferenceError: With Docker's message.
        """
        asked = familiar(reference)
        supplied = self.bases.get(asked)
        if supplied is not None:
            return Found(supplied)
        try:
            return self._recorded(asked, self.declared.get(asked))
        except DataNotLoadedError as error:
            return NotLoaded(error.names)

    def repositories(self) -> tuple[str, ...]:
        """The recorded repositories, sorted. Raises `DataNotLoadedError` if the index isn't there."""
        return tuple(sorted(name for name, entry in self.data.get("index")["repositories"].items() if entry["tags"]))

    def tags(self, repository: str) -> tuple[str, ...]:
        """The recorded tags of a repository, snapshots included, aliases not; empty for an unknown one."""
        entry = self.data.get("index")["repositories"].get(repository)
        return tuple(entry["tags"]) if entry else ()

    def _recorded(self, asked: str, declared: str | None) -> Resolution:
        self._require("index", "recipes")
        repository, tag, digest = split(declared or asked)
        recipes = self.data.get("recipes")
        for family in families(recipes, repository):
            entry = self.data.get("index")["repositories"].get(family)
            if not entry or not entry["tags"]:
                continue
            exact = _exact_tag(entry, tag, digest) if family == repository else None
            if exact is not None and declared is None:
                return Found(self._image(family, exact, None, reference=asked))
            return self._stand_in(
                asked, declared, family, entry, exact or nearest(tag, entry["tags"], versions=family == repository)
            )
        known = tuple(sorted({*self.repositories(), *(name.rpartition(":")[0] for name in self.bases)}))
        return NotInCatalogue(asked, known)

    def _stand_in(
        self, asked: str, declared: str | None, family: str, entry: Mapping[str, Any], stands: str
    ) -> StandIn:
        recipes = self.data.get("recipes")
        tag = split(declared or asked)[1]
        usual = system_names(recipes, f"{family}:{stands}")
        system = None if tag in entry["aliases"] else other_system(tag, stands, recipes["systems"], usual)
        image = self._image(family, stands, system, reference=asked, words=split(declared or asked)[:2])
        if declared is not None:
            note = "catalogue.declared"
        elif family != split(asked)[0]:
            note = "catalogue.standin.family"
        elif system is not None or read_tag(tag).variant != read_tag(stands).variant:
            note = "catalogue.standin.variant"
        else:
            note = "catalogue.standin"
        return StandIn(image, asked, f"{family}:{stands}", note)

    def _image(
        self,
        repository: str,
        tag: str,
        system: str | None,
        *,
        reference: str,
        words: tuple[str, str] | None = None,
    ) -> BaseImage:
        key = (repository, tag, system or "", reference, *(words or ()))
        if key in self._built:
            self._built.move_to_end(key)
            return self._built[key]
        name = f"image/{self.data.get('index')['repositories'][repository]['tags'][tag]}"
        recipe = recipe_for(self.data.get("recipes"), f"{repository}:{tag}", system)
        self._require(name, *recipe.needs, *(("packages/commands",) if words else ()))
        image = build(self.data.get(name), recipe, self.data, reference, words)
        if words is not None:
            image = _anonymous(image, reference)
        self._built[key] = image
        while len(self._built) > KEPT:
            self._built.popitem(last=False)
        return image

    def _require(self, *names: str) -> None:
        missing = self.data.missing(names)
        if missing:
            raise DataNotLoadedError(*missing)


def build(
    record: Mapping[str, Any], recipe: Recipe, data: Data, reference: str, words: tuple[str, str] | None = None
) -> BaseImage:
    """An image from its record and recipe.

    Args:
        record: The image's data file.
        recipe: How its tree is made.
        data: For the tree and the packages' commands.
        reference: Its name.
        words: Of a stand-in the repository and tag asked for, whose words may add commands.
    """
    created = from_rfc3339(record["created"]) if record["created"] else None
    config = parse_run_config(record["config"], architecture="amd64", os="linux")
    history = parse_history(record["history"])
    draft = Draft(created or 0)
    layers: list[LayerFacts] = []
    for position, row in enumerate(record["history"]):
        if row.get("empty_layer"):
            continue
        size, basis = _size(row["size"])
        draft.mtime = history[position].created or created or 0
        if layers:
            add_layer(draft, recipe, data, Row(row["created_by"], size, environment(config)))
        else:
            release = release_of(row["created_by"], record["release"], recipe.system)
            add_first_layer(draft, recipe, data, release, size)
        name = f"{record['repository']}:{record['tag']}#{position}"
        layers.append(
            LayerFacts(_layer_id(row, name), row.get("digest"), size, basis, row.get("compressed_size"), draft.layer())
        )
    if words is not None:
        env = add_words(draft, recipe, data, words)
        config = replace(config, env=_with_env(config.env, env))
        layers[-1] = replace(layers[-1], entries=(*layers[-1].entries, *draft.layer()))
    size, basis = _size(record["size"])
    return BaseImage(
        reference=reference,
        created=created,
        config=config,
        history=history,
        cut=frozenset(position for position, row in enumerate(record["history"]) if row.get("cut")),
        layers=tuple(layers),
        tree=draft.tree(),
        exact_tree=False,
        tree_basis=data.get(f"tree/{recipe.system['tree']}")["basis"] if "tree" in recipe.system else "",
        image_id=record["image_id"],
        manifest_digest=record["manifest_digest"],
        index_digest=record["index_digest"],
        size=size,
        size_basis=basis,
        compressed_size=record["compressed_size"],
        provenance=_provenance(record["provenance"]),
        family=recipe.system["family"],
        facts=tuple(recipe.system["facts"]),
    )


def _with_env(env: tuple[str, ...], more: list[str]) -> tuple[str, ...]:
    names = {pair.partition("=")[0] for pair in more}
    return (*(pair for pair in env if pair.partition("=")[0] not in names), *more)


def _exact_tag(entry: Mapping[str, Any], tag: str, digest: str | None) -> str | None:
    """The recorded tag that a tag or digest means, or None. A digest that isn't recorded means no tag at all."""
    if digest is not None:
        found: str | None = entry["digests"].get(digest)
        return found
    named = tag if tag in entry["tags"] else entry["aliases"].get(tag)
    return named if named in entry["tags"] else None


def _anonymous(image: BaseImage, asked: str) -> BaseImage:
    """The image under another name, without what is true of the original alone: sizes, ids, digests, times stay out."""
    layers = tuple(
        replace(
            layer,
            id=SyntheticId(_synthetic(f"stand-in {asked}#{number}")),
            digest=None,
            size=layer.size if layer.size == 0 else None,
            size_basis=layer.size_basis if layer.size == 0 else UNKNOWN_SIZE,
            compressed_size=None,
        )
        for number, layer in enumerate(image.layers)
    )
    return replace(
        image,
        reference=asked,
        layers=layers,
        image_id=None,
        manifest_digest=None,
        index_digest=None,
        size=None,
        size_basis=UNKNOWN_SIZE,
        compressed_size=None,
    )


def _size(record: Mapping[str, Any]) -> tuple[int | None, SizeBasis]:
    return record["bytes"], SizeBasis(record["kind"], record["text"])


def _layer_id(row: Mapping[str, Any], name: str) -> LayerId:
    if row.get("diff_id"):
        return RecordedId(row["diff_id"])
    if row.get("digest"):
        return SyntheticId(SYNTHETIC_PREFIX + row["digest"].removeprefix("sha256:"))
    return SyntheticId(_synthetic(name))


def _synthetic(name: str) -> str:
    return SYNTHETIC_PREFIX + hashlib.sha256(name.encode()).hexdigest()


def _provenance(record: Mapping[str, Any]) -> Provenance:
    return Provenance(record["source"], record["file"], record["commit"], record["snapshot"], tuple(record["notes"]))
