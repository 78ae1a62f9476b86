"""Reads the catalogue's JSON through a port: the core asks for a name, the edge has the text or hasn't."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

Loader: TypeAlias = Callable[[str], str | None]
"""From a data file's name (`image/ubuntu_20.04@HASH`; `index` has no hash) to its text, None if it isn't there."""

KEPT = 64
"""How many parsed files are remembered."""


class DataNotLoadedError(LookupError):
    """A data file that was needed in the middle of a step isn't there.

    Attributes:
        names: What to supply before the request is repeated.
    """

    def __init__(self, *names: str) -> None:
        super().__init__(", ".join(names))
        self.names = names


class Data:
    """Parsed data files, the last `KEPT` of them remembered."""

    def __init__(self, load: Loader) -> None:
        self._load = load
        self._parsed: OrderedDict[str, Any] = OrderedDict()

    def get(self, name: str) -> Any:
        """A data file by its plain name (`tree/debian-12`).

        Raises:
            DataNotLoadedError: If the text isn't there yet, with the full name to supply.
            KeyError: If the index knows no such file.
        """
        full = self.full_name(name)
        if full in self._parsed:
            self._parsed.move_to_end(full)
            return self._parsed[full]
        text = self._load(full)
        if text is None:
            raise DataNotLoadedError(full)
        parsed = json.loads(text)
        self._parsed[full] = parsed
        while len(self._parsed) > KEPT:
            self._parsed.popitem(last=False)
        return parsed

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """The full names of those files whose text isn't there yet."""
        absent: list[str] = []
        for name in names:
            try:
                self.get(name)
            except DataNotLoadedError as error:
                absent.extend(error.names)
        return tuple(dict.fromkeys(absent))

    def full_name(self, name: str) -> str:
        """The name with the hash of the file's content, which makes it safe to cache anywhere."""
        if name == "index":
            return name
        return f"{name}@{self.get('index')['files'][name]}"
