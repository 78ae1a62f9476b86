"""`docker commit --change`: instructions that change the new image's configuration."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from layerlab.docker.subcommand import daemon_error
from layerlab.image.config import ImageConfig

Change = Callable[[ImageConfig, str], ImageConfig]


def changed_config(config: ImageConfig, changes: Sequence[str]) -> ImageConfig:
    """The configuration after some instructions.

    Args:
        config: Before.
        changes: Such as `ENV A=1` or `CMD ["sh"]`.

    Raises:
        Refusal: `run is not a valid change command`, with the word as written.
    """
    for line in changes:
        keyword, _, rest = line.strip().partition(" ")
        change = CHANGES.get(keyword.upper())
        if change is None:
            raise daemon_error(f"{keyword} is not a valid change command")
        config = change(config, rest.strip())
    return config


def _command(text: str) -> tuple[str, ...]:
    try:
        words = json.loads(text)
    except ValueError:
        words = None
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        return tuple(words)
    return ("/bin/sh", "-c", text)


def _pairs(text: str) -> dict[str, str]:
    words = shlex.split(text)
    if words and "=" not in words[0]:
        return {words[0]: text.partition(" ")[2].strip()}
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def _list(text: str) -> tuple[str, ...]:
    try:
        words = json.loads(text)
    except ValueError:
        return tuple(text.split())
    return tuple(map(str, words)) if isinstance(words, list) else tuple(text.split())


def _env(config: ImageConfig, text: str) -> ImageConfig:
    merged = {word.partition("=")[0]: word for word in config.env}
    merged |= {name: f"{name}={value}" for name, value in _pairs(text).items()}
    return replace(config, env=tuple(merged.values()))


def _expose(config: ImageConfig, text: str) -> ImageConfig:
    ports = {port if "/" in port else f"{port}/tcp" for port in text.split()}
    return replace(config, exposed_ports=tuple(sorted({*config.exposed_ports, *ports})))


CHANGES: Mapping[str, Change] = {
    "CMD": lambda config, text: replace(config, cmd=_command(text), args_escaped=False),
    "ENTRYPOINT": lambda config, text: replace(config, entrypoint=_command(text)),
    "ENV": _env,
    "EXPOSE": _expose,
    "LABEL": lambda config, text: replace(
        config, labels=tuple(sorted({**dict(config.labels), **_pairs(text)}.items()))
    ),
    "ONBUILD": lambda config, text: replace(config, on_build=(*config.on_build, text)),
    "STOPSIGNAL": lambda config, text: replace(config, stop_signal=text),
    "USER": lambda config, text: replace(config, user=text),
    "VOLUME": lambda config, text: replace(config, volumes=tuple(sorted({*config.volumes, *_list(text)}))),
    "WORKDIR": lambda config, text: replace(
        config, working_dir=text if text.startswith("/") else f"{config.working_dir.rstrip('/')}/{text}"
    ),
}
"""The instructions that may stand in `--change`."""
