"""The client's machine of the terminal: a build context's files, and the usual commands on the path."""

from __future__ import annotations

from layerlab.filesystem import Directory, Editor, Meta, Opaque, Tree
from layerlab.shell.commands import table

SHELLS = ("sh", "bash", "dash")
TOOL = Opaque(1, "0" * 64)
"""A program of which only the name counts."""


def with_tools(context: Tree, home: str, now: int) -> Tree:
    """A tree with the context at a path and a program for every command there is.

    Args:
        context: The context's files.
        home: Where they go.
        now: Time of the tools, nanoseconds since the epoch.
    """
    view = Editor(Tree(Directory(Meta(0o755, mtime=now), {})), now)
    for directory in ("/usr/bin", "/bin", "/tmp", "/etc"):
        view.makedirs(directory, 0o755)
    names = {name for name, flavour in table() if flavour == "gnu"} | set(SHELLS)
    for name in sorted(names):
        view.write(f"/usr/bin/{name}", TOOL, 0o755)
    view.put(home, context.root)
    return view.finish().after
