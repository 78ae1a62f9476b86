"""CREATED BY as the legacy builder of Docker 20.10 writes it: `/bin/sh -c #(nop)  …`."""

from __future__ import annotations

from collections.abc import Sequence

from layerlab.dockerfile.gotext import quote
from layerlab.image.config import HealthCheck
from layerlab.plan.gotext import duration, quote_list, quote_rune
from layerlab.plan.wording import CopyText, Pairs, Shell, Worded, Wording, with_arguments

DEFAULT_SHELL = "/bin/sh -c"


def run(argv: Sequence[str], arguments: Pairs) -> str:
    """`|1 A=1 /bin/sh -c echo`, without keyword."""
    return with_arguments(argv, arguments)


def copy(text: CopyText, shell: Shell) -> Worded:
    """`/bin/sh -c #(nop) COPY ` + hash + ` in /d `; a `--chown` is glued to the hash."""
    head = f"{_prefix(shell)} #(nop) {text.keyword} "
    if text.chown:
        head += f"--chown={text.chown}"
    return Worded(f"{head} in {text.destination} ", len(head))


def workdir(path: str, shell: Shell) -> str:
    """`/bin/sh -c #(nop) WORKDIR /app`, one blank."""
    return f"{_prefix(shell)} #(nop) WORKDIR {path}"


def metadata(text: str, shell: Shell) -> str:
    """`/bin/sh -c #(nop)  ENV a=1`, two blanks."""
    return f"{_prefix(shell)} #(nop)  {text}"


def expose(written: Sequence[str], _: Sequence[str]) -> str:
    """`EXPOSE 80 53/udp`, as written."""
    return "EXPOSE " + " ".join(written)


def health(check: HealthCheck) -> str:
    r"""`HEALTHCHECK &{["NONE"] "0s" "0s" "0s" '\x00'}`."""
    times = (check.interval, check.timeout, check.start_period)
    shown = " ".join(quote(duration(value)) for value in times)
    return f"HEALTHCHECK &{{{quote_list(check.test)} {shown} {quote_rune(check.retries)}}}"


def onbuild(expression: str) -> str | None:
    """`ONBUILD RUN x`."""
    return f"ONBUILD {expression}"


def argument(name: str, own: str | None, _: str | None) -> str:
    """`A=1` with the default written there; what the command line gives isn't shown."""
    return name if own is None else f"{name}={own}"


def _prefix(shell: Shell) -> str:
    return " ".join(shell) if shell else DEFAULT_SHELL


LEGACY = Wording(run, copy, workdir, metadata, expose, health, onbuild, argument)
