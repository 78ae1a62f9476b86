"""The plan's findings in the record's form."""

from __future__ import annotations

from layerlab.build.record import Warned
from layerlab.dockerfile.checks import RULES
from layerlab.dockerfile.checks.facts import Warning as Finding


def warned(finding: Finding) -> Warned:
    """A finding with its rule's description and page; every line it points at is a range of its own."""
    rule = RULES.get(finding.rule)
    ranges = tuple((line, line) for line in finding.span.lines)
    return Warned(finding.rule, rule.description if rule else "", rule.url if rule else "", finding.message, ranges)
