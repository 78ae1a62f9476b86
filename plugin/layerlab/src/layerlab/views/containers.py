"""Containers side by side: what each wrote into its own layer, and what that does to the image's layers below."""

from __future__ import annotations

from layerlab.container.changes import FileChange, changes
from layerlab.container.container import Container
from layerlab.docker.containerfacts import image_text, status_text, writable_size
from layerlab.docker.units import human
from layerlab.filesystem import BULK_NAME, File, Tree, size_of
from layerlab.filesystem.node import Directory
from layerlab.html import Element, element
from layerlab.image.reference import parse_reference
from layerlab.views.scene import Row, Scene, rows_of, size_mark

MAX_CHANGES = 40
"""Lines of `docker diff` shown of one container."""

FALLBACK = ("/etc/hostname", "/etc/passwd", "/etc/os-release")
"""Files of a base image that a reader may try to change, where the image itself adds none."""


def containers(scene: Scene) -> Element:
    """Every container of the host, each with its own layer."""
    say, image = scene.say, scene.image
    if image is None:
        return element("p", say("view.nothing"))
    found = scene.host.containers
    origins = _Origins(rows_of(scene))
    key = "containers.summary" if found else "containers.none"
    return element(
        "div",
        element("p", say(key, count=len(found)), class_="ll-summary"),
        element("ul", [_item(container, origins, scene) for container in found], class_="ll-containers")
        if found
        else None,
        element("p", say("containers.shared"), class_="ll-note") if found else None,
        data_image=_name(scene, image.id),
        data_sample=_sample(scene, image.tree),
    )


def _name(scene: Scene, identifier: str) -> str:
    """What to call the image in a command: its name, or else its short id."""
    names = scene.host.images.names(identifier)
    if not names:
        return identifier.removeprefix("sha256:")[:12]
    return parse_reference(names[-1]).familiar.removesuffix(":latest")


class _Origins:
    """Which row of the history a path comes from: the uppermost layer that has it."""

    def __init__(self, rows: tuple[Row, ...]) -> None:
        self._by_path: dict[str, Row] = {}
        for row in rows:
            if row.layer is not None:
                self._by_path.update((entry.path, row) for entry in row.layer.layer.entries)

    def of(self, path: str) -> Row | None:
        """None where no layer names the path."""
        return self._by_path.get(path)


def _item(container: Container, origins: _Origins, scene: Scene) -> Element:
    say = scene.say
    image = scene.image
    own = image is not None and container.image == image.id
    found = [change for change in changes(container.base, container.tree) if not _is_way(change, container)]
    size = writable_size(container, scene.host.personality.store)
    return element(
        "li",
        element("strong", container.name),
        element("span", status_text(container, scene.host.now), class_="ll-state"),
        element("span", size_mark(size, say), class_="ll-size"),
        element("p", say("containers.of", image=image_text(scene.host, container)), class_="ll-note")
        if own
        else element("p", say("containers.of_other", image=image_text(scene.host, container)), class_="ll-note"),
        element("ul", [_change(one, container, origins if own else None, scene) for one in found[:MAX_CHANGES]])
        if found
        else element("p", say("blocks.stack.untouched"), class_="ll-note"),
        element("p", say("files.more", count=len(found) - MAX_CHANGES)) if len(found) > MAX_CHANGES else None,
        class_="ll-container ll-is-running" if container.is_running else "ll-container",
        data_container=container.name,
        data_refs=f"c{container.id[:12]}",
    )


def _is_way(change: FileChange, container: Container) -> bool:
    """Whether a line stands only for what changed below it: directories on the way."""
    return change.kind == "C" and isinstance(container.tree.lookup(change.path, follow=False), Directory)


def _change(change: FileChange, container: Container, origins: _Origins | None, scene: Scene) -> Element:
    """One line of `docker diff`, and what it means for the layers."""
    say = scene.say
    row = origins.of(change.path) if origins is not None and change.kind != "A" else None
    line = row.step.lines[0] if row is not None and row.step is not None and row.step.lines else None
    size = _bytes(container.tree if change.kind != "D" else container.base, change.path)
    where = say("containers.line", line=line) if line else say("containers.below")
    meaning = {
        "A": say("containers.added"),
        "C": say("containers.copied_up", where=where),
        "D": say("containers.hidden", where=where),
    }[change.kind]
    return element(
        "li",
        element("abbr", change.kind, title=say(KINDS[change.kind]), class_="ll-change"),
        element("code", change.path),
        element("span", human(size), class_="ll-size") if size is not None else None,
        element("span", meaning, class_="ll-reason"),
        class_=f"ll-diff-{change.kind.lower()}",
        data_refs=row.refs if row is not None else None,
    )


KINDS = {"A": "files.added", "C": "files.changed", "D": "files.removed"}


def _bytes(tree: Tree, path: str) -> int | None:
    node = tree.lookup(path, follow=False)
    return size_of(node.content) if isinstance(node, File) else None


def _sample(scene: Scene, tree: Tree) -> str | None:
    """A file of the image to try copy-up on: one that the image itself adds before one of the base."""
    own = [
        entry.path
        for row in reversed(rows_of(scene))
        if row.step is not None and row.layer is not None
        for entry in row.layer.layer.entries
        if entry.kind == "file" and not entry.path.endswith(BULK_NAME)
    ]
    return next((path for path in [*own, *FALLBACK] if isinstance(tree.lookup(path, follow=False), File)), None)
