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


_NEGATIVE = re.compile(r"--retries cannot be negative \((-\d+)\)")
NO_STAGE = "no build stage in current context"
LLB = "failed to create LLB definition: "
_LINE = re.compile(r"^dockerfile parse error on line (\d+): ")
_REPOSITORY = re.compile(r"(repository name) \([^)]*\)")
_PROTOCOL = re.compile(r'^invalid port: "[^"]*": invalid proto: ')
_TARGET = re.compile(r'^target stage "(.*)" could not be found$')


def dispatch_text(message: str) -> str:
    """A dispatch error as 20.10 spells it."""
    for new, old in (("invalid containerPort", "Invalid containerPort"), ("invalid signal", "Invalid signal")):
        if message.startswith(new):
            return old + message.removeprefix(new)
    return _PROTOCOL.sub("Invalid proto: ", message)


def old_buildkit_text(message: str, line: int) -> str:
    """What stands after `failed to solve with frontend dockerfile.v0: ` in Docker 20.10.

    Args:
        message: BuildKit's of today.
        line: Where it points, or 0.
    """
    text = _HINT.sub("", message)
    text = _REPOSITORY.sub(r"\1", _TARGET.sub(r"target stage \1 could not be found", text))
    found = _LINE.match(text)
    if found:
        return f"{LLB}dockerfile parse error line {found[1]}: {_flag_text(text[found.end() :])}"
    if line and text.startswith(("unsupported mount", "unexpected key", "invalid field", "invalid value")):
        return f"{LLB}dockerfile parse error line {line}: {text}"
    return LLB + dispatch_text(text)


def syntax_text(problem: SyntaxProblem) -> str:
    """What the legacy builder says of a problem of the text, prefixes included."""
    message = _flag_text(_HINT.sub("", problem.message))
    if problem.phase == "instruction" and problem.span is not None:
        return f"{DAEMON}dockerfile parse error line {problem.span.start_line}: {message}"
    if message == NO_STAGE:
        return DAEMON + message
    return f"{DAEMON}failed to parse Dockerfile: {message}"


def _flag_text(message: str) -> str:
    negative = _NEGATIVE.fullmatch(message)
    if negative:
        return f"--retries must be at least 1 (not {negative[1]})"
    for new, old in _FLAG_TEXTS:
        if message.startswith(new):
            return old + message.removeprefix(new)
    return message
