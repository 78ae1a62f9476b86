"""Cells: widths, cuts, and the tabwriter's columns (1.3, 1.4)."""

from __future__ import annotations

import pytest

from layerlab.docker.table import ellipsis, go_quote, short_id, table, tabulate
from layerlab.docker.width import cells, graphemes


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("abc", 3),
        ("한글.txt", 8),
        ("…", 1),
        ("e\u0301", 1),
        ("\u200b", 0),
        ("\x07", 0),
        ("👍🏽", 2),
        ("👨\u200d👩\u200d👧", 2),
        ("🇰🇷", 1),
        ("\u1112\u1161\u11ab", 2),
        ("ｱ", 1),
        ("日本", 4),
        ("", 0),
    ],
)
def test_cells_of_a_text(text, width):
    assert cells(text) == width


def test_marks_belong_to_their_letter():
    assert list(graphemes("e\u0301a한")) == ["e\u0301", "a", "한"]


def test_a_column_is_at_least_ten_wide_and_three_apart():
    assert table(["A", "LONG TITLE"], [["x", "y"]]) == "A         LONG TITLE\nx         y\n"
    assert tabulate("12345678\tx\n") == "12345678   x\n"


def test_an_empty_last_column_leaves_blanks_only_in_front_of_it():
    assert tabulate("a\t0B\t\n") == "a         0B        \n"


def test_hangul_takes_two_cells_but_one_code_point():
    assert tabulate("한\tx\n") == "한        x\n"
    assert tabulate("한\tx\n", "code points") == "한         x\n"


def test_a_newline_in_a_cell_splits_the_run_of_its_column():
    text = tabulate("id\tRUN a\nb\t0B\nid2\tRUN cccccccccccccc\t0B\n")
    assert text.splitlines() == ["id        RUN a", "b         0B", "id2       RUN cccccccccccccc   0B"]


def test_a_form_feed_begins_a_new_run():
    assert tabulate("aaaaaaaaaaaa\tx\fb\ty\n").splitlines() == ["aaaaaaaaaaaa   x", "b         y"]


def test_the_header_stands_over_no_rows():
    assert table(["IMAGE", "SIZE"], []) == "IMAGE     SIZE\n"


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("가나다", 6, "가나다"),
        ("가나다라", 6, "가나…"),
        ("a가나다", 6, "a가나…"),
        ("abcdeé", 6, "abcdeé"),
    ],
)
def test_long_texts_are_cut(text, width, cut):
    assert ellipsis(text, width) == cut


def test_ids_lose_their_algorithm_and_most_digits():
    assert short_id("sha256:" + "ab" * 32) == "ab" * 6
    assert short_id("<missing>") == "<missing>"


def test_quoting_escapes_as_go_does():
    assert go_quote('a"b\\\n\x01한…') == '"a\\"b\\\\\\n\\x01한…"'
