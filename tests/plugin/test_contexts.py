"""Folders of real files as the text the engine is given."""

import json
import os

from mkdocs_layerlab.contexts import MTIME, Contexts, read_context
from mkdocs_layerlab.supplies import catalogue_supplies, find_supply


def test_files_folders_and_links_become_entries_in_byte_order(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/데이터.bin").write_bytes(b"\xff\x00")
    (tmp_path / "run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "run.sh").chmod(0o777)
    (tmp_path / "A").write_text("a")
    (tmp_path / "A").chmod(0o600)
    (tmp_path / "link").symlink_to("sub/../A")
    content = json.loads(read_context(tmp_path))
    assert content["mtime"] == MTIME
    assert content["entries"] == [
        {"path": "A", "type": "file", "mode": "0644", "content": "a"},
        {"path": "link", "type": "symlink", "mode": "0777", "link": "sub/../A"},
        {"path": "run.sh", "type": "file", "mode": "0755", "content": "#!/bin/sh\n"},
        {"path": "sub", "type": "dir", "mode": "0755"},
        {"path": "sub/데이터.bin", "type": "file", "mode": "0644", "content_b64": "/wA="},
    ]


def test_times_of_files_do_not_matter(tmp_path):
    (tmp_path / "a").write_text("a")
    before = read_context(tmp_path)
    os.utime(tmp_path / "a", (1, 1))
    assert read_context(tmp_path) == before


def test_a_context_is_named_by_its_content(tmp_path):
    for name in ("one", "two", "exercises"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text(name)
    contexts = Contexts(tmp_path)
    assert contexts.names() == ["one", "two"]
    assert contexts.get("one").name != contexts.get("two").name.replace("two", "one")
    assert contexts.get("three") is None
    assert contexts.get("..") is None


def test_the_engine_gets_exactly_the_text_it_names(tmp_path):
    (tmp_path / "one").mkdir()
    contexts = Contexts(tmp_path)
    supply = contexts.get("one")
    assert find_supply(supply.name, contexts) == supply.text
    assert find_supply("context/one@000000000000", contexts) is None
    assert find_supply("image/nothing@0", contexts) is None


def test_a_missing_folder_has_no_contexts(tmp_path):
    assert Contexts(tmp_path / "none").names() == []


def test_every_file_of_the_catalogue_is_there_under_the_name_the_engine_asks_for(tmp_path):
    supplies = {supply.name: supply.text for supply in catalogue_supplies()}
    images = [name for name in supplies if name.startswith("image/ubuntu_20.04@")]
    assert len(images) == 1
    for name in ("index", images[0]):
        assert find_supply(name, Contexts(tmp_path)) == supplies[name]
