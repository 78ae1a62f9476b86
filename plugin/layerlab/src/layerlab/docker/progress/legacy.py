"""The legacy builder's log (DOCKER_BUILDKIT=0), to stdout, and what goes to stderr beside it."""

from __future__ import annotations

from collections.abc import Iterator

from layerlab.build.record import BuildRecord, OutputChunk, Step
from layerlab.docker import units
from layerlab.docker.table import short_id

RED, RESET = "\x1b[91m", "\x1b[0m"
DEPRECATED = (
    "DEPRECATED: The legacy builder is deprecated and will be removed in a future release.\n"
    "            BuildKit is currently disabled; enable it by removing the DOCKER_BUILDKIT=0\n"
    "            environment-variable.\n\n"
)
ARROW = " ---> "
NOTHING_SENT = ("unable to prepare context", "error checking context")
"""How failures begin that come before the context is sent."""


def legacy_log(record: BuildRecord) -> tuple[str, str]:
    """(stdout, stderr) of a build with the legacy builder.

    Args:
        record: Its facts are the steps, in order.
    """
    old = record.personality.engine == "20.10"
    errors = "" if old else DEPRECATED
    text = ""
    if _sent(record):
        size = units.human(record.context.tar_bytes, units.LONG)
        text += f"Sending build context to Docker daemon {size:>8}\r\n"
    text += "".join(_steps(record, old=old))
    if record.failure is not None:
        return text, errors + record.failure.message + "\n"
    return text + "".join(_success(record)), errors


def _sent(record: BuildRecord) -> bool:
    return record.failure is None or not record.failure.message.startswith(NOTHING_SENT)


def _steps(record: BuildRecord, *, old: bool) -> Iterator[str]:
    removed = "Removing intermediate container" if old else f"{ARROW}Removed intermediate container"
    pending = 0
    for step in record.steps:
        if step.status in {"skipped", "canceled"}:
            continue
        if step.number is not None:
            yield f"Step {step.number}/{step.total} : {step.label}\n"
        if step.said:
            yield f"{step.said}\n"
        if step.trigger_count:
            plural = "s" if step.trigger_count > 1 else ""
            yield f"# Executing {step.trigger_count} build trigger{plural}\n"
            pending = step.trigger_count
            continue
        if step.status == "cached":
            yield f"{ARROW}Using cache\n"
        yield from _containers(step, removed)
        pending = max(0, pending - 1) if step.trigger else 0
        if step.status == "failed" or (step.trigger and pending):
            continue
        if step.image_id is not None or step.instruction == "FROM":
            yield f"{ARROW}{short_id(step.image_id or '')}\n"


def _containers(step: Step, removed: str) -> Iterator[str]:
    for container in step.containers:
        yield f"{ARROW}Running in {short_id(container)}\n"
    yield from map(_output, step.output)
    if step.status != "failed":
        for container in step.containers:
            yield f"{removed} {short_id(container)}\n"


def _output(chunk: OutputChunk) -> str:
    text = chunk.data.decode("utf-8", "replace")
    return f"{RED}{text}{RESET}" if chunk.fd == 2 else text


def _success(record: BuildRecord) -> Iterator[str]:
    if record.unused_args:
        yield f"[Warning] One or more build-args [{' '.join(record.unused_args)}] were not consumed\n"
    if record.image is None:
        return
    yield f"Successfully built {short_id(record.image.id)}\n"
    for tag in record.tags:
        yield f"Successfully tagged {_with_tag(tag)}\n"


def _with_tag(tag: str) -> str:
    return tag if ":" in tag.rpartition("/")[2] else f"{tag}:latest"
