"""The copy algorithm of COPY and ADD, rule by rule."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest
from engine.build.build_lab import CLASSIC, LEGACY, NOW, Bench, statuses

from layerlab.build.context import DEFAULT_MTIME
from layerlab.build.copying import matches
from layerlab.filesystem import Directory, File, Symlink, Tree, size_of
from layerlab.personality import Personality

FILES = {
    "foo.go": "1",
    "bar.go": "2",
    "sub/dir1/dir2/foo": "3",
    "run.sh": {"content": "x", "mode": "4755"},
    "link": {"type": "symlink", "link": "foo.go"},
    "deep/link": {"type": "symlink", "link": "nowhere"},
}


@pytest.fixture
def bench() -> Bench:
    return Bench()


def after(bench: Bench, lines: str, files: dict[str, object] | None = None) -> Tree:
    record = bench.build(f"FROM base\n{lines}\n", files or FILES)  # type: ignore[arg-type]
    assert record.ok, record.failure
    assert record.image is not None
    return record.image.tree


def message(bench: Bench, lines: str, files: dict[str, object] | None = None) -> str:
    record = bench.build(f"FROM base\n{lines}\n", files or FILES)  # type: ignore[arg-type]
    assert record.failure is not None
    return record.failure.message


@pytest.mark.parametrize(
    ("line", "there"),
    [
        ("COPY *.go /gofiles/", ["/gofiles/bar.go", "/gofiles/foo.go"]),
        ("COPY f*.go foo2.go", ["/foo2.go"]),
        ("COPY sub/* /subdest/", ["/subdest/dir2/foo"]),
        ("COPY sub/*/dir2/foo /subdest3/bar", ["/subdest3/bar"]),
        ("COPY sub/dir1/ d", ["/d/dir2/foo"]),
        ("COPY sub/dir1/. d", ["/d/dir2/foo"]),
        ("COPY sub/dir1 d", ["/d/dir2/foo"]),
        ("COPY foo.go nomatch* /", ["/foo.go"]),
        ("COPY ../foo.go /up", ["/up"]),
        ("COPY foo.go bar.go /last", ["/last"]),
        ("COPY --parents sub/dir1/./dir2/foo /out/", ["/out/dir2/foo"]),
        ("COPY --parents sub/dir1/dir2/foo /out/", ["/out/sub/dir1/dir2/foo"]),
        ("COPY --parents sub/./**/foo /out/", ["/out/dir1/dir2/foo"]),
    ],
)
def test_where_sources_land(bench: Bench, line: str, there: list[str]) -> None:
    tree = after(bench, line)
    for path in there:
        assert isinstance(tree.lookup(path), File), path


def test_a_wildcard_without_match_makes_nothing_at_all(bench: Bench) -> None:
    assert after(bench, "COPY *.zip /x/").lookup("/x") is None


@pytest.mark.parametrize("sources", ["a[", "x/[y*", ". # [Layer 4]", r"*\\"])
def test_a_malformed_pattern_fails_before_what_is_missing(bench: Bench, sources: str) -> None:
    assert message(bench, f"COPY {sources} /d/", {"a": "1"}).endswith(": syntax error in pattern")


def test_a_missing_path_inside_a_named_one_fails_only_when_it_is_copied(bench: Bench) -> None:
    """`COPY . /app # comment`: all names lie in `.`, whose checksum is there."""
    record = bench.build("FROM base\nRUN nothing\nCOPY . /app # why\n", {"a": "1"})
    assert record.failure.message == "failed to solve: lstat /app: no such file or directory"
    assert statuses(record) == ["ran", "failed"]


def test_a_missing_path_fails_with_the_cleaned_path(bench: Bench) -> None:
    assert message(bench, "COPY ./nope/../gone /x").endswith(': "/gone": not found')


def test_a_missing_path_of_a_stage_fails_as_lstat_says(bench: Bench) -> None:
    text = "FROM base AS a\nFROM base\nCOPY --from=a /nope/f /x\n"
    record = bench.build(text)
    assert record.failure is not None
    assert record.failure.message == "failed to solve: lstat /nope/f: no such file or directory"


def test_a_named_link_is_followed_and_a_found_one_is_not(bench: Bench) -> None:
    tree = after(bench, "COPY link /l\nCOPY deep /d")
    assert isinstance(tree.lookup("/l", follow=False), File)
    assert isinstance(tree.lookup("/d/link", follow=False), Symlink)


def test_new_parents_are_root_0755_and_existing_ones_stay(bench: Bench) -> None:
    tree = after(bench, "COPY --chown=5:6 foo.go /p/q/f\nCOPY foo.go /etc/f")
    parent = tree.lookup("/p/q")
    assert parent is not None
    assert (parent.meta.mode, parent.meta.uid, parent.meta.gid) == (0o755, 5, 6)


def test_octal_chmod_counts_for_new_parents_and_files(bench: Bench) -> None:
    tree = after(bench, "COPY --chmod=770 foo.go /p/sub/f")
    assert [tree.lookup(path).meta.mode for path in ("/p", "/p/sub", "/p/sub/f")] == [0o770] * 3  # type: ignore[union-attr]


@pytest.mark.parametrize(("text", "mode"), [("u=rw,go-w", 0o644), ("a+X", 0o644), ("+x", 0o755), ("u+s,g=u", 0o4664)])
def test_symbolic_chmod(bench: Bench, text: str, mode: int) -> None:
    node = after(bench, f"COPY --chmod={text} foo.go /f").lookup("/f")
    assert node is not None
    assert node.meta.mode == mode


def test_mode_and_time_of_the_source_are_kept_and_the_owner_is_root(bench: Bench) -> None:
    node = after(bench, "COPY run.sh /r").lookup("/r")
    assert node is not None
    assert (node.meta.mode, node.meta.uid, node.meta.mtime) == (0o4755, 0, 1_714_521_600_000_000_000)


@pytest.mark.parametrize(
    ("owner", "uid", "gid"),
    [
        ("7", 7, 7),
        ("7:8", 7, 8),
        ("app", 1000, 1001),
        ("app:staff", 1000, 50),
        ("ghost", 0, 0),
        (":9", 0, 9),
        ("7:", 7, 0),
    ],
)
def test_owners(bench: Bench, owner: str, uid: int, gid: int) -> None:
    node = after(bench, f"COPY --chown={owner} foo.go /f").lookup("/f")
    assert node is not None
    assert (node.meta.uid, node.meta.gid) == (uid, gid)


def test_a_directory_is_merged_and_its_subdirectories_take_the_sources_mode(bench: Bench) -> None:
    files = {"src/sub/new": "n", "src/sub": {"type": "dir", "mode": "0700"}}
    tree = after(bench, "RUN write /app/sub/old o\nCOPY src /app", files)
    sub = tree.lookup("/app/sub")
    assert isinstance(sub, Directory)
    assert sorted(sub.entries) == ["new", "old"]
    assert sub.meta.mode == 0o700


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("RUN write /app x\nCOPY sub /app", "cannot copy to non-directory: …/app"),
        ("RUN write /app/dir1 x\nCOPY sub /app", "cannot copy to non-directory: …/app/dir1"),
        ("RUN write /app/foo.go/x x\nCOPY . /app/", "cannot replace to directory …/app/foo.go with file"),
        ("RUN write /app x\nCOPY foo.go /app/f", "failed to solve: mkdir /app: not a directory"),
    ],
)
def test_what_is_in_the_way(bench: Bench, lines: str, text: str) -> None:
    found = message(bench, lines)
    assert found.replace("/var/lib/docker/buildkit/containerd-overlayfs/cachemounts/buildkit<n>", "…").endswith(text)


def test_exclusions_are_relative_to_each_copied_directory(bench: Bench) -> None:
    files = {"a.txt": "1", "d/b.txt": "2", "d/c.md": "3"}
    tree = after(bench, "COPY --exclude=*/*.txt . /x", files)
    assert tree.lookup("/x/a.txt") is not None
    assert tree.lookup("/x/d/b.txt") is None
    assert tree.lookup("/x/d/c.md") is not None


def test_a_file_replaces_a_file_and_writes_through_a_link(bench: Bench) -> None:
    tree = after(bench, "RUN write /t old\nCOPY link /t\nCOPY foo.go /etc/../t")
    node = tree.lookup("/t")
    assert isinstance(node, File)
    assert size_of(node.content) == 1


def test_heredoc_files_are_named_like_the_delimiter(bench: Bench) -> None:
    tree = after(bench, "COPY <<a.txt <<b.txt /d/\nA\na.txt\nB\nb.txt\n")
    assert [tree.lookup(f"/d/{name}").content.data for name in ("a.txt", "b.txt")] == [b"A\n", b"B\n"]  # type: ignore[union-attr]


class TestAdd:
    @staticmethod
    def archive(*members: tuple[str, bytes]) -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as made:
            for name, data in members:
                info = tarfile.TarInfo(name)
                info.size, info.uid, info.mode, info.mtime = len(data), 12, 0o640, 99
                made.addfile(info, io.BytesIO(data))
        return out.getvalue()

    def test_an_archive_is_extracted_whatever_it_is_called(self, bench: Bench) -> None:
        data = gzip.compress(self.archive(("in/x", b"hello")), mtime=0)
        tree = after(bench, "ADD thing /opt", {"thing": _binary(data)})
        node = tree.lookup("/opt/in/x")
        assert isinstance(node, File)
        assert (node.meta.uid, node.meta.mode, node.meta.mtime) == (12, 0o640, 99_000_000_000)

    def test_copy_and_unpack_false_keep_it_whole(self, bench: Bench) -> None:
        files = {"thing": _binary(self.archive(("x", b"1")))}
        tree = after(bench, "COPY thing /c\nADD --unpack=false thing /a", files)
        assert isinstance(tree.lookup("/c"), File)
        assert isinstance(tree.lookup("/a"), File)

    def test_an_archive_that_climbs_out_stays_in_the_directory(self, bench: Bench) -> None:
        """BuildKit unpacks in a chroot of the destination."""
        tree = after(bench, "ADD t /o/p/", {"t": _binary(self.archive(("../../x", b"1"), ("/y", b"2")))})
        assert tree.lookup("/x") is None
        assert isinstance(tree.lookup("/o/p/x"), File)
        assert isinstance(tree.lookup("/o/p/y"), File)

    def test_links_of_an_archive_lead_nowhere_else(self, bench: Bench) -> None:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as made:
            for name, target in (("abs", "/etc"), ("up", "../../.."), ("abs/f", ""), ("up/g", "")):
                info = tarfile.TarInfo(name)
                info.type, info.linkname = (tarfile.SYMTYPE, target) if target else (tarfile.REGTYPE, "")
                made.addfile(info)
        tree = after(bench, "ADD t /o/", {"t": _binary(out.getvalue())})
        assert isinstance(tree.lookup("/o/etc/f"), File)
        assert isinstance(tree.lookup("/o/g"), File)
        assert tree.lookup("/etc/f") is None
        assert tree.lookup("/g") is None

    def test_a_url_is_a_file_of_unknown_content_with_a_note(self, bench: Bench) -> None:
        record = bench.build("FROM base\nADD https://example.com/dir/name.tgz /d/\n")
        assert record.ok
        assert record.steps[1].fidelity == "unknown"
        assert [note.key for note in record.steps[1].notes] == ["cache.note.needs_network"]
        assert record.image is not None
        node = record.image.tree.lookup("/d/name.tgz")
        assert node is not None
        assert node.meta.mode == 0o600
        assert record.image.layers[-1].size.bytes is None
        assert record.image.layers[-1].diff_id is None
        assert record.image.synthetic


class TestWorkdir:
    def test_new_directories_belong_to_the_user_of_the_moment(self, bench: Bench) -> None:
        tree = after(bench, "USER app\nWORKDIR /srv/app")
        assert [tree.lookup(path).meta.uid for path in ("/srv", "/srv/app")] == [1000, 1000]  # type: ignore[union-attr]

    def test_with_the_legacy_builder_to_root(self) -> None:
        node = after(Bench(LEGACY), "USER app\nWORKDIR /srv").lookup("/srv")
        assert node is not None
        assert node.meta.uid == 0

    def test_an_existing_directory_still_makes_an_empty_layer(self, bench: Bench) -> None:
        record = bench.build("FROM base\nWORKDIR /etc\n")
        assert record.steps[1].layer is not None
        assert record.steps[1].layer.entries == ()


def test_wildcards_match_one_component_and_leading_dots() -> None:
    bench = Bench(CLASSIC)
    tree = after(bench, "COPY . /c", {"a/.x": "1", "a/y": "2", "b/z": "3"})
    assert [match.path for match in matches(tree, "/c/a/*")] == ["/c/a/.x", "/c/a/y"]
    assert [match.name for match in matches(tree, "/c/*/?")] == ["a/y", "b/z"]


def _binary(data: bytes) -> dict[str, object]:
    import base64

    return {"content_b64": base64.b64encode(data).decode()}


@pytest.mark.parametrize("files", [{"a": "1"}, {"a": "1", "sub/b": "2"}], ids=["flat", "nested"])
@pytest.mark.parametrize("kind", [CLASSIC, LEGACY], ids=["buildkit", "legacy"])
def test_the_root_of_the_context_has_the_time_of_the_build(kind: Personality, files: dict[str, object]) -> None:
    record = Bench(kind).build("FROM base\nCOPY . /x/\nCOPY a /z/\n", files)  # type: ignore[arg-type]
    assert record.image is not None
    root, made = (record.image.tree.lookup(path) for path in ("/x", "/z"))
    assert root is not None
    assert made is not None
    assert made.meta.mtime >= root.meta.mtime >= NOW


def test_a_directory_of_the_context_keeps_its_time_with_buildkit_and_has_the_builds_with_the_legacy_builder() -> None:
    times = []
    for kind in (CLASSIC, LEGACY):
        record = Bench(kind).build("FROM base\nCOPY sub /y/\n", {"sub/b": "2"})
        assert record.image is not None
        node = record.image.tree.lookup("/y")
        assert node is not None
        times.append(node.meta.mtime)
    assert times[0] == DEFAULT_MTIME
    assert times[1] >= NOW
