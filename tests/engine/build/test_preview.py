"""What would happen, told without running anything."""

from __future__ import annotations

import pytest
from engine.build.build_lab import Bench

from layerlab.build.ports import BuildRequest
from layerlab.build.preview import Foreseen, Order, better_orders, preview
from layerlab.dockerfile import parse
from layerlab.plan import make_plan
from layerlab.plan.model import PlanRequest

TEXT = "FROM base\nCOPY src /app\nRUN write /deps 1\nRUN write /done 1\n"
STAGES = "FROM base AS b\nRUN write /out {}\nFROM base\nRUN write /own 1\nCOPY --from=b /out /out\nRUN write /end 1\n"


@pytest.fixture
def bench() -> Bench:
    return Bench()


def foresee(bench: Bench, text: str, files: dict[str, str] | None = None) -> list[Foreseen]:
    from engine.build.build_lab import context_of

    request = BuildRequest(text, context=context_of(files or {}), now=bench.now, personality=bench.personality)
    plan = make_plan(PlanRequest(parse(text)), bench, "buildkit")
    return [item for item in preview(request, plan, bench.cache, bench.store, bench) if item.outcome != "skipped"]


def outcomes(found: list[Foreseen]) -> list[str]:
    return [item.outcome for item in found]


def test_nothing_is_run_or_kept(bench: Bench) -> None:
    before = bench.cache
    assert outcomes(foresee(bench, TEXT, {"src/a": "1"})) == ["runs"] * 3
    assert bench.scripts.ran == []
    assert bench.cache is before


def test_it_foretells_what_the_build_then_does(bench: Bench) -> None:
    bench.build(TEXT, {"src/a": "1"})
    changed = TEXT.replace("/done 1", "/done 2")
    foretold = [item.decision for item in foresee(bench, changed, {"src/a": "1"})]
    record = bench.build(changed, {"src/a": "1"})
    assert foretold == [step.cache for step in record.steps if step.instruction != "FROM"]


def test_a_stage_that_runs_leaves_open_what_is_copied_from_it(bench: Bench) -> None:
    bench.build(STAGES.format(1))
    found = foresee(bench, STAGES.format(2))
    assert outcomes(found) == ["runs", "cached", "depends", "depends"]
    assert [item.waits_for for item in found] == ["", "", "b", "b"]


def test_a_cached_stage_leaves_nothing_open(bench: Bench) -> None:
    bench.build(STAGES.format(1))
    assert outcomes(foresee(bench, STAGES.format(1))) == ["cached"] * 4


def test_steps_that_could_have_stood_before_the_change_are_named(bench: Bench) -> None:
    bench.build(TEXT, {"src/a": "1"})
    record = bench.build(TEXT, {"src/a": "2"})
    assert better_orders(record) == (Order(1, (2, 3)),)


def test_a_first_build_has_no_better_order(bench: Bench) -> None:
    orders = better_orders(bench.build("FROM base\nRUN write /a 1\n"))
    assert orders == ()
