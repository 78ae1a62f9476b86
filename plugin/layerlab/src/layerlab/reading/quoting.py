"""Words as a Dockerfile has to spell them, so that they are read back as they are."""

from __future__ import annotations

import re

PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,~=^*?!-]+")


def quoted(text: str) -> str:
    """A value for ENV, LABEL or ARG: bare where that is enough, else in double quotes."""
    if PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return '"' + escaped.replace("\n", "\\\n") + '"'


def unexpanded(text: str) -> str:
    """A text in which nothing is to be expanded: history has the values of variables, not their names."""
    return text.replace("$", "\\$")
