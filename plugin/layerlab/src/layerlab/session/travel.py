"""The methods `import` and `export`: images enter a session as archives and leave it as archives or as files.

Their bytes don't fit into JSON. They stand beside the replies: `Service.deposit` takes them, `Service.take` gives them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from layerlab.archiving import ArchivingError, export_image, unknown_bytes
from layerlab.docker.units import human
from layerlab.filesystem import Bytes, File
from layerlab.filesystem.paths import join
from layerlab.image.image import Image
from layerlab.image.importing import Loaded
from layerlab.image.reference import parse_reference
from layerlab.messages import Messages
from layerlab.session.bench import Bench, Block, terminal_of
from layerlab.session.document import Command, Document, DocumentError, Load, appended, from_json, to_json

FORMS = ("docker", "oci")


@dataclass(frozen=True, slots=True)
class Parcel:
    """Bytes that leave, and the reply that speaks of them."""

    reply: dict[str, Any]
    data: bytes


def importing(document: Document, asked: Mapping[str, Any], images: tuple[Loaded, ...]) -> Document:
    """The document with an archive loaded into a block.

    An image that was saved by its id alone can't be named in `FROM`: a command like any other gives it a name.

    Args:
        document: Before it.
        asked: `block`, `archive` (a digest), `name` (of the file).
        images: Those of the archive.

    Raises:
        DocumentError: For wrong parameters.
    """
    block, name = str(asked.get("block", "")), str(asked.get("name", ""))
    document = appended(document, Load(block, str(asked.get("archive")), name))
    for number, loaded in enumerate([loaded for loaded in images if not loaded.names]):
        document = appended(document, Command(block, f"docker tag {_short(loaded)} {_made_up(name, number)}"))
    return from_json(to_json(document))


def loaded_json(asked: Mapping[str, Any], images: tuple[Loaded, ...]) -> list[dict[str, Any]]:
    """What an archive brought: names, the name to use in `FROM`, layers and their bytes, for every image."""
    found: list[dict[str, Any]] = []
    for loaded in images:
        names = [parse_reference(name).familiar for name in loaded.names]
        sizes = [layer.size.bytes or 0 for layer in loaded.image.layers]
        number = len([one for one in found if not one["names"]])
        found.append({
            "names": names,
            "from": names[0] if names else _made_up(str(asked.get("name", "")), number),
            "id": loaded.image.id,
            "layers": len(sizes),
            "size": sum(sizes),
            "shown": human(sum(sizes)),
        })  # fmt: skip
    return found


def export(bench: Bench, asked: Mapping[str, Any], say: Messages) -> Parcel:
    """The archive of a block's image, or with `path` a file of its terminal; with `check` only whether it can be had.

    Args:
        bench: The state.
        asked: `block`; `form`: `docker` or `oci`; or `path`; `check`.
        say: Sentences.

    Raises:
        DocumentError: `archive.no_image`, `archive.no_file`, and `archive.refused` with the reason.
    """
    state = bench.blocks.get(str(asked.get("block", "")))
    if state is None:
        raise DocumentError("session.block", str(asked.get("block", ""))[:100])
    path = asked.get("path")
    if isinstance(path, str):
        return _file(bench, str(asked.get("block")), path)
    form = asked.get("form", "docker")
    if form not in FORMS:
        raise DocumentError("session.request", str(form)[:20])
    if state.image is None:
        raise DocumentError("archive.no_image")
    name = _name(bench, state, state.image)
    reason = unknown_bytes(state.image, name, say)
    if reason is not None:
        raise DocumentError("archive.refused", reason)
    if asked.get("check"):
        return Parcel({"ok": True, "image": name}, b"")
    try:
        made = export_image(bench.host, name, form, say)
    except ArchivingError as error:
        raise DocumentError("archive.refused", str(error)) from error
    reply = {"ok": True, "image": name, "file": f"{_plain(name)}.tar", "remarks": list(made.remarks)}
    return Parcel(reply, made.data)


def _name(bench: Bench, state: Block, image: Image) -> str:
    """The block's image by its tag, where that is still its name; else by id."""
    found = bench.host.images.find(state.tag) if state.tag else None
    return state.tag if state.tag and found is not None and found.id == image.id else image.id


def _file(bench: Bench, block: str, path: str) -> Parcel:
    terminal = terminal_of(bench, block)
    node = terminal.files.lookup(join(terminal.cwd, path))
    if not isinstance(node, File) or not isinstance(node.content, Bytes):
        raise DocumentError("archive.no_file", path[:200])
    return Parcel({"ok": True, "file": path.rpartition("/")[2], "remarks": []}, node.content.data)


def _short(loaded: Loaded) -> str:
    return loaded.image.id.removeprefix("sha256:")[:12]


def _made_up(file: str, number: int) -> str:
    """A name for an image without one, after its file: `my-app:loaded`."""
    stem = re.sub(r"(\.(tar|tgz|tbz2?|txz|gz|bz2|xz))+$", "", file.lower())
    return f"{_plain(stem)}:loaded" + (f"-{number + 1}" if number else "")


def _plain(name: str) -> str:
    """Letters, digits and single hyphens of a name; `image` if none is left."""
    return "-".join(re.findall(r"[a-z0-9]+", name.lower().removeprefix("sha256:")))[:60].strip("-") or "image"
