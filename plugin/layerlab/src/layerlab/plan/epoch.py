"""`SOURCE_DATE_EPOCH`: the time that new history entries and files are held to."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from layerlab.dockerfile.gotext import quote
from layerlab.plan.failure import failure

NAME = "SOURCE_DATE_EPOCH"
CONTEXT = "context"
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


def source_date_epoch(values: Mapping[str, str], build_args: Mapping[str, str], stages: Collection[str]) -> int | None:
    """Seconds since the epoch, or None without it (BuildKit v0.32).

    `context` and the name of a stage ask for the time of a remote source, which isn't known here: None.

    Args:
        values: Global scope.
        build_args: Of `--build-arg`; need no declaration.
        stages: Names of the file's stages.

    Raises:
        PlanFailure: When it is anything else.
    """
    text = build_args.get(NAME, values.get(NAME, ""))
    if not text or text == CONTEXT or text.lower() in stages:
        return None
    if not _INTEGER.fullmatch(text):
        reason = f"strconv.ParseInt: parsing {quote(text)}: invalid syntax"
        raise failure("epoch", f"invalid {NAME}: {text}: {reason}", phase="stages")
    return int(text)
