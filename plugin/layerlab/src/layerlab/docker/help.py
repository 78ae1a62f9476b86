"""`--help` in our own words: usage, what it does, other names, flags. The words come from `messages`."""

from __future__ import annotations

from layerlab.docker.flags import Flag
from layerlab.docker.registry import GROUPS, SUBCOMMANDS
from layerlab.docker.subcommand import Subcommand
from layerlab.messages import Messages

COMMON = ("run", "exec", "ps", "build", "pull", "push", "images", "history", "version", "info")
"""What the general help lists first."""


def usage_line(chosen: Subcommand, name: str) -> str:
    """`docker image history [OPTIONS] IMAGE`."""
    return f"docker {name} {chosen.arguments}".rstrip()


def root_help(say: Messages) -> str:
    """Help of `docker` itself."""
    text = f"Usage:  docker [OPTIONS] COMMAND\n\n{say('docker.help.root')}\n\n{say('docker.help.common')}\n"
    shown = [(name, say(f"docker.help.{_by_name(name).key}")) for name in COMMON]
    text += _columns(shown)
    text += f"\n{say('docker.help.management')}\n"
    text += _columns([(group, say(f"docker.help.group.{group}")) for group in sorted(GROUPS)])
    text += f"\n{say('docker.help.commands')}\n"
    others = sorted(name for chosen in SUBCOMMANDS for name in chosen.names if " " not in name and name not in COMMON)
    text += _columns([(name, say(f"docker.help.{_by_name(name).key}")) for name in others])
    return text + f"\n{say('docker.help.more')}\n"


def group_help(group: str, say: Messages) -> str:
    """Help of `docker image` and its like."""
    text = f"Usage:  docker {group} COMMAND\n\n{say(f'docker.help.group.{group}')}\n\n{say('docker.help.commands')}\n"
    names = sorted(
        (name.removeprefix(group + " "), chosen)
        for chosen in SUBCOMMANDS
        for name in chosen.names
        if name.startswith(group + " ")
    )
    text += _columns([(name, say(f"docker.help.{chosen.key}")) for name, chosen in names])
    return text + f"\n{say('docker.help.more_of', command=f'docker {group}')}\n"


def subcommand_help(chosen: Subcommand, name: str, say: Messages) -> str:
    """Help of one subcommand."""
    text = f"Usage:  {usage_line(chosen, name)}\n\n{say(f'docker.help.{chosen.key}')}\n"
    if len(chosen.names) > 1:
        aliases = ", ".join(f"docker {other}" for other in chosen.names)
        text += f"\n{say('docker.help.aliases')}\n  {aliases}\n"
    if chosen.flags:
        shown = [
            (_flag(flag), say(f"docker.flag.{flag.name}")) for flag in sorted(chosen.flags, key=lambda flag: flag.name)
        ]
        text += f"\n{say('docker.help.options')}\n" + _columns(shown)
    return text


def _flag(flag: Flag) -> str:
    letter = f"-{flag.short}, " if flag.short else "    "
    return f"{letter}--{flag.name}" + ("" if flag.kind == "bool" else f" {flag.value}")


def _columns(rows: list[tuple[str, str]]) -> str:
    width = max((len(left) for left, _ in rows), default=0)
    return "".join(f"  {left.ljust(width)}   {right}\n" for left, right in rows)


def _by_name(name: str) -> Subcommand:
    return next(chosen for chosen in SUBCOMMANDS if name in chosen.names)
