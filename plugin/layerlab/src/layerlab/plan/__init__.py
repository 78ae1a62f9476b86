"""From a parsed Dockerfile to what a builder would do: stages, scope of variables, configurations, step names."""

from layerlab.plan.make import make_plan

__all__ = ["make_plan"]
