"""Plans of every recorded Dockerfile, compared with what real Docker answered."""

import json
import re

import pytest
from engine.plan.plan_recordings import Recorded, RecordedBases, marked_lines, message_of, recorded

from layerlab.build.buildkit.state import sources_of
from layerlab.image.config import BUILDKIT_COMMENT, ImageConfig, legacy_run_config, run_config
from layerlab.plan import make_plan
from layerlab.plan.model import Plan, lineage
from layerlab.plan.operations import ImageSource

pytestmark = pytest.mark.oracle

MODERN = recorded()
LEGACY = recorded("expect.legacy.json")
HASH = re.compile(r"(file|dir|multi):[0-9a-f]{64}")
ORDINARY = ("[internal]", "resolve image config", "docker-image://", "exporting")
ONLY_WHEN_RUN = (
    "returned a non-zero code", "COPY failed", "ADD failed", "OCI runtime",
    "unable to prepare context", "failed to copy files", "When using COPY with", "unable to convert uid/gid",
    "Cannot mkdir",
)  # fmt: skip
"""Failures of the legacy builder that depend on files or on running something."""

UNCHANGED = {"from-01-plain": "the legacy builder gives the base image itself: nothing is written anew"}


def named(cases: list[Recorded], key: str = "", without: tuple[str, ...] | dict = ()):
    chosen = [case for case in cases if (not key or key in case.answer) and case.name not in without]
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in chosen])


def plan_of(case: Recorded, flavour: str = "buildkit", *, check: bool = False) -> Plan:
    return make_plan(case.last.request(check=check), RecordedBases(), flavour)


def rows(plan: Plan) -> list[tuple[str, bool, str]]:
    chain = lineage(plan, plan.target)
    found = [(entry.created_by, entry.empty_layer, entry.comment) for entry in chain[0].base_history]
    for stage in chain:
        facts = [operation.facts for operation in stage.operations]
        found += [
            (item.created_by, not item.makes_layer, BUILDKIT_COMMENT) for item in facts if item.created_by is not None
        ]
    return found


def whole(config: ImageConfig, run: dict) -> dict:
    author = {"author": config.author} if config.author else {}
    return {"architecture": config.architecture, **author, "config": run, "os": config.os}


def builds(case: Recorded) -> dict:
    return (case.answer.get("builds") or [case.answer])[-1]


class TestBuildKit:
    @named(MODERN, "history")
    def test_history(self, case):
        plan = plan_of(case)
        assert plan.error is None
        assert rows(plan) == [(row["created_by"], row["empty_layer"], row["comment"]) for row in case.answer["history"]]

    @named(MODERN, "config")
    def test_config(self, case):
        config = plan_of(case).config
        assert whole(config, run_config(config)) == case.answer["config"]

    @named(MODERN)
    def test_every_recorded_step_has_its_name(self, case):
        plan = plan_of(case)
        planned = {operation.facts.label for stage in plan.stages for operation in stage.operations}
        planned |= {stage.from_label for stage in plan.stages}
        sources = {source for stage in plan.stages for operation in stage.operations for source in sources_of(operation)}
        planned |= {f"FROM {source.log_name}" for source in sources if isinstance(source, ImageSource)}
        shown = {step["name"] for step in builds(case)["steps"] if not step["name"].startswith(ORDINARY)}
        assert shown <= planned

    @named(MODERN)
    def test_metadata_is_asked_for_as_recorded(self, case):
        start = "[internal] load metadata for "
        names = [step["name"] for step in builds(case)["steps"]]
        wanted = [name.removeprefix(start) for name in names if name.startswith(start)]
        assert sorted(lookup.title.removeprefix(start) for lookup in plan_of(case).metadata) == sorted(wanted)

    @named([case for case in MODERN if "check" in case.answer])
    def test_errors_that_need_no_build(self, case):
        error, answer = plan_of(case, check=True).error, case.answer["check"].get("build_error")
        assert (error.message if error else None) == (answer["message"] if answer else None)
        if answer:
            ranges = (answer.get("location") or {}).get("ranges", [])
            lines = {line for span in error.spans for line in span.lines}
            assert sorted(lines) == sorted(item["start"]["line"] for item in ranges)

    @named([case for case in MODERN if case.answer.get("error")])
    def test_build_errors_mark_the_recorded_lines(self, case):
        error = plan_of(case).error
        if error is None:
            failed = [step for step in case.answer["steps"] if step["status"] == "ERROR"]
            assert failed or b"--link" in case.text  # of that only a part fails, which no log shows
            return
        assert error.message == message_of(case.answer["error"])
        assert [line for span in error.spans for line in span.lines] == marked_lines(case.answer["error"])

    @named(MODERN, "warnings")
    def test_warnings_of_the_check(self, case):
        found = sorted(plan_of(case, check=True).warnings, key=lambda warning: warning.span.start_line)
        wanted = [(item["rule"], item["detail"], item["ranges"]) for item in case.answer["warnings"]]
        assert [(item.rule, item.message, [[line, line] for line in item.span.lines]) for item in found] == wanted


class TestLegacyBuilder:
    @named(LEGACY, "history")
    def test_history(self, case):
        plan = plan_of(case, "legacy")
        assert plan.error is None
        chain = lineage(plan, plan.target)
        found = [entry.created_by for entry in chain[0].base_history]
        for stage in chain:
            for operation in stage.operations:
                text, place = operation.facts.created_by, operation.facts.hash_at
                if text is not None:
                    found.append(text if place is None else f"{text[:place]}file:{'0' * 64}{text[place:]}")
        wanted = [row["created_by"] for row in case.answer["history"]]
        assert [HASH.sub("#", text) for text in found] == [HASH.sub("#", text) for text in wanted]

    @named(LEGACY, "config", without=UNCHANGED)
    def test_config(self, case):
        config = plan_of(case, "legacy").config
        found = whole(config, legacy_run_config(config))
        wanted = {key: value for key, value in case.answer["config"].items() if not key.startswith("_")}
        for side in (found, wanted):
            side["config"] = {key: value for key, value in side["config"].items() if key not in {"Image", "Hostname"}}
        assert found == wanted

    @named([case for case in LEGACY if builds(case).get("steps")])
    def test_steps_up_to_the_end_or_the_error(self, case):
        plan = plan_of(case, "legacy")
        planned = [facts.label for facts in plan.preamble]
        for index in plan.order:
            stage = plan.stages[index]
            planned += [stage.from_label, *(item.facts.label for item in stage.operations if item.facts.label)]
        if plan.error and plan.error.step:
            planned.append(plan.error.step_label)
        shown = [step["name"] for step in builds(case)["steps"]]
        assert planned[: len(shown)] == shown
        assert len(planned) == len(shown) or not builds(case)["ok"]

    @named([case for case in LEGACY if case.answer.get("error")])
    def test_errors_that_need_no_run(self, case):
        error, wanted = plan_of(case, "legacy").error, case.answer["error"].strip()
        if error is None:
            assert any(text in wanted for text in ONLY_WHEN_RUN)
        else:
            assert error.message == wanted

    def test_the_base_itself_comes_out_where_nothing_is_done(self):
        (case,) = [case for case in LEGACY if case.name in UNCHANGED]
        plan = plan_of(case, "legacy")
        assert plan.stages[plan.target].operations == ()
        assert run_config(plan.config) == case.answer["config"]["config"]


def test_the_recordings_are_there():
    assert len(MODERN) > 250
    assert len(LEGACY) > 150
    assert json.dumps(MODERN[0].answer)
