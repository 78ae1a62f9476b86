"""Large hostile files: the work is counted in lines of Python that run, never in seconds, and grows with the input."""

from __future__ import annotations

import sys

import pytest

from layerlab.dockerfile import parse

HOSTILE = {
    "quotes": lambda size: "FROM a\nENV a=" + "\"'" * (size // 2),
    "backslashes": lambda size: "FROM a\nRUN " + "\\" * size,
    "backslash-lines": lambda size: "FROM a\n" + "\\\n" * (size // 2),
    "openings": lambda size: "FROM a\nRUN " + "<<a " * (size // 4),
    "angles": lambda size: "FROM a\nRUN " + "<" * size,
    "blank-opening": lambda size: "FROM a\nRUN <<" + " " * size + "x<",
    "brackets": lambda size: "FROM a\nCMD " + "[" * size,
    "open-strings": lambda size: "FROM a\nCMD [" + '"\\' * (size // 2),
    "braces": lambda size: "FROM a\nRUN <<x " + "${a:-" * (size // 5),
    "directive": lambda size: "# syntax=a" + " " * size + "b\nFROM a",
    "continuations": lambda size: "FROM a\nRUN x" + " \\\ny" * (size // 4),
    "flags": lambda size: "FROM a\nCOPY " + "--x " * (size // 4) + "a b",
    "onbuild": lambda size: "FROM a\n" + "ONBUILD " * (size // 8),
    "csv": lambda size: "FROM a\nRUN --mount=" + '"",' * (size // 3) + " x",
}


def lines_run(text):
    """Number of Python lines that run while a text is read."""
    count = 0

    def trace(_frame, event, _arg):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        parse(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("name", HOSTILE)
def test_work_grows_with_the_size_and_not_with_its_square(name):
    small, large = lines_run(HOSTILE[name](1_000)), lines_run(HOSTILE[name](4_000))
    assert large <= 6 * small + 2_000


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_in_lines_of_allowed_length_is_read(name):
    text = HOSTILE[name](30_000)
    whole = "\n".join([text] * (1_000_000 // len(text)))
    assert parse(whole).source.text == whole
