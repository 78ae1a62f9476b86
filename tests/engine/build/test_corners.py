"""Rules found by comparing thousands of small builds with real Docker 29.7.2 and 20.10.24."""

from __future__ import annotations

import io
import tarfile
from base64 import b64encode
from typing import ClassVar

import pytest
from engine.build.build_lab import CLASSIC, LEGACY, Bench, paths, statuses

from layerlab.filesystem import Node, Tree


def archive(*members: tuple[str, bytes, dict[str, object]]) -> dict[str, object]:
    """A context entry that is a tar of (name, type, other fields)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for name, kind, fields in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            for field, value in fields.items():
                setattr(info, field, value)
            made.addfile(info)
    return {"content_b64": b64encode(buffer.getvalue()).decode()}


def tree_of(bench: Bench, lines: str, files: dict[str, object]) -> Tree:
    record = bench.build(f"FROM base\n{lines}\n", files)  # type: ignore[arg-type]
    assert record.image is not None, record.failure
    return record.image.tree


def node(tree: Tree, path: str) -> Node:
    found = tree.lookup(path, follow=False)
    assert found is not None, path
    return found


class TestWaysToADestination:
    """Directories that a COPY or ADD makes on its way."""

    @pytest.mark.parametrize(("chmod", "mode"), [("4755", 0o755), ("1777", 0o777), ("0700", 0o700), ("u+x", 0o755)])
    def test_chmod_gives_them_its_permission_bits_alone(self, chmod: str, mode: int) -> None:
        tree = tree_of(Bench(), f"COPY --chmod={chmod} f /new/deep/", {"f": "x"})
        assert node(tree, "/new/deep").meta.mode == mode

    def test_below_a_setgid_directory_they_get_its_bit_and_group(self) -> None:
        files: dict[str, object] = {"d/s": {"type": "dir", "mode": "2775"}, "f": "x"}
        tree = tree_of(Bench(), "COPY --chown=1:7 d /d\nCOPY f /d/s/new/f", files)
        made = node(tree, "/d/s/new").meta
        assert (made.mode, made.gid) == (0o2755, 7)

    def test_with_chown_they_get_the_bit_and_the_group_of_the_flag(self) -> None:
        files: dict[str, object] = {"d/s": {"type": "dir", "mode": "2775"}, "f": "x"}
        tree = tree_of(Bench(), "COPY --chown=1:7 d /d\nCOPY --chown=3:4 f /d/s/new/f", files)
        made = node(tree, "/d/s/new").meta
        assert (made.mode, made.uid, made.gid) == (0o2755, 3, 4)


class TestUnpacking:
    """What ADD makes of an archive's entries."""

    def test_a_link_has_no_mode_of_its_own(self) -> None:
        made = archive(("l", tarfile.SYMTYPE, {"linkname": "x", "mode": 0o644}))
        assert node(tree_of(Bench(), "ADD t /o/", {"t": made}), "/o/l").meta.mode == 0o777

    def test_a_hard_links_entry_sets_owner_and_mode_of_the_file_both_names_have(self) -> None:
        made = archive(
            ("a", tarfile.REGTYPE, {"mode": 0o600, "uid": 1}),
            ("b", tarfile.LNKTYPE, {"linkname": "a", "mode": 0o755, "uid": 2, "gid": 3}),
        )
        meta = node(tree_of(Bench(), "ADD t /o/", {"t": made}), "/o/a").meta
        assert (meta.mode, meta.uid, meta.gid) == (0o755, 2, 3)

    @pytest.mark.parametrize(("bench", "mode", "gid"), [(Bench(), 0o755, 9), (Bench(LEGACY), 0o2755, 0)])
    def test_a_directory_no_entry_names_gets_group_or_bit_of_a_setgid_directory(
        self, bench: Bench, mode: int, gid: int
    ) -> None:
        made = archive(("s", tarfile.DIRTYPE, {"mode": 0o2755, "gid": 9}), ("s/n/f", tarfile.REGTYPE, {}))
        meta = node(tree_of(bench, "ADD t /o/", {"t": made}), "/o/s/n").meta
        assert (meta.mode, meta.gid) == (mode, gid)

    def test_an_entry_below_a_file_fails(self) -> None:
        made = archive(("d", tarfile.REGTYPE, {}), ("d/x", tarfile.REGTYPE, {}))
        record = Bench().build("FROM base\nADD t /o/\n", {"t": made})  # type: ignore[dict-item]
        assert record.failure is not None
        assert record.failure.message.endswith("openat d/x: not a directory")

    def test_the_legacy_builder_unpacks_without_any_look_at_chown(self) -> None:
        made = archive(("a", tarfile.REGTYPE, {"uid": 8, "gid": 9}))
        meta = node(tree_of(Bench(LEGACY), "ADD --chown=5 t /o/", {"t": made}), "/o/a").meta
        assert (meta.uid, meta.gid) == (8, 9)


class TestMountPoints:
    """overlay2 copies up the directory that a mount point is made in, though it goes again."""

    @pytest.mark.parametrize(
        ("target", "listed"),
        [("/srv/a", ["/srv"]), ("/srv/a/b/c", ["/srv"]), ("/srv/there", []), ("/top", []), ("/dev/x", [])],
    )
    def test_the_layer_lists_it(self, target: str, listed: list[str]) -> None:
        bench = Bench(CLASSIC)
        text = f"FROM base\nRUN write /srv/there/f 1\nRUN --mount=type=tmpfs,target={target} nothing\n"
        record = bench.build(text)
        assert record.ok
        assert [path for path, _ in paths(record, "RUN", 1)] == ["/etc", *listed]

    def test_the_containerd_store_compares_and_finds_nothing(self) -> None:
        record = Bench().build("FROM base\nRUN write /srv/f 1\nRUN --mount=type=tmpfs,target=/srv/a nothing\n")
        assert paths(record, "RUN", 1) == []


class TestLegacySources:
    """How the legacy builder reads sources."""

    @pytest.mark.parametrize(
        ("source", "stat"),
        [("d/", "d/"), ("/no/x", "no/x"), ("./no", "no"), ("no//x", "no//x"), ("deep/*", "deep/broken")],
    )
    def test_what_is_missing_is_named_as_written(self, source: str, stat: str) -> None:
        files: dict[str, object] = {"f": "x", "deep/broken": {"type": "symlink", "link": "nowhere"}}
        record = Bench(LEGACY).build(f"FROM base\nCOPY {source} /o/\n", files)  # type: ignore[arg-type]
        assert record.failure is not None
        assert record.failure.message == (
            f"COPY failed: file not found in build context or excluded by .dockerignore: stat {stat}: "
            "file does not exist"
        )

    @pytest.mark.parametrize("pattern", ["d*/", "link/*", "d//*"])
    def test_a_pattern_that_is_not_clean_or_goes_through_a_link_matches_nothing(self, pattern: str) -> None:
        files: dict[str, object] = {"d/f": "x", "link": {"type": "symlink", "link": "d"}}
        record = Bench(LEGACY).build(f"FROM base\nCOPY {pattern} /o/\n", files)  # type: ignore[arg-type]
        assert record.failure is not None
        assert record.failure.message == "COPY failed: no source files were specified"


class TestLegacyStages:
    """Names of stages with the legacy builder."""

    TEXT = "FROM base AS a\nRUN write /1 x\nFROM base AS a\nRUN write /2 x\nFROM base\n"

    def test_a_name_used_before_ends_the_build_before_its_from(self) -> None:
        record = Bench(LEGACY).build(self.TEXT)
        assert record.failure is not None
        assert record.failure.message == "a stage name already used"
        assert [step.status for step in record.steps[:2]] == ["done", "ran"]

    def test_the_target_is_the_first_of_a_name(self) -> None:
        record = Bench(LEGACY).build(self.TEXT, target="A")
        assert record.image is not None
        assert record.image.tree.lookup("/1") is not None
        assert record.image.tree.lookup("/2") is None


@pytest.mark.parametrize(("owner", "what", "file"), [("app", "user app", "passwd"), ("1:app", "group app", "group")])
def test_the_legacy_builder_cannot_look_names_up_where_there_are_no_files(owner: str, what: str, file: str) -> None:
    text = f"FROM scratch\nCOPY f /f\nCOPY --chown={owner} f /g\n"
    for lines, mounted in ((text, "merged"), (text.replace("COPY f /f\n", ""), "diff")):
        record = Bench(LEGACY).build(lines, {"f": "x"})
        assert record.failure is not None
        kind = "uid" if what.startswith("user") else "gid"
        assert record.failure.message == (
            f"unable to convert uid/gid chown string to host mapping: can't find {kind} for {what}: "
            f"open /var/lib/docker/overlay2/<id>/{mounted}/etc/{file}: no such file or directory"
        )


def failure(lines: str, files: dict[str, object], bench: Bench | None = None) -> str:
    record = (bench or Bench()).build(f"FROM base\n{lines}\n", files)  # type: ignore[arg-type]
    assert record.failure is not None
    return record.failure.message.removeprefix("failed to solve: ")


class TestParents:
    """Which sources of `COPY --parents` are there."""

    FILES: ClassVar[dict[str, object]] = {
        "d/x": "1",
        "d/sub/z": "2",
        "link": {"type": "symlink", "link": "d"},
        "broken": {"type": "symlink", "link": "nowhere"},
    }

    @pytest.mark.parametrize(
        ("sources", "missing"),
        [(".", "/"), ("d/./.", "/d"), ("link/x", "/link/x"), ("link/./x", "/link/x"), ("--exclude=* d/x", "/d/x")],
    )
    def test_one_that_takes_nothing_in_is_not_found(self, sources: str, missing: str) -> None:
        assert failure(f"COPY --parents {sources} /o/", self.FILES).endswith(f'"{missing}": not found')

    def test_a_link_at_the_top_has_to_lead_somewhere(self) -> None:
        assert failure("COPY --parents * /o/", self.FILES).endswith('"/broken": not found')
        assert failure("COPY --parents */./x /o/", self.FILES) == "lstat /broken: no such file or directory"


class TestExclude:
    """What `--exclude` does to sources that aren't there."""

    def test_a_missing_one_fails_only_when_it_is_copied(self) -> None:
        assert failure("COPY --exclude=x f no /o/", {"f": "1"}) == "lstat /no: no such file or directory"

    def test_a_broken_link_at_the_top_of_a_whole_context_fails(self) -> None:
        files: dict[str, object] = {"f": "1", "broken": {"type": "symlink", "link": "nowhere"}}
        assert failure("COPY --exclude=x . /o/", files).endswith('"/broken": not found')
        assert tree_of(Bench(), "COPY . /o/", files).lookup("/o/f") is not None
        assert tree_of(Bench(), "COPY --exclude=broken . /o/", files).lookup("/o/f") is not None


class TestInTheWay:
    """A file where a directory has to be."""

    FIRST = "RUN write /o/file 1\n"

    @pytest.mark.parametrize(
        ("line", "text"),
        [
            ("COPY f /o/file/x", "mkdir /o/file: not a directory"),
            ("COPY f /o/file/deep/x/", "lstat /o/file/deep: not a directory"),
            ("WORKDIR /o/file", "mkdir /o/file: not a directory"),
            ("WORKDIR /o/file/x", "lstat /o/file/x: not a directory"),
        ],
    )
    def test_buildkit_names_the_path_in_the_image(self, line: str, text: str) -> None:
        assert failure(self.FIRST + line, {"f": "1"}) == text

    @pytest.mark.parametrize(
        ("line", "text"),
        [
            ("WORKDIR /o/file", "Cannot mkdir: /o/file is not a directory"),
            ("WORKDIR /o/file/x", "lstat /var/lib/docker/overlay2/<id>/merged/o/file/x: not a directory"),
        ],
    )
    def test_the_legacy_builder_has_words_of_its_own_for_a_working_directory(self, line: str, text: str) -> None:
        assert failure(self.FIRST + line, {"f": "1"}, Bench(LEGACY)) == text

    @pytest.mark.parametrize(("base", "place"), [("scratch", "diff"), ("base", "merged")])
    def test_overlay2_has_the_first_layers_files_at_another_place(self, base: str, place: str) -> None:
        record = Bench(CLASSIC).build(f"FROM {base}\nCOPY f d /q\n", {"f": "1", "d/x": "2"})
        assert record.failure is not None
        assert record.failure.message.endswith(f"cannot copy to non-directory: /var/lib/docker/overlay2/<id>/{place}/q")


def test_a_runs_groups_hold_the_primary_one() -> None:
    bench = Bench()
    bench.build("FROM base\nUSER app\nRUN nothing\nUSER 5:6\nRUN nothing ;\n")
    assert [command.user.groups for command in bench.scripts.seen] == [(50, 1001), (6,)]


class TestNoticed:
    """A changed mode of a directory in the context, which BuildKit's file sync doesn't tell the checksums of."""

    @staticmethod
    def files(mode: str, text: str = "1") -> dict[str, object]:
        return {"d": {"type": "dir", "mode": mode}, "d/s": {"type": "dir", "mode": mode}, "d/s/f": text}

    @pytest.mark.parametrize(
        "line", ["COPY . /o/", "COPY d /o/", "COPY d* /o/", "RUN --mount=type=bind,target=/o nothing"]
    )
    def test_alone_it_hits(self, line: str) -> None:
        bench = Bench()
        bench.build(f"FROM base\n{line}\n", self.files("755"))  # type: ignore[arg-type]
        record = bench.build(f"FROM base\n{line}\n", self.files("700"))  # type: ignore[arg-type]
        assert statuses(record) == ["cached"]

    def test_a_step_that_runs_for_another_reason_copies_it(self) -> None:
        bench = Bench()
        tree_of(bench, "COPY . /o/", self.files("755"))
        tree_of(bench, "COPY . /o/", self.files("700"))
        tree = tree_of(bench, "COPY . /o/", self.files("700", "changed"))
        assert node(tree, "/o/d/s").meta.mode == 0o700
        record = bench.build("FROM base\nCOPY . /o/\n", self.files("755", "changed"))  # type: ignore[arg-type]
        assert statuses(record) == ["cached"]

    def test_a_directory_that_was_away_in_between_is_a_new_one(self) -> None:
        bench = Bench()
        tree_of(bench, "COPY . /o/", self.files("755"))
        tree_of(bench, "COPY . /o/", {"f": "1"})
        assert node(tree_of(bench, "COPY . /o/", self.files("700")), "/o/d").meta.mode == 0o700

    def test_the_legacy_builder_notices(self) -> None:
        bench = Bench(LEGACY)
        bench.build("FROM base\nCOPY . /o/\n", self.files("755"))  # type: ignore[arg-type]
        record = bench.build("FROM base\nCOPY . /o/\n", self.files("700"))  # type: ignore[arg-type]
        assert statuses(record) == ["ran"]


class TestMissingInAStage:
    """`COPY --from` of a path that isn't there."""

    FIRST = "FROM base AS a\nRUN write /k 1\n"
    CHECKSUM = "failed to solve: failed to compute cache key: failed to calculate checksum of ref "

    @pytest.mark.parametrize(
        "rest", ["FROM base\n", "FROM scratch\n", "FROM a\nRUN write /l 1\n", "FROM base\nCOPY --from=a /k /x\n"]
    )
    def test_its_checksum_fails(self, rest: str) -> None:
        record = Bench().build(f"{self.FIRST}{rest}COPY --from=a /no /x\n")
        assert record.failure is not None
        assert record.failure.message.startswith(self.CHECKSUM)
        assert record.failure.message.endswith(': "/no": not found')

    @pytest.mark.parametrize("text", ["FROM base AS a\nFROM base\n", "FROM base AS a\nRUN write /k 1\nFROM a\n"])
    def test_what_the_copy_stands_on_itself_is_never_checked(self, text: str) -> None:
        record = Bench().build(f"{text}COPY --from=a /no /x\n")
        assert record.failure is not None
        assert record.failure.message == "failed to solve: lstat /no: no such file or directory"
