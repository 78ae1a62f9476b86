"""All commands, in one table. A new module is named in `MODULES`; package managers are in `shell.packages`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module

from layerlab.shell.commands.registry import Body, collect
from layerlab.shell.model import Flavour

MODULES = (
    "layerlab.shell.packages.apt",
    "layerlab.shell.packages.dpkg",
    "layerlab.shell.packages.apk",
    "layerlab.shell.packages.pip",
    "layerlab.shell.packages.npm",
    "layerlab.shell.packages.others",
    "layerlab.shell.launch_busybox",
    "layerlab.shell.commands.archives",
    "layerlab.shell.commands.awk",
    "layerlab.shell.commands.compression",
    "layerlab.shell.commands.copying",
    "layerlab.shell.commands.dates",
    "layerlab.shell.commands.dumps",
    "layerlab.shell.commands.echoing",
    "layerlab.shell.commands.finding",
    "layerlab.shell.commands.listing",
    "layerlab.shell.commands.making",
    "layerlab.shell.commands.network",
    "layerlab.shell.commands.ownership",
    "layerlab.shell.commands.printing",
    "layerlab.shell.commands.reading",
    "layerlab.shell.commands.searching",
    "layerlab.shell.commands.sedrun",
    "layerlab.shell.commands.sums",
    "layerlab.shell.commands.system",
    "layerlab.shell.commands.texts",
    "layerlab.shell.commands.users",
    "layerlab.shell.commands.xargs",
)


@lru_cache(maxsize=1)
def table() -> Mapping[tuple[str, Flavour], Body]:
    """What a program of a name and flavour does."""
    return collect(*(import_module(name) for name in MODULES))
