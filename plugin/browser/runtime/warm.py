"""Runs inside Pyodide before the snapshot: import all of the engine and use it, so that nothing is left to load.

Whatever is not imported here does not exist in the browser when it starts from the snapshot: the files are gone,
only the memory stays.
"""

import gc
import importlib
import json
import pkgutil
import sys

import layerlab

EDGES = {"layerlab.cli", "layerlab.__main__"}
"""The command line reads files and arguments; no page calls it."""

for module in pkgutil.walk_packages(layerlab.__path__, "layerlab."):
    if module.name not in EDGES and not module.name.startswith("layerlab.cli."):
        importlib.import_module(module.name)


def warm() -> None:
    """Run requests on a service of their own, whose memory is let go."""
    from layerlab.session import Service

    service = Service()
    for request in json.loads(WARM_REQUESTS):
        reply = json.loads(service.handle(json.dumps(request)))
        for _ in range(16):
            names = reply.get("needs")
            if not names:
                break
            for name in names:
                service.supply(name, load_data(name))
            reply = json.loads(service.handle(json.dumps(request)))
        if not reply.get("ok"):
            raise SystemExit(f"The engine refused a warming request: {json.dumps(reply)[:600]}")


def load_data(name: str) -> str:
    """A file of the catalogue from the build machine; contexts are empty."""
    from layerlab.catalogue.files import FOLDERS

    folder, _, stem = name.partition("@")[0].rpartition("/")
    if folder == "context":
        return '{"entries": {}}'
    with open(f"/data/{FOLDERS.get(folder, folder)}/{stem}.json" if folder else f"/data/{stem}.json", encoding="utf-8") as file:
        return file.read()


warm()
from layerlab.session import Service

service = Service()
catalogue = service._builder.catalogue.data
for name in ("index", "recipes", "packages/commands"):  # of nearly every build: here they are read already
    service.supply(catalogue.full_name(name), load_data(name))
    catalogue.get(name)
handle = service.handle
supply = service.supply
lose = service.lose
take = service.take


def deposit(data) -> str:  # noqa: ANN001 - a buffer of JavaScript's
    """Bytes of JavaScript's as Python's own."""
    return service.deposit(data.to_bytes())


del warm, load_data, module, name, catalogue, WARM_REQUESTS

import linecache
import re
import zipimport

sys.path_importer_cache.clear()
zipimport._zip_directory_cache.clear()
linecache.clearcache()
re.purge()
gc.collect()
# What is here stays, and an edit leaves no circles behind: the collector looks at what is new, and seldom.
gc.freeze()
gc.set_threshold(100_000)
