"""From the words of `docker run` to a container that hasn't started."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from layerlab.container.container import Container
from layerlab.container.surroundings import with_stubs
from layerlab.docker.flags import Flags
from layerlab.docker.ids import container_name, new_id
from layerlab.docker.mounts import mounts_of, with_volumes
from layerlab.docker.publishing import ports_of
from layerlab.docker.subcommand import Call, Refusal, daemon_error
from layerlab.filesystem import Editor
from layerlab.host import Host
from layerlab.image.config import ImageConfig
from layerlab.image.image import Image

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")


def create_container(call: Call, image: Image) -> tuple[Host, Container]:
    """The host with a new container, made as `docker run` was told.

    Raises:
        Refusal: A taken or malformed name, no command, a bad volume, port or directory.
    """
    flags = call.flags
    host, identity = new_id(call.host, "container", image.id, *call.words)
    name = _name(host, flags.text("name"), identity)
    config = configured(image.config, flags, call.edge.files)
    command = command_of(image.config, flags, call.words[1:])
    host, mounts = mounts_of(host, flags, image, call.edge.say)
    base = with_stubs(image.tree, host.now)
    host = with_volumes(host, mounts, image.tree)
    container = Container(
        identity, name, image.id, call.words[0], config, command, base, base, (), host.now,
        mounts=mounts, ports=ports_of(flags, config), read_only=flags.on("read-only"), auto_remove=flags.on("rm"),
        tty=flags.on("tty"),
    )  # fmt: skip
    container = _with_directories(container, host.now)
    return replace(host, containers=(*host.containers, container)), container


def _name(host: Host, wanted: str, identity: str) -> str:
    if not wanted:
        return container_name(host, identity)
    name = wanted.removeprefix("/")
    if not NAME.fullmatch(name):
        raise daemon_error(f"Invalid container name ({wanted}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
    taken = next((container for container in host.containers if container.name == name), None)
    if taken is not None:
        raise daemon_error(
            f'Conflict. The container name "/{name}" is already in use by container "{taken.id}". '
            "You have to remove (or rename) that container to be able to reuse that name."
        )
    return name


def configured(config: ImageConfig, flags: Flags, files: Mapping[str, bytes]) -> ImageConfig:
    """The image's configuration with what the flags change."""
    workdir = flags.text("workdir")
    if workdir and not workdir.startswith("/"):
        raise daemon_error(f"the working directory '{workdir}' is invalid, it needs to be an absolute path")
    labels = {**dict(config.labels), **dict(_pair(word) for word in flags.all("label"))}
    exposed = {word if "/" in word else f"{word}/tcp" for word in flags.all("expose")}
    return replace(
        config,
        user=flags.text("user") or config.user,
        env=environment_of(config.env, flags, files),
        working_dir=workdir or config.working_dir,
        labels=tuple(sorted(labels.items())),
        stop_signal=flags.text("stop-signal") or config.stop_signal,
        exposed_ports=tuple(sorted({*config.exposed_ports, *exposed})),
    )


def environment_of(env: tuple[str, ...], flags: Flags, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Variables of the image and those given; a bare name takes the client's value, and the client has none."""
    given: list[str] = []
    for path in flags.all("env-file"):
        if path not in files:
            raise Refusal(f"open {path}: no such file or directory", 125)
        lines = files[path].decode("utf-8", "replace").splitlines()
        given += [line.lstrip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    given += flags.all("env")
    merged = {word.partition("=")[0]: word for word in env}
    for word in given:
        name, equals, _ = word.partition("=")
        if not name:
            raise Refusal(f'invalid argument "{word}" for "-e, --env" flag: invalid environment variable: {word}', 125)
        if equals:
            merged[name] = word
    return tuple(merged.values())


def _pair(word: str) -> tuple[str, str]:
    key, _, value = word.partition("=")
    return key, value


def command_of(config: ImageConfig, flags: Flags, words: tuple[str, ...]) -> tuple[str, ...]:
    """Entrypoint and command of the container.

    Raises:
        Refusal: There is neither.
    """
    if "entrypoint" in flags.given:
        chosen = flags.text("entrypoint")
        command = (*((chosen,) if chosen else ()), *words)
    else:
        command = (*(config.entrypoint or ()), *(words or config.cmd or ()))
    if not command:
        raise daemon_error("no command specified")
    return command


def _with_directories(container: Container, now: int) -> Container:
    """Mount points and the working directory, made in the writable layer where the image has none."""
    view = Editor(container.tree, now)
    for path in (*(mount.destination for mount in container.mounts), container.config.working_dir):
        if path and not view.exists(path):
            view.makedirs(path, 0o755)
    change = view.finish()
    return replace(container, tree=change.after, upper=change.upper)
