"""What a fence's header may say."""

import pytest

from mkdocs_layerlab.options import DEFAULT_VIEWS, FenceError, read_build, read_commands, read_console


def test_nothing_said_is_a_build_without_context_or_tag_in_the_usual_views():
    build = read_build({})
    assert (build.context, build.tag, build.views, build.options) == (None, None, DEFAULT_VIEWS, {})
    assert (build.header.lab, build.header.fails, build.header.personality) == (None, False, {})


def test_all_options_together():
    build = read_build(
        {
            "lab": "intro", "context": "web-app", "tag": "demo:1", "views": "log  stack", "fails": "fails",
            "target": "prod", "build-args": "A=1 B='two words' C=", "labels": "k=v", "no-cache": "true",
            "no-cache-filter": "one,two", "engine": "29", "builder": "legacy", "store": "containerd", "title": "T",
        }
    )  # fmt: skip
    assert build.views == ("log", "stack")
    assert build.header.fails
    assert build.header.title == "T"
    assert build.header.personality == {"engine": "29", "builder": "legacy", "store": "containerd"}
    assert build.options == {
        "target": "prod",
        "build_args": {"A": "1", "B": "two words", "C": ""},
        "labels": {"k": "v"},
        "no_cache": True,
        "no_cache_filter": ["one", "two"],
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"tga": "x"}, "unknown option 'tga'"),
        ({"engine": "27"}, "option 'engine' is one of 20.10, 28, 29, not '27'"),
        ({"lab": "In tro"}, "option 'lab' is lower-case"),
        ({"context": "../secrets"}, "option 'context' is lower-case"),
        ({"context": ".."}, "option 'context' is lower-case"),
        ({"fails": "maybe"}, "option 'fails' is written alone"),
        ({"build-args": "A"}, "option 'build-args' is a list of NAME=VALUE"),
        ({"build-args": "A='1"}, "option 'build-args': No closing quotation"),
        ({"tag": None}, "option 'tag' needs a value"),
        ({"views": " "}, "option 'views' names no view"),
    ],
)
def test_what_cannot_be_meant_is_refused(given, message):
    with pytest.raises(FenceError, match=message.replace("(", r"\(")):
        read_build(given)


def test_a_flag_may_stand_alone():
    assert read_console({"fails": None}).fails
    assert not read_console({"fails": "false"}).fails


def test_a_console_has_no_build_options():
    with pytest.raises(FenceError, match="unknown option 'tag'"):
        read_console({"tag": "demo"})


def test_commands_are_read_with_their_lines():
    source = "$ docker images\n\n# a remark\ndocker history \\\n  demo\n$ echo '$ x'"
    assert read_commands(source) == [(1, "docker images"), (4, "docker history demo"), (6, "echo '$ x'")]


@pytest.mark.parametrize("source", ["", "\n\n", "$", "# only a remark"])
def test_a_console_without_a_command_is_refused(source):
    with pytest.raises(FenceError, match="no command"):
        read_commands(source)
