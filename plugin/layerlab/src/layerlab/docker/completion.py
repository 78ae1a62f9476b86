"""Completion in the terminal: commands, subcommands, flags, images, containers, volumes and paths."""

from __future__ import annotations

from dataclasses import dataclass

from layerlab.docker.imagefacts import names_of
from layerlab.docker.registry import BY_NAME, GROUPS
from layerlab.docker.terminal import Terminal
from layerlab.filesystem import BULK_NAME, Directory
from layerlab.filesystem.paths import join
from layerlab.host import Host
from layerlab.shell.commands import table

IMAGE_WORDS = ("IMAGE", "REPOSITORY", "NAME|ID")
CONTAINER_WORDS = ("CONTAINER", "NAME|ID")
OWN = ("cd", "docker", "edit", "exit", "export", "history")
MOST = 100


@dataclass(frozen=True, slots=True)
class Completion:
    """What may stand at the end of a line.

    Attributes:
        start: Where the word begins that would be replaced.
        candidates: Whole words, sorted.
    """

    start: int
    candidates: tuple[str, ...]


def complete(terminal: Terminal, host: Host, text: str, offset: int) -> Completion:
    """The ways to go on.

    Args:
        terminal: Its files.
        host: Its images, containers and volumes.
        text: The line.
        offset: Where the cursor is.
    """
    before = text[:offset]
    part = max(before.rfind(sign) for sign in ("|", ";", "&", "("))
    command = before[part + 1 :]
    word = "" if not command or command[-1].isspace() else command.split()[-1]
    earlier = command[: len(command) - len(word)].split()
    if not earlier:
        found = {name for name, _ in table()} | set(OWN)
    elif earlier[0] == "docker":
        found = _docker(terminal, host, earlier[1:], word)
    else:
        found = _paths(terminal, word)
    fitting = sorted(name for name in found if name.startswith(word))
    return Completion(offset - len(word), tuple(fitting[:MOST]))


def _docker(terminal: Terminal, host: Host, earlier: list[str], word: str) -> set[str]:
    name = " ".join(earlier[:2]) if earlier[:1] and earlier[0] in GROUPS else " ".join(earlier[:1])
    chosen = BY_NAME.get(name)
    if chosen is None:
        prefix = f"{earlier[0]} " if earlier and earlier[0] in GROUPS else ""
        names = {known.removeprefix(prefix) for known in BY_NAME if known.startswith(prefix)}
        return {known for known in names if " " not in known} | (set() if prefix else set(GROUPS))
    if word.startswith("-"):
        return {f"--{flag.name}" for flag in chosen.flags}
    found: set[str] = set()
    if any(mark in chosen.arguments for mark in IMAGE_WORDS):
        found |= {
            f"{repository}:{tag}" for image in host.images.images.values() for repository, tag in names_of(host, image)
        }
    if any(mark in chosen.arguments for mark in CONTAINER_WORDS):
        found |= {container.name for container in host.containers}
    if "VOLUME" in chosen.arguments:
        found |= set(host.volumes)
    return found or _paths(terminal, word)


def _paths(terminal: Terminal, word: str) -> set[str]:
    folder, slash, _ = word.rpartition("/")
    node = terminal.files.lookup(join(terminal.cwd, folder + slash) if folder or slash else terminal.cwd)
    if not isinstance(node, Directory):
        return set()
    return {
        folder + slash + name + ("/" if isinstance(entry, Directory) else "")
        for name, entry in node.entries.items()
        if name != BULK_NAME
    }
