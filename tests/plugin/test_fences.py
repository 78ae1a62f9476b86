"""Finding our fences in a page's text, with the line each stands on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkdocs_layerlab.fences import FenceLines, find_fences


def lines_of(text):
    return [(fence.line, fence.source) for fence in find_fences(text.split("\n"))]


def test_a_fence_is_found_with_its_line():
    assert lines_of("Hello\n\n```dockerfile {.layerlab}\nFROM a\n```\n") == [(3, "FROM a")]


def test_a_fence_of_another_kind_is_not_ours():
    assert lines_of("```dockerfile\nFROM a\n```\n") == []


def test_a_fence_shown_inside_a_longer_fence_is_text():
    assert lines_of("````md\n```dockerfile {.layerlab}\nFROM a\n```\n````\n") == []


def test_a_fence_after_one_that_is_never_closed_is_found():
    assert lines_of("```text\n\n~~~dockerfile {.layerlab}\nFROM a\n~~~\n") == [(3, "FROM a")]


@pytest.mark.parametrize("indent", ["    ", "> ", ">> ", "\t"])
def test_an_indented_or_quoted_fence_is_found_without_its_indentation(indent):
    text = "\n".join(indent + line for line in ["```dockerfile {.layerlab}", "FROM a", "RUN b", "```"])
    assert lines_of(text) == [(1, "FROM a\nRUN b")]


def test_equal_fences_are_taken_in_reading_order():
    lines = FenceLines()
    lines.run(["```dockerfile {.layerlab}", "FROM a", "```"] * 2)
    assert [lines.take("FROM a").line for _ in range(2)] == [1, 4]
    assert lines.take("FROM a") is None
    assert lines.left() == []


def test_a_lab_s_fingerprint_changes_with_its_blocks_only():
    def fingerprint(second, other):
        lines = FenceLines()
        lines.run(
            f'```dockerfile {{.layerlab lab="x"}}\nFROM a\n```\n```console {{.layerlab lab="x"}}\n{second}\n```\n'
            f'```console {{.layerlab lab="y"}}\n{other}\n```'.split("\n")
        )
        return lines.fingerprint("x", "FROM a")

    assert fingerprint("$ a", "$ b") == fingerprint("$ a", "$ c")
    assert fingerprint("$ a", "$ b") != fingerprint("$ b", "$ b")


@given(st.lists(st.sampled_from(["```", "````", "~~~", "```dockerfile {.layerlab}", "> ```", "a", "", "    ```x"])))
def test_any_text_is_read_and_found_lines_carry_our_mark(lines):
    for fence in find_fences(lines):
        assert ".layerlab" in lines[fence.line - 1]
