"""What an error, a warning or a piece of advice means, in the reader's language, by its code.

One look-up for all: `explain.plan.…`, `syntax.…`, `expansion.…`, `checks.…`, `advice.…`. Docker's own text isn't
touched by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from types import MappingProxyType

from layerlab.messages import Messages

NOTHING: Mapping[str, str] = MappingProxyType({})


def explain_code(code: str, say: Messages, values: Mapping[str, str] = NOTHING) -> str:
    """A sentence on what is the matter and what to do; empty where there is none.

    Args:
        code: Of the failure, the rule, or the advice.
        say: Sentences of the reader's language.
        values: What the sentence may name. One that needs more than is known is passed over.
    """
    exact = f".{values['exit_code']}" if "exit_code" in values else ""
    for key in (f"explain.{code}{exact}", f"explain.{code}", code, f"checks.{code}", f"advice.{code}.why"):
        if key in say:
            needed = {name for _, name, _, _ in Formatter().parse(say.written(key)) if name}
            if needed <= values.keys():
                return say(key, **{name: values[name] for name in needed}) if needed else _plain(say, key)
    return ""


def _plain(say: Messages, key: str) -> str:
    """A sentence without placeholders, doubled braces undone."""
    return say(key).replace("{{", "{").replace("}}", "}")
