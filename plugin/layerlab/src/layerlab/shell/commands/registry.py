"""The table of commands: which function does what a program of a given name does, GNU's or busybox's way.

A command is a function `(Process) -> int`. Adding one is adding a function with `@command` in a
module of this package (or of `shell.packages`) and naming the module in `commands/__init__.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from layerlab.shell.model import Flavour

if TYPE_CHECKING:
    from layerlab.shell.process import Process

Body: TypeAlias = "Callable[[Process], int]"
Entry: TypeAlias = "tuple[tuple[str, ...], frozenset[Flavour], Body]"

BOTH: frozenset[Flavour] = frozenset({"gnu", "busybox"})


def command(*names: str, flavours: Iterable[Flavour] = BOTH) -> Callable[[Body], Body]:
    """Mark a function as what programs of these names do.

    Args:
        names: Base names of programs; `Process.name` says which one was called.
        flavours: For whose versions; a program of another flavour is `unknown`.
    """

    def mark(body: Body) -> Body:
        body.__dict__["entry"] = (names, frozenset(flavours), body)
        return body

    return mark


def collect(*modules: object) -> Mapping[tuple[str, Flavour], Body]:
    """The table of all commands marked in some modules."""
    table: dict[tuple[str, Flavour], Body] = {}
    for module in modules:
        for value in vars(module).values():
            entry: Entry | None = getattr(value, "__dict__", {}).get("entry")
            if entry is None:
                continue
            names, flavours, body = entry
            table.update({(name, flavour): body for name in names for flavour in flavours})
    return table
