"""Which lines of a Dockerfile belong to which instruction, and what became of it: for the editor's margin and marks.

The same as the source view and the cache view say, without the HTML that an editor doesn't show.
"""

from __future__ import annotations

from typing import Any

from layerlab.dockerfile import parse
from layerlab.session.bench import Block


def lines_of(state: Block) -> list[list[Any]]:
    """`[first line, last line, token, status]` of each instruction.

    Lines count from 1, the status is None without a step.
    """
    record = state.record
    if record is None:
        return []
    status = {step.instruction_index: step.status for step in record.steps}
    return [
        [
            instruction.span.start_line,
            instruction.span.end_line,
            f"i{instruction.index}",
            status.get(instruction.index),
        ]
        for instruction in parse(state.text).instructions
    ]
