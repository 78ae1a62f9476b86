"""The plan's findings in the record's form."""

from __future__ import annotations

from layerlab.build.record import Warned
from layerlab.dockerfile.checks.facts import Warning as Finding


def warned(finding: Finding) -> Warned:
    """A finding with its rule's description and page."""
    lines = (finding.span.start_line, finding.span.end_line)
    return Warned(finding.rule, "", "", finding.message, (lines,))
