"""The JSON door: what a page asks, and what it gets."""

import gc
import json
import re

import pytest

from layerlab.catalogue.files import load
from layerlab.messages import load as load_messages
from layerlab.session import Service
from layerlab.views import VIEWS

NOW = 1_790_000_000_000_000_000
SAMPLE = "FROM ubuntu:20.04\nRUN mkdir -p /srv\nCOPY . /app\n"
CONTEXT = json.dumps({"entries": [{"path": "app.py", "type": "file", "mode": "0644", "content": "print(1)\n"}]})
HOSTILE = '</script><img src=x onerror="alert(1)">'


def document(*actions, **personality):
    start = {"lab": "intro", "hash": "h", "now": NOW, "personality": personality}
    return {"schema": 1, "engine": "0.1.0", "start": start, "actions": list(actions)}


def build(text=SAMPLE, block="a", **options):
    return {"type": "build", "block": block, "text": text, "context": "web@1", "tag": "demo"} | options


@pytest.fixture
def service():
    made = Service(load)
    made.supply("context/web@1", CONTEXT)
    return made


def ask(service, method, doc, **more):
    request = {"v": 1, "id": 7, "method": method, "lang": "ko", "document": doc, "block": "a", "prefix": "p"}
    return json.loads(service.handle(json.dumps(request | {"views": ["log", "history"]} | more)))


def asked_for(service, doc):
    """What a service without data asks for, round by round, until it answers."""
    while "needs" in (reply := ask(service, "open", doc)):
        yield reply["needs"]
        for name in reply["needs"]:
            service.supply(name, CONTEXT if name.startswith("context/") else load(name))
    assert reply["ok"]


class TestOpening:
    def test_a_build_gives_the_views_asked_for(self, service):
        reply = ask(service, "open", document(build()))
        assert reply["ok"]
        assert reply["status"] == "ok"
        assert set(reply["fragments"]) == {"log", "history"}
        assert "COPY . /app # buildkit" in re.sub(r"<[^>]+>", "", reply["fragments"]["history"]["html"])

    def test_known_fragments_are_left_out(self, service):
        first = ask(service, "open", document(build()))
        known = {name: fragment["hash"] for name, fragment in first["fragments"].items()}
        assert ask(service, "open", document(build()), known=known)["fragments"] == {}

    def test_two_engines_give_the_same_bytes(self, service):
        other = Service(load)
        other.supply("context/web@1", CONTEXT)
        assert ask(service, "open", document(build())) == ask(other, "open", document(build()))

    def test_without_its_data_the_engine_asks_for_it_and_for_nothing_twice(self):
        names = [name for names in asked_for(Service(), document(build())) for name in names]
        assert len(names) == len(set(names))
        assert any(name.startswith("image/ubuntu_20.04@") for name in names)

    def test_all_that_the_text_foretells_is_asked_for_at_once(self):
        bare = Service()
        files = json.loads(load("index"))["files"]
        for full in ("index", *(f"{name}@{files[name]}" for name in ("recipes", "packages/commands"))):
            bare.supply(full, load(full))  # as in the browser's snapshot
        text = "FROM --platform=linux/amd64 ubuntu:20.04\nRUN apt-get update && apt-get install -y curl\n"
        [names] = asked_for(bare, document(build(text=text)))
        plain = {name.partition("@")[0] for name in names}
        assert plain >= {"context/web", "image/ubuntu_20.04", "packages/debian-12", "packages/ubuntu"}

    def test_what_the_text_does_not_foretell_is_asked_for_when_it_is_met(self):
        text = "ARG BASE=busybox\nFROM $BASE\nRUN true\n"
        names = [name.partition("@")[0] for names in asked_for(Service(), document(build(text=text))) for name in names]
        assert "image/busybox_glibc" in names


class TestEditing:
    def test_an_edit_builds_on_the_host_as_it_was_before_the_edits(self, service):
        first = ask(service, "edit", document(build()), text=SAMPLE.replace("/srv", "/one"), views=["cache"])
        second = ask(service, "edit", first["document"], text=SAMPLE.replace("/srv", "/two"), views=["cache"])
        assert len(second["document"]["actions"]) == 2
        assert "/srv" in second["fragments"]["cache"]["html"]
        assert "/one" not in second["fragments"]["cache"]["html"]

    def test_what_is_remembered_of_earlier_edits_changes_no_answer(self, service):
        views = ["source", "log", "cache", "history", "stack", "files", "context", "inspect"]
        document_now = document(build())
        for text in (
            SAMPLE + "RUN rm /app/app.py\n",
            SAMPLE + "RUN echo 1 > /app/app.py\n",
            "FROM ubuntu:20.04\nCOPY . /app\nRUN mkdir -p /srv\nRUN echo 1 > /app/app.py\n",
            SAMPLE,
        ):
            other = Service(load)
            other.supply("context/web@1", CONTEXT)
            reply = ask(service, "edit", document_now, text=text, views=views)
            assert reply == ask(other, "edit", document_now, text=text, views=views)
            document_now = reply["document"]

    def test_a_failed_edit_keeps_the_last_image_and_marks_the_line(self, service):
        reply = ask(service, "edit", document(build()), text="FROM ubuntu:20.04\nRUNN x\n", views=["log", "history"])
        assert reply["status"] == "invalid"
        assert set(reply["fragments"]) == {"log"}
        assert [(problem["line"], problem["severity"]) for problem in reply["problems"]] == [(2, "error")]
        assert "unknown instruction: RUNN (did you mean RUN?)" in reply["problems"][0]["message"]

    def test_every_line_is_told_its_instruction_and_what_became_of_it(self, service):
        text = "FROM ubuntu:20.04\n# a remark\nRUN mkdir -p /srv\nCOPY . \\\n  /other\n"
        reply = ask(service, "edit", document(build()), text=text)
        assert reply["lines"] == [[1, 1, "i0", "done"], [3, 3, "i1", "cached"], [4, 5, "i2", "ran"]]

    def test_reset_brings_the_authors_text_back(self, service):
        edited = ask(service, "edit", document(build()), text="FROM busybox\n")
        assert ask(service, "reset", edited["document"])["document"]["actions"] == document(build())["actions"]

    def test_a_changed_context_file_misses_the_cache_by_its_name(self, service):
        entry = {"type": "file", "mode": "0644", "content": "print(2)\n"}
        reply = ask(service, "touch", document(build()), path="app.py", entry=entry, views=["cache"])
        assert "app.py" in reply["fragments"]["cache"]["html"]

    def test_an_option_builds_again(self, service):
        reply = ask(service, "option", document(build()), name="no_cache", value=True, views=["cache"])
        assert "--no-cache" in reply["fragments"]["cache"]["html"]


    def test_problems_are_told_in_the_language_of_each_request(self, service):
        doc = document(build("FROM alpine:latest\nADD app.py /\n"))
        korean, english, again = (ask(service, "open", doc, lang=lang)["problems"] for lang in ("ko", "en", "ko"))
        assert [problem["code"] for problem in korean] == [problem["code"] for problem in english] != []
        assert korean[0]["message"] != english[0]["message"]
        assert again == korean

    @pytest.mark.parametrize("text", [SAMPLE, "FROM alpine:3.20\nCOPY --from=busybox:1.36 /bin/sh /\nRUN echo 1 > /f\n"])
    def test_an_edit_leaves_nothing_for_the_garbage_collector(self, service, text):
        reply = ask(service, "open", document(build(text)))
        gc.collect()
        gc.disable()
        try:
            # but for `inspect`: the standard library's writer of indented JSON makes a circle each time
            reply = ask(service, "edit", reply["document"], text=text + "ENV A=1\n", views=sorted({*VIEWS} - {"inspect"}))
            assert gc.collect() == 0
        finally:
            gc.enable()
        assert reply["status"] == "ok"


class TestCommands:
    def test_a_command_answers_in_its_console(self, service):
        reply = ask(service, "command", document(build()), block="c", line="docker history demo", views=["console"])
        assert "COPY . /app" in re.sub(r"<[^>]+>", "", reply["fragments"]["console"]["html"])
        assert reply["status"] == "ok"

    def test_a_refused_command_is_a_failure(self, service):
        reply = ask(service, "command", document(build()), block="c", line="docker history nope", views=["console"])
        assert reply["status"] == "failed"
        assert "No such image: nope:latest" in reply["fragments"]["console"]["html"]


class TestHostileText:
    @pytest.mark.parametrize(
        "text",
        [
            f"FROM {HOSTILE}\n",
            f"FROM busybox\nRUN echo '{HOSTILE}'\n",
            f"FROM busybox\nLABEL a='{HOSTILE}'\n",
            f"FROM busybox\nCOPY {HOSTILE} /\n",
            f"# {HOSTILE}\nFROM busybox AS b\n",
            f"FROM busybox\nRUN <<EOF\n{HOSTILE}\nEOF\n",
            f"FROM busybox\nENV X='{HOSTILE}'\nWORKDIR /$X\n",
        ],
    )
    def test_text_of_a_dockerfile_never_becomes_markup(self, service, text):
        reply = ask(service, "render", document(build(text)), views=["log", "history", "stack", "files", "cache"])
        html = reply["fragments"]["block"]["html"]
        assert "<img" not in html
        assert "script>" not in html
        assert html.count("</template>") == 1

    @pytest.mark.parametrize(
        "request_text", ["", "nonsense", "[]", "{}", '{"v":1}', '{"v":2,"id":1}', '{"v":1,"method":[]}']
    )
    def test_any_request_gets_an_answer(self, service, request_text):
        reply = json.loads(service.handle(request_text))
        assert reply["ok"] is False
        assert reply["error"]["code"].startswith("session.")


class TestLanguages:
    def test_our_sentences_are_korean_and_dockers_are_not_translated(self, service):
        reply = ask(service, "edit", document(build()), text="FROM busybox\nRUN touch /x\n", views=["cache", "log"])
        assert re.search("[가-힣]", reply["fragments"]["cache"]["html"])
        assert "exporting to image" in reply["fragments"]["log"]["html"]

    def test_our_words_in_a_terminal_are_the_readers_and_one_engine_answers_both(self, service):
        lines = ["docker swarm init", "docker run alpine:nope-such", "docker load --help", "docker images --format '{{nope}}'"]
        doc = document(build(), *({"type": "command", "block": "t", "line": line} for line in lines))
        asked = {"block": "t", "views": ["console"]}
        korean, english, again = (
            re.sub(r"<[^>]+>", "", ask(service, "open", doc, lang=lang, **asked)["fragments"]["console"]["html"])
            for lang in ("ko", "en", "ko")
        )
        assert korean == again
        assert "이 시뮬레이션에 없습니다" in korean
        assert "is not part of this simulation" not in korean
        assert "is not part of this simulation" in english
        assert not re.search("[가-힣]", english)
        assert "template parsing error: template: :1: function" in korean  # Docker's own stay

    def test_a_refusal_of_ours_is_prose_and_the_same_words_of_a_program_are_not(self, service):
        typed = ({"type": "command", "block": "t", "line": line} for line in ("docker compose up", "echo 'layerlab: 한'"))
        reply = ask(service, "open", document(build(), *typed), block="t", views=["console"])
        html = reply["fragments"]["console"]["html"]
        assert '<span class="ll-ours">layerlab: docker compose는 이 시뮬레이션에 없습니다.' in html
        assert html.count("ll-ours") == 1

    def test_what_stands_between_backticks_in_a_note_is_code(self, service):
        typed = {"type": "command", "block": "t", "line": "python3 x.py"}
        reply = ask(service, "open", document(build(), typed), block="t", views=["console"])
        assert "<li><code>python3</code> 명령은" in reply["fragments"]["console"]["html"]

    def test_both_languages_have_the_same_keys_and_placeholders(self):
        korean, english = load_messages("ko"), load_messages("en")
        assert set(korean.keys()) == set(english.keys())
        fields = re.compile(r"(?<!\$){(\w+)}")
        for key in korean.keys():  # noqa: SIM118 - a catalogue, not a mapping
            assert set(fields.findall(korean.under(key)[key])) == set(fields.findall(english.under(key)[key])), key


class TestTerminal:
    def test_a_pipe_goes_on_from_docker_to_the_usual_commands(self, service):
        reply = ask(
            service, "command", document(build()), block="c", line="docker images -q | wc -l", views=["console"]
        )
        assert "1" in reply["fragments"]["console"]["html"]

    def test_the_files_of_the_block_are_there_and_an_edit_reaches_the_next_build(self, service):
        first = ask(service, "command", document(build()), block="c", line="echo 'RUN touch /x' >> Dockerfile")
        reply = ask(service, "command", first["document"], block="c", line="docker build -t two .", views=["console"])
        assert "RUN touch /x" in reply["fragments"]["console"]["html"]
        assert reply["status"] == "ok"

    def test_names_of_images_are_completed(self, service):
        reply = ask(service, "complete", document(build()), block="c", text="docker history de")
        assert reply["candidates"] == ["demo:latest"]
        assert reply["start"] == len("docker history ")


def edit(text, block="a"):
    return {"type": "edit", "block": block, "text": text}


COMMITTED = {"type": "commit", "block": "a"}
HISTORY = (
    build("FROM busybox\nRUN touch /1\n"),
    edit("FROM busybox\nRUN touch /2\n"),
    COMMITTED,
    edit("FROM busybox\nRUN touch /2\nRUN echo 12345 > /3\n"),
)


class TestBuildsOfASession:
    def timeline(self, service, *actions, **more):
        reply = ask(service, "open", document(*actions), views=["timeline"], lang="en", **more)
        return reply["fragments"]["timeline"]["html"]

    def test_each_build_says_how_many_actions_led_to_it(self, service):
        html = self.timeline(service, *HISTORY)
        assert re.findall(r'data-build="(\d)" data-actions="(\d)"', html) == [("3", "4"), ("2", "2"), ("1", "1")]

    def test_a_build_typed_into_the_terminal_counts_too(self, service):
        typed = {"type": "command", "block": "a", "line": "docker build -t two ."}
        html = self.timeline(service, *HISTORY[:2], typed)
        assert re.findall(r'data-build="(\d)" data-actions="(\d)"', html) == [("3", "3"), ("2", "2"), ("1", "1")]

    def test_builds_gone_back_from_stay_and_are_marked_as_later(self, service):
        html = self.timeline(service, *HISTORY[:2], ahead=list(HISTORY[2:]))
        assert re.findall(r'data-build="(\d)" data-actions="\d"( data-later)?', html) == [
            ("3", " data-later"),
            ("2", ""),
            ("1", ""),
        ]
        assert "ll-now" in html.partition('data-build="2"')[2].partition("</li>")[0]

    def test_the_other_views_show_the_build_gone_back_to(self, service):
        reply = ask(service, "open", document(*HISTORY[:1]), views=["history"], ahead=list(HISTORY[1:]))
        assert "touch /1" in reply["fragments"]["history"]["html"]
        assert reply["document"]["actions"] == list(HISTORY[:1])

    def test_what_lies_ahead_is_read_as_carefully_as_the_document(self, service):
        reply = ask(service, "open", document(*HISTORY[:1]), ahead=[{"type": "nonsense"}])
        assert reply["error"]["code"] == "session.broken"

    @pytest.mark.parametrize("numbers", [[1, 3], [3, 1]])
    def test_any_two_are_compared_the_earlier_on_the_left(self, service, numbers):
        reply = ask(service, "compare", document(*HISTORY), builds=numbers, lang="en")
        text = re.sub(r"<[^>]+>", "", reply["fragments"]["compare"]["html"])
        assert "The image of build 3 is 6B larger than that of build 1" in text
        assert "-RUN touch /1" in text
        assert "+RUN echo 12345 &gt; /3" in text
        assert [pair["shared"] for pair in reply["comparison"]["pairs"]] == [True, False, False]

    def test_what_ran_in_the_later_one_has_its_reason(self, service):
        reply = ask(service, "compare", document(*HISTORY), builds=[1, 2], lang="en")
        assert "The command changed" in reply["fragments"]["compare"]["html"]

    def test_one_that_was_gone_back_from_can_be_compared(self, service):
        reply = ask(service, "compare", document(*HISTORY[:1]), ahead=list(HISTORY[1:]), builds=[1, 3])
        assert reply["ok"]
        assert reply["document"]["actions"] == list(HISTORY[:1])

    @pytest.mark.parametrize("numbers", [[0, 1], [1, 9], [1], "12", [1, "2"], None])
    def test_builds_there_are_not_are_refused(self, service, numbers):
        assert ask(service, "compare", document(*HISTORY), builds=numbers)["error"]["code"] == "session.request"


class TestFilesKeptAsTheyAre:
    """Renaming and changing the mode of a file whose content the page can't show."""

    def touched(self, service, *touches):
        doc = document(build("FROM scratch\nCOPY . /\n"))
        for path, entry in touches:
            reply = ask(service, "touch", doc, path=path, entry=entry, views=["files", "context"], lang="en")
            if not reply["ok"]:
                return reply
            doc = reply["document"]
        return reply

    def test_a_binary_file_gets_another_path_and_mode(self, service):
        binary = {"type": "file", "content_b64": "AAEC", "mode": "0644"}
        reply = self.touched(service, ("a.bin", binary), ("bin/b", {"type": "file", "from": "a.bin", "mode": "0755"}))
        context = reply["fragments"]["context"]["html"]
        assert 'data-path="bin/b" data-mode="0755"' in context
        assert 'data-path="a.bin"' not in context
        assert "/bin/b" in reply["fragments"]["files"]["html"]

    def test_only_the_mode_changes_where_the_path_stays(self, service):
        reply = self.touched(service, ("app.py", {"type": "file", "from": "app.py", "mode": "0700"}))
        assert 'data-path="app.py" data-mode="0700"' in reply["fragments"]["context"]["html"]

    def test_a_directory_is_moved_with_all_below_it(self, service):
        text = {"type": "file", "content": "x"}
        reply = self.touched(service, ("d/a", text), ("d/b", text), ("e", {"type": "dir", "from": "d", "mode": "0755"}))
        assert re.findall(r'data-path="([^"]+)"', reply["fragments"]["context"]["html"]) == [
            "app.py",
            "e",
            "e/a",
            "e/b",
        ]

    @pytest.mark.parametrize(("path", "source"), [("x", "nothing"), ("d/in", "d"), ("x", "../y")])
    def test_what_is_not_there_or_would_go_into_itself_is_refused(self, service, path, source):
        entry = {"type": "file", "from": source, "mode": "0644"}
        reply = self.touched(service, ("d/a", {"type": "file", "content": "x"}), (path, entry))
        assert reply["error"]["code"] == "session.path"
