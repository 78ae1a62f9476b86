"""How a recorded image becomes a tree: its distribution's system, then what each layer's row is known to add.

The recipes themselves are data (`data/recipes.json`): patterns on names and rows, paths, links, users.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from layerlab.catalogue.data import Data
from layerlab.catalogue.draft import Draft
from layerlab.catalogue.trees import NAMES_ONLY, REST, add_command, add_system, known_bytes
from layerlab.filesystem import Bytes, Content, Directory, Estimated, File, Meta, Symlink, Unknown

ALPINE_ROW = re.compile(r"alpine-minirootfs-(\d+\.\d+\.\d+)-")
PLACEHOLDER = re.compile(r"\{([A-Z_]+)\}")
SOLE = "catalogue.tree.sole"
SPARE_PLACES = ("/usr/lib", "/usr/include", "/usr/libexec", "/usr/src", "/usr/games", "/var/lib", "/opt")
"""Where the rest of a layer is booked when an earlier layer has booked its own in the same directory."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a layer's row says.

    Attributes:
        text: As recorded.
        size: Of the layer in bytes, or None.
        env: The image's variables, for `{NAME}` in recipes.
    """

    text: str
    size: int | None
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is known of building one image's tree.

    Attributes:
        system: The distribution's part of `recipes.json`.
        layers: (pattern on the row's text, additions), tried in order.
    """

    system: Mapping[str, Any]
    layers: tuple[tuple[re.Pattern[str], Mapping[str, Any]], ...]

    @property
    def needs(self) -> tuple[str, ...]:
        """Plain names of the data files the tree is made from."""
        tree = self.system.get("tree")
        commands = any("packages" in additions for _, additions in self.layers)
        return ((f"tree/{tree}",) if tree else ()) + (("packages/commands",) if commands else ())


def recipe_for(recipes: Mapping[str, Any], name: str, system: str | None = None) -> Recipe:
    """The recipe of an image.

    Args:
        recipes: The parsed data file.
        name: `repository:tag`.
        system: Another distribution than the recipe's own.

    Raises:
        KeyError: If there is none.
    """
    for pattern, recipe in recipes["images"]:
        if re.fullmatch(pattern, name):
            layers = tuple((re.compile(row), additions) for row, additions in recipe.get("layers", ()))
            return Recipe(recipes["systems"][system or recipe["system"]], layers)
    raise KeyError(name)


def system_names(recipes: Mapping[str, Any], name: str) -> str:
    """The distribution an image's recipe names. Raises `KeyError` if there is no recipe."""
    for pattern, recipe in recipes["images"]:
        if re.fullmatch(pattern, name):
            system: str = recipe["system"]
            return system
    raise KeyError(name)


def add_first_layer(draft: Draft, recipe: Recipe, data: Data, release: str | None, size: int | None) -> None:
    """The first layer: the distribution, and what is missing to the layer's size as one sum."""
    if "sole" in recipe.system:
        _sole(draft, recipe.system["sole"], size)
        return
    add_system(draft, recipe.system, data.get(f"tree/{recipe.system['tree']}"), release)
    _rest(draft, recipe.system.get("rest"), size)


def add_layer(draft: Draft, recipe: Recipe, data: Data, row: Row) -> None:
    """A further layer: what the first matching pattern says, and the rest as one sum."""
    for pattern, additions in recipe.layers:
        if pattern.search(row.text):
            _Additions(draft, data, recipe.system["family"], row).make(additions)
            return
    _rest(draft, "/usr/share", row.size)


def add_words(draft: Draft, recipe: Recipe, data: Data, asked: tuple[str, str]) -> list[str]:
    """What words of a stand-in's own tag say that it has besides: `jdk` → the compiler, `apache` → its tools.

    Args:
        draft: Goes on from the last layer.
        recipe: Of the image that stands in.
        data: For the words and the packages' commands.
        asked: Repository and tag asked for; the word `""` is in every tag.

    Returns:
        Environment variables that belong to it, `NAME=value`.
    """
    repository, tag = asked
    env: list[str] = []
    for word, additions in data.get("recipes")["words"].get(repository, {}).items():
        if word in ("", *tag.split("-")):
            _Additions(draft, data, recipe.system["family"], Row("", None, {})).make(additions)
            env.extend(additions.get("env", ()))
    return env


def release_of(row: str, recorded: str | None, system: Mapping[str, Any]) -> str | None:
    """The distribution's release where the system's texts depend on it: from the row's text or the record."""
    if "release" not in system:
        return None
    found = ALPINE_ROW.search(row)
    return found[1] if found else recorded


@dataclass(frozen=True, slots=True)
class _Additions:
    """Makes what a recipe lists for one layer."""

    draft: Draft
    data: Data
    family: str
    row: Row

    def make(self, additions: Mapping[str, Any]) -> None:
        """All of it, the rest of the layer's size last."""
        draft = self.draft
        if "sole" in additions:
            _sole(draft, additions["sole"], self.row.size)
            return
        for path, mode, uid, gid in additions.get("folders", ()):
            draft.put(self._filled(path), Directory(Meta(int(mode, 8), uid, gid, draft.mtime), {}))
        for path in additions.get("commands", ()):
            add_command(draft, self._filled(path))
        for path in additions.get("files", ()):
            mode = 0o755 if "/bin/" in path else 0o644
            draft.put(self._filled(path), File(Meta(mode, mtime=draft.mtime), Unknown(NAMES_ONLY)))
        for path, target in additions.get("links", {}).items():
            draft.put(self._filled(path), Symlink(Meta(0o777, mtime=draft.mtime), self._filled(target)))
        for path, text in additions.get("texts", {}).items():
            draft.put(path, File(Meta(0o644, mtime=draft.mtime), Bytes(text.encode())))
        for name in ("passwd", "group"):
            _append(draft, f"/etc/{name}", additions.get(name, ()))
        self._packages(additions.get("packages", ()))
        _rest(draft, self._filled(additions.get("rest", "")), self.row.size)

    def _packages(self, names: list[str]) -> None:
        """Packages a row installs: the package manager's own marks, and their commands by name."""
        if not names:
            return
        if self.family == "alpine":
            _world(self.draft, names)
            return
        table: Mapping[str, str] = self.data.get("packages/commands")["commands"]
        for name in names:
            mark = File(Meta(0o644, mtime=self.draft.mtime), Unknown(NAMES_ONLY))
            self.draft.put(f"/var/lib/dpkg/info/{name}.list", mark)
            for path in table.get(name, "").split():
                if path not in self.draft.nodes:
                    add_command(self.draft, path)

    def _filled(self, text: str) -> str:
        version = self.row.env.get("PYTHON_VERSION", "").split(".")
        variables = {**self.row.env, "PYTHON_MINOR": version[1] if len(version) > 1 else ""}
        return PLACEHOLDER.sub(lambda found: variables.get(found[1], found[1]), text)


def _world(draft: Draft, names: list[str]) -> None:
    node = draft.nodes.get("/etc/apk/world")
    if isinstance(node, File) and isinstance(node.content, Bytes):
        lines = sorted({*node.content.data.decode().split(), *names})
        draft.put("/etc/apk/world", File(node.meta, Bytes(("\n".join(lines) + "\n").encode())))


def _append(draft: Draft, path: str, lines: list[str]) -> None:
    node = draft.nodes.get(path)
    if lines and isinstance(node, File) and isinstance(node.content, Bytes):
        text = "".join(f"{line}\n" for line in lines)
        draft.put(path, File(node.meta, Bytes(node.content.data + text.encode())))


def _sole(draft: Draft, path: str, size: int | None) -> None:
    """The one file of a layer: its length is the layer's."""
    content: Content = Unknown(NAMES_ONLY) if size is None else Estimated(size, SOLE)
    draft.put(path, File(Meta(0o755, mtime=draft.mtime), content))


def _rest(draft: Draft, folder: str | None, size: int | None) -> None:
    """Book what is missing to the layer's size, if anything is."""
    if not folder or size is None:
        return
    missing = size - known_bytes(draft)
    place = next((each for each in (folder, *SPARE_PLACES) if not draft.booked_before(each)), folder)
    if missing > 0:
        draft.bulk(place, missing, REST)


def families(recipes: Mapping[str, Any], repository: str) -> Iterator[str]:
    """The repository itself, then the one whose images stand in for all of its tags."""
    yield repository
    other = recipes.get("families", {}).get(repository)
    if other:
        yield other
