"""Whatever a script does, a budget ends it and is named; no hang, no traceback."""

from __future__ import annotations

import pytest
from engine.shell.shell_trees import run_in, small_tree

from layerlab.messages import LANGUAGES, load
from layerlab.shell import Limits

LIMITS = Limits(
    steps=5_000, output_bytes=50_000, pipe_bytes=200_000, files=200, tree_bytes=500_000, recursion=20, glob_results=500
)


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
@pytest.mark.parametrize(
    ("script", "limit"),
    [
        ("while true; do :; done", "steps"),
        ("while :; do true; done | cat", "steps"),
        ("f() { f; }; f", "recursion"),
        ("f() { f | f & }; f", "recursion"),
        ("f() { x=$(f); }; f", "recursion"),
        ("yes", "output_bytes"),
        ("yes | cat", "pipe_bytes"),
        ("x=$(yes)", "pipe_bytes"),
        ("yes > /y", "tree_bytes"),
        ("i=0; while true; do i=$((i+1)); touch /f$i; done", "files"),
        ("while true; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done", "output_bytes"),
        ("x=aaaaaaaaaa; while true; do x=$x$x; echo $x > /x; done", "tree_bytes"),
        ("echo 'sh /s' > /s; sh /s", "recursion"),
        ("echo '. /s' > /s; . /s", "recursion"),
        ("eval 'e() { eval e; }; e'", "recursion"),
        (
            "mkdir /d; cd /d; for a in 1 2 3 4 5 6 7 8 9; do for b in 1 2 3 4 5 6 7; do touch $a$b; done; done; echo * * * * * * * * * *",
            "glob_results",
        ),
    ],
)
def test_a_budget_ends_it_and_is_named(shell: str, script: str, limit: str) -> None:
    outcome, _ = run_in(small_tree(), shell, script, limits=LIMITS)
    assert outcome.limit == limit
    assert outcome.exit_code == 137
    assert outcome.fidelity == "unknown"
    assert outcome.notes[-1].key == f"shell.limit.{limit}"
    assert all(outcome.notes[-1].key in load(language) for language in LANGUAGES)
    assert not any(b"layerlab" in chunk.data for chunk in outcome.output)  # it holds what Docker shows, and no more


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
def test_a_reader_that_has_enough_ends_an_endless_writer(shell: str) -> None:
    for script in ("yes | head -2", "while true; do echo y; done | head -n 2", "yes | sed 2q"):
        outcome, _ = run_in(small_tree(), shell, script, limits=LIMITS)
        assert outcome.limit is None
        assert b"".join(chunk.data for chunk in outcome.output) == b"y\ny\n"
    outcome, _ = run_in(small_tree(), shell, "head -c 3 /dev/zero | wc -c", limits=LIMITS)
    assert outcome.output[0].data == b"3\n"


def test_brace_ranges_have_a_budget() -> None:
    outcome, _ = run_in(small_tree(), "bash", "echo {1..100000000}", limits=LIMITS)
    assert outcome.limit == "glob_results"


def test_the_whole_tree_may_be_removed() -> None:
    outcome, tree = run_in(small_tree(), "busybox", "rm -rf / ; echo left $?")
    assert outcome.limit is None
    assert tree.lookup("/etc/passwd") is None
    outcome, tree = run_in(small_tree(), "dash", "rm -rf /")
    assert outcome.exit_code == 1
    assert tree.lookup("/etc/passwd") is not None


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3000,
        "$(" * 3000,
        "if " * 3000,
        "echo $((" + "(" * 3000,
        "{ " * 3000,
        "! " * 3000,
        "`" * 3001,
        "[[ " + "( " * 3000,
    ],
)
@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
def test_deep_nesting_is_an_error_and_no_traceback(shell: str, text: str) -> None:
    outcome, _ = run_in(small_tree(), shell, text)
    assert outcome.exit_code != 0
