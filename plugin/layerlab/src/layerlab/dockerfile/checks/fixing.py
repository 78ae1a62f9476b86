"""Mechanical fixes for warnings and errors: edits of whole lines an editor can offer; None where it takes thought."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from layerlab.dockerfile.checks.facts import Warning as CheckWarning
from layerlab.dockerfile.edits import Edit, Fix
from layerlab.dockerfile.instructions import Cmd, Entrypoint, Env, Expose, Instruction, Label, Maintainer
from layerlab.dockerfile.span import Span
from layerlab.dockerfile.syntax import Dockerfile, Statement, SyntaxProblem
from layerlab.dockerfile.trailing import trailing_comment_fixes

PLAIN_WORD = re.compile(r"[\w@%+=:,./\-]+")
SHELL_WORDS = frozenset(
    {"cd", "exec", "exit", "export", "set", "source", "test", "type", "ulimit", "umask", "eval", "."}
)
KEYWORDS_OF_SHELL = frozenset({"if", "for", "while", "case", "until", "!", "{", "function"})


def fix_warning(dockerfile: Dockerfile, warning: CheckWarning) -> Fix | None:
    """The mechanical fix of a warning, or None."""
    statement = _statement_at(dockerfile, warning.span.start_line)
    fixer = WARNING_FIXES.get(warning.rule)
    if fixer is None or statement is None:
        return None
    return fixer(dockerfile, statement)


def fix_problem(dockerfile: Dockerfile, problem: SyntaxProblem) -> Fix | None:
    """The mechanical fix of an error, or None."""
    where = problem.where
    statement = _statement_at(dockerfile, where.start_line) if where else None
    if where is None or statement is None:
        return None
    trailing = trailing_comment_fixes(dockerfile).get(statement.index)
    if trailing is not None:
        return trailing
    values = dict(problem.values)
    match problem.code:
        case "syntax.misspelt-instruction":
            return _replaced(dockerfile, where, values["meant"], "checks.fix.misspelt", meant=values["meant"])
        case "syntax.misspelt-flag":
            name = Span(
                where.start_line,
                where.start_column + 2,
                where.start_line,
                where.start_column + 2 + len(values["flag"]),
            )
            return _replaced(dockerfile, name, values["meant"], "checks.fix.misspelt", meant=f"--{values['meant']}")
        case _:
            return None


def _statement_at(dockerfile: Dockerfile, line: int) -> Statement | None:
    return next(
        (statement for statement in dockerfile.statements if line in statement.span.lines),
        None,
    )


def _replaced(dockerfile: Dockerfile, span: Span, text: str, key: str, **values: str) -> Fix | None:
    """One line with a range of it replaced."""
    if span.start_line != span.end_line:
        return None
    line = dockerfile.source.line(span.start_line)
    changed = line[: span.start_column] + text + line[span.end_column :]
    return Fix(key, (Edit(span.start_line, span.start_line, changed),), tuple(values.items()))


def _keyword_case(dockerfile: Dockerfile, _: Statement) -> Fix | None:
    """Every deviating keyword of the stages at once, so that one click settles the file."""
    first = next((other.index for other in dockerfile.statements if other.keyword.text.lower() == "from"), 0)
    keywords = [other.keyword for other in dockerfile.statements if other.index >= first]
    lower = sum(word.text == word.text.lower() for word in keywords)
    upper = sum(word.text == word.text.upper() for word in keywords)
    edits: list[Edit] = []
    for word in keywords:
        wanted = word.text.lower() if lower > upper else word.text.upper()
        fix = _replaced(dockerfile, word.span, wanted, "checks.fix.case") if wanted != word.text else None
        edits += fix.edits if fix else ()
    return Fix("checks.fix.keyword_case", tuple(edits)) if edits else None


def _as_case(dockerfile: Dockerfile, statement: Statement) -> Fix | None:
    if len(statement.words) < 2:
        return None
    keyword, word = statement.keyword.text, statement.words[1]
    wanted = word.text.lower() if keyword == keyword.lower() else word.text.upper()
    return _replaced(dockerfile, word.span, wanted, "checks.fix.case", wanted=wanted)


def _stage_case(dockerfile: Dockerfile, statement: Statement) -> Fix | None:
    if len(statement.words) < 3:
        return None
    word = statement.words[2]
    return _replaced(dockerfile, word.span, word.text.lower(), "checks.fix.case", wanted=word.text.lower())


def _read(dockerfile: Dockerfile, statement: Statement) -> Instruction | None:
    return next((read for read in dockerfile.instructions if read.index == statement.index), None)


def _rest(statement: Statement) -> Span | None:
    """What follows the keyword, if it is on its line."""
    if not statement.words:
        return None
    rest = statement.words[0].span.until(statement.words[-1].span)
    return rest if rest.start_line == rest.end_line == statement.span.start_line == statement.span.end_line else None


def _legacy_pair(dockerfile: Dockerfile, statement: Statement) -> Fix | None:
    """`ENV a b c` → `ENV a="b c"`: not where quotes or escapes already mean something."""
    read, rest = _read(dockerfile, statement), _rest(statement)
    if not isinstance(read, Env | Label) or rest is None:
        return None
    (pair,) = read.pairs
    value = pair.value or ""
    if any(char in value for char in "'\"\\`"):
        if not re.fullmatch(r"\"[^\"\\`]*\"|'[^']*'", value):
            return None
    elif not re.fullmatch(r"[^\s]+", value):
        value = f'"{value}"'
    return _replaced(dockerfile, rest, f"{pair.name}={value}", "checks.fix.key_value")


def _json_form(dockerfile: Dockerfile, statement: Statement) -> Fix | None:
    """`CMD program argument` → `CMD ["program", "argument"]`: only where no shell is needed."""
    read, rest = _read(dockerfile, statement), _rest(statement)
    if not isinstance(read, Cmd | Entrypoint) or rest is None or read.flags:
        return None
    words = read.arguments[0].split()
    if not words or not all(PLAIN_WORD.fullmatch(word) for word in words):
        return None
    if "=" in words[0] or words[0] in SHELL_WORDS | KEYWORDS_OF_SHELL:
        return None
    return _replaced(dockerfile, rest, json.dumps(words, ensure_ascii=False), "checks.fix.json_form")


def _label_for_maintainer(dockerfile: Dockerfile, statement: Statement) -> Fix | None:
    read, rest = _read(dockerfile, statement), _rest(statement)
    if not isinstance(read, Maintainer) or rest is None:
        return None
    author = read.author[1:-1] if re.fullmatch(r'"[^"]*"|\'[^\']*\'', read.author) else read.author
    escaped = re.sub(r'(["\\$`])', r"\\\1", author)
    keyword = "label" if read.keyword == read.keyword.lower() else "LABEL"
    whole = statement.keyword.span.until(rest)
    text = f'{keyword} org.opencontainers.image.authors="{escaped}"'
    return _replaced(dockerfile, whole, text, "checks.fix.maintainer")


def _no_blank_lines(dockerfile: Dockerfile, statement: Statement) -> Fix | None:
    """The instruction without its blank lines (those of a heredoc stay)."""
    first, last = statement.line.first, statement.line.last
    kept = [number for number in range(first, last + 1) if dockerfile.source.line(number).strip() or number == first]
    if len(kept) == last - first + 1:
        return None
    text = "\n".join(dockerfile.source.line(number) for number in kept)
    return Fix("checks.fix.blank_lines", (Edit(first, last, text),))


def _protocol_case(dockerfile: Dockerfile, statement: Statement) -> Fix | None:
    read = _read(dockerfile, statement)
    if not isinstance(read, Expose) or statement.span.start_line != statement.span.end_line:
        return None
    line = dockerfile.source.line(statement.span.start_line)
    for word in read.words:
        port, slash, protocol = word.text.partition("/")
        text = port + slash + (protocol if "$" in protocol else protocol.lower())
        line = line[: word.span.start_column] + text + line[word.span.end_column :]
    return Fix("checks.fix.protocol_case", (Edit(statement.span.start_line, statement.span.start_line, line),))


def _container_port(dockerfile: Dockerfile, statement: Statement) -> Fix | None:
    read = _read(dockerfile, statement)
    if not isinstance(read, Expose) or statement.span.start_line != statement.span.end_line:
        return None
    line = dockerfile.source.line(statement.span.start_line)
    for word in reversed(read.words):
        if "$" not in word.text:
            text = word.text.rpartition(":")[2]
            line = line[: word.span.start_column] + text + line[word.span.end_column :]
    return Fix("checks.fix.container_port", (Edit(statement.span.start_line, statement.span.start_line, line),))


def _no_platform(dockerfile: Dockerfile, statement: Statement) -> Fix | None:
    """`FROM --platform=$TARGETPLATFORM x` → `FROM x`."""
    rest = _rest(statement)
    if rest is None:
        return None
    between = Span(rest.start_line, statement.keyword.span.end_column, rest.start_line, rest.start_column)
    return _replaced(dockerfile, between, " ", "checks.fix.no_platform")


Fixer: TypeAlias = Callable[[Dockerfile, Statement], Fix | None]

WARNING_FIXES: Mapping[str, Fixer] = MappingProxyType(
    {
        "ConsistentInstructionCasing": _keyword_case,
        "FromAsCasing": _as_case,
        "StageNameCasing": _stage_case,
        "LegacyKeyValueFormat": _legacy_pair,
        "JSONArgsRecommended": _json_form,
        "MaintainerDeprecated": _label_for_maintainer,
        "NoEmptyContinuation": _no_blank_lines,
        "ExposeProtoCasing": _protocol_case,
        "ExposeInvalidFormat": _container_port,
        "RedundantTargetPlatform": _no_platform,
    }
)
"""Rules with a mechanical fix."""
