"""Every history that Docker prints gives back its rows."""

from __future__ import annotations

import json

import pytest
from engine.docker.docker_recordings import recordings
from engine.reading.history_samples import NOW, catalogue_files, catalogue_rows

from layerlab.docker.history import HistoryOptions, history_text
from layerlab.docker.units import human
from layerlab.dockerfile import parse
from layerlab.image.config import ImageConfig, config_bytes, parse_history
from layerlab.reading import Reading, meanings, read, reconstruct

FILES = catalogue_files()
TABLES = [
    (f"{case}-{flavour}", data)
    for case, flavour, data in recordings()
    if data.get("docker_history_text") and "history" in data
]


def shown(text):
    """What is left of a text in a table: tabs are blanks, and blanks at the end can't be told from padding."""
    return text.replace("\t", " ").strip()


@pytest.mark.parametrize("file", [file for _, file in FILES], ids=[tag for tag, _ in FILES])
class TestCatalogueImages:
    @pytest.mark.parametrize("measure", ["cells", "code points"])
    def test_the_whole_table_gives_back_every_row(self, file, measure):
        rows = catalogue_rows(file)
        found = read(history_text(rows, NOW, HistoryOptions(no_trunc=True), measure))
        assert isinstance(found, Reading)
        assert [entry.text for entry in found.entries] == [shown(row.created_by) for row in rows[::-1]]
        assert [entry.id for entry in found.entries] == [row.id for row in rows[::-1]]
        assert [entry.comment for entry in found.entries] == [row.comment for row in rows[::-1]]
        assert [None if entry.size is None else human(entry.size) for entry in found.entries] == [
            None if row.size is None else human(row.size) for row in rows[::-1]
        ]

    def test_the_shortened_table_gives_back_what_it_shows_and_says_what_is_cut(self, file):
        rows = catalogue_rows(file)
        found = read(history_text(rows, NOW, HistoryOptions()))
        assert len(found.entries) == len(rows)
        for entry, row in zip(found.entries, rows[::-1], strict=True):
            whole = row.created_by.replace("\t", " ")
            if len(whole) > 45:
                assert entry.cut
                assert whole.startswith(entry.text.removesuffix("…"))
            else:
                assert entry.text == shown(whole)

    def test_exact_numbers_are_read_as_they_are(self, file):
        rows = catalogue_rows(file)
        found = read(history_text(rows, NOW, HistoryOptions(human=False, no_trunc=True)))
        assert [entry.size for entry in found.entries] == [row.size for row in rows[::-1]]
        assert not any(entry.rounded for entry in found.entries)

    @pytest.mark.parametrize("pattern", ["json", "{{json .}}"])
    def test_json_lines_give_back_every_row(self, file, pattern):
        rows = catalogue_rows(file)
        found = read(history_text(rows, NOW, HistoryOptions(no_trunc=True, format=pattern)))
        assert found.origin == "json"
        assert [entry.text for entry in found.entries] == [row.created_by.replace("\t", " ") for row in rows[::-1]]

    def test_the_reconstruction_is_a_dockerfile(self, file):
        found = read(history_text(catalogue_rows(file), NOW, HistoryOptions(no_trunc=True)))
        made = reconstruct(meanings(found.entries))
        parsed = parse(made.text())
        assert not parsed.errors
        instructions = [line for line in made.lines if not line.comment]
        assert len(parsed.instructions) == len(instructions)


@pytest.mark.parametrize("data", [data for _, data in TABLES], ids=[name for name, _ in TABLES])
class TestRecordedTables:
    def test_docker_s_own_tables_give_back_the_recorded_history(self, data):
        found = read(data.get("docker_history_notrunc_text") or data["docker_history_text"])
        history = data["history"]
        assert len(found.entries) == len(history)
        for entry, row in zip(found.entries, history, strict=True):
            assert entry.cut or entry.text == shown(row["created_by"])
        sizes = data["docker_history_sizes"][::-1]
        assert [human(entry.size) for entry in found.entries] == [human(size) for size in sizes]

    def test_the_shortened_table_has_as_many_rows(self, data):
        assert len(read(data["docker_history_text"]).entries) == len(data["history"])

    def test_the_reconstruction_is_a_dockerfile(self, data):
        text = json.dumps({"history": data["history"], "rootfs": {"type": "layers", "diff_ids": []}})
        found = read(text)
        assert found.origin == "config"
        assert [entry.text for entry in found.entries] == [row["created_by"] for row in data["history"]]
        assert not parse(reconstruct(meanings(found.entries)).text()).errors


def test_an_image_configuration_says_which_rows_are_layers():
    history = parse_history([{"created_by": "ADD x / # buildkit"}, {"created_by": "ENV A=1", "empty_layer": True}])
    found = read(config_bytes(ImageConfig(env=("A=1",)), history, ["sha256:" + "0" * 64], None).decode())
    assert [entry.empty for entry in found.entries] == [False, True]
    assert [entry.size for entry in found.entries] == [None, 0]
    assert found.config.env == ("A=1",)
