"""Our own advice on layers, `LL…`, computed from a simulated build. It is apart from Docker's checks.

`RULES` is the table; `advise` runs it; `wording` turns a finding into sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from layerlab.advice import habits, order, secrets, waste
from layerlab.advice.evidence import gather
from layerlab.advice.rule import Advice, Found, Rule
from layerlab.build.record import BuildRecord

__all__ = ["RULES", "Advice", "Found", "Rule", "advise"]

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.code: rule
        for rule in (
            order.update_alone,
            waste.lists_left_behind,
            secrets.secret_file_copied,
            secrets.secret_value_kept,
            waste.deleted_later,
            waste.stored_twice,
            order.copy_before_install,
            habits.add_for_copy,
            habits.floating_tag,
            habits.trailing_comment,
        )
    }
)
"""All rules by code."""


MAX_STEPS = 1000
"""Rules compare steps with each other, so the work is bounded: no file that people write is longer."""


def advise(record: BuildRecord) -> tuple[Advice, ...]:
    """What could be done better in a build, in the order of the lines.

    Args:
        record: The build; of a failed one, what can be said of the part that ran. One of more than `MAX_STEPS` steps
            gets none.
    """
    if len(record.steps) > MAX_STEPS:
        return ()
    evidence = gather(record)
    found = [Advice(rule.code, finding) for rule in RULES.values() for finding in rule.check(evidence)]
    return tuple(sorted(found, key=lambda advice: (advice.found.span.start_line, advice.rule)))
