"""How a phase of planning stops: with a `PlanError` as data, carried up to the planner by one exception."""

from __future__ import annotations

from layerlab.dockerfile.span import Span
from layerlab.plan.model import Phase, PlanError


class PlanFailure(Exception):  # noqa: N818  # what it carries is the error
    """Planning can't go on.

    Attributes:
        error: What is reported.
    """

    def __init__(self, error: PlanError) -> None:
        super().__init__(error.message)
        self.error = error


def failure(code: str, message: str, *spans: Span, phase: Phase, vertex: str = "") -> PlanFailure:
    """The exception for a new error."""
    return PlanFailure(PlanError(f"plan.{code}", message, spans, phase, vertex))
