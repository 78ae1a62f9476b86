"""Ids and names of new things: made from the host's counter, so that equal sessions have equal ids."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from layerlab.docker.names import ADJECTIVES, SURNAMES
from layerlab.host import Host


def new_id(host: Host, *facts: str) -> tuple[Host, str]:
    """The host with its counter moved on, and 64 hex digits.

    Args:
        host: Its counter goes in.
        facts: What the id is of.
    """
    text = "\0".join(("layerlab", str(host.counter), *facts))
    return replace(host, counter=host.counter + 1), hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def container_name(host: Host, identity: str) -> str:
    """A name such as `quiet_turing` that no container has yet."""
    taken = {container.name for container in host.containers}
    start = int(identity[:8], 16)
    for step in range(len(ADJECTIVES) * len(SURNAMES)):
        place = start + step
        name = f"{ADJECTIVES[place % len(ADJECTIVES)]}_{SURNAMES[place // len(ADJECTIVES) % len(SURNAMES)]}"
        if name not in taken:
            return name
    return f"{ADJECTIVES[0]}_{SURNAMES[0]}{start}"
