"""Findings of several files as SARIF 2.1.0, for code-scanning services."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from layerlab.dockerfile.checks import RULES
from layerlab.dockerfile.checks.facts import Warning as CheckWarning
from layerlab.dockerfile.span import Span

NO_TITLES: Mapping[str, str] = MappingProxyType({})
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True, slots=True)
class FileFindings:
    """What was found in one file.

    Attributes:
        path: As it is to be shown, with slashes.
        warnings: The linter's.
        errors: (code, message, place or None) of what keeps Docker from building it.
        notes: Likewise, of advice that is not Docker's.
    """

    path: str
    warnings: Sequence[CheckWarning] = ()
    errors: Sequence[tuple[str, str, Span | None]] = ()
    notes: Sequence[tuple[str, str, Span | None]] = ()


def sarif_document(
    files: Iterable[FileFindings], version: str, titles: Mapping[str, str] = NO_TITLES
) -> dict[str, object]:
    """The SARIF log as a value.

    Args:
        files: In the order to be told.
        version: Of this tool.
        titles: What rules that aren't Docker's are about, by code.
    """
    results: list[dict[str, object]] = []
    used: dict[str, None] = {}
    for file in files:
        for code, message, span in file.errors:
            used[code] = None
            results.append(_result(code, "error", message, file.path, span))
        for warning in file.warnings:
            used[warning.rule] = None
            results.append(_result(warning.rule, "warning", warning.message, file.path, warning.span))
        for code, message, span in file.notes:
            used[code] = None
            results.append(_result(code, "note", message, file.path, span))
    driver = {
        "name": "layerlab",
        "version": version,
        "rules": [_descriptor(name, titles.get(name, "")) for name in used],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def sarif_text(document: dict[str, object]) -> str:
    """The SARIF log as text."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _descriptor(name: str, title: str) -> dict[str, object]:
    rule = RULES.get(name)
    if rule is None:
        return {"id": name, "shortDescription": {"text": title}} if title else {"id": name}
    entry: dict[str, object] = {"id": name, "shortDescription": {"text": rule.description}}
    if rule.url:
        entry["helpUri"] = rule.url
    return entry


def _result(code: str, level: str, message: str, path: str, span: Span | None) -> dict[str, object]:
    physical: dict[str, object] = {"artifactLocation": {"uri": path}}
    if span is not None:
        physical["region"] = _region(span)
    return {
        "ruleId": code,
        "level": level,
        "message": {"text": message},
        "locations": [{"physicalLocation": physical}],
    }


def _region(span: Span) -> dict[str, int]:
    region = {"startLine": span.start_line, "startColumn": span.start_column + 1, "endLine": span.end_line}
    return region | {"endColumn": span.end_column + 1}
