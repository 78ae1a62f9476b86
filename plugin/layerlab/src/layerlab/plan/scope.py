"""Variables of a build: global ARGs, platform arguments and what a stage's instructions see. Values only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from layerlab.plan.operations import Variables
from layerlab.plan.platforms import Platform

PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"})
"""Arguments that reach RUN without being declared; upper and lower case."""

SCAN_ARGUMENTS = frozenset({"BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"})
"""Arguments that are never variables."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the instructions of a stage see at one point.

    Attributes:
        values: Variables in the order RUN gets them: the one assigned last stands last.
        declared: Names and own values of ARGs so far, in order, repeats included.
        fixed: Names set by ENV, which the legacy builder never lets an ARG override.
    """

    values: Mapping[str, str]
    declared: tuple[tuple[str, str | None], ...] = ()
    fixed: frozenset[str] = frozenset()

    def assign(self, name: str, value: str) -> Scope:
        """With one variable set, which moves it to the end."""
        rest = {key: held for key, held in self.values.items() if key != name}
        rest[name] = value
        return Scope(rest, self.declared, self.fixed)

    def declare(self, name: str, value: str | None) -> Scope:
        """With one ARG declared; a value sets the variable too."""
        scope = self if value is None or name in SCAN_ARGUMENTS else self.assign(name, value)
        return Scope(scope.values, (*scope.declared, (name, value)), scope.fixed)

    @property
    def names_declared(self) -> frozenset[str]:
        """Names of the ARGs declared so far, with or without value."""
        return frozenset(name for name, _ in self.declared)

    @property
    def variables(self) -> Variables:
        """All variables, in order."""
        return tuple(self.values.items())

    def arguments(self) -> Variables:
        """What `|N name=value` shows: each declared ARG once, at its first place, with the value it has now."""
        shown: dict[str, str] = {}
        for name, value in self.declared:
            shown[name] = self.values.get(name, value or "")
        return tuple(shown.items())


def start_scope(parent: Scope | None, env: Iterable[str]) -> Scope:
    """The scope a stage starts with.

    The variables of the image's configuration are set anew, so that an ENV of a parent stage wins over its ARGs.

    Args:
        parent: Of the stage it is `FROM`; None for an image or scratch.
        env: `NAME=value` of the configuration it starts with.
    """
    scope = parent or Scope({})
    values = dict(scope.values)
    for pair in env:
        name, _, value = pair.partition("=")
        values.pop(name, None)
        values[name] = value
    return Scope(values, scope.declared)


def platform_arguments(build: Platform, target: Platform, stage: str, overrides: Mapping[str, str]) -> dict[str, str]:
    """The global arguments that every build has.

    Args:
        build: The builder's own platform.
        target: What is built for.
        stage: Name of the target stage, or `default`.
        overrides: `--build-arg` values, which win.
    """
    values: dict[str, str] = {}
    for head, platform in (("BUILD", build), ("TARGET", target)):
        values |= {
            f"{head}PLATFORM": platform.text,
            f"{head}OS": platform.os,
            f"{head}OSVERSION": "",
            f"{head}ARCH": platform.architecture,
            f"{head}VARIANT": platform.variant,
        }
    values["TARGETSTAGE"] = stage
    return {name: overrides.get(name, value) for name, value in values.items()}


def proxies(build_args: Mapping[str, str]) -> Variables:
    """The proxy variables RUN gets, upper and lower case."""
    found: dict[str, str] = {}
    for name, value in sorted(build_args.items()):
        if name.upper() in PROXIES:
            found.setdefault(name.upper(), value)
            found.setdefault(name.lower(), value)
    return tuple(sorted(found.items()))
