"""Which paths an ignore file leaves out, which line decides, and what the walk keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerlab.dockerfile.globs import BadPatternError, clean
from layerlab.dockerfile.ignorefile import Decision, Ignore, Kept, parse_ignore

CASES = Path(__file__).parents[2] / "oracle" / "cases"


@pytest.mark.parametrize(
    ("pattern", "path", "excluded"),
    [
        ("**", "x/y", True),
        ("**/", "file", True),
        ("dir/**", "dir/file", True),
        ("abc/**", "abc", False),
        ("**/dir", "dir/file", True),
        ("**/dir2/*", "dir/dir2/file", True),
        ("**file", "dir/file", True),
        ("**/.foo", "bar.foo", False),
        ("a**/*.txt", "a/dir/dir/file.txt", True),
        ("a/*.txt", "a/dir/file.txt", False),
        ("a/*.txt**", "a/file.txt", True),
        ("**/**/*.txt", "file.txt", True),
        ("a[b-d]e", "ace", True),
        ("a[b-d]e", "aze", False),
        ("a[^b-d]e", "aze", True),
        (".*", ".foo", True),
        (".*", "foo", False),
        ("abc.def", "abcZdef", False),
        ("abc?def", "abcdef", False),
        ("a\\*b", "a*b", True),
        ("a\\\\", "a\\", True),
        ("a(b)c/def", "a(b)c/def", True),
        ("foo", "a/foo", False),
        ("foo", "foo/a/b", True),
        ("a?c", "a/c", False),
    ],
)
def test_one_pattern(pattern, path, excluded):
    assert Ignore.of([pattern]).excludes(path) is excluded


@pytest.mark.parametrize(
    ("patterns", "path", "excluded"),
    [
        (["**", "!util/docker/web"], "util/docker/web/foo", False),
        (["**", "!util/docker/web", "util/docker/web/foo"], "util/docker/web/foo", True),
        (["**", "!dist/*.whl"], "dist/x.whl", False),
        (["ba*", "Dockerfile", "!bay", ".dockerignore"], "bay", False),
        (["ba*", "Dockerfile", "!bay", ".dockerignore"], "bar", True),
    ],
)
def test_the_last_matching_pattern_decides(patterns, path, excluded):
    assert Ignore.of(patterns).excludes(path) is excluded


def test_the_deciding_line_is_named():
    ignore = parse_ignore("# c\n\nnode_modules/\n!node_modules/keep\n")
    assert ignore.decide("node_modules/x/y") == Decision(
        excluded=True, pattern="node_modules/", line=3, through="node_modules"
    )
    assert ignore.decide("node_modules/keep") == Decision(excluded=False, pattern="!node_modules/keep", line=4)
    assert ignore.decide("src") == Decision(excluded=False)


@pytest.mark.parametrize(
    ("line", "pattern"),
    [("/test2", "test2"), ("/a/file/here", "a/file/here"), ("./a//b/", "a/b"), ("a/../b", "b"), (" #x", "#x")],
)
def test_lines_are_cleaned(line, pattern):
    assert parse_ignore(line).rules[0].glob.text == pattern


def test_an_exclamation_mark_may_stand_off_and_before_a_slash():
    (rule,) = parse_ignore("! /inverted/abs/path").rules
    assert (rule.negated, rule.glob.text) == (True, "inverted/abs/path")


@pytest.mark.parametrize(
    ("text", "error", "line"),
    [
        ("a\n!\n", 'illegal exclusion pattern: "!"', 2),
        ("[a\n", "syntax error in pattern", 1),
        ("a\\\n", "syntax error in pattern", 1),
        ("[]a]\n", "syntax error in pattern", 1),
        ("[-a]\n", "syntax error in pattern", 1),
        ("[a-]\n", "syntax error in pattern", 1),
    ],
)
def test_bad_patterns_are_refused(text, error, line):
    ignore = parse_ignore(text)
    assert (ignore.error, ignore.error_line) == (error, line)


def test_a_reversed_range_fails_only_when_it_is_used():
    ignore = parse_ignore("[Local-Only]/")
    assert ignore.error is None
    with pytest.raises(BadPatternError):
        ignore.decide("x")


def test_directories_of_files_brought_back_are_kept():
    entries = [("dir", True), ("dir/keep", False), ("dir/x", False), ("e", False), ("f", True), ("f/y", False)]
    assert list(Ignore.of(["dir", "f", "!dir/keep"]).keep(entries)) == [
        Kept("dir", is_directory=True),
        Kept("dir/keep", is_directory=False),
        Kept("e", is_directory=False),
    ]


def test_a_file_walk_and_transfer_disagree_about_arrives_hollow():
    entries = [("b", False), ("tmp", True), ("tmp/keep.txt", False)]
    assert list(Ignore.of(["**", "!**/*.txt", "tmp"]).keep(entries))[-1] == Kept(
        "tmp/keep.txt", is_directory=False, hollow=True
    )


@pytest.mark.oracle
@pytest.mark.parametrize("case", sorted(folder.name for folder in CASES.glob("ignore-*")))
def test_recorded_contexts(case):
    expect = json.loads((CASES / case / "expect.json").read_text(encoding="utf-8"))
    context = json.loads((CASES / case / "context.json").read_text(encoding="utf-8"))
    text = next((entry["content"] for entry in context if entry["path"] == ".dockerignore"), "")
    ignore = parse_ignore(text)
    if not expect["ok"]:
        assert expect["error"].endswith(ignore.error or "no error")
        return
    entries = sorted(((entry["path"], entry["type"] == "dir") for entry in context), key=lambda e: e[0].split("/"))
    files = {(entry["path"], entry["type"] == "dir") for entry in expect["layers"][-1]["files"]}
    arrived = {(path.removeprefix("/ctx/"), is_dir) for path, is_dir in files if path.startswith("/ctx/")}
    assert {(kept.path, kept.is_directory) for kept in ignore.keep(entries)} == arrived


@given(st.text(alphabet="ab*?[]^-!\\/.#+$( \n", max_size=30), st.text(alphabet="ab/.*", min_size=1, max_size=12))
@settings(max_examples=500, deadline=None)
def test_any_patterns_give_an_answer_or_an_error(text, path):
    ignore = parse_ignore(text)
    try:
        decision = ignore.decide(clean(path).strip("/") or "a")
    except BadPatternError:
        return
    assert (decision.pattern is None) == (decision.line == 0)


def test_many_stars_cost_no_more_than_the_product_of_lengths():
    assert not Ignore.of(["*a" * 60 + "b"]).excludes("a" * 400)
