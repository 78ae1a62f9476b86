"""`SOURCE_DATE_EPOCH`: the time that new history entries and files get (BuildKit v0.32)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from layerlab.dockerfile.instructions import Add, Arg
from layerlab.dockerfile.syntax import Dockerfile, StageSyntax
from layerlab.image.reference import InvalidReferenceError
from layerlab.plan.contexts import NamedContext, find_context
from layerlab.plan.copying import remote_source
from layerlab.plan.expand import Expander, ExpansionError
from layerlab.plan.failure import failure
from layerlab.plan.model import Lookup

NAME = "SOURCE_DATE_EPOCH"
CONTEXT = "context"
ONE_SOURCE = "SOURCE_DATE_EPOCH stage must contain exactly one remote ADD"
_INTEGER = re.compile(r"[+-]?[0-9]+")
_LARGEST = 1 << 63


@dataclass(frozen=True, slots=True)
class Epoch:
    """What was asked for.

    Attributes:
        seconds: Since 1970, or None without a time, or where a remote source has it.
        lookup: The step in which a source is asked for its time, or None.
    """

    seconds: int | None = None
    lookup: Lookup | None = None


def source_date_epoch(
    values: Mapping[str, str], build_args: Mapping[str, str], file: Dockerfile, contexts: Mapping[str, NamedContext]
) -> Epoch:
    """The time to hold to.

    A number counts as it is. `context`, a named context or a stage that does nothing but one remote ADD stand for the
    time of that source: a folder has none, and what would have to be fetched isn't known here.

    Args:
        values: Global scope.
        build_args: Of `--build-arg`; need no declaration.
        file: Whose stages may be named.
        contexts: Named contexts.

    Raises:
        PlanFailure: When it is anything else.
    """
    text = build_args.get(NAME, values.get(NAME, ""))
    if not text:
        return Epoch()
    if _INTEGER.fullmatch(text) and -_LARGEST <= int(text) < _LARGEST:
        return Epoch(int(text))
    if text == CONTEXT:
        return Epoch(None, Lookup("[internal] resolve main build context metadata"))
    try:
        named = find_context(contexts, text, "")
    except InvalidReferenceError as error:
        raise failure("epoch", str(error), phase="stages") from error
    if named is not None:
        return Epoch(None, Lookup(f"[internal] resolve {NAME} named context {text}"))
    stage = next((stage for stage in file.stages if stage.name and stage.name == text.lower()), None)
    if stage is None:
        raise failure("epoch", f"invalid {NAME}: {text}", phase="stages")
    scope = {name: value for name, value in values.items() if name != NAME}
    _check_stage(stage, scope, build_args, file.directives.escape)
    return Epoch(None, Lookup(f"[internal] resolve {NAME} source stage {stage.name}"))


def without_epoch(arguments: Mapping[str, str], epoch: Epoch) -> dict[str, str]:
    """Arguments as stages see them: the time as a number, or no such argument."""
    if NAME not in arguments:
        return dict(arguments)
    rest = {name: value for name, value in arguments.items() if name != NAME}
    return rest if epoch.seconds is None else {**rest, NAME: str(epoch.seconds)}


def _check_stage(stage: StageSyntax, scope: dict[str, str], build_args: Mapping[str, str], escape: str) -> None:
    """A stage that gives the time starts from nothing and has one remote ADD; ARG may stand before it."""
    try:
        problem = _problem(stage, scope, build_args, escape)
    except ExpansionError as error:
        problem = str(error)
    if problem:
        raise failure("epoch", problem, stage.base.span, phase="stages")


def _problem(stage: StageSyntax, scope: dict[str, str], build_args: Mapping[str, str], escape: str) -> str:
    if Expander(scope, escape).word(stage.base.image.text) != "scratch":
        return "SOURCE_DATE_EPOCH stage must use FROM scratch"
    found = False
    for instruction in stage.instructions:
        match instruction:
            case Arg(items=items):
                for item in items:
                    value = build_args.get(item.name)
                    if value is None and item.value is not None:
                        value = Expander(scope, escape).word(item.value)
                    if value is not None:
                        scope[item.name] = value
            case Add(sources=sources, heredocs=heredocs):
                if found:
                    return ONE_SOURCE
                if heredocs or len(sources) != 1:
                    return f"{ONE_SOURCE} source"
                if remote_source(Expander(scope, escape).word(sources[0].text)) is None:
                    return "SOURCE_DATE_EPOCH stage source must be a single HTTP(S) or Git ADD"
                found = True
            case other:
                return (
                    "SOURCE_DATE_EPOCH stage does not meet source-only requirements: "
                    f"unsupported {other.keyword} instruction"
                )
    return "" if found else ONE_SOURCE
