"""The legacy builder: every instruction an image, the cache up to the first miss, hashes in the history."""

from __future__ import annotations

from itertools import pairwise

import pytest
from engine.build.build_lab import LEGACY, Bench, statuses

from layerlab.build.reasons import FileChange, FilesChanged, InstructionChanged, LegacyChain, Miss, NoCacheRequested
from layerlab.docker.progress.legacy import legacy_log

TEXT = 'FROM base\nLABEL a=1\nCOPY f /f\nRUN write /x 1\nCMD ["x"]\n'


@pytest.fixture
def bench() -> Bench:
    return Bench(LEGACY)


def because(record: object, index: int) -> object:
    decision = record.steps[index].cache  # type: ignore[attr-defined]
    assert isinstance(decision, Miss)
    return decision.because


def test_every_instruction_is_an_image_with_its_parent(bench: Bench) -> None:
    record = bench.build(TEXT, {"f": "1"})
    ids = [step.image_id for step in record.steps]
    assert len(set(ids)) == 5
    for parent, child in pairwise(ids):
        assert bench.store.images[child or ""].parent == parent


def test_the_same_again_uses_the_cache_throughout(bench: Bench) -> None:
    first = bench.build(TEXT, {"f": "1"})
    second = bench.build(TEXT, {"f": "1"})
    assert statuses(second) == ["cached"] * 4
    assert first.image == second.image


def test_a_changed_label_misses_and_all_after_it(bench: Bench) -> None:
    bench.build(TEXT, {"f": "1"})
    record = bench.build(TEXT.replace("a=1", "a=2"), {"f": "1"})
    assert statuses(record) == ["ran"] * 4
    assert because(record, 1) == InstructionChanged("/bin/sh -c #(nop)  LABEL a=1", "/bin/sh -c #(nop)  LABEL a=2")
    assert because(record, 2) == LegacyChain(1)


def test_a_changed_file_is_named(bench: Bench) -> None:
    bench.build(TEXT, {"f": "1"})
    record = bench.build(TEXT, {"f": "2"})
    assert because(record, 2) == FilesChanged((FileChange("/f", "content"),))


def test_no_cache_runs_everything(bench: Bench) -> None:
    bench.build(TEXT, {"f": "1"})
    record = bench.build(TEXT, {"f": "1"}, no_cache=True)
    assert statuses(record) == ["ran"] * 4
    assert because(record, 1) == NoCacheRequested()


def test_a_recorded_hash_of_a_copied_file(bench: Bench) -> None:
    record = bench.build("FROM base\nCOPY package.txt /app/\n", {"package.txt": "pkg\n"})
    assert record.image is not None
    assert record.image.history[-1].created_by == (
        "/bin/sh -c #(nop) COPY file:8606542afd64ae1ad45cf6f7b1ee9a36fc88871f5659128efd04f00db50955a6 in /app/ "
    )


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            "COPY nope /x",
            "COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist",
        ),
        ("COPY *.zip /x/", "COPY failed: no source files were specified"),
        ("COPY ../f /x", "COPY failed: forbidden path outside the build context: ../f ()"),
        (
            "COPY f g /x",
            "When using COPY with more than one source file, the destination must be a directory and end with a /",
        ),
        (
            "COPY --chown=ghost f /x",
            "unable to convert uid/gid chown string to host mapping: can't find uid for user ghost: no such user: ghost",
        ),
    ],
)
def test_errors_are_the_builders_own(bench: Bench, line: str, text: str) -> None:
    record = bench.build(f"FROM base\n{line}\n", {"f": "1", "g": "2"})
    assert record.failure is not None
    assert record.failure.message == text


def test_a_failed_build_leaves_its_images(bench: Bench) -> None:
    bench.build("FROM base\nLABEL a=1\nRUN fail 1\n")
    assert len(bench.store.images) == 1
    assert statuses(bench.build("FROM base\nLABEL a=1\nRUN nothing\n")) == ["cached", "ran"]


def test_all_stages_up_to_the_target_are_built(bench: Bench) -> None:
    bench.build("FROM base AS unused\nRUN write /u 1\nFROM base\nRUN write /x 1\n")
    assert bench.scripts.ran == ["write /u 1", "write /x 1"]


def test_the_log_tells_of_an_earlier_healthcheck_and_aligns_the_size() -> None:
    record = Bench(LEGACY).build("FROM base\nHEALTHCHECK CMD a b\nHEALTHCHECK NONE\nHEALTHCHECK CMD c\n")
    log, _ = legacy_log(record)
    assert log.count("Note: overriding previous HEALTHCHECK: [CMD-SHELL a b]\n") == 1
    assert log.count("Note: overriding") == 1
    assert log.startswith("Sending build context to Docker daemon  1.024kB\r\n")


def test_ignored_build_files_are_sent_all_the_same() -> None:
    files = {".dockerignore": "*\n", "Dockerfile": "FROM base\n", "a": "a\n"}
    assert Bench(LEGACY).build("FROM base\nENV a=1\n", files).context.tar_bytes == 1024 + 2 * (512 + 512)
