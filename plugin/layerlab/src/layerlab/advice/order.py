"""Steps that run again, or don't, because of where they stand: split updates, and installs behind `COPY . .`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from posixpath import normpath

from layerlab.advice.editing import is_plain, joined, next_instruction, text_of
from layerlab.advice.evidence import Evidence, weight_of
from layerlab.advice.rule import Found, Value, advice
from layerlab.build.record import Step
from layerlab.dockerfile import Copy, Instruction, Run
from layerlab.dockerfile.edits import Edit, Fix
from layerlab.filesystem.layer import NO_SIZE, Size

UPDATE = re.compile(r"\b(apt-get|apt|apk|aptitude)\b(?: -\S+)* update\b")
INSTALL = re.compile(r"\b(?:apt-get|apt|apk|aptitude)\b(?: -\S+)* (?:install|add|upgrade|dist-upgrade|build-dep)\b")


@dataclass(frozen=True, slots=True)
class Installer:
    """A command that installs what a file lists.

    Attributes:
        command: How it is called.
        files: Names of the files it reads.
        alone: What the whole RUN must look like so that it can move up.
    """

    command: re.Pattern[str]
    files: tuple[str, ...]
    alone: re.Pattern[str]


def _installer(command: str, *files: str) -> Installer:
    return Installer(re.compile(command), files, re.compile(rf"\s*(?:{command})[^&|;\n]*"))


INSTALLERS = (
    _installer(r"\bpip3? install\b[^&|;\n]*(?:-r|--requirement)[ =]?\S+", "requirements.txt"),
    _installer(
        r"\bnpm (?:ci|install|i)\b(?= *(?:$|[&|;]|--?(?!g\b|global)\S+ *(?:$|[&|;-])))",
        "package.json", "package-lock.json", "npm-shrinkwrap.json",
    ),
    _installer(r"\byarn(?: install)?\b(?= *(?:$|[&|;]|--))", "package.json", "yarn.lock"),
    _installer(r"\bpnpm (?:install|i)\b(?= *(?:$|[&|;]|--))", "package.json", "pnpm-lock.yaml"),
    _installer(r"\bgo mod download\b", "go.mod", "go.sum"),
    _installer(r"\bbundle install\b", "Gemfile", "Gemfile.lock"),
    _installer(r"\bcomposer install\b", "composer.json", "composer.lock"),
    _installer(r"\bcargo fetch\b", "Cargo.toml", "Cargo.lock"),
    _installer(r"\bpoetry install\b", "pyproject.toml", "poetry.lock"),
    _installer(r"\bmvn dependency:go-offline\b", "pom.xml"),
)  # fmt: skip


@advice("LL001", "update-alone", "installs", "alone")
def update_alone(evidence: Evidence) -> Iterator[Found]:
    """`apt-get update` in a RUN of its own: it stays in the cache when the line that installs changes."""
    for step in evidence.chain:
        run = evidence.instruction(step)
        if not isinstance(run, Run) or not (match := UPDATE.search(_command(run))) or INSTALL.search(_command(run)):
            continue
        later = [
            other.index
            for other in evidence.stage_steps(step)
            if other.index > step.index
            and isinstance(found := evidence.instruction(other), Run)
            and INSTALL.search(_command(found))
        ]
        size = weight_of(step)
        values: tuple[tuple[str, Value], ...] = (
            ("command", match[0]),
            ("size", size),
            ("lines", evidence.lines(later)),
        )
        after = next_instruction(evidence.file, run)
        edit = None
        if isinstance(after, Run) and INSTALL.search(_command(after)):
            edit = joined(evidence.file, run, after)
        fix = Fix("advice.fix.join", (edit,)) if edit else None
        yield Found(run.span, values, "installs" if later else "alone", cost=size, rebuilds=tuple(later), fix=fix)


@advice("LL007", "copy-before-install")
def copy_before_install(evidence: Evidence) -> Iterator[Found]:
    """A COPY of everything, then an install that needs a file or two of it: any edit runs the install again."""
    for step in evidence.record.steps:
        run = evidence.instruction(step)
        if not isinstance(run, Run) or step.status == "skipped":
            continue
        installer = _installer_of(_command(run))
        if installer is None:
            continue
        before = [other for other in evidence.stage_steps(step) if other.index < step.index]
        for copying in before:
            copy = evidence.instruction(copying)
            if not isinstance(copy, Copy) or copy.from_ is not None:
                continue
            lists, others = _taken(evidence, copy, installer)
            if lists and others:
                yield _found(evidence, copying, step, (installer, lists, others))
                break


def _found(evidence: Evidence, copying: Step, step: Step, about: tuple[Installer, tuple[str, ...], int]) -> Found:
    installer, lists, others = about
    copy, run = evidence.instruction(copying), evidence.instruction(step)
    again = [
        other
        for other in evidence.stage_steps(step)
        if other.index > copying.index and other.number is not None and other.instruction != "FROM"
    ]
    values = (
        ("copy", copying.lines[0] if copying.lines else 0),
        ("others", others),
        ("files", lists),
        ("count", len(again)),
        ("size", _sum(again)),
    )
    span = run.span if run is not None else evidence.file.source.line_span(1)
    fix = _lists_first(evidence, copy, run, (installer, lists))
    return Found(span, values, rebuilds=tuple(other.index for other in again), fix=fix)


def _taken(evidence: Evidence, copy: Copy, installer: Installer) -> tuple[tuple[str, ...], int]:
    """What a COPY takes from the context: the installer's files, and the number of others."""
    lists: list[str] = []
    others = 0
    for source in copy.sources:
        folder = normpath(source.text.lstrip("/") or ".")
        inside = "" if folder == "." else folder + "/"
        if not any(one.path.startswith(inside) and one.kind != "dir" for one in evidence.record.context.entries):
            continue
        for one in evidence.record.context.entries:
            if one.kind != "file" or not one.sent or not one.path.startswith(inside):
                continue
            if one.path.removeprefix(inside) in installer.files:
                lists.append(one.path)
            else:
                others += 1
    return tuple(lists), others


def _lists_first(
    evidence: Evidence, copy: Instruction | None, run: Instruction | None, about: tuple[Installer, tuple[str, ...]]
) -> Fix | None:
    """COPY of the lists, the install, then the COPY of all: only where the install is the next line and all of it."""
    installer, lists = about
    if not isinstance(copy, Copy) or not isinstance(run, Run) or len(copy.sources) != 1 or copy.flags:
        return None
    if next_instruction(evidence.file, copy) != run or not is_plain(evidence.file, run):
        return None
    if not installer.alone.fullmatch(run.arguments[0]) or any(" " in name for name in lists) or copy.heredocs:
        return None
    place = copy.destination.text
    place = "./" if place in {".", "./"} else place.rstrip("/") + "/"
    lines = [
        f"{copy.keyword} {' '.join(lists)} {place}",
        text_of(evidence.file, run),
        text_of(evidence.file, copy),
    ]
    between = [
        line
        for number in range(copy.span.end_line + 1, run.span.start_line)
        if (line := evidence.file.source.line(number)).strip()
    ]
    edit = Edit(copy.span.start_line, run.span.end_line, "\n".join([lines[0], *between, *lines[1:]]))
    return Fix("advice.fix.lists_first", (edit,), (("files", ", ".join(lists)),))


def _sum(steps: list[Step]) -> Size:
    total = NO_SIZE
    for step in steps:
        total += weight_of(step)
    return total


@lru_cache(maxsize=1024)
def _installer_of(command: str) -> Installer | None:
    return next((one for one in INSTALLERS if one.command.search(command)), None)


def _command(run: Run) -> str:
    return " ".join([*run.arguments, *(heredoc.body for heredoc in run.heredocs)])
