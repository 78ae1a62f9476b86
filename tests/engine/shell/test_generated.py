"""Generated scripts: never a traceback, and in the real shells the same."""

from __future__ import annotations

import pytest
from engine.shell.shell_roots import as_tree, build_root, has_root, run_ours, run_real
from engine.shell.shell_trees import run_in, small_tree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layerlab.shell import Limits

WORDS = st.sampled_from(
    [
        "a",
        "b",
        "'q q'",
        '"$x"',
        "$x",
        "${x:-d}",
        "${y#*/}",
        "$((1+2))",
        "$(echo s)",
        "*",
        "/e*",
        "x=1",
        '"$@"',
        "-n",
        "$#",
        "\\$",
        '"a  b"',
        "${#y}",
        "$?",
    ]
)
SIMPLE = st.builds(
    lambda name, words: " ".join([name, *words]),
    st.sampled_from(
        [
            "echo",
            "printf '%s,'",
            "true",
            "false",
            "test -f",
            "touch",
            "mkdir -p",
            "cat",
            "x=5;",
            ":",
            "set --",
            "cd",
            "rm -f",
        ]
    ),
    st.lists(WORDS, max_size=3),
)


def nested(inner):
    return st.one_of(
        st.builds(lambda a, b, op: f"{a} {op} {b}", inner, inner, st.sampled_from(["&&", "||", ";", "|"])),
        st.builds(lambda a: f"( {a} )", inner),
        st.builds(lambda a: f"{{ {a}; }}", inner),
        st.builds(lambda a, b: f"if {a}; then {b}; fi", inner, inner),
        st.builds(lambda a: f"for x in 1 2; do {a}; done", inner),
        st.builds(lambda a: f"case $x in 1) {a};; *) echo other;; esac", inner),
        st.builds(lambda a: f"{a} > /tmp/o", inner),
        st.builds(lambda a: f"! {a}", inner.filter(lambda text: not text.startswith("!"))),
        st.builds(lambda a: f"f() {{ {a}; }}; f 1 2", inner),
    )


SCRIPTS = st.builds(
    lambda prefix, body: prefix + body,
    st.sampled_from(["", "set -e; ", "x='1 2'; y=/a/b; ", "set -f; "]),
    st.recursive(SIMPLE, nested, max_leaves=6),
)


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet="ab $`'\"\\(){}[];&|<>\n#*?!=:~-+/0x", max_size=40), st.sampled_from(["dash", "bash", "busybox"])
)
def test_no_text_makes_a_traceback(text, shell):
    outcome, _ = run_in(small_tree(), shell, text, limits=Limits(steps=2_000, files=100))
    assert 0 <= outcome.exit_code <= 255


if has_root():

    @pytest.fixture(scope="module")
    def roots(tmp_path_factory):
        base = tmp_path_factory.mktemp("generated")
        made = {shell: build_root(base, shell) for shell in ("dash", "busybox")}
        return {shell: (root, as_tree(root)) for shell, root in made.items()}

    @pytest.mark.differential
    @settings(
        max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(SCRIPTS, st.sampled_from(["dash", "busybox"]))
    def test_generated_scripts_do_what_the_real_shells_do(roots, script, shell):
        root, tree = roots[shell]
        real = run_real(root, shell, script)
        ours, _ = run_ours(tree, shell, script)
        assert (ours.code, ours.out) == (real.code, real.out)
        assert dict(ours.tree) == dict(real.tree)
