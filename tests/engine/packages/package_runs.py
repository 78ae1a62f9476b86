"""Runs commands on catalogue images, for the tests of package managers."""

from __future__ import annotations

from dataclasses import dataclass

from layerlab.catalogue import Catalogue
from layerlab.catalogue.files import load
from layerlab.catalogue.packages import PackageFacts
from layerlab.filesystem import Bytes, Change, Editor, File, Tree
from layerlab.filesystem.diff import written_layer
from layerlab.filesystem.layer import Size
from layerlab.filesystem.sizes import walk_size
from layerlab.shell.model import Outcome, User
from layerlab.shell.run import run

NOW = 1_796_000_000 * 10**9
DAY = 86_400 * 10**9
CATALOGUE = Catalogue(load)
FACTS = PackageFacts(CATALOGUE.data)


@dataclass(frozen=True, slots=True)
class Ran:
    """What one RUN did."""

    outcome: Outcome
    change: Change

    @property
    def code(self) -> int:
        return self.outcome.exit_code

    @property
    def out(self) -> str:
        return b"".join(chunk.data for chunk in self.outcome.output if chunk.fd == 1).decode()

    @property
    def err(self) -> str:
        return b"".join(chunk.data for chunk in self.outcome.output if chunk.fd == 2).decode()

    @property
    def keys(self) -> set[str]:
        return {note.key for note in self.outcome.notes}

    @property
    def tree(self) -> Tree:
        return self.change.after

    @property
    def size(self) -> Size:
        return walk_size(written_layer(self.change))

    def text(self, path: str) -> str:
        node = self.tree.lookup(path)
        assert isinstance(node, File)
        assert isinstance(node.content, Bytes)
        return node.content.data.decode()


def on(
    reference: str,
    script: str,
    *,
    files: dict[str, str] | None = None,
    cwd: str = "/",
    env: dict[str, str] | None = None,
    tree: Tree | None = None,
    now: int = NOW,
    user: int = 0,
    stdin: bytes = b"",
    network: str = "default",
) -> Ran:
    """`RUN script` on an image, files of the context already in place."""
    image = CATALOGUE.resolve(reference).image
    prepared = Editor(tree or image.tree, now)
    prepared.makedirs(cwd)
    for path, text in (files or {}).items():
        prepared.makedirs(path.rpartition("/")[0] or "/")
        prepared.write(path, Bytes(text.encode()))
    editor = Editor(prepared.finish().after, now)
    variables = dict(pair.split("=", 1) for pair in image.config.env) | {"HOME": "/root"} | (env or {})
    outcome = run(
        editor,
        ["/bin/sh", "-c", script],
        env=variables,
        cwd=cwd,
        user=User(user, user),
        stdin=stdin,
        network=network,
        facts=FACTS,
    )
    return Ran(outcome, editor.finish())
