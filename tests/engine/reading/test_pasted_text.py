"""What is read of a paste, and what is refused with a sentence."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from layerlab.messages import load
from layerlab.reading import Reading, ReadingError, meanings, read, reconstruct, shares
from layerlab.reading.reader import MAX_ROWS, MAX_TEXT
from layerlab.views.reading import reading_view

TABLE = (
    "IMAGE          CREATED        CREATED BY                                      SIZE      COMMENT\n"
    "0123456789ab   2 weeks ago    RUN /bin/sh -c apt-get update # buildkit        40.3MB    buildkit.dockerfile.v0\n"
    '<missing>      2 months ago   /bin/sh -c #(nop)  CMD ["bash"]                 0B        \n'
    "<missing>      2 months ago   /bin/sh -c #(nop) ADD file:5056…                77.8MB    \n"
)
TEXTS = [
    "/bin/sh -c #(nop) ADD file:5056…",
    '/bin/sh -c #(nop)  CMD ["bash"]',
    "RUN /bin/sh -c apt-get update # buildkit",
]


def texts(found):
    assert isinstance(found, Reading)
    return [entry.text for entry in found.entries]


class TestPastesOfATable:
    def test_the_rows_come_oldest_first(self):
        found = read(TABLE)
        assert texts(found) == TEXTS
        assert [entry.size for entry in found.entries] == [77_800_000, 0, 40_300_000]
        assert [entry.rounded for entry in found.entries] == [True, False, True]
        assert found.entries[2].comment == "buildkit.dockerfile.v0"

    @pytest.mark.parametrize(
        "changed",
        [
            TABLE.split("\n", 1)[1],
            "$ docker history demo\n" + TABLE + "$ \n",
            TABLE.replace("\n", "\r\n"),
            "\ufeff" + TABLE,
            "\n".join(line.rstrip() for line in TABLE.splitlines()),
            "\n".join("    " + line for line in TABLE.splitlines()),
            TABLE.replace("<missing>", "&lt;missing&gt;"),
            TABLE.replace("<missing>", "\x1b[2m<missing>\x1b[0m"),
            TABLE.replace("   ", "\t"),
        ],
        ids=["no header", "prompts", "windows", "mark", "trimmed", "indented", "web page", "colours", "tabs"],
    )
    def test_what_copying_does_to_it_does_not_matter(self, changed):
        assert [text.strip() for text in texts(read(changed))] == TEXTS

    def test_single_blanks_between_cells_are_enough_where_units_stand(self):
        found = read("<missing> 2 weeks ago RUN /bin/sh -c apt-get update # buildkit 40.3MB buildkit.dockerfile.v0")
        assert texts(found) == [TEXTS[2]]
        assert found.entries[0].size == 40_300_000

    def test_a_size_within_a_command_is_not_the_rows(self):
        found = read("<missing>   2 weeks ago   RUN /bin/sh -c fallocate   5MB   x && df 1B # buildkit   12.5kB    ")
        assert found.entries[0].size == 12_500
        assert "fallocate   5MB   x && df 1B" in found.entries[0].text

    def test_a_command_over_several_lines_is_one_row(self):
        found = read("<missing>   1 second ago   RUN /bin/sh -c cat <<A > /x\nhey\nA # buildkit   4B             note")
        assert texts(found) == ["RUN /bin/sh -c cat <<A > /x\nhey\nA # buildkit"]
        assert (found.entries[0].size, found.entries[0].comment) == (4, "note")

    def test_other_engines_units_are_read(self):
        found = read(
            "ID            CREATED      CREATED BY     SIZE      COMMENT\n<missing>     2 weeks ago  ADD x /        7.34 MB   \n<missing>     2 weeks ago  ADD y /        2.0 KiB   \n"
        )
        assert [entry.size for entry in found.entries] == [2048, 7_340_000]

    def test_lines_that_belong_to_no_row_are_counted(self):
        assert read(TABLE + "hello there\n").skipped == 1

    def test_three_dots_were_dockers_cut_too(self):
        row = "/bin/sh -c #(nop) ADD file:0123456789abcdef0..."
        assert len(row) == 47
        cut = row[:42] + "..."
        assert read(f"<missing>      2 months ago   {cut}   77.8MB    ").entries[0].cut

    def test_a_buildkit_row_without_its_mark_is_cut(self):
        found = read("<missing>   2 weeks ago   RUN /bin/sh -c set -x   40.3MB    buildkit.dockerfile.v0")
        assert found.entries[0].cut


class TestJson:
    def test_the_engine_api_answers_in_bytes(self):
        rows = [{"Id": "<missing>", "Created": 1700000000, "CreatedBy": "ADD x / # buildkit", "Size": 7, "Comment": ""}]
        entry = read(json.dumps(rows)).entries[0]
        assert (entry.size, entry.rounded, entry.created) == (7, False, "1700000000")

    def test_inspect_has_no_history_and_says_so(self):
        image = {
            "Id": "sha256:1",
            "RepoTags": ["demo:latest"],
            "RootFS": {"Type": "layers", "Layers": ["sha256:a", "sha256:b"]},
            "Size": 72_800_000,
            "Config": {"Env": ["A=b c"], "Cmd": ["nginx"], "ExposedPorts": {"80/tcp": {}}},
        }
        found = read(json.dumps([image]))
        assert (found.origin, found.name, found.total) == ("inspect", "demo:latest", 72_800_000)
        assert [(entry.id, entry.size, entry.empty) for entry in found.entries] == [
            ("sha256:a", None, False),
            ("sha256:b", None, False),
        ]
        made = reconstruct(meanings(found.entries), found.config)
        layers = "# 1: sha256:a\n# 2: sha256:b\n"
        assert made.text() == f'FROM scratch\n{layers}ENV A="b c"\nEXPOSE 80/tcp\nCMD ["nginx"]\n'
        assert [loss.key for loss in made.lost] == ["reading.lost.inspect"]

    @pytest.mark.parametrize("size", [-1, 2**70, True, None, "many", [], {}, 1.5])
    def test_a_size_that_is_none_is_unknown(self, size):
        assert read(json.dumps([{"CreatedBy": "RUN x", "Size": size}])).entries[0].size is None


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "reading.empty"),
            (" \n\t\n", "reading.empty"),
            ("hello world", "reading.not_history"),
            ("FROM ubuntu:20.04\nRUN apt-get update\n", "reading.not_history"),
            (
                "REPOSITORY   TAG       IMAGE ID       CREATED       SIZE\ndemo         latest    0123456789ab   2 days ago    5MB\n",
                "reading.not_history",
            ),
            ("0123456789ab\n<missing>\n", "reading.only_ids"),
            ("\x7fELF\x02\x01\x01\x00\x00\x00", "reading.binary"),
            ("\ufffd\x01\x02\x03\x04 x", "reading.binary"),
            ('{"history": [', "reading.json_broken"),
            ("[" * 50_000, "reading.json_broken"),
            ("{}", "reading.json_unknown"),
            ("[]", "reading.json_unknown"),
            ("[1, 2]", "reading.json_unknown"),
            ('{"history": [], "rootfs": {}}', "reading.json_unknown"),
            ('[{"Id": "x", "State": {}, "HostConfig": {}, "Config": {}}]', "reading.container"),
            ('{"schemaVersion": 2, "config": {}, "layers": []}', "reading.manifest"),
            ('{"schemaVersion": 2, "manifests": []}', "reading.manifest"),
            ("x" * (MAX_TEXT + 1), "reading.too_long"),
            ("<missing>   2 weeks ago   RUN x   0B   \n" * (MAX_ROWS + 1), "reading.too_many"),
        ],
    )
    def test_what_is_no_history_is_refused_by_name(self, text, code):
        found = read(text)
        assert isinstance(found, ReadingError)
        assert found.code == code
        for language in ("ko", "en"):
            say = load(language)
            assert found.code in say
            assert found.detail in say(found.code, detail=found.detail)

    @pytest.mark.parametrize(
        "line",
        [
            "<missing> 2 weeks ago " + " " * 900_000,
            "<missing> 2 weeks ago " + "1B " * 300_000,
            "5MB   " * 150_000,
            "|" * 900_000,
        ],
    )
    def test_long_lines_are_read_in_one_pass(self, line):
        assert isinstance(read(line), Reading | ReadingError)


HOSTILE = '</script><img src=x onerror="alert(1)">'
WORDS = st.sampled_from(["<missing>", "2 weeks ago", "RUN", "/bin/sh -c", "#(nop)", "|2 A=1", "# buildkit", "5MB", "\n", "   ", '["', '"', "{", "}", "…", HOSTILE, "\u202e", "\x07", "\ud800", "EXPOSE map[", "HEALTHCHECK {Test:[] ", "ENV A=", "$X", "\\"])  # fmt: skip


class TestAnything:
    @given(st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=25).map(" ".join)))
    @example("<missing>   2 weeks ago   HEALTHCHECK {Test:[] Interval:0s Timeout:0s StartPeriod:0s Retries:0}   0B   ")
    def test_any_text_is_answered_and_shown_as_text(self, text):
        found = read(text)
        html = str(reading_view(found, load("ko"), "p"))
        html.encode()
        assert "<img" not in html
        assert "</script>" not in html
        assert "\u202e" not in html
        assert "style=" not in html.replace("&quot;", "")

    @given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["history", "rootfs", "RootFS", "Layers", "diff_ids", "Config", "config", "Env", "Healthcheck", "CreatedBy", "Size", "created_by", "Labels", "Test", "x"]), inner, max_size=4), max_leaves=20))  # fmt: skip
    def test_any_json_is_answered(self, value):
        found = read(json.dumps(value))
        str(reading_view(found, load("en"), "p")).encode()


def test_sizes_are_ranked_with_their_shares():
    found = shares(read(TABLE).entries)
    assert found.ranked == (0, 2)
    assert found.total == 118_100_000
    assert found.permille == {0: 658, 2: 341}
    assert (found.rounded, found.unknown) == (True, 0)
