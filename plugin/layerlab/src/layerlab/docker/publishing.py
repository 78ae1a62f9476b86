"""`-p` and `-P`: published ports. Nothing listens on them; they are shown."""

from __future__ import annotations

from layerlab.container.container import Port
from layerlab.docker.flags import Flags
from layerlab.docker.subcommand import Refusal
from layerlab.image.config import ImageConfig

FIRST_FREE = 32768
"""First host port for ports that ask for any."""

LARGEST = 65535


def ports_of(flags: Flags, config: ImageConfig) -> tuple[Port, ...]:
    """The ports a container publishes.

    Raises:
        Refusal: A port that can't be read (exit 125).
    """
    ports: list[Port] = []
    free = FIRST_FREE
    wanted = list(flags.all("publish"))
    if flags.on("publish-all"):
        wanted += list(config.exposed_ports)
    for word in wanted:
        for port in _ports(word):
            if port.host == 0:
                port = Port(port.container, port.protocol, free, port.address)  # noqa: PLW2901
                free += 1
            ports.append(port)
    return tuple(ports)


def _ports(word: str) -> list[Port]:
    spec, _, protocol = word.partition("/")
    protocol = protocol or "tcp"
    if protocol not in {"tcp", "udp", "sctp"}:
        raise _bad(word, f"invalid proto: {protocol}")
    *front, inside = spec.rsplit(":", 2)
    address = front[0].strip("[]") if len(front) == 2 else ""
    outside = front[-1] if front else ""
    first, last = _range(inside, "containerPort", word)
    if not outside:
        return [Port(number, protocol, 0, address) for number in range(first, last + 1)]
    host_first, host_last = _range(outside, "hostPort", word)
    if host_last - host_first != last - first:
        raise _bad(word, f"invalid ranges specified for container and host Ports: {inside} and {outside}")
    return [Port(number, protocol, host_first + number - first, address) for number in range(first, last + 1)]


def _range(text: str, what: str, word: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    last = last if dash else first
    if not (first.isdigit() and last.isdigit()) or not int(first) <= int(last) <= LARGEST:
        if not text:
            raise _bad(word, f"no port specified: {word}<empty>")
        raise _bad(word, f"invalid {what}: {text}")
    return int(first), int(last)


def _bad(word: str, why: str) -> Refusal:
    return Refusal(f'invalid argument "{word}" for "-p, --publish" flag: {why}', 125)
