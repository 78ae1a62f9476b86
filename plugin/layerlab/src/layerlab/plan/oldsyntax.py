"""What the parser of Docker 20.10 refuses and today's reads: newer flags, here-documents, a retry count of zero."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile
from types import MappingProxyType

from layerlab.dockerfile.instructions import Add, Copy, HealthCheck, Instruction, OnBuild, Run
from layerlab.dockerfile.syntax import Dockerfile, Statement

FLAGS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "FROM": frozenset({"platform"}),
        "COPY": frozenset({"chown", "from", "chmod"}),
        "ADD": frozenset({"chown", "chmod"}),
        "RUN": frozenset({"mount"}),
        "HEALTHCHECK": frozenset({"interval", "timeout", "start-period", "retries"}),
    }
)
"""Flags it knows, by instruction; the others know none."""

KEYWORDS = frozenset(
    {
        "add", "arg", "cmd", "copy", "entrypoint", "env", "expose", "from", "healthcheck", "label", "maintainer",
        "onbuild", "run", "shell", "stopsignal", "user", "volume", "workdir",
    }
)  # fmt: skip
NO_FLAGS_READ = frozenset({"ARG", "STOPSIGNAL"})
"""They swallow what looks like a flag."""


def old_problem(file: Dockerfile) -> tuple[int, str] | None:
    """Line and text of the first thing that 20.10 alone refuses, or None."""
    for stage in file.stages:
        for instruction in (stage.base, *stage.instructions):
            found = next(_problems(instruction), None)
            if found is not None:
                return found
    return None


def unknown_flag(statement: Statement) -> str | None:
    """What 20.10 says of the first flag it doesn't know of an instruction that today's parser refuses too."""
    keyword, *words = statement.line.text.split()
    known = FLAGS.get(keyword.upper(), frozenset())
    flags = takewhile(lambda word: word.startswith("--"), words)
    names = [flag.removeprefix("--").partition("=")[0] for flag in flags]
    at = next((at for at, name in enumerate(names) if name not in known), None)
    if at is None or len(set(names[:at])) < at:  # one that stands twice before it comes first
        return None
    return f"Unknown flag: {names[at]}"


def _problems(instruction: Instruction) -> Iterator[tuple[int, str]]:
    line, keyword = instruction.span.start_line, instruction.keyword.upper()
    if keyword not in NO_FLAGS_READ:
        for flag in instruction.flags:
            if flag.name not in FLAGS.get(keyword, ()):
                yield line, f"Unknown flag: {flag.name}"
    if isinstance(instruction, HealthCheck):
        for flag in instruction.flags:
            if flag.name == "retries" and flag.value and int(flag.value) < 1:
                yield line, f"--retries must be at least 1 (not {int(flag.value)})"
    if isinstance(instruction, Run | Copy | Add | OnBuild):
        for heredoc in instruction.heredocs:
            yield from _as_instructions(heredoc.span.start_line, f"{heredoc.content}{heredoc.name}")


def _as_instructions(first: int, text: str) -> Iterator[tuple[int, str]]:
    """The lines of a here-document, which are instructions to it."""
    for line, written in enumerate(text.splitlines(), first):
        word = written.strip().partition(" ")[0]
        if word and not word.startswith("#") and word.lower() not in KEYWORDS:
            yield line, f"unknown instruction: {word.upper()}"
