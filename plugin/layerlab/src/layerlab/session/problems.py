"""What the editor marks: Docker's error, what else is wrong, warnings and advice, with the fixes that go with them.

Docker stops at the first error; an editor shows all. Docker's texts stay as they are, `explanation` has ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from layerlab.advice import Advice, advise
from layerlab.advice.wording import reason, sentence
from layerlab.build.record import BuildRecord, Failure, Warned
from layerlab.dockerfile import Dockerfile, Span, SyntaxProblem, parse
from layerlab.dockerfile.checks import CheckWarning
from layerlab.dockerfile.checks.fixing import fix_problem, fix_warning
from layerlab.dockerfile.edits import Fix
from layerlab.dockerfile.trailing import every_comment_fix, find_trailing_comments
from layerlab.explain.failures import NOTHING, explain_code
from layerlab.messages import Messages
from layerlab.session.bench import Block

MAX_PROBLEMS = 200
"""More isn't shown, and isn't looked at: each costs a look over the file."""

EXIT_CODE = re.compile(r"(?:exit code|non-zero code): (\d+)$")
LEGACY = (
    (EXIT_CODE, "run.failed"),
    (re.compile(r"file does not exist|not found in build context|no source files"), "copy.missing"),
)
ELSEWHERE = re.compile(r"--from=|--mount=\S*\bfrom=")
"""A step that takes something from a stage or an image."""
MISSING = re.compile(r"not found$|no such file|does not exist|not a directory")
NOWHERE = Span(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mark in the editor.

    Attributes:
        span: Where; line 0 where there is no place.
        severity: `error`, `warning` or `advice`.
        code: Of the failure, the rule or the advice.
        message: Docker's text; of advice our sentence.
        values: What the explanation may name.
        fix: The mechanical change, or None.
    """

    span: Span
    severity: str
    code: str
    message: str
    values: Mapping[str, str] = field(default_factory=dict)
    fix: Fix | None = None


def problems_of(state: Block, say: Messages) -> list[dict[str, Any]]:
    """Problems of a block's last build: errors, Docker's first, then warnings, then advice.

    Args:
        state: The block.
        say: Sentences of the reader's language.
    """
    return [] if state.record is None else problems_in(state.record, say)


def problems_in(record: BuildRecord, say: Messages) -> list[dict[str, Any]]:
    """Problems of a build; fields as in the session protocol.

    Args:
        record: The build.
        say: Sentences of the reader's language.
    """
    file = parse(record.source, name=record.name)
    errors = [*_failure(record, file), *_further(record, file)]
    broken = {line for error in errors for line in error.span.lines}
    warnings = [_warning(warning, file) for warning in record.warnings[:MAX_PROBLEMS] if warning.ranges]
    found = [_json(problem, say) for problem in [*errors, *warnings]]
    found.extend(
        _advice(advice, say)
        for advice in advise(record)
        if advice.rule != "LL010" or advice.found.span.start_line not in broken
    )
    return found[:MAX_PROBLEMS]


def _failure(record: BuildRecord, file: Dockerfile) -> list[Problem]:
    """What stopped the build."""
    failure = record.failure
    if failure is None:
        return []
    first = file.errors[0] if file.errors else None
    if first is not None and first.code == failure.code:
        return [_syntax(first, file, failure.message)]
    span = _place(failure, record, file)
    ended = EXIT_CODE.search(failure.message)
    values = {"exit_code": ended[1]} if ended else {}
    return [Problem(span, "error", _cause(failure, record), failure.message, values, _comment_fix(file, span))]


def _cause(failure: Failure, record: BuildRecord) -> str:
    """The code of a failure; the legacy builder has one for all its steps, and its text says which it was."""
    elsewhere = failure.step is not None and ELSEWHERE.search(record.steps[failure.step].label)
    if elsewhere and MISSING.search(failure.message) and not EXIT_CODE.search(failure.message):
        return "source.missing"
    if failure.code != "legacy.step":
        return failure.code
    return next((code for pattern, code in LEGACY if pattern.search(failure.message)), failure.code)


def _further(record: BuildRecord, file: Dockerfile) -> list[Problem]:
    """What Docker would come to later: other syntax problems, and bytes that make no sense."""
    shown = 1 if file.errors and record.failure is not None and record.failure.code == file.errors[0].code else 0
    rest = [_syntax(problem, file, problem.docker_text) for problem in file.errors[shown:MAX_PROBLEMS]]
    remarks = [
        Problem(remark.where or NOWHERE, "warning", remark.code, remark.message, dict(remark.values))
        for remark in file.remarks
    ]
    return [*rest, *remarks]


def _syntax(problem: SyntaxProblem, file: Dockerfile, message: str) -> Problem:
    span = problem.where or NOWHERE
    fix = _comment_fix(file, span) or fix_problem(file, problem)
    return Problem(span, "error", problem.code, message, dict(problem.values), fix)


def _place(failure: Failure, record: BuildRecord, file: Dockerfile) -> Span:
    """The lines of a failure; the legacy builder names none, but its step has some."""
    lines = failure.locations[0] if failure.locations else None
    if lines is None and failure.step is not None:
        lines = record.steps[failure.step].lines
    return file.source.line_span(*lines) if lines else NOWHERE


def _comment_fix(file: Dockerfile, span: Span) -> Fix | None:
    """One change for all comments behind instructions, where one of them is what is wrong here."""
    if any(comment.span.start_line in span.lines for comment in find_trailing_comments(file)):
        return every_comment_fix(file)
    return None


def _warning(warning: Warned, file: Dockerfile) -> Problem:
    first = min(start for start, _ in warning.ranges)
    last = max(end for _, end in warning.ranges)
    span = file.source.line_span(first, last)
    fix = fix_warning(file, CheckWarning(warning.rule, warning.detail, span)) or _comment_fix(file, span)
    return Problem(span, "warning", warning.rule, warning.detail, NOTHING, fix)


def _advice(advice: Advice, say: Messages) -> dict[str, Any]:
    found = advice.found
    problem = Problem(found.span, "advice", advice.rule, sentence(advice, say), NOTHING, found.fix)
    return _json(problem, say) | {"explanation": reason(advice.rule, say)}


def _json(problem: Problem, say: Messages) -> dict[str, Any]:
    span = problem.span
    return {
        "line": span.start_line,
        "endLine": span.end_line,
        "column": span.start_column,
        "endColumn": span.end_column,
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "explanation": explain_code(problem.code, say, problem.values),
        "fix": None if problem.fix is None else fix_json(problem.fix, say),
    }


def fix_json(fix: Fix, say: Messages) -> dict[str, Any]:
    """A fix as the editor takes it: a title and whole lines."""
    return {
        "title": say(fix.key, **dict(fix.values)),
        "edits": [{"line": edit.line, "endLine": edit.end_line, "text": edit.text} for edit in fix.edits],
    }
