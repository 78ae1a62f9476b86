"""Why a step missed the cache: compares its key's parts with those of the most similar earlier step."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from layerlab.build.cache import BuildCache, CacheRecord, Parts
from layerlab.build.checksums import differences
from layerlab.build.reasons import (
    MAX_FILES,
    ArgumentChanged,
    BaseChanged,
    CommandChanged,
    EnvironmentChanged,
    EnvironmentOrderChanged,
    FilesChanged,
    FirstBuild,
    Miss,
    MissReason,
    MountsChanged,
    OptionsChanged,
    ParentChanged,
    SourceStageChanged,
    StepMoved,
    UserChanged,
    WorkdirChanged,
)

DECISIVE = ("argv", "actions", "path")
"""Parts that are the command itself: of RUN, of COPY and ADD, of WORKDIR."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step stands in its build, as far as reasons need it.

    Attributes:
        stage: Name of its stage.
        place: Place among the steps of the stage.
        text: Its instruction.
        through: Index of the step it stands on, or None on a base.
        origin: Index of the step that started the cascade, or None where its parent came from the cache.
        base: Name of the base it stands on directly, or None.
        source_origin: Index of the step that started a change of the stage it copies from, or None.
    """

    stage: str
    place: int
    text: str
    through: int | None
    origin: int | None
    base: str | None
    source_origin: int | None = None


def why(cache: BuildCache, parts: Parts, place: Place) -> Miss:
    """The reason of a miss.

    Args:
        cache: As it was before the build.
        parts: Of the step that missed.
        place: Where it stands.
    """
    if place.origin is not None and place.through is not None:
        earlier = _similar(cache.records.values(), parts, place)
        if earlier is None:
            return Miss(FirstBuild())
        return Miss(ParentChanged(place.origin, place.through), own_reasons(earlier.parts, parts, place))
    beside = [record for record in cache.records.values() if record.parts.parent == parts.parent]
    earlier = _similar(beside, parts, place)
    if earlier is not None:
        reasons = own_reasons(earlier.parts, parts, place)
        if reasons:
            return Miss(reasons[0], reasons[1:])
    moved = _similar(cache.records.values(), parts, place)
    if moved is None:
        return Miss(FirstBuild())
    if place.base is not None and moved.place == place.place and moved.stage == place.stage:
        old = moved.parts.base
        if old and old != place.base:
            return Miss(BaseChanged(old, place.base), own_reasons(moved.parts, parts, place))
    reasons = own_reasons(moved.parts, parts, place)
    if reasons:
        return Miss(reasons[0], reasons[1:])
    return Miss(StepMoved(None))


def _similar(records: Iterable[CacheRecord], parts: Parts, place: Place) -> CacheRecord | None:
    """The record of the same kind that is most like a step; the later one of equals."""
    best: tuple[tuple[int, ...], CacheRecord] | None = None
    mine, definition = dict(parts.own), parts.definition
    for record in records:
        if record.parts.kind != parts.kind:
            continue
        score = _score(record, definition, mine, place)
        if best is None or score >= best[0]:
            best = (score, record)
    if best is None or not any(best[0][:4]):
        return None
    return best[1]


def _score(record: CacheRecord, definition: str, mine: dict[str, str], place: Place) -> tuple[int, ...]:
    equal = decisive = 0
    for name, text in record.parts.own:
        if mine.get(name) == text:
            equal += 1
            decisive += name in DECISIVE
    return (
        int(record.definition == definition),
        int(record.text == place.text),
        int(record.stage == place.stage and record.place == place.place),
        decisive,
        equal,
        record.build,
    )


def own_reasons(old: Parts, new: Parts, place: Place) -> tuple[MissReason, ...]:
    """All differences between two steps' own definitions and takings, the decisive first."""
    found: list[MissReason] = []
    before, after = dict(old.own), dict(new.own)
    if any(before.get(name) != after.get(name) for name in DECISIVE):
        found.append(CommandChanged(old.shown, new.shown))
    if old.taken_digest != new.taken_digest:
        found.extend(_taken(old, new, place))
    found.extend(_environment(old, new))
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name, ""), after.get(name, "")
        if one != other and (reason := _option(name, one, other)) is not None:
            found.append(reason)
    return tuple(found)


def _taken(old: Parts, new: Parts, place: Place) -> Iterable[MissReason]:
    files = differences(old.taken, new.taken)
    named, more = files[:MAX_FILES], max(0, len(files) - MAX_FILES)
    if new.source in {"", "context"}:
        if files:
            yield FilesChanged(named, more)
        return
    yield SourceStageChanged(new.source, named, place.source_origin, more)


def _option(name: str, one: str, other: str) -> MissReason | None:
    match name:
        case "user" | "owner":
            return UserChanged(one, other)
        case "cwd":
            return WorkdirChanged(one, other)
        case "mounts":
            return MountsChanged(tuple(json.loads(one or "[]")), tuple(json.loads(other or "[]")))
        case "env":
            return None
        case _ if name in DECISIVE:
            return None
        case _:
            return OptionsChanged(name, one, other)


def _environment(old: Parts, new: Parts) -> Iterable[MissReason]:
    one, other = _variables(old), _variables(new)
    if one == other:
        return
    before, after = dict(one), dict(other)
    changed = False
    for name in [*after, *(name for name in before if name not in after)]:
        if before.get(name) != after.get(name):
            changed = True
            kind = ArgumentChanged if name in {*old.arguments, *new.arguments} else EnvironmentChanged
            yield kind(name, before.get(name), after.get(name))
    if not changed:
        yield EnvironmentOrderChanged()


def _variables(parts: Parts) -> list[tuple[str, str]]:
    return [(name, value) for name, value in json.loads(dict(parts.own).get("env", "[]"))]
