"""Sentences in the reader's language for what the engine says in values."""

from layerlab.explain.decisions import explain_decision, explain_orders
from layerlab.explain.steps import step_name

__all__ = ["explain_decision", "explain_orders", "step_name"]
