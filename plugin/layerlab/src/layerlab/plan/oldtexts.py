"""Texts of Docker 20.10's errors where they differ from BuildKit's of today."""

from __future__ import annotations

import re

from layerlab.dockerfile.syntax import SyntaxProblem

DAEMON = "Error response from daemon: "
_HINT = re.compile(r" \(did you mean [^)]*\?\)$")
_FLAG_TEXTS = (
    ("unknown flag: --", "Unknown flag: "),
    ("duplicate flag specified: --", "Duplicate flag specified: "),
    ("missing a value on flag: --", "Missing a value on flag: "),
    ("expecting boolean value for flag --", "Expecting boolean value for flag "),
)


def syntax_text(problem: SyntaxProblem) -> str:
    """What the legacy builder says of a problem of the text, prefixes included."""
    message = _HINT.sub("", problem.message)
    for new, old in _FLAG_TEXTS:
        if message.startswith(new):
            message = old + message.removeprefix(new)
    if problem.phase == "instruction" and problem.span is not None:
        return f"{DAEMON}dockerfile parse error line {problem.span.start_line}: {message}"
    return f"{DAEMON}failed to parse Dockerfile: {message}"
