"""Comments behind an instruction, on its own line: Docker takes them as arguments.

`FROM x # base` is refused, `COPY . /app # source` copies a file called `#`, `WORKDIR /app # work` makes a directory of
that name, and `CMD ["x"] # run` falls back to the shell form. Here they are found and moved to a line above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from layerlab.dockerfile.directives import KNOWN, split_directive
from layerlab.dockerfile.edits import Edit, Fix, apply_edits
from layerlab.dockerfile.gotext import SPACE
from layerlab.dockerfile.parser import parse
from layerlab.dockerfile.span import Span
from layerlab.dockerfile.syntax import Dockerfile, Statement
from layerlab.dockerfile.words import NotJson, read_json

ALWAYS = frozenset({
    "add", "arg", "copy", "env", "expose", "from", "label", "shell", "stopsignal", "user", "volume", "workdir",
})  # fmt: skip
AFTER_JSON = frozenset({"cmd", "entrypoint", "healthcheck", "run"})
"""Instructions whose shell form hands the comment to the shell, which drops it: only the JSON form is broken by it."""

SEARCH = re.compile(r"""'[^']*'|"[^"\\]*(?:\\.[^"\\]*)*"|(?<=[\t ])\#|\\.|.""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TrailingComment:
    """A comment that Docker takes as part of an instruction.

    Attributes:
        statement: Index of its statement.
        keyword: Of the instruction, in upper case.
        text: From `#` on.
        span: Where it stands.
    """

    statement: int
    keyword: str
    text: str
    span: Span


def find_trailing_comments(dockerfile: Dockerfile) -> tuple[TrailingComment, ...]:
    """All of them, in order."""
    return tuple(found for statement in dockerfile.statements for found in _comments_of(dockerfile, statement))


def trailing_comment_fixes(dockerfile: Dockerfile) -> dict[int, Fix]:
    """By statement: the edit that moves its comments to lines of their own above it."""
    found: dict[int, list[TrailingComment]] = {}
    for comment in find_trailing_comments(dockerfile):
        found.setdefault(comment.statement, []).append(comment)
    statements = {statement.index: statement for statement in dockerfile.statements}
    return {index: _fix(dockerfile, statements[index], comments) for index, comments in found.items()}


def every_comment_fix(dockerfile: Dockerfile) -> Fix | None:
    """One change that moves all of a file's comments above their instructions, or None where there are none.

    Comments that only the shell would read go along, where their instruction is one line: else the author's column of
    comments would stay half where it was.
    """
    found: dict[int, list[TrailingComment]] = {}
    for statement in dockerfile.statements:
        for comment in _comments_of(dockerfile, statement, shell=statement.span.start_line == statement.span.end_line):
            found.setdefault(comment.statement, []).append(comment)
    statements = {statement.index: statement for statement in dockerfile.statements}
    edits = [edit for index, comments in found.items() for edit in _fix(dockerfile, statements[index], comments).edits]
    key = "checks.fix.trailing_comments" if len(found) > 1 else "checks.fix.trailing_comment"
    return Fix(key, tuple(edits)) if edits else None


def fix_trailing_comments(text: str) -> str:
    """The text with every trailing comment moved above its instruction; nothing else changes."""
    dockerfile = parse(text)
    fixes = trailing_comment_fixes(dockerfile)
    return apply_edits(dockerfile.source, [edit for fix in fixes.values() for edit in fix.edits])


def _comments_of(
    dockerfile: Dockerfile, statement: Statement, *, shell: bool = False
) -> Iterator[TrailingComment]:
    """Its trailing comments; with `shell` those that the shell drops too."""
    name = statement.keyword.text.lower()
    if name not in ALWAYS | AFTER_JSON:
        return
    line = statement.line
    pieces = zip(line.offsets, (*line.offsets[1:], len(line.text)), line.places, strict=True)
    for number, (start, end, (physical, column)) in enumerate(pieces):
        at = _comment_at(line.text, start, end)
        if at is None or (number == 0 and not line.text[start:at].strip(SPACE)):
            continue
        if name in AFTER_JSON and not shell and not _is_json(name, line.text[:at]):
            continue
        whole = dockerfile.source.line(physical)
        text = whole[column + at - start :]
        escape = dockerfile.directives.escape
        cut = text.rstrip(" \t")
        if cut.endswith(escape) and not cut.endswith(escape * 2):
            text = cut[:-1]
        text = text.rstrip(SPACE)
        first = column + at - start
        span = Span(physical, first, physical, first + len(text))
        yield TrailingComment(statement.index, name.upper(), text, span)


def _comment_at(text: str, start: int, end: int) -> int | None:
    """The first `#` behind a blank outside of quotes."""
    if "#" not in text[start:end]:
        return None
    for match in SEARCH.finditer(text, start, end):
        if match[0] == "#" and match.start() > start and text[match.start() - 1] in "\t ":
            return match.start()
    return None


def _is_json(name: str, before: str) -> bool:
    """Whether the arguments before the comment have the JSON form."""
    words = before.split(None, 1)
    rest = words[1] if len(words) > 1 else ""
    opening = rest.find("[")
    heads = rest[: max(opening, 0)].split()
    if name == "healthcheck" and heads[-1:] and heads[-1].lower() == "cmd":
        heads.pop()
    if opening < 0 or not all(word.startswith("--") for word in heads):
        return False
    return not isinstance(read_json(rest, opening, len(rest.rstrip())), NotJson)


def _fix(dockerfile: Dockerfile, statement: Statement, comments: list[TrailingComment]) -> Fix:
    """Edits of whole lines: the comments stand above the first, with its indentation."""
    source = dockerfile.source
    first = statement.span.start_line
    head = source.line(first)
    indent = head[: len(head) - len(head.lstrip(" \t"))]
    above = [indent + _as_comment(comment.text) for comment in comments]
    edits = []
    for comment in comments:
        number = comment.span.start_line
        line = source.line(number)
        rest = line[comment.span.end_column :].strip(" \t")
        kept = line[: comment.span.start_column].rstrip(" \t")
        goes_on = bool(rest) and not kept.endswith(dockerfile.directives.escape)
        edits.append((number, f"{kept} {rest}" if goes_on else kept))
    known = dict(edits)
    known.setdefault(first, head)
    known[first] = "\n".join([*above, known[first]])
    return Fix(
        "checks.fix.trailing_comment", tuple(Edit(number, number, text) for number, text in sorted(known.items()))
    )


def _as_comment(text: str) -> str:
    """The comment as a line of its own; one that would turn into a parser directive is kept from it."""
    split = split_directive(text[1:].lstrip(SPACE))
    return f"# ({text[1:].strip(SPACE)})" if split is not None and split[0] in KNOWN else text
