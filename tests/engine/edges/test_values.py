"""What values of the engine are made and remembered with."""

from dataclasses import dataclass, replace

from layerlab.build.record import Note, Step
from layerlab.memo import Memo
from layerlab.values import changed


@dataclass(frozen=True, slots=True)
class One:
    only: int


def test_a_changed_value_is_what_replace_gives():
    step = Step(1, 0, 2, 3, "[2/3] RUN x", "RUN", "RUN x", (1, 1), notes=(Note("a"),))
    assert changed(step, status="cached", size=None) == replace(step, status="cached", size=None)
    assert changed(step) == step
    assert changed(One(1), only=2) == One(2)


def test_a_memory_keeps_what_was_used_last_and_tells_equal_things_apart_by_identity():
    memory, one, other = Memo(2), ["a"], ["a"]
    assert memory.get((one,), "k", object) is memory.get((one,), "k", object)
    assert memory.get((one,), "k", object) is not memory.get((other,), "k", object)
    kept = memory.get((one,), "k", object)
    memory.get((), "new", object)
    assert memory.get((one,), "k", object) is kept
    lost = memory.get((), "newer", object)
    memory.get((one,), "k", object)
    memory.get((), "newest", object)
    assert memory.get((), "newer", object) is not lost
