"""A finding as sentences: what is the matter, why it matters, and what a fix is called."""

from __future__ import annotations

from layerlab.advice.rule import Advice, Value
from layerlab.docker.units import human
from layerlab.dockerfile.edits import Fix
from layerlab.filesystem.layer import Size
from layerlab.messages import Messages

SHOWN = 3
"""How many names or lines a sentence has."""


def sentence(advice: Advice, say: Messages) -> str:
    """What was found, with its lines and bytes."""
    found = advice.found
    key = f"advice.{advice.rule}.{found.variant}" if found.variant else f"advice.{advice.rule}"
    return say(key, **{name: told(value, say) for name, value in found.values})


def reason(rule: str, say: Messages) -> str:
    """Why a rule is there and what to do about it."""
    return say(f"advice.{rule}.why")


def fix_title(fix: Fix, say: Messages) -> str:
    """What the button of a fix says."""
    return say(fix.key, **dict(fix.values))


def told(value: Value, say: Messages) -> str:
    """A placeholder's value as text."""
    match value:
        case Size(bytes=None, at_least=0):
            return say("advice.size.unknown")
        case Size(bytes=None, at_least=known):
            return say("advice.size.at_least", size=human(known))
        case Size(bytes=int(number), estimated=True):
            return say("advice.size.estimated", size=human(number))
        case Size(bytes=int(number)):
            return human(number)
        case tuple(items):
            names = ", ".join(str(item) for item in items[:SHOWN])
            return say("advice.more", names=names, count=len(items) - SHOWN) if len(items) > SHOWN else names
        case _:
            return str(value)
