"""CREATED BY as BuildKit v0.32 writes it."""

from __future__ import annotations

from collections.abc import Sequence

from layerlab.image.config import HealthCheck
from layerlab.plan.gotext import duration
from layerlab.plan.wording import CopyText, Pairs, Shell, Worded, Wording, with_arguments

SUFFIX = " # buildkit"


def run(argv: Sequence[str], arguments: Pairs) -> str:
    """`RUN |1 A=1 /bin/sh -c echo # buildkit`."""
    return "RUN " + with_arguments(argv, arguments) + SUFFIX


def copy(text: CopyText, _: Shell) -> Worded:
    """`COPY --chown=1 a b /d/ # buildkit`; `--from`, `--link`, `--exclude` and `--checksum` aren't shown."""
    words = [text.keyword]
    if text.parents:
        words.append("--parents")
    if text.chown:
        words.append(f"--chown={text.chown}")
    if text.chmod:
        words.append(f"--chmod={text.chmod}")
    words += [*text.sources, *(f"<<{name}" for name in text.inline), text.destination]
    return Worded(" ".join(words) + SUFFIX)


def workdir(path: str, _: Shell) -> str:
    """`WORKDIR /app`."""
    return f"WORKDIR {path}"


def metadata(text: str, _: Shell) -> str:
    """The text itself."""
    return text


def expose(_: Sequence[str], ports: Sequence[str]) -> str:
    """`EXPOSE [80/tcp 53/udp]`."""
    return f"EXPOSE [{' '.join(ports)}]"


def health(check: HealthCheck) -> str:
    """`HEALTHCHECK {Test:[NONE] Interval:0s …}`."""
    times = (
        ("Interval", check.interval),
        ("Timeout", check.timeout),
        ("StartPeriod", check.start_period),
        ("StartInterval", check.start_interval),
    )
    shown = " ".join(f"{name}:{duration(value)}" for name, value in times)
    return f"HEALTHCHECK {{Test:[{' '.join(check.test)}] {shown} Retries:{check.retries}}}"


def onbuild(_: str) -> str | None:
    """ONBUILD leaves no entry."""
    return None


def argument(name: str, _: str | None, value: str | None) -> str:
    """`A=1` with the value it has, from wherever; the bare name without one."""
    return name if value is None else f"{name}={value}"


BUILDKIT = Wording(run, copy, workdir, metadata, expose, health, onbuild, argument)
