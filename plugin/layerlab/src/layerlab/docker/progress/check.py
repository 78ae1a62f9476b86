"""`docker build --check`: the linter's findings with their lines (buildx v0.36)."""

from __future__ import annotations

from collections.abc import Sequence

from layerlab.build.record import Warned
from layerlab.docker.excerpt import excerpt


def check_text(name: str, source: str, warnings: Sequence[Warned], *, failed: bool = False) -> str:
    """What it prints to stdout.

    Args:
        name: The Dockerfile as given with `-f`.
        source: Its text.
        warnings: The findings, in the order of their lines.
        failed: Whether the Dockerfile can't be built at all, which goes to stderr.
    """
    count = len(warnings)
    if not count:
        return "" if failed else "Check complete, no warnings found.\n"
    said = "1 warning has been found!" if count == 1 else f"{count} warnings have been found!"
    text = f"Check complete, {said}\n"
    for warning in sorted(warnings, key=lambda warning: warning.ranges[:1]):
        text += f"\nWARNING: {warning.rule}" + (f" - {warning.url}" if warning.url else "") + f"\n{warning.detail}\n"
        if warning.ranges:
            text += excerpt(name, source, warning.ranges[0][0], warning.ranges[-1][1])
    return text + ("\n" if failed else "")
