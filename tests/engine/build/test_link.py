"""`--link`: a layer of its own, laid on whatever is below (BuildKit v0.32, containerd store)."""

from __future__ import annotations

import pytest
from engine.build.build_lab import CLASSIC, Bench, paths, statuses, step

from layerlab.build.reasons import Hit, Miss
from layerlab.filesystem import Directory, File, Symlink

FILES = {"a": "a\n", "b": "b\n", "d/x": {"content": "x\n", "mode": "0600"}}
OLD = "FROM base\nRUN write /old 1; write /opt/keep 1; chmod 700 /opt\n"


@pytest.fixture
def bench() -> Bench:
    return Bench()


def tree(bench: Bench, text: str):
    record = bench.build(text, FILES)
    assert record.failure is None, record.failure
    return record.image.tree


class TestItsLayer:
    def test_it_lists_all_directories_on_the_way(self, bench: Bench) -> None:
        record = bench.build(OLD + "COPY --link a /opt/app/a\n", FILES)
        assert paths(record, "COPY") == [("/opt", "dir"), ("/opt/app", "dir"), ("/opt/app/a", "file")]

    def test_its_bytes_do_not_depend_on_what_is_below(self, bench: Bench) -> None:
        one = bench.build("FROM base\nCOPY --link a /opt/app/a\n", FILES)
        other = bench.build("FROM scratch\nCOPY --link a /opt/app/a\n", FILES)
        below = bench.build("FROM base\nRUN write /opt/app/b x\nCOPY --link a /opt/app/a\n", FILES)
        assert len({record.image.layers[-1].diff_id for record in (one, other, below)}) == 1
        assert len({record.image.layers[-1].chain_id for record in (one, other, below)}) == 3

    def test_an_equal_file_is_listed_again(self, bench: Bench) -> None:
        text = "FROM base\nCOPY a /a\nCOPY --link a /a\n"
        assert paths(bench.build(text, FILES), "COPY", 1) == [("/a", "file")]
        assert paths(bench.build(text.replace("--link ", ""), FILES), "COPY", 1) == []

    def test_history_does_not_name_the_flag(self, bench: Bench) -> None:
        record = bench.build("FROM base\nCOPY --link a /a\nADD --link b /b\n", FILES)
        assert [row.created_by for row in record.image.history[-2:]] == ["COPY a /a # buildkit", "ADD b /b # buildkit"]

    def test_its_step_keeps_it(self, bench: Bench) -> None:
        record = bench.build("FROM base\nCOPY --link a /a\n", FILES)
        assert record.vertices[-2].name == "[2/2] COPY --link a /a"


class TestWhatIsBelow:
    def test_directories_there_take_the_new_ones_metadata(self, bench: Bench) -> None:
        found = tree(bench, OLD + "COPY --link a /opt/\n")
        assert found.lookup("/opt").meta.mode == 0o755
        assert isinstance(found.lookup("/opt/keep"), File)

    def test_a_link_in_the_way_is_replaced_not_followed(self, bench: Bench) -> None:
        files = {**FILES, "ln": {"type": "symlink", "link": "/real"}}
        text = "FROM base\nRUN write /real/f 1\nCOPY . /\n%s"
        kept = bench.build(text % "COPY a /ln/\n", {"ln": files["ln"], "a": "a\n"})
        assert isinstance(kept.image.tree.lookup("/ln", follow=False), Symlink)
        replaced = bench.build(text % "COPY --link a /ln/\n", {"ln": files["ln"], "a": "a\n"}).image.tree
        assert isinstance(replaced.lookup("/ln", follow=False), Directory)
        assert replaced.lookup("/real/a") is None

    def test_a_file_is_where_a_directory_was(self, bench: Bench) -> None:
        found = tree(bench, OLD + "COPY --link a /opt\n")
        assert isinstance(found.lookup("/opt"), File)

    def test_what_is_at_the_destination_decides_nothing(self, bench: Bench) -> None:
        """Without the flag the file would go into the directory."""
        assert isinstance(tree(bench, OLD + "COPY a /opt\n").lookup("/opt/a"), File)


class TestRebase:
    def test_a_changed_parent_keeps_the_layer(self, bench: Bench) -> None:
        before = bench.build("FROM base\nRUN write /one 1\nCOPY --link a /x/a\n", FILES)
        after = bench.build("FROM base\nRUN write /one 2\nCOPY --link a /x/a\n", FILES)
        assert statuses(after) == ["ran", "ran"]
        assert isinstance(step(after, "COPY").cache, Miss)
        assert after.image.layers[-1].diff_id == before.image.layers[-1].diff_id
        assert after.image.layers[-1].created == before.image.layers[-1].created
        assert [note.key for note in step(after, "COPY").notes] == ["cache.note.link_kept"]

    def test_without_the_flag_new_directories_make_another_layer(self, bench: Bench) -> None:
        before = bench.build("FROM base\nRUN write /one 1\nCOPY a /x/a\n", FILES)
        after = bench.build("FROM base\nRUN write /one 2\nCOPY a /x/a\n", FILES)
        assert after.image.layers[-1].diff_id != before.image.layers[-1].diff_id

    def test_other_content_makes_another_layer(self, bench: Bench) -> None:
        bench.build("FROM base\nCOPY --link a /x/a\n", FILES)
        record = bench.build("FROM base\nCOPY --link a /x/a\n", {**FILES, "a": "new\n"})
        assert record.image.tree.lookup("/x/a").content.data == b"new\n"
        assert step(record, "COPY").notes == ()

    def test_no_cache_copies_again(self, bench: Bench) -> None:
        before = bench.build("FROM base\nCOPY --link a /x/a\n", FILES)
        after = bench.build("FROM base\nCOPY --link a /x/a\n", FILES, no_cache=True)
        assert after.image.layers[-1].created != before.image.layers[-1].created

    def test_nothing_changed_is_a_hit(self, bench: Bench) -> None:
        bench.build("FROM base\nCOPY --link a /x/a\n", FILES)
        assert isinstance(step(bench.build("FROM base\nCOPY --link a /x/a\n", FILES), "COPY").cache, Hit)


class TestWhereItDoesNotCount:
    def test_beside_chmod(self, bench: Bench) -> None:
        record = bench.build(OLD + "COPY --link --chmod=600 a /opt/\n", FILES)
        assert record.image.tree.lookup("/opt").meta.mode == 0o700

    def test_with_the_classic_store(self) -> None:
        record = Bench(CLASSIC).build(OLD + "COPY --link a /opt/\n", FILES)
        assert record.image.tree.lookup("/opt").meta.mode == 0o700


class TestOwners:
    @pytest.mark.parametrize("base", ["FROM base\nCOPY --link", "FROM scratch\nCOPY"])
    def test_names_have_no_place_to_be_looked_up(self, bench: Bench, base: str) -> None:
        record = bench.build(f"{base} --chown=app a /a\n", FILES)
        assert record.failure.message == "failed to solve: invalid user index: -1"

    @pytest.mark.parametrize(("owner", "ids"), [("5:6", (5, 6)), ("root", (0, 0)), ("7", (7, 7)), (":root", (0, 0))])
    def test_numbers_and_root_need_none(self, bench: Bench, owner: str, ids: tuple[int, int]) -> None:
        meta = tree(bench, f"FROM base\nCOPY --link --chown={owner} a /a\n").lookup("/a").meta
        assert (meta.uid, meta.gid) == ids

    def test_a_workdir_of_a_named_user_on_nothing_fails_likewise(self, bench: Bench) -> None:
        record = bench.build("FROM scratch\nUSER app\nWORKDIR /x\n", FILES)
        assert record.failure.message == "failed to solve: invalid user index: -1"
