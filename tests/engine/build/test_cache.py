"""What makes steps miss or hit BuildKit's cache, and the reasons that are given."""

from __future__ import annotations

import pytest
from engine.build.build_lab import Bench, base_image, context_of, statuses

from layerlab.build.reasons import (
    ArgumentChanged,
    BaseChanged,
    CommandChanged,
    EnvironmentChanged,
    FileChange,
    FilesChanged,
    FirstBuild,
    Hit,
    Miss,
    NoCacheRequested,
    NotALayer,
    OptionsChanged,
    ParentChanged,
    Skipped,
    SourceStageChanged,
    StageNotNeeded,
    StepMoved,
    UserChanged,
    WorkdirChanged,
)

APP = "FROM base\nRUN write /lib x\nCOPY src /app\nRUN write /done y\n"
SOURCES = {"src/main.py": "print(1)\n", "src/lib/a.py": "a = 1\n"}


@pytest.fixture
def bench() -> Bench:
    return Bench()


def because(record: object, index: int) -> object:
    decision = record.steps[index].cache  # type: ignore[attr-defined]
    assert isinstance(decision, Miss), decision
    return decision.because


class TestFirstAndSecondBuild:
    def test_a_first_build_says_so(self, bench: Bench) -> None:
        record = bench.build(APP, SOURCES)
        assert [because(record, index) for index in (1, 3)] == [FirstBuild(), FirstBuild()]

    def test_the_same_again_is_all_cached(self, bench: Bench) -> None:
        bench.build(APP, SOURCES)
        record = bench.build(APP, SOURCES)
        assert statuses(record) == ["cached"] * 3
        assert all(isinstance(step.cache, Hit) and step.cache.build == 1 for step in record.steps[1:])

    def test_a_cached_rebuild_is_the_same_image_with_the_same_times(self, bench: Bench) -> None:
        first, second = bench.build(APP, SOURCES), bench.build(APP, SOURCES)
        assert first.image is not None
        assert second.image is not None
        assert (first.image.id, first.image.history) == (second.image.id, second.image.history)

    def test_going_back_to_the_old_text_is_all_cached(self, bench: Bench) -> None:
        bench.build(APP, SOURCES)
        bench.build(APP.replace("/lib x", "/lib z"), SOURCES)
        assert statuses(bench.build(APP, SOURCES)) == ["cached"] * 3


class TestCopyInvalidation:
    """What makes a COPY step miss the cache."""

    def test_changed_content_misses_and_names_the_file(self, bench: Bench) -> None:
        bench.build(APP, SOURCES)
        record = bench.build(APP, {**SOURCES, "src/main.py": "print(2)\n"})
        assert statuses(record) == ["cached", "ran", "ran"]
        assert because(record, 2) == FilesChanged((FileChange("/src/main.py", "content"),))
        assert because(record, 3) == ParentChanged(2, 2)

    @pytest.mark.parametrize(
        ("files", "change"),
        [
            ({**SOURCES, "src/new.py": ""}, FileChange("/src/new.py", "added")),
            ({"src/main.py": "print(1)\n", "src/lib": {"type": "dir"}}, FileChange("/src/lib/a.py", "removed")),
            ({**SOURCES, "src/main.py": {"content": "print(1)\n", "mode": "0755"}}, FileChange("/src/main.py", "mode")),
            ({**SOURCES, "src/main.py": {"type": "symlink", "link": "x"}}, FileChange("/src/main.py", "type")),
        ],
    )
    def test_what_changed_is_named(self, bench: Bench, files: dict[str, object], change: FileChange) -> None:
        bench.build(APP, SOURCES)
        record = bench.build(APP, files)  # type: ignore[arg-type]
        assert because(record, 2) == FilesChanged((change,))

    def test_touched_file_with_equal_content_hits(self, bench: Bench) -> None:
        bench.build(APP, SOURCES)
        touched = {**SOURCES, "src/main.py": {"content": "print(1)\n", "mtime": 1_800_000_000}}
        assert statuses(bench.build(APP, touched)) == ["cached"] * 3

    def test_mode_of_the_named_directory_itself_does_not_matter(self, bench: Bench) -> None:
        bench.build(APP, SOURCES)
        assert statuses(bench.build(APP, {**SOURCES, "src": {"type": "dir", "mode": "0700"}})) == ["cached"] * 3

    def test_a_file_outside_the_source_does_not_matter(self, bench: Bench) -> None:
        bench.build(APP, SOURCES)
        assert statuses(bench.build(APP, {**SOURCES, "README": "new"})) == ["cached"] * 3

    def test_file_kept_out_by_dockerignore_does_not_matter(self, bench: Bench) -> None:
        text = "FROM base\nCOPY . /app\n"
        ignore = {".dockerignore": "*.log\n"}
        bench.build(text, {**SOURCES, **ignore})
        assert statuses(bench.build(text, {**SOURCES, **ignore, "x.log": "1"})) == ["cached"]

    def test_another_owner_is_an_option(self, bench: Bench) -> None:
        bench.build("FROM base\nCOPY --chown=1:1 src /app\n", SOURCES)
        record = bench.build("FROM base\nCOPY --chown=2:2 src /app\n", SOURCES)
        assert because(record, 1) == UserChanged("1:1", "2:2")

    def test_another_mode_is_an_option(self, bench: Bench) -> None:
        bench.build("FROM base\nCOPY src /app\n", SOURCES)
        assert because(bench.build("FROM base\nCOPY --chmod=700 src /app\n", SOURCES), 1) == OptionsChanged(
            "chmod", "", "700"
        )

    def test_another_destination_is_another_command(self, bench: Bench) -> None:
        bench.build("FROM base\nCOPY src /app\n", SOURCES)
        assert because(bench.build("FROM base\nCOPY src /srv\n", SOURCES), 1) == CommandChanged(
            "COPY src /app", "COPY src /srv"
        )

    def test_equal_content_under_another_directory_hits(self, bench: Bench) -> None:
        bench.build("FROM base\nCOPY a/f /f\n", {"a/f": "same"})
        assert statuses(bench.build("FROM base\nCOPY b/f /f\n", {"b/f": "same"})) == ["cached"]


class TestRunInvalidation:
    def test_another_command_is_named_with_both_texts(self, bench: Bench) -> None:
        bench.build("FROM base\nRUN write /a 1\n")
        record = bench.build("FROM base\nRUN write /a 2\n")
        assert because(record, 1) == CommandChanged("/bin/sh -c write /a 1", "/bin/sh -c write /a 2")

    def test_an_unused_argument_counts(self, bench: Bench) -> None:
        text = "FROM base\nARG V=1\nRUN write /a 1\n"
        bench.build(text)
        assert because(bench.build(text, build_args={"V": "2"}), 2) == ArgumentChanged("V", "1", "2")

    def test_an_environment_variable_counts(self, bench: Bench) -> None:
        bench.build("FROM base\nENV A=1\nRUN nothing\n")
        assert because(bench.build("FROM base\nENV A=2\nRUN nothing\n"), 2) == EnvironmentChanged("A", "1", "2")

    def test_an_argument_after_the_run_does_not_count(self, bench: Bench) -> None:
        text = "FROM base\nRUN nothing\nARG V=1\n"
        bench.build(text)
        assert statuses(bench.build(text, build_args={"V": "2"})) == ["cached"]

    def test_user_and_directory_are_named(self, bench: Bench) -> None:
        bench.build("FROM base\nRUN nothing\n")
        assert because(bench.build("FROM base\nUSER app\nRUN nothing\n"), 2) == UserChanged("", "app")
        bench.build("FROM base\nWORKDIR /x\nRUN nothing\n")
        record = bench.build("FROM base\nWORKDIR /y\nRUN nothing\n")
        decision = record.steps[2].cache
        assert isinstance(decision, Miss)
        assert decision.because == ParentChanged(1, 1)
        assert WorkdirChanged("/x", "/y") in decision.also

    @pytest.mark.parametrize("line", ["LABEL a=1", 'CMD ["x"]', "EXPOSE 80", "STOPSIGNAL 9", "VOLUME /v"])
    def test_metadata_does_not_count(self, bench: Bench, line: str) -> None:
        bench.build("FROM base\nRUN nothing\n")
        record = bench.build(f"FROM base\n{line}\nRUN nothing\n")
        assert statuses(record) == ["cached"]
        assert record.steps[1].cache == Skipped(NotALayer())

    def test_equal_files_after_another_command_still_miss(self, bench: Bench) -> None:
        bench.build("FROM base\nRUN write /a 1\nRUN write /b 1\n")
        record = bench.build("FROM base\nRUN nothing; write /a 1\nRUN write /b 1\n")
        assert because(record, 2) == ParentChanged(1, 1)

    def test_an_inserted_line_moves_what_follows(self, bench: Bench) -> None:
        bench.build("FROM base\nRUN write /a 1\nRUN write /b 1\n")
        record = bench.build("FROM base\nRUN write /b 1\n")
        assert because(record, 1) in (
            CommandChanged("/bin/sh -c write /a 1", "/bin/sh -c write /b 1"),
            StepMoved(None),
        )

    def test_a_failing_step_leaves_what_came_before_it(self, bench: Bench) -> None:
        assert not bench.build("FROM base\nRUN write /a 1\nRUN fail 3\n").ok
        record = bench.build("FROM base\nRUN write /a 1\nRUN write /b 2\n")
        assert statuses(record) == ["cached", "ran"]


class TestBases:
    def test_another_base_is_named(self, bench: Bench) -> None:
        bench.images["other"] = base_image(b"two\n")
        bench.build("FROM base\nRUN nothing\n")
        record = bench.build("FROM other\nRUN nothing\n")
        assert because(record, 1) == BaseChanged("docker.io/library/base:latest", "docker.io/library/other:latest")

    def test_a_base_with_the_same_layers_hits(self, bench: Bench) -> None:
        bench.images["other"] = base_image()
        bench.build("FROM base\nRUN nothing\n")
        assert statuses(bench.build("FROM other\nRUN nothing\n")) == ["cached"]

    def test_a_used_base_is_cached_when_a_step_runs_on_it(self, bench: Bench) -> None:
        def base(record: object) -> list[str]:
            return [vertex.status for vertex in record.vertices if vertex.kind == "image"]  # type: ignore[attr-defined]

        assert base(bench.build("FROM base\nRUN write /a 1\n")) == ["DONE"]
        assert base(bench.build("FROM base\nRUN write /a 2\n")) == ["CACHED"]
        assert base(bench.build("FROM base\nRUN write /a 2\n")) == ["DONE"]


class TestStages:
    TEXT = "FROM base AS b\nRUN {}\nFROM base\nCOPY --from=b /out /out\nRUN write /end 1\n"

    def test_the_same_artifact_of_a_changed_stage_hits(self, bench: Bench) -> None:
        bench.build(self.TEXT.format("write /out same"))
        record = bench.build(self.TEXT.format("nothing; write /out same"))
        assert statuses(record) == ["ran", "cached", "cached"]

    def test_another_artifact_names_the_stage_and_the_step(self, bench: Bench) -> None:
        bench.build(self.TEXT.format("write /out one"))
        record = bench.build(self.TEXT.format("write /out two"))
        assert because(record, 3) == SourceStageChanged("b", (FileChange("/out", "content"),), 1)

    def test_an_unneeded_stage_is_skipped_with_the_reason(self, bench: Bench) -> None:
        record = bench.build("FROM base AS x\nRUN write /x 1\nFROM base AS y\nRUN write /y 1\n")
        assert bench.scripts.ran == ["write /y 1"]
        assert record.steps[0].cache == Skipped(StageNotNeeded("y"))

    def test_equal_steps_of_two_stages_run_once(self, bench: Bench) -> None:
        text = "FROM base AS x\nRUN write /s 1\nFROM base AS y\nRUN write /s 1\nFROM scratch\nCOPY --from=x /s /x\nCOPY --from=y /s /y\n"
        record = bench.build(text)
        assert bench.scripts.ran == ["write /s 1"]
        assert isinstance(record.steps[3].cache, Hit)
        assert record.steps[3].cache.by == "shared"


class TestNoCache:
    def test_every_run_and_copy_is_done_again(self, bench: Bench) -> None:
        bench.build(APP, SOURCES)
        record = bench.build(APP, SOURCES, no_cache=True)
        assert statuses(record) == ["ran"] * 3
        assert because(record, 1) == NoCacheRequested()

    def test_a_workdir_on_the_base_stays_cached(self, bench: Bench) -> None:
        text = "FROM base\nWORKDIR /w\nRUN nothing\nWORKDIR /v\n"
        bench.build(text)
        assert statuses(bench.build(text, no_cache=True)) == ["cached", "ran", "ran"]

    def test_its_results_serve_the_next_build(self, bench: Bench) -> None:
        bench.build(APP, SOURCES, no_cache=True)
        assert statuses(bench.build(APP, SOURCES)) == ["cached"] * 3

    def test_a_filter_forces_only_its_stage(self, bench: Bench) -> None:
        text = TestStages.TEXT.format("write /out 1")
        bench.build(text)
        record = bench.build(text, no_cache_filter=("b",))
        assert statuses(record) == ["ran", "cached", "cached"]
        assert because(record, 1) == NoCacheRequested("b")


def test_every_step_has_a_decision(bench: Bench) -> None:
    record = bench.build("FROM base AS a\nENV X=1\nRUN fail 2\nRUN nothing\nFROM a\nUSER app\n")
    assert all(step.cache is not None for step in record.steps if step.status != "done" or step.instruction != "FROM")


def test_the_context_value_is_not_changed(bench: Bench) -> None:
    context = context_of(SOURCES)
    before = context.tree
    bench.build(APP, context)
    assert context.tree is before
