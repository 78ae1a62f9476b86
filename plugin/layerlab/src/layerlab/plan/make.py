"""The entry: which planner makes the plan."""

from __future__ import annotations

from layerlab.memo import Memo
from layerlab.plan.legacy import plan_legacy
from layerlab.plan.model import Bases, Flavour, Plan, PlanRequest
from layerlab.plan.planner import plan_buildkit

__all__ = ["make_plan"]


def make_plan(request: PlanRequest, bases: Bases, flavour: Flavour = "buildkit", memory: Memo | None = None) -> Plan:
    """Plan a build; pure, and never raises for what a Dockerfile can hold: errors are in the plan.

    Args:
        request: Parsed Dockerfile and options.
        bases: Where base images come from.
        flavour: Whose rules apply: BuildKit v0.32, BuildKit of Docker 20.10, or its legacy builder.
        memory: Of earlier plans; the plan is the same without it.
    """
    if flavour == "legacy":
        return plan_legacy(request, bases)
    return plan_buildkit(request, bases, flavour, memory or Memo())
