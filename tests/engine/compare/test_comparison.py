"""Two Dockerfiles side by side: what they share, and what an edit costs each."""

from __future__ import annotations

import json
import re

import pytest

from layerlab.catalogue.files import load
from layerlab.comparing import likely_edit
from layerlab.messages import load as load_messages
from layerlab.session import Service

NOW = 1_790_000_000_000_000_000
FILES = [
    {"path": "app.py", "type": "file", "mode": "0755", "content": "print(1)\n"},
    {"path": "requirements.txt", "type": "file", "content": "flask==3.0.0\n"},
    {"path": "only-here.md", "type": "file", "content": "hi\n"},
]
CODE_FIRST = "FROM alpine:3.20\nWORKDIR /app\nCOPY . .\nRUN echo install > /installed\n"
LIST_FIRST = "FROM alpine:3.20\nWORKDIR /app\nCOPY requirements.txt .\nRUN echo install > /installed\nCOPY . .\n"
HOSTILE = '</script><img src=x onerror="alert(1)">'


@pytest.fixture(scope="module")
def service():
    made = Service(load)
    made.supply("context/web@1", json.dumps({"entries": FILES}))
    made.supply("context/other@1", json.dumps({"entries": FILES[:2]}))
    return made


def document(left=CODE_FIRST, right=LIST_FIRST, context="other@1", **personality):
    start = {"lab": "x", "hash": "h", "now": NOW, "personality": personality}
    blocks = (("a", left, "web@1"), ("b", right, context))
    actions = [{"type": "build", "block": name, "text": text, "context": files} for name, text, files in blocks]
    return {"schema": 1, "engine": "0.1.0", "start": start, "actions": actions}


def ask(service, doc=None, **more):
    request = {"v": 1, "id": 7, "method": "compare", "lang": "en", "document": doc or document(), "block": "a"}
    return json.loads(service.handle(json.dumps(request | {"prefix": "p", "views": []} | more)))


class TestCosts:
    def test_an_edit_of_the_code_reruns_what_stands_above_its_copy(self, service):
        found = ask(service, other="b")["comparison"]
        assert found["edited"] == "app.py"
        assert (found["left"]["rebuild"]["ran"], found["left"]["rebuild"]["cached"]) == (2, 1)
        assert (found["right"]["rebuild"]["ran"], found["right"]["rebuild"]["cached"]) == (1, 3)

    def test_an_edit_of_the_list_reruns_the_installation_of_both(self, service):
        found = ask(service, other="b", path="requirements.txt")["comparison"]
        assert [found[side]["rebuild"]["ran"] for side in ("left", "right")] == [2, 3]

    def test_the_layers_made_anew_are_weighed(self, service):
        found = ask(service, other="b")["comparison"]
        assert found["left"]["rebuild"]["written"]["bytes"] == 10 + 13 + 3 + len("install\n")
        assert found["right"]["rebuild"]["written"]["bytes"] == 10 + 13

    def test_the_first_build_runs_every_step_of_both(self, service):
        found = ask(service, other="b")["comparison"]
        assert [found[side]["build"]["cached"] for side in ("left", "right")] == [0, 0]
        assert [found[side]["build"]["ran"] for side in ("left", "right")] == [3, 4]

    def test_a_file_that_one_side_alone_has_costs_the_other_nothing(self, service):
        found = ask(service, other="b", path="only-here.md")["comparison"]
        assert found["left"]["rebuild"]["ran"] == 2
        assert found["right"]["rebuild"]["ran"] == 0

    def test_without_a_context_there_is_no_edit(self, service):
        doc = document("FROM alpine:3.20\n", "FROM alpine:3.20\nRUN true\n")
        for action in doc["actions"]:
            del action["context"]
        found = ask(service, doc, other="b")["comparison"]
        assert (found["edited"], found["left"]["rebuild"]) == (None, None)


class TestSharing:
    def test_layers_built_from_the_same_steps_are_shared(self, service):
        found = ask(service, text=CODE_FIRST + "RUN touch /more\n")["comparison"]
        assert [pair["shared"] for pair in found["pairs"]] == [True, True, True, True, False]
        assert found["pairs"][-1]["left"] is None
        assert found["shared"] == found["left"]["size"]

    def test_equal_images_share_everything(self, service):
        reply = ask(service, text=CODE_FIRST)
        found = reply["comparison"]
        assert found["left"]["size"] == found["right"]["size"] == found["shared"]
        assert reply["announce"].startswith(load_messages("en")("compare.equal", size="").rstrip("."))

    def test_what_differs_early_is_not_shared_above(self, service):
        found = ask(service, other="b")["comparison"]
        assert [pair["shared"] for pair in found["pairs"]] == [True, True, False, False, False]

    @pytest.mark.parametrize("store", ["classic", "containerd"])
    def test_sizes_are_those_of_the_store(self, service, store):
        doc = document(store=store)
        found = ask(service, doc, other="b")["comparison"]
        assert found["left"]["size"]["bytes"] == sum(
            pair["left"]["size"]["bytes"] for pair in found["pairs"] if pair["left"]
        )

    def test_the_session_is_left_as_it_is(self, service):
        doc = document()
        before = ask(service, doc, method="open", views=["history", "log"])
        assert ask(service, doc, other="b")["document"] == before["document"]
        assert ask(service, doc, method="open", views=["history", "log"]) == before


class TestTheView:
    @pytest.mark.parametrize("language", ["ko", "en"])
    def test_it_shows_both_in_tables_with_headings(self, service, language):
        reply = ask(service, other="b", lang=language)
        html = reply["fragments"]["compare"]["html"]
        assert html.count('scope="row"') == 8
        assert 'data-refs="x4"' in html
        assert 'data-refs="y5"' in html
        assert "<code>app.py</code>" in html
        assert "style=" not in html
        assert len(set(re.findall(r' id="([^"]+)"', html))) == html.count(' id="p-')
        assert "compare." not in re.sub(r"<[^>]+>", " ", html)

    def test_a_known_fragment_is_left_out(self, service):
        first = ask(service, other="b")
        mark = first["fragments"]["compare"]["hash"]
        assert ask(service, other="b", known={"compare": mark})["fragments"] == {}

    def test_a_build_that_fails_says_why_as_text(self, service):
        reply = ask(service, text=f"FROM alpine:3.20\nRUN exit 3 # {HOSTILE}\n")
        assert reply["status"] == "failed"
        assert not reply["comparison"]["right"]["ok"]
        assert "exit code: 3" in reply["comparison"]["right"]["error"]
        assert "<img" not in reply["fragments"]["compare"]["html"]

    def test_an_unknown_size_is_never_compared(self, service):
        reply = ask(service, text="FROM ubuntu:20.04\nRUN perl -e 1\n")
        assert reply["comparison"]["right"]["size"]["bytes"] is None
        assert reply["announce"] == load_messages("en")("compare.unknown")


class TestRefusals:
    @pytest.mark.parametrize(
        ("more", "code"),
        [
            ({}, "session.block"),
            ({"other": "nope"}, "session.block"),
            ({"other": 5}, "session.block"),
            ({"block": "nope", "other": "b"}, "session.block"),
            ({"other": "b", "path": "nope"}, "compare.no_file"),
            ({"other": "b", "path": HOSTILE}, "compare.no_file"),
            ({"text": "x" * 1_000_001}, "session.too_long"),
        ],
    )
    def test_it_is_refused_with_a_sentence(self, service, more, code):
        reply = ask(service, **more)
        assert reply["error"]["code"] == code
        assert reply["error"]["message"] != code

    def test_missing_data_is_asked_for(self):
        bare = Service()
        bare.supply("context/web@1", json.dumps({"entries": FILES}))
        bare.supply("context/other@1", json.dumps({"entries": FILES}))
        assert ask(bare, other="b")["needs"]


@pytest.mark.parametrize(
    ("paths", "edited"),
    [
        (["requirements.txt", "app.py", "b.py"], "app.py"),
        ([".env", "notes.txt"], "notes.txt"),
        (["package.json", "src/server.js"], "src/server.js"),
        ([".dockerignore"], None),
        ([], None),
    ],
)
def test_the_likeliest_edit_is_of_a_source_file(paths, edited):
    assert likely_edit(paths) == edited
