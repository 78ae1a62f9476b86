"""`docker history` as text: recorded tables are met byte for byte from what they show."""

from __future__ import annotations

import re

import pytest
from engine.docker.docker_recordings import ID, MINUTE, NOW, ages, moment, recordings

from layerlab.docker.format import FormatError
from layerlab.docker.history import LISTING, HistoryOptions, HistoryRow, history_text

TABLES = [
    (case, flavour, key, data)
    for case, flavour, data in recordings()
    for key in ("docker_history_text", "docker_history_notrunc_text")
    if data.get(key) and "history" in data
]


@pytest.mark.parametrize(
    ("flavour", "key", "data"), [table[1:] for table in TABLES], ids=["-".join(table[:3]) for table in TABLES]
)
def test_a_recorded_table_is_met(flavour, key, data):
    table = data["docker_history_text"]
    ids = re.findall(r"^(aaaaaaaaaaaa|<missing>)", table, re.MULTILINE)
    rows = [
        HistoryRow(ID if shown[0] == "a" else shown, moment(age), entry["created_by"], size, entry["comment"])
        for shown, age, entry, size in zip(
            ids, ages(table), data["history"][::-1], data["docker_history_sizes"], strict=True
        )
    ]
    measure = "code points" if "legacy" in flavour or "20.10" in flavour else "cells"
    options = HistoryOptions(no_trunc="notrunc" in key)
    assert history_text(rows, NOW, options, measure) == data[key]


ROWS = [
    HistoryRow(ID, NOW - 2 * MINUTE, 'CMD ["python"\t"app.py"]', 0, "buildkit.dockerfile.v0"),
    HistoryRow("<missing>", None, "ADD x", 77_800_000, ""),
]


def test_quiet_prints_ids_of_all_rows():
    assert history_text(ROWS, NOW, HistoryOptions(quiet=True)) == "aaaaaaaaaaaa\n<missing>\n"


def test_a_format_wins_over_quiet():
    assert history_text(ROWS, NOW, HistoryOptions(quiet=True, format="{{.Size}}")) == "0B\n77.8MB\n"


def test_without_human_times_are_dates_and_sizes_are_numbers():
    text = history_text(ROWS, NOW, HistoryOptions(human=False))
    assert "CREATED AT" in text.splitlines()[0]
    assert "1970-01-01T00:00:00Z" in text
    assert " 77800000 " in text


def test_json_escapes_as_go_does_and_keys_are_sorted():
    lines = history_text(ROWS, NOW, HistoryOptions(format="json")).splitlines()
    assert lines[1].startswith(
        '{"Comment":"","CreatedAt":"1970-01-01T00:00:00Z","CreatedBy":"ADD x","CreatedSince":"N/A"'
    )
    assert '"ID":"\\u003cmissing\\u003e"' in lines[1]


def test_a_tab_in_created_by_becomes_a_blank():
    assert 'CMD ["python" "app.py"]' in history_text(ROWS, NOW, HistoryOptions())


def test_an_unknown_size_is_a_question_mark():
    assert "?" in history_text([HistoryRow(ID, NOW, "RUN x", None, "")], NOW, HistoryOptions())


def test_a_table_template_has_its_own_header():
    assert (
        history_text(ROWS, NOW, HistoryOptions(format=r"table {{.ID}}\t{{.Size}}")).splitlines()[0]
        == "IMAGE          SIZE"
    )


def test_an_unknown_field_is_refused_in_gos_words():
    message = 'template parsing error: template: :1:2: executing "" at <.Foo>: can\'t evaluate field Foo in type *formatter.historyContext'
    with pytest.raises(FormatError) as refused:
        history_text(ROWS, NOW, HistoryOptions(format="{{.Foo}}"))
    assert str(refused.value) == message


@pytest.mark.parametrize("field", sorted(LISTING.titles))
def test_every_field_of_the_json_can_be_asked_for(field):
    import json

    whole = [json.loads(line) for line in history_text(ROWS, NOW, HistoryOptions(format="json")).splitlines()]
    single = history_text(ROWS, NOW, HistoryOptions(format="{{." + field + "}}")).splitlines()
    assert [row[field] for row in whole] == single


TABLE = LISTING.default()


@pytest.mark.parametrize("size", [None, 0, 1_500])
@pytest.mark.parametrize("pattern", [TABLE, "table {{.ID}}\\t{{.Size}}", "{{.ID}}", "{{.ID}}\\t{{.Comment}}"])
def test_a_table_of_plain_fields_is_what_running_its_template_gives(pattern, size):
    rows = [HistoryRow(ID, NOW, f"RUN é {number}\t\n", size, "") for number in range(3)]
    run = pattern + "{{with false}}{{end}}"  # no longer fields alone
    plain, ran = (history_text(rows, NOW + 90 * MINUTE, HistoryOptions(format=text)) for text in (pattern, run))
    assert plain == ran


def test_columns_without_a_tab_between_them_are_run_too():
    row = HistoryRow(ID, NOW, "RUN x", 0, "c")
    run = history_text([row], NOW, HistoryOptions(format="{{.ID}}{{.Size}}{{with false}}{{end}}"))
    assert history_text([row], NOW, HistoryOptions(format="{{.ID}}{{.Size}}")) == run


@pytest.mark.parametrize("pattern", ["{{.Nothing}}", "{{.ID}}\\t{{.Nothing}}"])
def test_a_field_there_is_not_is_refused_in_a_plain_list_of_fields(pattern):
    with pytest.raises(FormatError, match="can't evaluate field Nothing"):
        history_text([HistoryRow(ID, NOW, "RUN x", 0, "c")], NOW, HistoryOptions(format=pattern))
