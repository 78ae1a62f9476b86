"""The same script in the real shells and in ours: exit code, output, errors and the tree they leave."""

from __future__ import annotations

import os

import pytest
from engine.shell.shell_roots import as_tree, build_root, has_root, run_ours, run_real
from engine.shell.shell_scripts import scripts

pytestmark = pytest.mark.differential
PAIRS = [(script, shell) for script in scripts() for shell in script.shells]


@pytest.fixture(scope="module")
def roots(tmp_path_factory):
    base = tmp_path_factory.mktemp("roots")
    made = {shell: build_root(base, shell) for shell in ("dash", "busybox", "bash")}
    return {shell: (root, as_tree(root)) for shell, root in made.items()}


def test_there_are_at_least_four_hundred_scripts():
    assert len({script.name for script, _ in PAIRS}) >= 400


def test_the_real_shells_can_be_run_where_it_counts():
    assert has_root() or os.environ.get("CI") != "true", "CI has to run the differential tests as root"


if has_root():

    @pytest.mark.parametrize(
        ("script", "shell"), [pytest.param(*pair, id=f"{pair[1]}-{pair[0].name}") for pair in PAIRS]
    )
    def test_script_does_what_the_real_shell_does(script, shell, roots):
        root, tree = roots[shell]
        real = run_real(root, shell, script.text)
        ours, _ = run_ours(tree, shell, script.text)
        assert ours.code == real.code, real.err
        assert ours.out == real.out
        assert dict(ours.tree) == dict(real.tree)
        if script.compare_errors:
            assert ours.err == real.err
