"""What the editor marks: Docker's error and warnings, further errors, and the fixes that go with them."""

from __future__ import annotations

from typing import Any

from layerlab.dockerfile import parse
from layerlab.messages import Messages
from layerlab.session.bench import Block

MAX_PROBLEMS = 200


def problems_of(state: Block, say: Messages) -> list[dict[str, Any]]:
    """Problems of a block's last build, errors first, each with its lines.

    Args:
        state: The block.
        say: Sentences of the reader's language.
    """
    record = state.record
    if record is None:
        return []
    found: list[dict[str, Any]] = []
    if record.failure is not None:
        for first, last in record.failure.locations[:1]:
            found.append(_problem(first, last, "error", record.failure.code, record.failure.message, say))
        if not record.failure.locations:
            found.append(_problem(0, 0, "error", record.failure.code, record.failure.message, say))
    found.extend(
        _problem(*warning.ranges[0], "warning", warning.rule, warning.detail, say)
        for warning in record.warnings
        if warning.ranges
    )
    _add_fixes(found, state.text)
    return found[:MAX_PROBLEMS]


def _problem(first: int, last: int, severity: str, code: str, message: str, say: Messages) -> dict[str, Any]:
    key = f"explain.{code}"
    return {
        "line": first,
        "endLine": last,
        "column": 0,
        "endColumn": 0,
        "severity": severity,
        "code": code,
        "message": message,
        "explanation": say(key) if key in say else "",
        "fix": None,
    }


def _add_fixes(found: list[dict[str, Any]], text: str) -> None:
    """Placeholder for the fixes the Dockerfile package offers; filled in where it has one for the line."""
    parse(text)
