"""Reading a history through the session's door and on the command line."""

from __future__ import annotations

import io
import json
import re
import sys
from html import unescape

import pytest

from layerlab.cli import main
from layerlab.messages import load as load_messages
from layerlab.session import Service

TABLE = (
    "IMAGE          CREATED        CREATED BY                                 SIZE      COMMENT\n"
    "0123456789ab   2 weeks ago    RUN /bin/sh -c apt-get update # buildkit   40.3MB    buildkit.dockerfile.v0\n"
    '<missing>      2 months ago   CMD ["bash"]                               0B        buildkit.dockerfile.v0\n'
    "<missing>      2 months ago   ADD x.tar.gz / # buildkit                  77.8MB    buildkit.dockerfile.v0\n"
)
DOCKERFILE = 'FROM scratch\nADD x.tar.gz /\nCMD ["bash"]\nRUN apt-get update\n'


def ask(**asked):
    return json.loads(Service().handle(json.dumps({"v": 1, "id": 3, "lang": "ko", "method": "read"} | asked)))


class TestTheDoor:
    def test_no_document_is_needed(self):
        reply = ask(text=TABLE, prefix="p")
        assert reply["ok"]
        assert reply["status"] == "ok"
        assert reply["dockerfile"] == DOCKERFILE
        assert reply["announce"] == load_messages("ko")("reading.announce", rows=3)

    @pytest.mark.parametrize("language", ["ko", "en"])
    def test_every_row_is_in_the_fragment_with_its_token(self, language):
        html = ask(text=TABLE, prefix="p", lang=language)["fragments"]["reading"]["html"]
        for number in range(3):
            assert f'data-refs="h{number}"' in html
        assert html.index("apt-get update") < html.index("x.tar.gz")
        assert "style=" not in html
        ids = re.findall(r' id="([^"]+)"', html)
        assert len(set(ids)) == len(ids) == 4
        assert set(re.findall(r'aria-labelledby="([^"]+)"', html)) == set(ids)
        assert "reading." not in re.sub(r"<[^>]+>", " ", html)
        assert load_messages(language)("reading.reconstructed") in unescape(html)

    def test_a_refusal_is_a_sentence_in_the_fragment(self):
        reply = ask(text="hello")
        assert (reply["ok"], reply["status"], reply["dockerfile"]) == (True, "invalid", None)
        assert 'class="ll-refused"' in reply["fragments"]["reading"]["html"]

    def test_a_known_fragment_is_left_out(self):
        mark = ask(text=TABLE)["fragments"]["reading"]["hash"]
        assert ask(text=TABLE, known={"reading": mark})["fragments"] == {}

    @pytest.mark.parametrize("text", [None, 5, [], {}])
    def test_a_text_is_needed(self, text):
        assert ask(text=text)["error"]["code"] == "session.request"

    def test_lone_surrogates_are_shown_as_such(self):
        reply = ask(text="<missing>   2 weeks ago   RUN /bin/sh -c echo \ud800 # buildkit   0B        ")
        assert "\ufffd" in reply["fragments"]["reading"]["html"]


class TestTheCommandLine:
    def test_it_explains_a_file(self, tmp_path, capsys):
        file = tmp_path / "history.txt"
        file.write_text(TABLE, encoding="utf-8")
        assert main(["read-history", str(file)]) == 0
        out = capsys.readouterr().out
        assert out.index("ADD (row 1): 77.8MB (65.8%)") < out.index("RUN (row 3): 40.3MB (34.1%)")
        assert DOCKERFILE in out

    def test_it_reads_standard_input(self, capsys, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TABLE.encode())))
        assert main(["read-history", "--lang", "ko"]) == 0
        assert "히스토리에서 재구성한 Dockerfile" in capsys.readouterr().out

    def test_a_refusal_goes_to_standard_error(self, tmp_path, capsys):
        file = tmp_path / "history.txt"
        file.write_bytes(b"\x00\xff\xfe")
        assert main(["read-history", str(file)]) == 1
        out, err = capsys.readouterr()
        assert (out, err) == ("", load_messages("en")("reading.binary") + "\n")

    def test_a_missing_file_is_named(self, tmp_path, capsys):
        assert main(["read-history", str(tmp_path / "none")]) == 1
        assert "none" in capsys.readouterr().err


class TestTheBlock:
    def test_a_page_gets_the_whole_element_with_the_text_and_what_it_says(self):
        reply = ask(text=TABLE, prefix="ll-reader-1", whole=True)
        block = reply["fragments"]["block"]["html"]
        assert block.startswith("<layer-reader ")
        assert 'id="ll-reader-1"' in block
        assert ask(text=TABLE, prefix="ll-reader-1")["fragments"]["reading"]["html"] in block

    @pytest.mark.parametrize(
        ("text", "line", "shown"),
        [
            ("\n\n  hello world\nmore\n", 3, "hello world"),
            ('[{\n "a": 1,\n <img src=x>\n', 3, "&lt;img src=x&gt;"),
            ("0123456789ab\n", 1, "0123456789ab"),
            ("x" * 500, 1, "x" * 119 + "…"),
        ],
    )
    def test_what_is_no_history_is_refused_with_its_line(self, text, line, shown):
        reply = ask(text=text)
        assert reply["status"] == "invalid"
        assert f"{line}번째 줄: <code>{shown}</code>" in reply["fragments"]["reading"]["html"].replace(
            "</code></p>", "</code>"
        )
