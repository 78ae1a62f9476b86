"""A Dockerfile put together from a history: a guess with its losses named, never the original.

A history is made of what instructions did, not of how they were written. What can't be known is listed in `lost`,
by the row it was lost in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from layerlab.image.config import ImageConfig, health_object
from layerlab.reading.gowords import json_list
from layerlab.reading.meaning import Meaning
from layerlab.reading.quoting import quoted
from layerlab.reading.rewrite import Written, cut_comment, rewrite


@dataclass(frozen=True, slots=True)
class Line:
    """Lines of the reconstruction that come from one row.

    Attributes:
        text: One instruction or comment, with its line breaks.
        row: Number of the row, or None for what is of no row.
        comment: Whether it is a comment.
    """

    text: str
    row: int | None
    comment: bool = False


@dataclass(frozen=True, slots=True)
class Loss:
    """Something a history doesn't tell.

    Attributes:
        key: Message key, `reading.lost.…`.
        row: Of which row, or None for the whole.
    """

    key: str
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """A Dockerfile that could have made the history.

    Attributes:
        lines: In order; together the file.
        lost: What it can't have right, rows in order, those of the whole first.
    """

    lines: tuple[Line, ...]
    lost: tuple[Loss, ...]

    def text(self) -> str:
        """The file."""
        return "".join(f"{line.text}\n" for line in self.lines)


def reconstruct(rows: Iterable[Meaning], config: ImageConfig | None = None) -> Reconstruction:
    """Write a Dockerfile for a history.

    Args:
        rows: Oldest first.
        config: How the image runs; used where there is no row for it (`docker image inspect`).
    """
    known = tuple(rows)
    named = [meaning for meaning in known if meaning.entry.text]
    lines = [Line("FROM scratch", None)]
    lost = [Loss("reading.lost.base"), Loss("reading.lost.stages")]
    if not named:
        lost = [Loss("reading.lost.inspect")]
        lines.extend(_unknown_layers(known))
        lines.extend(Line(text, None) for text in _from_config(config or ImageConfig()))
        return Reconstruction(tuple(lines), tuple(lost))
    declared: set[str] = set()
    for meaning in known:
        written = _written(meaning)
        lines.extend(_missing_args(meaning, declared))
        if meaning.keyword == "ARG":
            declared.add(meaning.rest.partition("=")[0])
        lines.append(Line(written.text, meaning.entry.number, comment=written.comment))
        lost.extend(Loss(f"reading.lost.{name}", meaning.entry.number) for name in written.lost)
    return Reconstruction(tuple(lines), tuple(lost))


def _written(meaning: Meaning) -> Written:
    if meaning.entry.cut:
        return Written(cut_comment(meaning.entry.text), ("cut",), comment=True)
    return rewrite(meaning)


def _missing_args(meaning: Meaning, declared: set[str]) -> Iterator[Line]:
    """ARG lines that a RUN's `|N` list names and no row before it: BuildKit lists them, tables may leave them out."""
    if not meaning.args or meaning.entry.cut:
        return
    word = meaning.args.partition("=")[0]
    if meaning.arg_count == 1 and word not in declared and word.replace("_", "a").isalnum() and not word[0].isdigit():
        declared.add(word)
        yield Line(f"ARG {word}", meaning.entry.number)


def _unknown_layers(rows: tuple[Meaning, ...]) -> Iterator[Line]:
    for number, meaning in enumerate(rows, 1):
        yield Line(f"# {number}: {meaning.entry.id}", meaning.entry.number, comment=True)


def _from_config(config: ImageConfig) -> Iterator[str]:
    """Instructions that lead to a configuration; in which order and layer they stood isn't known."""
    if config.shell:
        yield f"SHELL {json_list(config.shell)}"
    for pair in config.env:
        name, _, value = pair.partition("=")
        yield f"ENV {name}={quoted(value)}"
    for key, value in config.labels:
        yield f"LABEL {quoted(key)}={quoted(value)}"
    yield from (f"EXPOSE {port}" for port in config.exposed_ports)
    if config.volumes:
        yield f"VOLUME {json_list(config.volumes)}"
    if config.working_dir:
        yield f"WORKDIR {config.working_dir}"
    if config.user:
        yield f"USER {config.user}"
    if config.stop_signal:
        yield f"STOPSIGNAL {config.stop_signal}"
    if config.healthcheck is not None:
        yield _healthcheck(config)
    yield from (f"ONBUILD {trigger}" for trigger in config.on_build)
    if config.entrypoint:
        yield f"ENTRYPOINT {json_list(config.entrypoint)}"
    if config.cmd:
        yield f"CMD {json_list(config.cmd)}"


def _healthcheck(config: ImageConfig) -> str:
    facts = health_object(config.healthcheck)
    test = config.healthcheck.test if config.healthcheck else ()
    if test[:1] == ("NONE",):
        return "HEALTHCHECK NONE"
    flags = [f"--{flag}={facts[name]}ns " for flag, name in HEALTH_FLAGS if facts.get(name)]
    command = " ".join(test[1:]) if test[:1] == ("CMD-SHELL",) else json_list(test[1:])
    retries = f"--retries={facts['Retries']} " if facts.get("Retries") else ""
    return f"HEALTHCHECK {''.join(flags)}{retries}CMD {command}"


HEALTH_FLAGS = (
    ("interval", "Interval"),
    ("timeout", "Timeout"),
    ("start-period", "StartPeriod"),
    ("start-interval", "StartInterval"),
)
