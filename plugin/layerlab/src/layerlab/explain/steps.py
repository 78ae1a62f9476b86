"""How sentences name a step: by its instruction and line, never by an internal number."""

from __future__ import annotations

from layerlab.build.record import BuildRecord
from layerlab.messages import Messages

MAX_NAME = 48


def step_name(record: BuildRecord, index: int | None, say: Messages) -> str:
    """`RUN apt-get update (line 3)`, shortened; the base image for None."""
    if index is None or not 0 <= index < len(record.steps):
        return say("explain.the_base")
    step = record.steps[index]
    text = " ".join(step.text.split())
    if len(text) > MAX_NAME:
        text = text[: MAX_NAME - 1] + "…"
    return say("explain.step", text=text, line=step.lines[0]) if step.lines else text
