"""How warnings are reported: `docker build --check` as text and JSON, the lines in a build's log, the closing block.

Mimicked: buildx 0.36 with BuildKit 0.32.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from layerlab.dockerfile.checks import RULES
from layerlab.dockerfile.checks.facts import Warning as CheckWarning
from layerlab.dockerfile.excerpt import excerpt
from layerlab.dockerfile.source import Source
from layerlab.dockerfile.span import Span


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `docker build --check` prints.

    Attributes:
        stdout: Of the text form.
        stderr: Of the text form.
        exit_code: 1 with a warning or an error, else 0.
    """

    stdout: str
    stderr: str
    exit_code: int


def sort_warnings(warnings: Iterable[CheckWarning]) -> list[CheckWarning]:
    """By first line; on one line in order of emission."""
    return sorted(warnings, key=lambda warning: warning.span.start_line)


def report_check(
    source: Source,
    warnings: Sequence[CheckWarning],
    *,
    filename: str = "Dockerfile",
    error: str | None = None,
    error_spans: Sequence[Span] = (),
) -> CheckReport:
    """The text form.

    Args:
        source: The Dockerfile's text.
        warnings: In order of emission.
        filename: Path as the user gave it.
        error: Message that ended the planning, without `failed to build`, or None.
        error_spans: Places of it.
    """
    lines: list[str] = []
    if warnings or error is None:
        lines.append(_headline(len(warnings)))
    for warning in sort_warnings(warnings):
        rule = RULES[warning.rule]
        url = f" - {rule.url}" if rule.url else ""
        shown = excerpt(source, [warning.span], filename)
        lines.append(f"\nWARNING: {warning.rule}{url}\n{warning.message}\n{shown}")
    stderr = ""
    if error is not None:
        lines.append("\n" if warnings else "")
        stderr = f"ERROR: {error}\n{excerpt(source, error_spans, filename)}"
    return CheckReport("".join(lines), stderr, int(bool(warnings) or error is not None))


def _headline(count: int) -> str:
    match count:
        case 0:
            return "Check complete, no warnings found.\n"
        case 1:
            return "Check complete, 1 warning has been found!\n"
        case _:
            return f"Check complete, {count} warnings have been found!\n"


def check_document(
    source: Source,
    warnings: Sequence[CheckWarning],
    *,
    filename: str = "Dockerfile",
    error: str | None = None,
    error_spans: Sequence[Span] = (),
) -> dict[str, object]:
    """The JSON form (`--call=check,format=json`) as a value; warnings are in order of emission there."""
    document: dict[str, object] = {
        "warnings": [_json_warning(warning) for warning in warnings],
        "sources": [
            {
                "filename": filename,
                "language": "Dockerfile",
                "data": base64.b64encode(source.to_bytes()).decode("ascii"),
            }
        ],
    }
    if error is not None:
        ranges = [_json_range(line, line) for line in sorted({line for span in error_spans for line in span.lines})]
        document["buildError"] = {"message": error, "location": {"ranges": ranges} if ranges else {}}
    return document


def check_json(document: dict[str, object]) -> str:
    """The JSON form as text."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _json_warning(warning: CheckWarning) -> dict[str, object]:
    rule = RULES[warning.rule]
    entry: dict[str, object] = {"ruleName": rule.name, "description": rule.description}
    if rule.url:
        entry["url"] = rule.url
    entry["detail"] = warning.message
    entry["location"] = {"ranges": [_json_range(line, line) for line in warning.span.lines]}
    return entry


def _json_range(first: int, last: int) -> dict[str, object]:
    return {"start": {"line": first}, "end": {"line": last}}


def log_line(warning: CheckWarning) -> str:
    """`Rule: message (line N)`, as the build's log has it after `WARN: `."""
    place = f" (line {warning.span.start_line})" if warning.span.start_line > 0 else ""
    return f"{warning.rule}: {warning.message}{place}"


def closing_block(warnings: Sequence[CheckWarning]) -> str:
    r"""The block after a build, on stderr, in yellow whether or not there is a terminal; empty without warnings."""
    rows = list(dict.fromkeys(log_line(warning) for warning in warnings))
    if not rows:
        return ""
    count = "1 warning found" if len(rows) == 1 else f"{len(rows)} warnings found"
    head = f"\n \x1b[33m{count} (use docker --debug to expand):\n\x1b[0m"
    return head + "".join(f" - {row}\n" for row in rows)
