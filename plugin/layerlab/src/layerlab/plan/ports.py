"""EXPOSE's port specifications, as `go-connections/nat` reads them: `[ip:][host:]port[-port][/proto]`."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

PROTOCOLS = frozenset({"tcp", "udp", "sctp"})
LAST_PORT = 65535


class PortError(ValueError):
    """A token that isn't a port specification; the message is Docker's.

    Attributes:
        checked: The tokens of its instruction that were read until then, the bad one included.
    """

    checked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ports:
    """One token of EXPOSE.

    Attributes:
        ports: `80/tcp`, a range expanded.
        has_address: Whether an IP address or a host port is written, which EXPOSE ignores.
    """

    ports: tuple[str, ...]
    has_address: bool


def parse_ports(token: str) -> Ports:
    """Read one token (BuildKit v0.32).

    Args:
        token: As written, after expansion.

    Raises:
        PortError: With BuildKit's message.
    """
    address, host, container = _split(token)
    port, slash, protocol = container.partition("/")
    if not slash or not protocol:
        protocol = "tcp"
    if not port:
        raise PortError(f'invalid port: "{token}": no port specified')
    if protocol.lower() not in PROTOCOLS:
        raise PortError(f'invalid port: "{token}": invalid proto: {protocol}')
    if address and not _is_address(address):
        raise PortError(f"invalid IP address: {address}")
    first, last = _range(port, f"invalid containerPort: {port}")
    if host:
        start, end = _range(host, f"invalid hostPort: {host}")
        if end - start != last - first and first != last:
            raise PortError(f"invalid ranges specified for container and host Ports: {port} and {host}")
    numbers = range(first, last + 1)
    return Ports(tuple(f"{number}/{protocol.lower()}" for number in numbers), bool(address or host))


def _split(token: str) -> tuple[str, str, str]:
    parts = token.split(":")
    match parts:
        case [container]:
            return "", "", container
        case [host, container]:
            return "", host, container
        case _:
            address = ":".join(parts[:-2])
            return address.removeprefix("[").removesuffix("]"), parts[-2], parts[-1]


def _is_address(text: str) -> bool:
    if text in {":", "::"}:
        return True
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _range(text: str, message: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    start = _number(first, message)
    end = _number(last, message) if dash else start
    if end < start:
        raise PortError(message)
    return start, end


def _number(text: str, message: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > LAST_PORT:
        raise PortError(message)
    return int(text)
