"""The flags of `docker build`, whoever gives them: a block, the command line, a line typed into a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from layerlab.namedcontexts import NO_CONTEXTS, NamedContexts


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """Flags of `docker build`.

    Attributes:
        tags: Of `-t`, as given.
        file: The Dockerfile's path in the context, for the ignore file beside it.
        display_file: Its name as given with `-f`, for the log.
        target: Of `--target`.
        platform: Of `--platform`.
        build_args: Of `--build-arg`.
        labels: Of `--label`.
        no_cache: `--no-cache`.
        no_cache_filter: Stages of `--no-cache-filter`.
        secrets: Values by id.
        ssh: Ids of forwarded agents.
        contexts: Of `--build-context`.
    """

    tags: tuple[str, ...] = ()
    file: str = "Dockerfile"
    display_file: str = "Dockerfile"
    target: str | None = None
    platform: str | None = None
    build_args: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[tuple[str, str], ...] = ()
    no_cache: bool = False
    no_cache_filter: tuple[str, ...] = ()
    secrets: Mapping[str, bytes] = field(default_factory=dict)
    ssh: tuple[str, ...] = ()
    contexts: NamedContexts = NO_CONTEXTS


NO_OPTIONS = BuildOptions()
