"""Platform specifiers such as `linux/arm64/v8`, as containerd reads and normalises them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from layerlab.dockerfile.gotext import quote

_COMPONENT = re.compile(r"[A-Za-z0-9_.-]+")
_PATTERN = "^[A-Za-z0-9_.-]+$"
_SYSTEMS = frozenset({
    *("aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "nacl", "netbsd"),
    *("openbsd", "plan9", "solaris", "windows", "zos"),
})
_MACHINES = frozenset({
    *("386", "amd64", "amd64p32", "arm", "armbe", "arm64", "arm64be", "ppc64", "ppc64le", "loong64", "mips", "mipsle"),
    *("mips64", "mips64le", "mips64p32", "mips64p32le", "ppc", "riscv", "riscv64", "s390", "s390x", "sparc"),
    *("sparc64", "wasm"),
})


class PlatformError(ValueError):
    """A text that is no platform; the message is containerd's."""


@dataclass(frozen=True, slots=True)
class Platform:
    """What images are built for.

    Attributes:
        os: `linux`.
        architecture: `amd64`.
        variant: `v7`, mostly empty.
    """

    os: str
    architecture: str
    variant: str = ""

    @property
    def text(self) -> str:
        """`linux/arm/v7`."""
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


def parse_platform(text: str, host: str = "linux/amd64") -> Platform:
    """Read a specifier (containerd `platforms.Parse`).

    Args:
        text: One to three components.
        host: Platform that fills in what a single component leaves open.

    Raises:
        PlatformError: With containerd's message.
    """
    if "*" in text:
        raise PlatformError(f"{quote(text)}: wildcards not yet supported: invalid argument")
    parts = text.split("/")
    for part in parts:
        if not _COMPONENT.fullmatch(part):
            raise PlatformError(
                f"{quote(part)} is an invalid component of {quote(text)}: "
                f"platform specifier component must match {quote(_PATTERN)}: invalid argument"
            )
    match parts:
        case [one]:
            return _single(one, text, host)
        case [system, machine]:
            architecture, variant = _machine(machine, "")
            if architecture == "arm" and variant == "v7":
                variant = ""
            return Platform(_system(system), architecture, variant)
        case [system, machine, variant]:
            architecture, variant = _machine(machine, variant)
            if architecture == "arm64" and not variant:
                variant = "v8"
            return Platform(_system(system), architecture, variant)
        case _:
            raise PlatformError(f"{quote(text)}: cannot parse platform specifier: invalid argument")


def _single(one: str, text: str, host: str) -> Platform:
    if _system(one) in _SYSTEMS:
        _, architecture, *variant = host.split("/")
        return Platform(_system(one), architecture, variant[0] if variant else "")
    architecture, variant_ = _machine(one, "")
    if architecture in _MACHINES:
        return Platform(host.split("/", maxsplit=1)[0], architecture, "" if variant_ == "v7" else variant_)
    raise PlatformError(f"{quote(text)}: unknown operating system or architecture: invalid argument")


def _system(text: str) -> str:
    return "darwin" if text.lower() == "macos" else text.lower()


def _machine(text: str, variant: str) -> tuple[str, str]:
    architecture, variant = text.lower(), variant.lower()
    match architecture:
        case "i386":
            return "386", ""
        case "x86_64" | "x86-64" | "amd64":
            return "amd64", "" if variant == "v1" else variant
        case "aarch64" | "arm64":
            return "arm64", "" if variant in {"8", "v8", "v8.0"} else variant
        case "armhf":
            return "arm", "v7"
        case "armel":
            return "arm", "v6"
        case "arm":
            return "arm", {"": "v7", "7": "v7", "5": "v5", "6": "v6", "8": "v8"}.get(variant, variant)
        case _:
            return architecture, variant
