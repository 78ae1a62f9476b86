"""Mounts, users and secrets of RUN, and what of them stays in the layer."""

from __future__ import annotations

import pytest
from engine.build.build_lab import CLASSIC, LEGACY, NOW, Bench, base_image, paths, with_base

from layerlab.build.reasons import Hit
from layerlab.filesystem import EMPTY, Bytes, Directory, Editor, File, FileSystemError


@pytest.fixture
def bench() -> Bench:
    return Bench()


def bare(bench: Bench) -> Bench:
    """A base without `/proc` and `/sys`."""
    view = Editor(base_image().tree, NOW)
    view.rmdir("/proc")
    view.rmdir("/sys")
    return with_base(bench, tree=view.finish().after)


class TestKernelDirectories:
    def test_the_first_run_on_a_base_without_them_leaves_both(self, bench: Bench) -> None:
        record = bare(bench).build("FROM base\nRUN nothing\nRUN nothing; nothing\n")
        assert paths(record, "RUN") == [("/proc", "dir"), ("/sys", "dir")]
        assert paths(record, "RUN", 1) == []

    def test_the_classic_store_lists_etc_every_time(self) -> None:
        record = Bench(CLASSIC).build("FROM base\nRUN nothing\nRUN write /x 1\n")
        assert paths(record, "RUN") == [("/etc", "dir")]
        assert paths(record, "RUN", 1) == [("/etc", "dir"), ("/x", "file")]

    def test_the_legacy_builder_drops_an_empty_layer(self) -> None:
        record = bare(Bench(LEGACY)).build("FROM base\nRUN nothing\n")
        assert record.image is not None
        assert record.image.history[-1].empty_layer
        assert len(record.image.layers) == 1


def test_hosts_and_resolv_conf_refuse_writes_with_buildkit_and_lose_them_with_the_legacy_builder(bench: Bench) -> None:
    seen: list[str] = []

    def write(view: Editor, _: object) -> None:
        for path in ("/etc/hosts", "/etc/resolv.conf"):
            try:
                view.write(path, Bytes(b"x"))
            except FileSystemError as error:
                seen.append(error.code)

    bench.scripts.hook = write
    record = bench.build("FROM base\nRUN write /etc/kept k\n")
    assert paths(record, "RUN") == [("/etc", "dir"), ("/etc/kept", "file")]
    assert seen == ["EROFS", "EROFS"]
    legacy = Bench(LEGACY)
    record = legacy.build(
        "FROM base\nRUN write /etc/hosts x;write /etc/resolv.conf y;write /dev/null z;write /etc/kept k\n"
    )
    assert paths(record, "RUN") == [("/etc", "dir"), ("/etc/kept", "file")]


class TestUsers:
    @pytest.mark.parametrize(
        ("user", "ids"),
        [
            ("", (0, 0, (0,))),
            ("app", (1000, 1001, (50, 1001))),
            ("1000", (1000, 1001, (50, 1001))),
            ("app:staff", (1000, 50, (50,))),
            ("77", (77, 0, (0,))),
            ("77:78", (77, 78, (78,))),
        ],
    )
    def test_ids_come_from_the_images_files(self, bench: Bench, user: str, ids: tuple[object, ...]) -> None:
        bench.build("FROM base\n" + (f"USER {user}\n" if user else "") + "RUN nothing\n")
        found = bench.scripts.seen[-1].user
        assert (found.uid, found.gid, found.groups) == ids

    @pytest.mark.parametrize(
        ("user", "text"),
        [
            ("foo", "unable to find user foo: no matching entries in passwd file"),
            ("app:g", "unable to find group g: no matching entries in group file"),
        ],
    )
    def test_an_unknown_one_fails_the_run(self, bench: Bench, user: str, text: str) -> None:
        record = bench.build(f"FROM base\nUSER {user}\nRUN id\n")
        assert record.failure is not None
        assert record.failure.message == (
            f'failed to solve: process "/bin/sh -c id" did not complete successfully: {text}'
        )


class TestMounts:
    def test_a_cache_keeps_its_files_between_builds_and_out_of_the_layer(self, bench: Bench) -> None:
        bench.build("FROM base\nRUN --mount=type=cache,target=/c write /c/x 1\n")
        seen: list[bool] = []
        bench.scripts.hook = lambda view, _: seen.append(view.exists("/c/x"))
        record = bench.build("FROM base\nRUN --mount=type=cache,target=/c nothing\n")
        assert seen == [True]
        assert paths(record, "RUN") == []
        assert record.image is not None
        assert record.image.tree.lookup("/c") is None

    def test_another_cache_id_is_another_directory_but_no_miss(self, bench: Bench) -> None:
        bench.build("FROM base\nRUN --mount=type=cache,target=/c,id=a write /c/x 1\n")
        record = bench.build("FROM base\nRUN --mount=type=cache,target=/c,id=b write /c/x 1\n")
        assert isinstance(record.steps[1].cache, Hit)

    def test_a_bind_shows_the_context_and_a_changed_file_misses(self, bench: Bench) -> None:
        text = "FROM base\nRUN --mount=type=bind,source=f,target=/f nothing\n"
        contents: list[object] = []
        bench.scripts.hook = lambda view, _: contents.append(view.read("/f"))
        bench.build(text, {"f": "1"})
        bench.build(text, {"f": "1", "other": "x"})
        bench.build(text, {"f": "2"})
        assert contents == [Bytes(b"1"), Bytes(b"2")]

    def test_a_missing_bind_source_is_reported_like_a_missing_copy_source(self, bench: Bench) -> None:
        record = bench.build("FROM base\nRUN --mount=type=bind,source=nope,target=/f nothing\n")
        assert record.failure is not None
        assert record.failure.message.endswith('"/nope": not found')

    def test_a_missing_required_secret_fails_and_an_optional_one_does_not(self, bench: Bench) -> None:
        assert bench.build("FROM base\nRUN --mount=type=secret,id=s nothing\n").ok
        record = bench.build("FROM base\nRUN --mount=type=secret,id=s,required=true nothing\n")
        assert record.failure is not None
        assert record.failure.message == "failed to solve: secret s: not found"


class TestFailures:
    def test_exit_code_and_lines(self, bench: Bench) -> None:
        record = bench.build("FROM base\nRUN say hi;fail 42\n")
        assert record.failure is not None
        assert record.failure.message.endswith(
            'process "/bin/sh -c say hi;fail 42" did not complete successfully: exit code: 42'
        )
        assert (record.exit_code, record.failure.locations) == (1, ((2, 2),))
        assert record.steps[1].output[0].data == b"hi\n"

    def test_the_legacy_builder_exits_with_the_commands_code(self) -> None:
        record = Bench(LEGACY).build("FROM base\nRUN fail 42\n")
        assert (record.exit_code, record.failure and record.failure.message) == (
            42,
            "The command '/bin/sh -c fail 42' returned a non-zero code: 42",
        )


class TestLegacyVolumes:
    TEXT = "FROM base\nVOLUME /v\nRUN write /v/lost 1\nCOPY f /v/kept\n"

    def test_what_run_writes_below_a_volume_is_lost(self) -> None:
        view = Editor(base_image().tree, NOW)
        view.mkdir("/v", 0o755)
        record = with_base(Bench(LEGACY), tree=view.finish().after).build(self.TEXT, {"f": "x"})
        assert record.image is not None
        volume = record.image.tree.lookup("/v")
        assert isinstance(volume, Directory)
        assert list(volume.entries) == ["kept"]

    def test_buildkit_keeps_it(self, bench: Bench) -> None:
        record = bench.build(self.TEXT, {"f": "x"})
        assert record.image is not None
        assert isinstance(record.image.tree.lookup("/v/lost"), File)


def test_an_empty_base_has_no_etc_to_list() -> None:
    record = Bench(CLASSIC, images={}).build("FROM scratch\nRUN nothing\n")
    assert paths(record, "RUN") == [("/proc", "dir"), ("/sys", "dir")]
    assert EMPTY.lookup("/proc") is None


class TestUnknownEffects:
    """A program that isn't simulated may have written anything."""

    def test_the_layers_size_is_not_known_and_it_has_no_digest(self):
        from layerlab.lab import Lab

        record = Lab(now=1).build("FROM busybox\nRUN ip addr\n")
        step = next(step for step in record.steps if step.instruction == "RUN")
        assert step.fidelity == "unknown"
        assert step.size is not None
        assert step.size.bytes is None
        assert record.image.layers[-1].diff_id is None

    def test_searching_in_what_is_not_known_does_not_end_the_build(self):
        from layerlab.lab import Lab

        assert Lab(now=1).build("FROM busybox\nRUN ip addr | grep inet\n").ok

    def test_a_failing_step_keeps_its_notes(self):
        from layerlab.lab import Lab

        record = Lab(now=1).build("FROM busybox\nRUN ip addr && false\n")
        step = next(step for step in record.steps if step.instruction == "RUN")
        assert [note.key for note in step.notes] == ["shell.unmodelled"]
