"""Changes of whole lines that several rules offer: two RUNs made one, a command added to a RUN."""

from __future__ import annotations

import re

from layerlab.dockerfile import Copy, Dockerfile, Instruction, Run
from layerlab.dockerfile.edits import Edit

COMMENT = re.compile(r"(?:^|[\t ])#")
OTHERWISE = re.compile(r"\|\||;|(?<!&)&(?!&)")
"""What would let a command run although the one put before it failed."""


def next_instruction(file: Dockerfile, instruction: Instruction) -> Instruction | None:
    """The instruction after one, if only blank lines and comments stand between them."""
    after = [other for other in file.instructions if other.index == instruction.index + 1]
    return after[0] if after else None


def is_plain(file: Dockerfile, run: Run) -> bool:
    """Whether text can be put behind a RUN: a shell form without flags, here-documents and comments at its end."""
    last = file.source.line(run.span.end_line)
    return run.is_shell_form and not run.flags and not run.heredocs and not COMMENT.search(last[4:])


def joined(file: Dockerfile, first: Run, second: Run) -> Edit | None:
    """Two RUNs as one, the second behind `&&`; comments between them go above. None where that isn't safe."""
    if not (is_plain(file, first) and is_plain(file, second)) or OTHERWISE.search(second.arguments[0]):
        return None
    between = _comments(file, first.span.end_line + 1, second.span.start_line - 1)
    lines = _lines(file, first)
    head, *rest = _lines(file, second)
    command = head.lstrip(" \t")[len(second.keyword) :].lstrip(" \t")
    lines[-1] = f"{lines[-1].rstrip()} && {file.directives.escape}"
    text = "\n".join([*between, *lines, f"    {command}", *rest])
    return Edit(first.span.start_line, second.span.end_line, text)


def appended(file: Dockerfile, run: Run, command: str) -> Edit | None:
    """A RUN with one more command at its end."""
    if not is_plain(file, run):
        return None
    last = file.source.line(run.span.end_line).rstrip()
    escape = file.directives.escape
    return Edit(run.span.end_line, run.span.end_line, f"{last} && {escape}\n    {command}")


def without(file: Dockerfile, kept: Instruction, dropped: Instruction, text: str) -> Edit:
    """`kept` as `text`, and `dropped`, which follows it, gone; what stands between them goes above."""
    between = _comments(file, kept.span.end_line + 1, dropped.span.start_line - 1)
    return Edit(kept.span.start_line, dropped.span.end_line, "\n".join([*between, text]))


def with_flag(file: Dockerfile, copy: Copy, flag: str) -> str:
    """The lines of a COPY with one more flag."""
    head, *rest = _lines(file, copy)
    at = len(head) - len(head.lstrip(" \t")) + len(copy.keyword)
    return "\n".join([f"{head[:at]} {flag}{head[at:]}", *rest])


def text_of(file: Dockerfile, instruction: Instruction) -> str:
    """An instruction's lines as they are."""
    return "\n".join(_lines(file, instruction))


def _lines(file: Dockerfile, instruction: Instruction) -> list[str]:
    return [file.source.line(number) for number in instruction.span.lines]


def _comments(file: Dockerfile, first: int, last: int) -> list[str]:
    return [line for number in range(first, last + 1) if (line := file.source.line(number)).strip()]
