"""One row of a history written as an instruction again, and what the row doesn't tell of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from layerlab.reading.gowords import json_list, plain_list, quoted_list
from layerlab.reading.meaning import DEFAULT_SHELL, Meaning
from layerlab.reading.quoting import quoted, unexpanded

LEGACY_FILES = re.compile(r"^(?P<flags>(?:--\S+?)??) ?(?P<what>file|dir|multi):(?P<hash>[0-9a-f]{64}) in (?P<to>.*)$")
CHOWN_GLUED = re.compile(r"^(--chown=\S+?)((?:file|dir|multi):)")
PAIR = re.compile(r"(?:^|(?<= ))([^\s=]+)=")
BREAK = re.compile(r"(?<=\S)[ \t]{2,}(?=[^\s#])")
NEXT_COMMAND = re.compile(r" (?=&& )")
WIDE = 100
HEALTH = re.compile(
    r"^\{Test:\[(?P<test>.*)\] Interval:(?P<interval>\S+) Timeout:(?P<timeout>\S+) StartPeriod:(?P<period>\S+) "
    r"(?:StartInterval:(?P<every>\S+) )?Retries:(?P<retries>\d+)\}$"
)
OLD_HEALTH = re.compile(
    r"^&\{(?P<test>\[.*\]) \"(?P<interval>\S+)\" \"(?P<timeout>\S+)\" \"(?P<period>\S+)\" "
    r"(?:\"(?P<every>\S+)\" )?'\\x(?P<retries>[0-9a-f]{2})'\}$"
)


HEALTH_FLAGS = (
    ("interval", "interval"),
    ("timeout", "timeout"),
    ("start-period", "period"),
    ("start-interval", "every"),
)


@dataclass(frozen=True, slots=True)
class Written:
    """An instruction.

    Attributes:
        text: With its line breaks.
        lost: Names of `reading.lost.…` messages.
        comment: Whether it is only a comment, since no instruction is known.
    """

    text: str
    lost: tuple[str, ...] = ()
    comment: bool = False


def rewrite(meaning: Meaning) -> Written:
    """The instruction of a row that isn't cut."""
    if meaning.keyword is None:
        return Written(_commented(meaning.entry.text or meaning.entry.comment), ("tool",), comment=True)
    return REWRITERS.get(meaning.keyword, _as_is)(meaning)


def cut_comment(text: str) -> str:
    """A row that Docker shortened, as a comment: an instruction can't be made of half a text."""
    return _commented(text.rstrip("….") + "…cut")


def _commented(text: str) -> str:
    return "\n".join(f"# {line}".rstrip() for line in text.split("\n"))


def _as_is(meaning: Meaning) -> Written:
    return Written(f"{meaning.keyword} {unexpanded(meaning.rest)}".rstrip())


def _run(meaning: Meaning) -> Written:
    lost = ("args",) if meaning.args is not None else ()
    body = meaning.rest.rstrip(" ")
    if meaning.shell is None:
        return Written(f"RUN {json_list(tuple(body.split()))}", (*lost, "exec"))
    if meaning.shell != DEFAULT_SHELL and meaning.builder == "unknown":
        lost = (*lost, "shell")
    if "\n" in body:
        name = next(word for word in ("EOF", "EOT", "END", "RUN_END") if word not in body)
        return Written(f"RUN <<{name}\n{body.rstrip(chr(10))}\n{name}", (*lost, "heredoc"))
    return Written("RUN " + _broken(body), lost)


def _broken(text: str) -> str:
    r"""A command over several lines, where Docker's own text shows that there were breaks; it reads back the same."""
    if len(text) <= WIDE:
        return text
    parts = BREAK.sub(lambda match: f"{match[0][0]}\\\n{match[0][1:]}", text)
    return parts if parts != text else NEXT_COMMAND.sub(" \\\n", text)


def _copy(meaning: Meaning) -> Written:
    rest = CHOWN_GLUED.sub(r"\1 \2", meaning.rest)
    old = LEGACY_FILES.match(rest)
    if old is not None:
        flags = f"{old['flags']} " if old["flags"] else ""
        source = {"file": "FILE", "dir": "DIRECTORY/", "multi": "FILES/"}[old["what"]]
        return Written(f"{meaning.keyword} {flags}{source} {old['to'].strip()}", ("names",))
    lost = ["context"]
    words = rest.split()
    if meaning.keyword == "COPY" and any(word.startswith("/") for word in words[:-1]):
        lost = ["from"]
    if any(word.startswith("<<") for word in words):
        return Written(_commented(f"{meaning.keyword} {rest}"), ("heredoc_copy",), comment=True)
    return Written(f"{meaning.keyword} {unexpanded(rest)}", tuple(lost))


def _pairs(meaning: Meaning) -> Written:
    """ENV and LABEL: quotes are gone, so that a word without `=` is taken as part of the value before it."""
    rest = meaning.rest
    starts = list(PAIR.finditer(rest))
    if not starts or starts[0].start() != 0:
        return Written(f"{meaning.keyword} {unexpanded(rest)}", ("quotes",))
    ends = [match.start() - 1 for match in starts[1:]] + [len(rest)]
    words = [f"{quoted(match[1])}={quoted(rest[match.end() : end])}" for match, end in zip(starts, ends, strict=True)]
    return Written(f"{meaning.keyword} {' '.join(words)}", ("quotes",) if " " in rest else ())


def _arg(meaning: Meaning) -> Written:
    name, equals, value = meaning.rest.partition("=")
    return Written(f"ARG {name}={quoted(value)}" if equals else f"ARG {name}", ("arg_value",) if equals else ())


def _command(meaning: Meaning) -> Written:
    words = quoted_list(meaning.rest)
    if words is None:
        return Written(f"{meaning.keyword} {meaning.rest}")
    if words[:2] == DEFAULT_SHELL and len(words) == 3 and words[2].strip() and "\n" not in words[2]:
        return Written(f"{meaning.keyword} {words[2]}")
    return Written(f"{meaning.keyword} {json_list(words)}")


def _expose(meaning: Meaning) -> Written:
    inner = re.fullmatch(r"(?:map)?\[(.*)\]", meaning.rest)
    ports = [port.removesuffix(":{}") for port in inner[1].split()] if inner else meaning.rest.split()
    return Written(f"EXPOSE {' '.join(ports)}")


def _volume(meaning: Meaning) -> Written:
    words = plain_list(meaning.rest)
    if words is None:
        return Written(f"VOLUME {meaning.rest}")
    return Written(f"VOLUME {json_list(words)}", ("words",) if len(words) > 1 else ())


def _shell(meaning: Meaning) -> Written:
    words = plain_list(meaning.rest)
    return Written(f"SHELL {json_list(words)}" if words else f"SHELL {meaning.rest}", ("words",) if words else ())


def _healthcheck(meaning: Meaning) -> Written:
    new, old = HEALTH.match(meaning.rest), OLD_HEALTH.match(meaning.rest)
    match = new or old
    if match is None:
        return Written(_commented(meaning.entry.text), ("tool",), comment=True)
    words = tuple(match["test"].split(" ")) if new else quoted_list(match["test"]) or ()
    if words[:1] == ("NONE",):
        return Written("HEALTHCHECK NONE")
    flags = "".join(f"--{flag}={match[name]} " for flag, name in HEALTH_FLAGS if match[name] not in {None, "0s"})
    retries = int(match["retries"], 10 if new else 16)
    flags += f"--retries={retries} " if retries else ""
    command = " ".join(words[1:]) if words[0] == "CMD-SHELL" else json_list(words[1:])
    split = new is not None and words[0] == "CMD" and len(words) > 2
    return Written(f"HEALTHCHECK {flags}CMD {command}", ("words",) if split else ())


def _onbuild(meaning: Meaning) -> Written:
    return Written(f"ONBUILD {meaning.rest}")


REWRITERS: Mapping[str, Callable[[Meaning], Written]] = {
    "RUN": _run,
    "COPY": _copy,
    "ADD": _copy,
    "ENV": _pairs,
    "LABEL": _pairs,
    "ARG": _arg,
    "CMD": _command,
    "ENTRYPOINT": _command,
    "EXPOSE": _expose,
    "VOLUME": _volume,
    "SHELL": _shell,
    "HEALTHCHECK": _healthcheck,
    "ONBUILD": _onbuild,
}
"""How an instruction is written again; the others stand in a history as in a Dockerfile."""
