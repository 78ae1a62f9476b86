"""What the fragments say of a build."""

import re

import pytest

from layerlab.build.context import Context
from layerlab.buildoptions import BuildOptions
from layerlab.filesystem import Bytes
from layerlab.lab import Lab
from layerlab.messages import load
from layerlab.personality import Personality
from layerlab.views import VIEWS
from layerlab.views.files import efficiency
from layerlab.views.scene import Exchange, Scene
from layerlab.views.text import readable

NOW = 1_790_000_000_000_000_000


@pytest.fixture
def lab():
    return Lab(now=NOW)


def view(name, lab, text, *, lang="en", **options):
    record = lab.build(
        text, context=Context.from_entries([{"path": "app.py", "content": "x" * 1234}]), options=BuildOptions(**options)
    )
    return str(VIEWS[name](Scene(lab.host, record, record.image, text, load(lang), "p")))


def words(html):
    return re.sub(r"<[^>]+>", "", html)


class TestHistory:
    def test_the_text_is_what_docker_history_prints(self, lab):
        html = view("history", lab, 'FROM ubuntu:20.04\nRUN touch /x\nCMD ["sh"]\n')
        image = lab.host.builds[-1].image
        expected = lab.docker(f"history {image.id}").stdout
        shown = html.partition("<samp>")[2].partition("</samp>")[0]
        assert (
            words(shown).replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').split("\n")[1:]
            == expected.split("\n")[1:]
        )

    def test_a_row_is_in_cells_that_a_narrow_screen_can_lay_out(self, lab):
        html = view("history", lab, "FROM busybox\nRUN touch /x\n")
        cells = dict(
            re.findall(r'<span class="ll-(created-by|size|comment)">([^<]*)</span>', html.split("data-refs")[1])
        )
        assert cells["created-by"].strip() == "RUN /bin/sh -c touch /x # buildkit"
        assert cells["size"].strip() == "0B"
        assert cells["comment"].strip() == "buildkit.dockerfile.v0"

    def test_a_command_with_line_breaks_keeps_every_character(self, lab):
        text = "FROM busybox\nRUN <<E\necho a\necho b\nE\n"
        html = view("history", lab, text)
        expected = lab.docker(f"history {lab.host.builds[-1].image.id}").stdout
        shown = html.partition("<samp>")[2].partition("</samp>")[0]
        assert words(shown).replace("&lt;", "<").replace("&gt;", ">").split("\n")[1:] == expected.split("\n")[1:]

    def test_every_own_row_has_the_token_of_its_line(self, lab):
        html = view("history", lab, "FROM busybox\nRUN touch /x\nLABEL a=b\n")
        assert re.findall(r'data-refs="(\w+)"', html) == ["i2", "i1", "b0"]

    def test_rows_of_a_parent_stage_keep_their_own_tokens(self, lab):
        html = view("history", lab, "FROM busybox AS a\nRUN touch /x\nFROM a\nRUN touch /y\n")
        assert re.findall(r'data-refs="(\w+)"', html) == ["i3", "i1", "b0"]

    def test_an_unknown_size_is_a_question_mark(self, lab):
        html = view("history", lab, "FROM node:18\nRUN touch /x\n")
        assert '<span class="ll-unknown"' in html


class TestStack:
    def test_metadata_is_no_layer(self, lab):
        html = view("stack", lab, "FROM busybox\nENV A=1\nRUN touch /x\n")
        kinds = re.findall(r'<li class="(ll-[\w -]+)"', html)
        assert kinds[:2] == ["ll-layer", "ll-metadata"]
        assert "0B" in words(html)

    def test_bars_are_true_to_size(self, lab):
        html = view("stack", lab, "FROM scratch\nCOPY app.py /a\nCOPY app.py /b\n")
        widths = [int(width) for width in re.findall(r'width="(\d+)"[^>]*class="ll-fill"', html)]
        assert widths[0] == widths[1] == 1000


class TestFiles:
    def test_added_changed_and_removed_files_are_told_apart(self, lab):
        html = view("files", lab, "FROM busybox\nRUN touch /a /b\nRUN rm /a && echo x > /b && touch /c\n")
        section = html.partition("rm /a")[2].partition("<details open")[0]
        found = re.findall(r'<li class="ll-(\w+)"><abbr[^>]*>\w</abbr> <code>([^<]+)</code>', section)
        marks = [(path, kind) for kind, path in found]
        assert dict(marks) == {"/a": "removed", "/b": "changed", "/c": "added", "/etc/": "changed"}

    def test_bytes_hidden_by_a_later_layer_are_wasted_and_the_line_is_named(self, lab):
        html = view("files", lab, "FROM scratch\nCOPY app.py /a\nFROM busybox\nCOPY app.py /a\nRUN rm /a\n")
        assert "1.23kB" in words(html.partition("ll-wasted")[2].partition("</ul>")[0])
        assert "line 5" in words(html)


class TestCache:
    def test_every_step_has_its_reason(self, lab):
        html = view("cache", lab, "FROM busybox\nRUN touch /x\nLABEL a=b\n")
        assert html.count("ll-reason") == html.count("<li") - 1

    def test_a_cascade_is_marked(self, lab):
        view("cache", lab, "FROM busybox\nRUN touch /1\nRUN touch /2\n")
        html = view("cache", lab, "FROM busybox\nRUN touch /one\nRUN touch /2\n")
        assert html.count("ll-cascade") == 1

    def test_the_step_that_others_follow_is_named(self, lab):
        view("cache", lab, "FROM busybox\nRUN touch /1\nRUN touch /2\n")
        html = view("cache", lab, "FROM busybox\nRUN touch /one\nRUN touch /2\n")
        starting = html.partition("ll-starts")[2].partition("</li>")[0]
        assert "touch /one" in starting
        assert html.count("ll-starts") == 1

    def test_what_the_cache_saved_is_summed(self, lab):
        text = "FROM scratch\nCOPY app.py /a\n"
        view("cache", lab, text)
        assert "1.23kB" in words(view("cache", lab, text).partition("<ol")[0])

    def test_nothing_is_said_to_be_saved_by_a_first_build(self, lab):
        assert "ll-note" not in view("cache", lab, "FROM scratch\nCOPY app.py /a\n")


class TestContents:
    def test_a_small_text_file_can_be_read(self, lab):
        html = view("files", lab, "FROM busybox\nRUN echo hello > /greeting\n")
        assert "<pre" in html
        assert "hello\n</code>" in html

    def test_a_changed_file_shows_its_difference(self, lab):
        html = view("files", lab, "FROM busybox\nRUN echo old > /greeting\nRUN echo new > /greeting\n")
        assert "-old\n+new" in html

    def test_bytes_that_are_no_text_are_not_shown(self):
        assert readable(Bytes(b"\x00\x01"), 100) is None
        assert readable(Bytes(b"\xff\xfe"), 100) is None
        assert readable(Bytes(b"long"), 3) is None
        assert readable(Bytes("한글\n".encode()), 100) == "한글\n"

    def test_a_context_file_carries_its_mode_and_text(self, lab):
        context = Context.from_entries([{"path": "run.sh", "content": "#!/bin/sh\n", "mode": "0755"}])
        record = lab.build("FROM busybox\nCOPY . /\n", context=context)
        scene = Scene(lab.host, record, record.image, "", load("en"), "p", context=context.tree)
        html = str(VIEWS["context"](scene))
        assert 'data-mode="0755"' in html
        assert "#!/bin/sh\n</code>" in html


class TestContainers:
    def test_what_a_container_wrote_stands_in_its_writable_layer(self, lab):
        record = lab.build("FROM busybox\nRUN touch /kept\n", options=BuildOptions(tags=("demo",)))
        lab.docker("run -dit --name one demo")
        lab.docker("exec one touch /written")
        lab.docker("exec one rm /kept")
        html = str(VIEWS["stack"](Scene(lab.host, record, record.image, "", load("en"), "p")))
        writable = words(html.partition("ll-writable")[2].partition("</ul>")[0])
        assert "A /written" in writable
        assert "D /kept" in writable


class TestContextFiles:
    def context(self, *entries):
        lab = Lab(now=NOW)
        given = Context.from_entries([{"type": "file", **entry} for entry in entries])
        record = lab.build("FROM scratch\nCOPY . /\n", context=given)
        return words(
            str(VIEWS["context"](Scene(lab.host, record, record.image, "", load("en"), "p", context=given.tree)))
        )

    def test_a_binary_file_is_shown_as_one(self):
        text = self.context({"path": "logo.png", "content_b64": "iVBORw0KGgoAAAA="})
        assert "Not a text file; it begins with the bytes 89 50 4e 47 0d 0a 1a 0a" in text

    def test_a_long_text_says_that_it_is_long(self):
        assert "Longer than 16kB" in self.context({"path": "big.txt", "content": "x" * 20_000})

    def test_an_empty_context_says_so(self):
        assert "The build context is empty." in self.context()


class TestContainersView:
    def run(self, *lines):
        lab = Lab(now=NOW)
        record = lab.build("FROM busybox\nRUN echo 12345 > /kept\n", options=BuildOptions(tags=("demo",)))
        for line in lines:
            assert lab.docker(line).exit_code == 0, line
        return str(VIEWS["containers"](Scene(lab.host, record, record.image, "", load("en"), "p")))

    def test_without_one_it_says_how_a_writable_layer_comes_about(self):
        assert "There is no container yet" in words(self.run())

    def test_a_changed_file_is_copied_up_from_the_layer_of_its_line(self):
        html = self.run("run -dit --name one demo", "exec one sh -c 'echo x >> /kept'")
        assert "C/kept8B" in words(html)
        assert "Copied up whole from the layer of line 2" in words(html)
        assert 'data-refs="i1"' in html

    def test_a_deleted_file_is_hidden_and_an_added_one_is_in_the_writable_layer_only(self):
        text = words(self.run("run -dit --name one demo", "exec one rm /kept", "exec one touch /new"))
        assert "Hides the file in the layer of line 2" in text
        assert "A/new0BOnly in the writable layer." in text

    def test_two_containers_have_layers_of_their_own(self):
        html = self.run("run -dit --name one demo", "run -dit --name two demo", "exec one touch /new")
        assert re.findall(r'data-container="(\w+)"', html) == ["one", "two"]
        assert words(html).count("/new") == 1

    def test_the_file_to_try_is_one_that_the_image_adds(self):
        assert 'data-sample="/kept"' in self.run()


class TestHiddenFiles:
    TEXT = "FROM busybox\nRUN mkdir /d && echo 12345 > /d/a && echo 1 > /b\nRUN rm -r /d\nRUN echo 2 > /b\n"

    def test_an_entry_says_which_line_hides_it(self, lab):
        html = view("files", lab, self.TEXT)
        hidden = dict(re.findall(r'<code>(/[a-z/]+)</code><span class="ll-by">([^<]+)</span>', html))
        assert hidden == {"/d/a": "(hidden by line 3)", "/b": "(hidden by line 4)"}
        assert 'class="ll-added ll-hidden" data-refs="i2"' in html.replace('" data-refs', '" data-refs')

    def test_the_figure_shows_what_it_was_made_of(self, lab):
        text = words(view("files", lab, "FROM scratch\nCOPY app.py /a\nCOPY app.py /a\n"))
        assert "Efficiency 50%: 1.23kB are hidden" in text
        assert "(2.47kB − 1.23kB) ÷ 2.47kB = 50%" in text

    @pytest.mark.parametrize(("total", "lost", "score"), [(0, 0, 100), (1000, 1, 99), (1000, 500, 50), (10, 20, 0)])
    def test_all_is_well_only_where_nothing_is_hidden(self, total, lost, score):
        assert efficiency(total, lost) == score

    def test_the_merged_tree_opens_directory_by_directory(self, lab):
        merged = view("files", lab, "FROM busybox\nRUN mkdir -p /x/y && echo 1 > /x/y/z\n").partition(
            "ll-files-merged"
        )[2]
        assert "<code>x/</code>" in merged
        assert "<code>z</code>" in merged


class TestCostOfAChange:
    def test_a_line_costs_itself_and_what_stands_on_it_in_later_stages_too(self, lab):
        html = view(
            "cache",
            lab,
            "FROM busybox AS a\nRUN touch /1\nRUN touch /2\nFROM a\nRUN touch /3\nFROM busybox\nCOPY --from=1 /3 /\n",
        )
        assert re.findall(r"↻ (\d)<", html) == ["4", "3", "2", "1"]

    def test_a_line_costs_what_takes_files_from_its_stage_from_there_on(self, lab):
        text = (
            "FROM busybox AS build\nRUN touch /1\nFROM busybox AS other\nRUN touch /o\nFROM busybox\nRUN touch /0\n"
            "COPY --from=Build /1 /\nRUN --mount=type=bind,from=other,target=/m touch /2\nENV A=1\nRUN touch /3\n"
        )
        assert re.findall(r"↻ (\d)<", view("cache", lab, text)) == ["4", "3", "4", "3", "2", "1"]

    def test_another_order_is_offered_where_it_would_have_kept_the_cache(self, lab):
        view("cache", lab, "FROM busybox\nRUN touch /1\nRUN touch /2\n")
        html = view("cache", lab, "FROM busybox\nRUN touch /one\nRUN touch /2\n")
        assert "Another order would have kept the cache" in html


class TestTimeline:
    def test_every_build_says_why_it_ran_again(self, lab):
        view("timeline", lab, "FROM busybox\nRUN touch /1\n")
        html = view("timeline", lab, "FROM busybox\nRUN touch /one\n")
        assert re.findall(r'data-build="(\d)"', html) == ["2", "1"]
        assert "touch /one" in words(html)


class TestLog:
    def test_the_failing_line_is_marked(self, lab):
        html = view("log", lab, "FROM busybox\nRUN exit 3\n")
        assert re.search(r'<span data-refs="i1" class="ll-error">[^<]*&gt;&gt;&gt; RUN exit 3', html)

    def test_what_several_steps_have_in_common_is_said_once_with_their_lines(self, lab):
        html = view("log", lab, "FROM ubuntu:20.04\nRUN apt-get update\nRUN true\nRUN apt-get update -q\n", lang="ko")
        notes = re.findall(r"<li[^>]*>(.*?)</li>", html.partition("ll-notes")[2])
        assert len(notes) == len(set(notes))
        assert any(words(note).startswith("RUN 2, 4번째 줄: ") for note in notes)
        assert 'data-refs="i1 i3"' in html

    def test_terminal_colours_become_classes_not_codes(self, lab):
        html = view("log", lab, "FROM busybox\nCMD echo hi\n")
        assert "ll-yellow" in html
        assert "\x1b" not in html


class TestInspect:
    def test_what_is_no_digest_of_dockers_is_said(self, lab):
        html = view("inspect", lab, "FROM ubuntu:20.04\nRUN apt-get update\n")
        assert "<code>layerlab:</code>" in html
        assert "<code>catalogue:</code>" in html

    def test_real_digests_need_no_word(self, lab):
        assert "ll-note" not in view("inspect", lab, "FROM scratch\nCOPY app.py /\n")


@pytest.mark.parametrize("name", sorted(VIEWS))
@pytest.mark.parametrize("lang", ["ko", "en"])
def test_no_sentence_shows_its_backticks(name, lang):
    lab = Lab(now=NOW)
    files = [
        {"path": ".dockerignore", "content": "*.md\n!b.md\n"},
        *({"path": f"{one}.md", "content": one} for one in "ab"),
    ]
    text = "FROM ubuntu:20.04\nRUN apt-get update\nCOPY . /app\nRUN rm /app/b.md\n"
    record = lab.build(text, context=Context.from_entries(files), options=BuildOptions(tags=("demo",)))
    lab.docker("run -dit --name one demo")
    typed = (Exchange("docker frob", "docker: unknown command: docker frob\n", 1),)
    html = str(VIEWS[name](Scene(lab.host, record, record.image, text, load(lang), "p", console=typed)))
    assert "`" not in re.sub(r"<(code|samp|kbd)\b.*?</\1>", "", html, flags=re.DOTALL)


@pytest.mark.parametrize("name", sorted(VIEWS))
@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("store", ["classic", "containerd"])
def test_no_view_has_inline_styles_scripts_or_missing_sentences(name, lang, store):
    lab = Lab(now=NOW, personality=Personality("29", "buildkit", store))
    html = view(name, lab, "FROM ubuntu:20.04\nRUN apt-get update && apt-get install -y nginx\nCMD nginx\n", lang=lang)
    assert " style=" not in html
    assert " on" not in re.sub(r">[^<]*<", "><", html)
    assert not re.findall(
        r"\b(?:view|stack|files|cache|history|log|reason|context|timeline|packages|catalogue)\.[a-z_.]+\b",
        re.sub(r"<[^>]+>", " ", html),
    )
