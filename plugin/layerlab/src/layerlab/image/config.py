"""An image's configuration: what `docker run` starts with, the history, and the bytes they are hashed as.

BuildKit v0.32 and the legacy builder of 20.10 write different JSON for the same facts; both forms are here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from layerlab.image.gojson import dumps, from_rfc3339, rfc3339

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""PATH of an image that sets none (BuildKit, Linux)."""

BUILDKIT_COMMENT = "buildkit.dockerfile.v0"
"""Comment of the history entries that BuildKit's Dockerfile front end writes."""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A health check; durations in nanoseconds, 0 where unset.

    Attributes:
        test: `("NONE",)`, `("CMD", …)` or `("CMD-SHELL", text)`.
    """

    test: tuple[str, ...]
    interval: int = 0
    timeout: int = 0
    start_period: int = 0
    start_interval: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One row of `docker history`.

    Attributes:
        created: Nanoseconds since the epoch, or None where the recipe has no time.
        created_by: What made it, as Docker words it.
        comment: `buildkit.dockerfile.v0` for BuildKit's.
        empty_layer: Whether no layer belongs to the entry.
        author: Of `MAINTAINER` (legacy builder) or `docker commit -a`.
    """

    created: int | None
    created_by: str
    comment: str = ""
    empty_layer: bool = False
    author: str = ""


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """What an image says of how to run it.

    Attributes:
        user: As written in `USER`; empty for root.
        exposed_ports: Such as `80/tcp`, sorted.
        env: `NAME=value`, in order.
        entrypoint: None where unset.
        cmd: None where unset.
        volumes: Paths, sorted.
        working_dir: Empty where unset.
        labels: (key, value), sorted by key.
        stop_signal: As written; empty where unset.
        args_escaped: Set by BuildKit once a CMD ran.
        healthcheck: None where unset.
        on_build: Triggers for images built on this one.
        shell: None where unset.
        author: Of `MAINTAINER`.
        architecture: Such as `amd64`.
        os: Such as `linux`.
        variant: Such as `v8`; mostly empty.
    """

    user: str = ""
    exposed_ports: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    volumes: tuple[str, ...] = ()
    working_dir: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    stop_signal: str = ""
    args_escaped: bool = False
    healthcheck: HealthCheck | None = None
    on_build: tuple[str, ...] = ()
    shell: tuple[str, ...] | None = None
    author: str = ""
    architecture: str = "amd64"
    os: str = "linux"
    variant: str = ""


def environment(config: ImageConfig) -> dict[str, str]:
    """The variables of `env`; the last of equal names counts."""
    return {name: value for name, _, value in (pair.partition("=") for pair in config.env)}


def run_config(config: ImageConfig) -> dict[str, object]:
    """The `config` object as BuildKit and Docker 29 write it: keys in their order, empty ones left out."""
    whole: dict[str, object] = {
        "User": config.user,
        "ExposedPorts": {port: {} for port in config.exposed_ports},
        "Env": list(config.env),
        "Entrypoint": list(config.entrypoint or ()),
        "Cmd": list(config.cmd or ()),
        "Volumes": {path: {} for path in config.volumes},
        "WorkingDir": config.working_dir,
        "Labels": dict(config.labels),
        "StopSignal": config.stop_signal,
        "ArgsEscaped": config.args_escaped,
        "Healthcheck": health_object(config.healthcheck),
        "OnBuild": list(config.on_build),
        "Shell": list(config.shell or ()),
    }
    return {key: value for key, value in whole.items() if value}


def legacy_run_config(config: ImageConfig, *, image: str = "", hostname: str = "") -> dict[str, object]:
    """The `config` object as Docker 20.10 writes it: empty strings, false and null stand there too.

    Args:
        config: The facts.
        image: Id of the image it was made from; empty for none.
        hostname: Only a container's configuration has one.
    """
    whole: dict[str, object] = {
        "Hostname": hostname,
        "Domainname": "",
        "User": config.user,
        "AttachStdin": False,
        "AttachStdout": False,
        "AttachStderr": False,
        "ExposedPorts": {port: {} for port in config.exposed_ports} or None,
        "Tty": False,
        "OpenStdin": False,
        "StdinOnce": False,
        "Env": list(config.env) or None,
        "Cmd": None if config.cmd is None else list(config.cmd),
        "Healthcheck": health_object(config.healthcheck) or None,
        "ArgsEscaped": config.args_escaped or None,
        "Image": image,
        "Volumes": {path: {} for path in config.volumes} or None,
        "WorkingDir": config.working_dir,
        "Entrypoint": None if config.entrypoint is None else list(config.entrypoint),
        "OnBuild": list(config.on_build) or None,
        "Labels": dict(config.labels) or None,
        "StopSignal": config.stop_signal or None,
        "Shell": list(config.shell or ()) or None,
    }
    left_out = ("ExposedPorts", "Healthcheck", "ArgsEscaped", "StopSignal", "Shell")
    return {key: value for key, value in whole.items() if value is not None or key not in left_out}


def health_object(check: HealthCheck | None) -> dict[str, object]:
    """A health check as JSON has it; empty for none."""
    if check is None:
        return {}
    whole: dict[str, object] = {
        "Test": list(check.test),
        "Interval": check.interval,
        "Timeout": check.timeout,
        "StartPeriod": check.start_period,
        "StartInterval": check.start_interval,
        "Retries": check.retries,
    }
    return {key: value for key, value in whole.items() if value}


def history_object(entry: HistoryEntry) -> dict[str, object]:
    """A history entry as the config has it."""
    whole: dict[str, object] = {
        "created": None if entry.created is None else rfc3339(entry.created),
        "author": entry.author,
        "created_by": entry.created_by,
        "comment": entry.comment,
        "empty_layer": entry.empty_layer,
    }
    return {key: value for key, value in whole.items() if value}


def config_object(
    config: ImageConfig, history: Sequence[HistoryEntry], diff_ids: Sequence[str], created: int | None
) -> dict[str, object]:
    """The whole OCI image configuration as BuildKit writes it: top-level keys sorted, `created` null without a time."""
    whole: dict[str, object] = {
        "architecture": config.architecture,
        "author": config.author,
        "config": run_config(config),
        "created": None if created is None else rfc3339(created),
        "history": [history_object(entry) for entry in history],
        "os": config.os,
        "rootfs": {"type": "layers", "diff_ids": list(diff_ids)},
        "variant": config.variant,
    }
    return {key: value for key, value in whole.items() if value != ""}


def config_bytes(
    config: ImageConfig, history: Sequence[HistoryEntry], diff_ids: Sequence[str], created: int | None
) -> bytes:
    """The configuration's canonical bytes, of which the classic store's image id is the sha256."""
    return dumps(config_object(config, history, diff_ids, created)).encode()


def digest_of(data: bytes) -> str:
    """`sha256:` and 64 hex digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def parse_run_config(data: Mapping[str, object], **facts: str) -> ImageConfig:
    """Read a `config` object of either form, such as those of recorded base images.

    Args:
        data: The object; unknown keys are ignored, null counts as missing.
        facts: `architecture`, `os`, `variant`, `author`, which stand outside the object.
    """
    labels = _mapping(data.get("Labels"))
    return ImageConfig(
        user=str(data.get("User") or ""),
        exposed_ports=tuple(sorted(_mapping(data.get("ExposedPorts")))),
        env=_strings(data.get("Env")) or (),
        entrypoint=_strings(data.get("Entrypoint")),
        cmd=_strings(data.get("Cmd")),
        volumes=tuple(sorted(_mapping(data.get("Volumes")))),
        working_dir=str(data.get("WorkingDir") or ""),
        labels=tuple(sorted((key, str(value)) for key, value in labels.items())),
        stop_signal=str(data.get("StopSignal") or ""),
        args_escaped=bool(data.get("ArgsEscaped")),
        healthcheck=_health(_mapping(data.get("Healthcheck"))),
        on_build=_strings(data.get("OnBuild")) or (),
        shell=_strings(data.get("Shell")),
        **facts,
    )


def parse_history(entries: Sequence[Mapping[str, object]]) -> tuple[HistoryEntry, ...]:
    """Read the `history` array of a configuration."""
    return tuple(
        HistoryEntry(
            from_rfc3339(str(entry["created"])) if entry.get("created") else None,
            str(entry.get("created_by") or ""),
            str(entry.get("comment") or ""),
            bool(entry.get("empty_layer")),
            str(entry.get("author") or ""),
        )
        for entry in entries
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _strings(value: object) -> tuple[str, ...] | None:
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else None


def _health(data: Mapping[str, object]) -> HealthCheck | None:
    if not data:
        return None
    numbers = ("Interval", "Timeout", "StartPeriod", "StartInterval", "Retries")
    return HealthCheck(_strings(data.get("Test")) or (), *(int(str(data.get(name) or 0)) for name in numbers))
