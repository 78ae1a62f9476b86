"""Which recorded tag stands in for one that isn't recorded: same variant first, then the nearest version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

VERSION = re.compile(r"v?(\d+(?:\.\d+)*)")
SUITES: Mapping[str, tuple[str, str]] = {
    "bullseye": ("debian", "11"),
    "bookworm": ("debian", "12"),
    "trixie": ("debian", "13"),
    "focal": ("ubuntu", "20.04"),
    "jammy": ("ubuntu", "22.04"),
    "noble": ("ubuntu", "24.04"),
}
"""Releases that tags name, and what systems the recipes have for them."""

CODENAMES: Mapping[str, tuple[int, ...]] = {
    "stretch": (9,),
    "buster": (10,),
    "bullseye": (11,),
    "bookworm": (12,),
    "trixie": (13,),
    "xenial": (16, 4),
    "bionic": (18, 4),
    "focal": (20, 4),
    "jammy": (22, 4),
    "noble": (24, 4),
}
"""Versions of releases whose name alone is a tag."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a tag says.

    Attributes:
        version: Numbers of its first part; empty for `latest` and other words.
        variant: `alpine`, `slim` or `full`.
        suite: A release named in it, or None.
    """

    version: tuple[int, ...]
    variant: str
    suite: str | None


def read_tag(tag: str) -> Wanted:
    """What a tag says of version, variant and release."""
    words = tag.partition("@")[0].split("-")
    found = VERSION.fullmatch(words[0])
    version = tuple(int(part) for part in found[1].split(".")) if found else CODENAMES.get(words[0], ())
    variant = "full"
    suite = None
    for word in words:
        if word.startswith("alpine"):
            variant = "alpine"
        elif word == "slim":
            variant = "slim"
        elif word in SUITES:
            suite = word
    return Wanted(version, variant, suite)


def nearest(tag: str, recorded: Iterable[str], *, versions: bool = True) -> str:
    """The recorded tag that stands in for a tag.

    Snapshots (`@`) come last. Among equal variants the one that agrees in the most leading numbers wins,
    then the smallest distance in the first that differs, then the newer; a tag without a version takes the newest.

    Args:
        tag: The one asked for.
        recorded: At least one.
        versions: Whether the tag's version means anything among them; not for another repository's tags.
    """
    wanted = read_tag(tag) if versions else replace(read_tag(tag), version=())

    def rank(candidate: str) -> tuple[object, ...]:
        have = read_tag(candidate)
        same = _agreeing(wanted.version, have.version)
        distance = _distance(wanted.version, have.version, same)
        newer = tuple(-number for number in have.version)
        return ("@" in candidate, have.variant != wanted.variant, -same, distance, newer, candidate)

    return min(recorded, key=rank)


def other_system(tag: str, stands: str, systems: Mapping[str, Any], usual: str) -> str | None:
    """Another distribution than the stand-in's own, where the tag asked for names one.

    Args:
        tag: The one asked for.
        stands: The tag that stands in.
        systems: All systems of the recipes.
        usual: The stand-in's system.

    Returns:
        The name of a system, or None to keep the usual one.
    """
    wanted, have = read_tag(tag), read_tag(stands)
    if wanted.variant == "alpine":
        return None if usual == "alpine" else "alpine"
    if wanted.suite:
        family, release = SUITES[wanted.suite]
        slim = "-slim" if wanted.variant == "slim" or usual.endswith("-slim") else ""
        name = f"{family}-{release}" + (slim if family == "debian" else "")
        return name if name in systems and name != usual else None
    if have.variant == "alpine":
        return "debian-12-slim" if wanted.variant == "slim" else "debian-12"
    return None


def _agreeing(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _distance(wanted: tuple[int, ...], have: tuple[int, ...], same: int) -> int:
    if not wanted or len(wanted) <= same or len(have) <= same:
        return 0
    return abs(wanted[same] - have[same])
