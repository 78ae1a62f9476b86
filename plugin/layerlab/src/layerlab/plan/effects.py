"""What the metadata instructions do to an image's configuration. Pure functions from one configuration to the next."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import replace

from layerlab.image.config import DEFAULT_PATH, ImageConfig
from layerlab.plan.platforms import Platform

DEFAULT_SHELL = ("/bin/sh", "-c")


def empty_config(platform: Platform) -> ImageConfig:
    """What `FROM scratch` starts with."""
    return ImageConfig(
        env=(f"PATH={DEFAULT_PATH}",),
        working_dir="/",
        os=platform.os,
        architecture=platform.architecture,
        variant=platform.variant,
    )


def with_path(config: ImageConfig) -> ImageConfig:
    """With PATH where the configuration has none."""
    if any(pair.partition("=")[0] == "PATH" for pair in config.env):
        return config
    return replace(config, env=(*config.env, f"PATH={DEFAULT_PATH}"))


def with_env(config: ImageConfig, pairs: Iterable[tuple[str, str]]) -> ImageConfig:
    """ENV: an existing name is replaced in place, a new one appended."""
    env = list(config.env)
    places = {pair.partition("=")[0]: place for place, pair in enumerate(env)}
    for name, value in pairs:
        if name in places:
            env[places[name]] = f"{name}={value}"
        else:
            places[name] = len(env)
            env.append(f"{name}={value}")
    return replace(config, env=tuple(env))


def with_labels(config: ImageConfig, pairs: Iterable[tuple[str, str]]) -> ImageConfig:
    """LABEL."""
    return replace(config, labels=tuple(sorted((dict(config.labels) | dict(pairs)).items())))


def with_ports(config: ImageConfig, ports: Iterable[str]) -> ImageConfig:
    """EXPOSE."""
    return replace(config, exposed_ports=tuple(sorted({*config.exposed_ports, *ports})))


def with_volumes(config: ImageConfig, paths: Iterable[str]) -> ImageConfig:
    """VOLUME; paths stay as written."""
    return replace(config, volumes=tuple(sorted({*config.volumes, *paths})))


def shell_of(config: ImageConfig) -> tuple[str, ...]:
    """The shell that runs the shell form."""
    return config.shell or DEFAULT_SHELL


def command_line(config: ImageConfig, words: Sequence[str], *, is_shell_form: bool) -> tuple[str, ...]:
    """The arguments of RUN, CMD or ENTRYPOINT; the shell form's one text is put behind the shell."""
    return (*shell_of(config), *words) if is_shell_form else tuple(words)


def working_directory(current: str, path: str) -> str:
    """WORKDIR's result: an absolute path as written, a relative one joined to the current and cleaned.

    Args:
        current: Of the configuration before; may be empty or relative.
        path: After expansion; may be empty.
    """
    if path.startswith("/"):
        return path
    base = current if current.startswith("/") else f"/{current}"
    return clean(posixpath.join(base, path)) if path else (current or "/")


def clean(path: str) -> str:
    """Go's `path.Clean` of an absolute path."""
    return "/" + posixpath.normpath(path).lstrip("/")
