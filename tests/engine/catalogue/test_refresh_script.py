"""`tools/catalogue.py`: facts in, data files out, the same bytes every time."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FACTS = HERE / "facts"
SCRIPT = HERE.parents[2] / "tools" / "catalogue.py"
COMMITTED = HERE.parents[2] / "plugin/layerlab/src/layerlab/catalogue/data"


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(SCRIPT))


@pytest.fixture
def written(script, tmp_path):
    assert script["main"]([str(FACTS), "--out", str(tmp_path)]) == 0
    return tmp_path


def read(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def snapshot(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.json")}


def test_running_it_again_changes_no_byte(script, written):
    before = snapshot(written)
    assert script["main"]([str(FACTS), "--out", str(written)]) == 0
    assert snapshot(written) == before


def test_one_file_is_written_per_tag_and_a_snapshots_at_sign_is_replaced(written):
    assert sorted(path.name for path in (written / "images").iterdir()) == ["tiny_1--2020-01.json", "tiny_2.json"]


def test_a_tag_that_is_no_longer_in_the_facts_loses_its_file(script, written):
    stale = written / "images" / "tiny_0.json"
    stale.write_text("{}", encoding="utf-8")
    script["main"]([str(FACTS), "--out", str(written)])
    assert not stale.exists()


def test_files_kept_by_hand_stay_and_are_in_the_index(script, written):
    (written / "recipes.json").write_text('{"schema": 1}\n', encoding="utf-8")
    script["main"]([str(FACTS), "--out", str(written)])
    assert (written / "recipes.json").read_text(encoding="utf-8") == '{"schema": 1}\n'
    assert "recipes" in read(written, "index.json")["files"]


def test_a_long_row_is_cut_after_200_characters_and_marked(written):
    row = read(written, "images/tiny_2.json")["history"][1]
    assert len(row["created_by"]) == 200
    assert row["cut"] is True


def test_a_short_row_is_whole_and_carries_no_mark(written):
    row = read(written, "images/tiny_2.json")["history"][0]
    assert row["created_by"] == "ADD rootfs.tar / # buildkit"
    assert "cut" not in row


def test_sizes_carry_their_basis(written):
    image = read(written, "images/tiny_2.json")
    assert image["size"] == {"bytes": 3000, "kind": "estimated", "text": "compressed size x 3"}
    assert [row["size"]["kind"] for row in image["history"][:3]] == ["exact", "estimated", "unknown"]
    assert image["history"][2]["size"]["bytes"] is None
    assert read(written, "images/tiny_1--2020-01.json")["size"]["kind"] == "rounded"


def test_hosts_of_package_archives_are_replaced_in_rows_and_source_lists_only(written):
    image = read(written, "images/tiny_2.json")
    assert image["history"][2]["created_by"].count("<archive>") == 2
    contents = read(written, "trees/tiny-2.json")["contents"]
    assert contents["/etc/apt/sources.list"] == "deb http://<archive>/debian stable main\n"
    assert contents["/etc/motd"] == "see http://packages.example/\n"


def test_commands_with_an_entry_of_their_own_are_not_listed_twice(written):
    assert read(written, "trees/tiny-2.json")["commands"] == {"/bin": ["ls"]}


def test_package_names_in_closures_are_numbers(written):
    debian = read(written, "packages/debian-12.json")
    assert list(debian["meta"]) == ["ca-certificates", "python3", "python3-pip"]
    assert debian["closures"]["python3-pip"][0] == [1, 0, 2]


def test_what_scripts_generate_is_the_measured_excess(written):
    made = read(written, "packages/debian-12.json")["generated"]
    assert made["ca-certificates"] == 50
    assert made["python3"] == 300
    assert made["python3-*"] == pytest.approx((1200 - 50 - 300) / 400)


def test_a_distribution_that_was_not_measured_keeps_its_name_in_the_closure(written):
    assert read(written, "packages/pip.json")["closures"]["Flask"] == ["3", [0, "ghost@1"]]


def test_a_closure_nobody_listed_is_left_out(written):
    assert list(read(written, "packages/npm.json")["closures"]) == ["ws"]


def test_the_index_has_tags_aliases_digests_and_a_hash_of_every_file(written):
    index = read(written, "index.json")
    tiny = index["repositories"]["tiny"]
    assert tiny["tags"]["1@2020-01"] == "tiny_1--2020-01"
    assert tiny["aliases"] == {"latest": "2", "old": "1@2020-01"}
    assert tiny["digests"] == {"sha256:" + "b" * 64: "2"}
    assert set(index["files"]) == {
        "image/tiny_2",
        "image/tiny_1--2020-01",
        "tree/tiny-2",
        *(f"packages/{name}" for name in ("alpine", "debian-12", "npm", "pip", "ubuntu")),
    }


def test_a_changed_fact_changes_the_hash(script, written, tmp_path_factory):
    facts = tmp_path_factory.mktemp("facts")
    (facts / "catalogue").mkdir()
    text = (FACTS / "catalogue/tiny.json").read_text(encoding="utf-8")
    (facts / "catalogue/tiny.json").write_text(text.replace("made up for", "invented for").replace("3000", "3001"))
    before = read(written, "index.json")["files"]
    script["main"]([str(facts), "--out", str(written)])
    after = read(written, "index.json")["files"]
    assert before["image/tiny_2"] != after["image/tiny_2"]
    assert before["image/tiny_1--2020-01"] == after["image/tiny_1--2020-01"]


def test_a_missing_folder_is_refused(script, tmp_path, capsys):
    with pytest.raises(SystemExit):
        script["main"]([str(tmp_path / "nowhere")])
    assert "is not a folder" in capsys.readouterr().err


def test_the_committed_index_hashes_the_committed_files(script):
    files = {
        path.relative_to(COMMITTED).as_posix(): path.read_text(encoding="utf-8")
        for path in COMMITTED.rglob("*.json")
        if path.name != "index.json"
    }
    fresh = json.loads(script["index"](FACTS, files))["files"]
    assert read(COMMITTED, "index.json")["files"] == fresh


def test_the_committed_files_are_small():
    sizes = [path.stat().st_size for path in COMMITTED.rglob("*.json")]
    assert sum(sizes) < 1_200_000
    assert max(sizes) < 250_000
