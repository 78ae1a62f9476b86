"""Layers of both stores, what they weigh, and that applying them gives the files back."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerlab.filesystem import EMPTY, Bytes, Editor, File, FileSystemError, Meta, Tree
from layerlab.filesystem.archive import ArchiveError, Limits, is_archive, read_archive
from layerlab.filesystem.diff import compared_layer, written_layer
from layerlab.filesystem.layer import Layer, LayerEntry, apply, exactly
from layerlab.filesystem.sizes import snapshot_size, tar_size, walk_size
from layerlab.filesystem.tar import EMPTY_DIFF_ID, chain_id, diff_id, tar_bytes

NOW = 1_700_000_000_000_000_001
DAY = 86_400_000_000_000


def start() -> Tree:
    view = Editor(EMPTY, NOW)
    view.makedirs("/d/e", 0o755)
    for path, text in (("/a", b"one"), ("/d/b", b"two"), ("/d/e/c", b"three")):
        view.write(path, Bytes(text))
    view.symlink("a", "/l")
    return view.finish().after


def kinds(layer: Layer) -> list[tuple[str, str]]:
    return [(entry.path, entry.kind) for entry in layer.entries]


def both(change: object) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    view = Editor(start(), NOW + DAY)
    change(view)  # type: ignore[operator]
    done = view.finish()
    return kinds(written_layer(done)), kinds(compared_layer(done.before, done.after))


def test_a_new_file_lists_the_directories_above_it() -> None:
    expected = [("/d", "dir"), ("/d/e", "dir"), ("/d/e/n", "file")]
    assert both(lambda view: view.write("/d/e/n", Bytes(b""))) == (expected, expected)


def test_a_removed_directory_is_one_whiteout() -> None:
    expected = [("/d", "dir"), ("/d/e", "whiteout")]
    assert both(lambda view: view.rmtree("/d/e")) == (expected, expected)


def test_the_same_mode_again_is_listed_by_the_classic_store_only() -> None:
    written, compared = both(lambda view: view.chmod("/a", 0o644))
    assert (written, compared) == ([("/a", "file")], [])


def test_a_touched_file_is_listed_by_both() -> None:
    assert both(lambda view: view.utime("/a")) == ([("/a", "file")], [("/a", "file")])


def test_a_directory_made_again_is_opaque_or_whited_out_entry_by_entry() -> None:
    def again(view: Editor) -> None:
        view.rmtree("/d")
        view.mkdir("/d", 0o755)
        view.write("/d/n", Bytes(b""))

    written, compared = both(again)
    assert written == [("/d", "dir"), ("/d", "opaque"), ("/d/n", "file")]
    assert compared == [("/d", "dir"), ("/d/b", "whiteout"), ("/d/e", "whiteout"), ("/d/n", "file")]


def test_what_replaces_another_kind_needs_no_whiteout() -> None:
    def swap(view: Editor) -> None:
        view.rmtree("/d")
        view.symlink("a", "/d")

    assert both(swap)[1] == [("/d", "symlink")]


def test_a_second_name_is_a_hard_link() -> None:
    def pair(view: Editor) -> None:
        view.write("/m", Bytes(b"1"))
        view.link("/m", "/z")

    assert both(pair) == ([("/m", "file"), ("/z", "hardlink")],) * 2


def test_made_and_removed_again_leaves_nothing_but_the_directory_that_was_copied_up() -> None:
    def brief(view: Editor) -> None:
        view.write("/d/x", Bytes(b"1"))
        view.remove("/d/x")

    assert both(brief) == ([("/d", "dir")], [])


class TestSizes:
    LAYER = Layer(
        (
            LayerEntry("/d", "dir", Meta(0o755)),
            LayerEntry("/d/f", "file", Meta(0o644), Bytes(b"x" * 5000)),
            LayerEntry("/d/g", "hardlink", Meta(0o644), Bytes(b"x" * 5000), link="/d/f"),
            LayerEntry("/d/l", "symlink", Meta(0o777), link="/usr/bin/python3"),
            LayerEntry("/far/gone", "whiteout"),
        )
    )

    def test_buildkit_counts_files_only(self) -> None:
        assert tar_size(self.LAYER) == exactly(5000)

    def test_a_walk_counts_link_texts_too(self) -> None:
        assert walk_size(self.LAYER) == exactly(5016)

    def test_a_snapshot_counts_blocks_and_every_directory_on_the_way(self) -> None:
        assert snapshot_size(self.LAYER) == exactly(4096 * 3 + 8192)

    def test_an_empty_layer_is_one_block(self) -> None:
        assert snapshot_size(Layer()) == exactly(4096)

    def test_a_long_link_takes_a_block(self) -> None:
        layer = Layer((LayerEntry("/l", "symlink", link="x" * 60),))
        assert snapshot_size(layer) == exactly(8192)


class TestTar:
    def test_the_empty_layer_has_its_well_known_id(self) -> None:
        assert diff_id(Layer()) == EMPTY_DIFF_ID

    def test_chain_ids_follow_the_image_specification(self) -> None:
        one, two = "sha256:" + "1" * 64, "sha256:" + "2" * 64
        assert chain_id(None, one) == one
        expected = hashlib.sha256(f"{one} {two}".encode()).hexdigest()
        assert chain_id(one, two) == f"sha256:{expected}"

    def test_other_programs_read_it(self) -> None:
        long = "/" + "d" * 90 + "/" + "f" * 40
        layer = Layer(
            (
                LayerEntry("/" + "d" * 90, "dir", Meta(0o755, mtime=NOW)),
                LayerEntry(long, "file", Meta(0o4755, 7, 8, NOW), Bytes(b"abc")),
                LayerEntry("/한글", "file", Meta(0o600, 3_000_000, 8, NOW, (("user.x", b"y"),)), Bytes(b"")),
                LayerEntry("/gone", "whiteout"),
                LayerEntry("/o", "dir", Meta(0o755)),
                LayerEntry("/o", "opaque"),
            )
        )
        data = tar_bytes(layer)
        assert data is not None
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            found = {member.name: member for member in archive}
        assert set(found) == {"d" * 90, long[1:], "한글", ".wh.gone", "o", "o/.wh..wh..opq"}
        assert (found[long[1:]].mode, found[long[1:]].uid, found[long[1:]].size) == (0o4755, 7, 3)
        assert found["한글"].uid == 3_000_000
        assert found["한글"].pax_headers["SCHILY.xattr.user.x"] == "y"


class TestArchives:
    @staticmethod
    def made(*names: str) -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            for name in names:
                info = tarfile.TarInfo(name)
                info.size = 2000
                archive.addfile(info, io.BytesIO(bytes(2000)))
        return out.getvalue()

    @pytest.mark.parametrize(("limits", "code"), [(Limits(size=4000), "too-large"), (Limits(entries=1), "too-many")])
    def test_bombs_are_refused(self, limits: Limits, code: str) -> None:
        with pytest.raises(ArchiveError) as caught:
            read_archive(gzip.compress(self.made("a", "b"), mtime=0), limits)
        assert caught.value.code == code

    @pytest.mark.parametrize("name", ["../x", "a/../../x"])
    def test_paths_that_climb_out_stay_below_the_root(self, name: str) -> None:
        assert [entry.path for entry in read_archive(self.made(name))] == ["/x"]

    @pytest.mark.parametrize("data", [b"", b"text" * 300, bytes(1024), b"\x1f\x8b\x08broken", b"BZh9broken"])
    def test_what_is_no_archive_is_seen_as_such(self, data: bytes) -> None:
        assert not is_archive(data)

    def test_a_cut_off_archive_is_damaged(self) -> None:
        with pytest.raises(ArchiveError) as caught:
            read_archive(gzip.compress(self.made("a"), mtime=0)[:-20])
        assert caught.value.code == "damaged"


NAMES = st.sampled_from(["a", "b", "c"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: "/" + "/".join(names))
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["write", "mkdir", "rmtree", "chmod", "symlink", "link", "rename", "utime"]), PATHS, PATHS
    ),
    max_size=14,
)


def play(tree: Tree, actions: list[tuple[str, str, str]], now: int) -> object:
    view = Editor(tree, now)
    for number, (action, path, other) in enumerate(actions):
        view.now = now + number
        try:
            match action:
                case "write":
                    view.write(path, Bytes(other.encode()))
                case "mkdir":
                    view.mkdir(path)
                case "rmtree":
                    view.rmtree(path)
                case "chmod":
                    view.chmod(path, 0o700)
                case "symlink":
                    view.symlink("a", path)
                case "link":
                    view.link(other, path)
                case "rename":
                    view.rename(other, path)
                case _:
                    view.utime(path)
        except FileSystemError:
            continue
    return view.finish()


def facts(tree: Tree) -> list[object]:
    """What a reader of the tree sees; directories' times aside, which layers don't always carry."""
    rows: list[object] = []
    for path, node in tree.walk():
        if isinstance(node, File):
            rows.append((path, node.meta, node.content))
        else:
            rows.append((path, type(node).__name__, node.meta.mode, getattr(node, "target", None)))
    return rows


@settings(max_examples=150, deadline=None)
@given(ACTIONS, ACTIONS)
def test_applying_a_layer_gives_the_files_back(before: list, after: list) -> None:  # type: ignore[type-arg]
    first = play(EMPTY, before, NOW).after  # type: ignore[attr-defined]
    change = play(first, after, NOW + DAY)
    expected = facts(change.after)  # type: ignore[attr-defined]
    assert facts(apply(first, written_layer(change))) == expected  # type: ignore[arg-type]
    assert facts(apply(first, compared_layer(first, change.after))) == expected  # type: ignore[attr-defined]


@settings(max_examples=60, deadline=None)
@given(ACTIONS)
def test_nothing_changed_is_an_empty_layer(actions: list) -> None:  # type: ignore[type-arg]
    tree = play(EMPTY, actions, NOW).after  # type: ignore[attr-defined]
    assert compared_layer(tree, tree).entries == ()


@settings(max_examples=60, deadline=None)
@given(ACTIONS)
def test_a_tar_reads_back_as_the_layer(actions: list) -> None:  # type: ignore[type-arg]
    layer = compared_layer(EMPTY, play(EMPTY, actions, NOW).after)  # type: ignore[attr-defined]
    data = tar_bytes(layer)
    assert data is not None
    read = read_archive(data)
    assert [(entry.path, entry.kind, entry.meta.mode) for entry in read] == [
        (entry.path, entry.kind, entry.meta.mode) for entry in layer.entries
    ]
