"""What differs between the builders while a stage is planned: texts, and what becomes of ARGs. One value a builder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from layerlab.image.config import ImageConfig
from layerlab.plan.model import Flavour
from layerlab.plan.oldtexts import dispatch_text
from layerlab.plan.operations import Variables
from layerlab.plan.scope import Scope
from layerlab.plan.wording import Wording
from layerlab.plan.wording.buildkit import BUILDKIT
from layerlab.plan.wording.legacy import LEGACY
from layerlab.plan.wording.old_buildkit import OLD_BUILDKIT


@dataclass(frozen=True, slots=True)
class Habits:
    """One builder's.

    Attributes:
        wording: CREATED BY texts.
        inherits_values: Whether values of a stage's ARGs reach the stages `FROM` it.
        inherits_arguments: Whether its ARGs stand in `|N` there too.
        counts_triggers: Whether triggers count in the `n` of step names, and show `ONBUILD`.
        shows_digest: Whether the step of a base image shows its digest.
        escapes_arguments: Whether CMD sets ArgsEscaped.
        declare: The scope after one ARG item.
        arguments: What `|N …` shows.
        variables: The environment of RUN, in order.
        message: Docker's text of a dispatch error, from BuildKit's.
        needs_colon: Whether `${name-word}` and the like are refused.
        needs_directory: Whether WORKDIR refuses an empty path.
        forgets_entrypoint: Whether `ENTRYPOINT []` leaves none instead of an empty one.
    """

    wording: Wording
    inherits_values: bool
    inherits_arguments: bool
    counts_triggers: bool
    shows_digest: bool
    escapes_arguments: bool
    declare: Callable[[Scope, str, str | None, ImageConfig], Scope]
    arguments: Callable[[Scope, ImageConfig], Variables]
    variables: Callable[[Scope, ImageConfig], Variables]
    message: Callable[[str], str]
    needs_colon: bool
    needs_directory: bool = False
    forgets_entrypoint: bool = False


def _declare(scope: Scope, name: str, value: str | None, _: ImageConfig) -> Scope:
    return scope.declare(name, value)


def _arguments(scope: Scope, _: ImageConfig) -> Variables:
    return scope.arguments()


def _variables(scope: Scope, _: ImageConfig) -> Variables:
    return scope.variables


def _repeated_arguments(scope: Scope, _: ImageConfig) -> Variables:
    return tuple((name, scope.values.get(name, value or "")) for name, value in scope.declared)


def _same(message: str) -> str:
    return message


def _env_names(config: ImageConfig) -> frozenset[str]:
    return frozenset(pair.partition("=")[0] for pair in config.env)


def _declare_below_env(scope: Scope, name: str, value: str | None, config: ImageConfig) -> Scope:
    if name in _env_names(config):
        return Scope(scope.values, (*scope.declared, (name, value)))
    return scope.declare(name, value)


def _set_arguments(scope: Scope, config: ImageConfig) -> Variables:
    fixed = _env_names(config)
    given = {name: value for name, value in scope.declared if value is not None and name not in fixed}
    return tuple(sorted(given.items()))


def _env_first(scope: Scope, config: ImageConfig) -> Variables:
    env = tuple((name, value) for name, _, value in (pair.partition("=") for pair in config.env))
    return (*env, *_set_arguments(scope, config))


HABITS: Mapping[Flavour, Habits] = {
    "buildkit": Habits(
        BUILDKIT,
        inherits_values=True,
        inherits_arguments=True,
        counts_triggers=True,
        shows_digest=True,
        escapes_arguments=True,
        declare=_declare,
        arguments=_arguments,
        variables=_variables,
        message=_same,
        needs_colon=False,
    ),
    "buildkit-20.10": Habits(
        OLD_BUILDKIT,
        inherits_values=True,
        inherits_arguments=False,
        counts_triggers=False,
        shows_digest=False,
        escapes_arguments=True,
        declare=_declare,
        arguments=_repeated_arguments,
        variables=_variables,
        message=_same,
        needs_colon=True,
    ),
    "legacy": Habits(
        LEGACY,
        inherits_values=False,
        inherits_arguments=False,
        counts_triggers=False,
        shows_digest=False,
        escapes_arguments=False,
        declare=_declare_below_env,
        arguments=_set_arguments,
        variables=_env_first,
        message=dispatch_text,
        needs_colon=True,
        needs_directory=True,
        forgets_entrypoint=True,
    ),
}
