"""The edge that reads the catalogue's data from the installed package."""

from __future__ import annotations

from importlib.resources import files

FOLDERS = {"image": "images", "tree": "trees", "packages": "packages"}


def load(name: str) -> str | None:
    """The text of a data file; None where the package hasn't got it.

    Args:
        name: As `Data` asks: `index`, `recipes@HASH`, `image/ubuntu_20.04@HASH`. The hash isn't compared:
            the files and the index are installed together.
    """
    folder, slash, stem = name.partition("@")[0].rpartition("/")
    place = files(__package__) / "data"
    if slash:
        place /= FOLDERS.get(folder, folder)
    entry = place / f"{stem}.json"
    return entry.read_text(encoding="utf-8") if entry.is_file() else None
