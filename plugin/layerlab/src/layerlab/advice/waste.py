"""Bytes that are in the image and of no use: package lists, files deleted later, files stored twice."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from types import MappingProxyType

from layerlab.advice.editing import appended, joined, next_instruction, with_flag, without
from layerlab.advice.evidence import Deleted, Doubled, Evidence, bytes_of
from layerlab.advice.rule import Found, advice
from layerlab.build.record import Step
from layerlab.dockerfile import Copy, Run
from layerlab.dockerfile.edits import Fix
from layerlab.filesystem.layer import LayerEntry

LEFTOVERS = MappingProxyType(
    {
        "/var/lib/apt/lists/": "apt-get",
        "/var/cache/apk/": "apk",
        "/lib/apk/db/cache/": "apk",
        "/var/cache/dnf/": "dnf",
        "/var/cache/yum/": "yum",
        "/root/.cache/pip/": "pip",
        "/root/.npm/_cacache/": "npm",
    }
)
"""Directories that only the package manager reads, and only while it installs."""

CLEAN = MappingProxyType(
    {
        "apt-get": "rm -rf /var/lib/apt/lists/*",
        "apk": "rm -rf /var/cache/apk/*",
        "dnf": "dnf clean all",
        "yum": "yum clean all",
        "pip": "rm -rf /root/.cache/pip",
        "npm": "rm -rf /root/.npm",
    }
)
CHANGES = re.compile(r"(chown|chmod) -R ([\w:.,+=-]+) (/?[\w./-]+)")


@advice("LL002", "lists-left-behind")
def lists_left_behind(evidence: Evidence) -> Iterator[Found]:
    """What the package manager keeps for its next run, in the layer of the step that made it."""
    gone = {(file.added, file.path) for file in evidence.deleted}
    for step in evidence.chain:
        run = evidence.instruction(step)
        if step.layer is None or not isinstance(run, Run):
            continue
        left: dict[str, list[LayerEntry]] = defaultdict(list)
        for entry in step.layer.entries:
            tool = next((tool for place, tool in LEFTOVERS.items() if entry.path.startswith(place)), None)
            if tool and entry.kind == "file" and (step.index, entry.path) not in gone:
                left[tool].append(entry)
        for tool, entries in left.items():
            cost = bytes_of(entries)
            if not cost.at_least:
                continue
            edit = appended(evidence.file, run, CLEAN[tool])
            fix = Fix("advice.fix.clean", (edit,), (("command", CLEAN[tool]),)) if edit else None
            values = (("tool", tool), ("size", cost), ("command", CLEAN[tool]))
            yield Found(run.span, values, cost=cost, fix=fix)


@advice("LL005", "deleted-in-a-later-layer")
def deleted_later(evidence: Evidence) -> Iterator[Found]:
    """A whiteout hides files of an earlier step; they are shipped all the same."""
    by_step: dict[int, list[Deleted]] = defaultdict(list)
    for file in evidence.deleted:
        by_step[file.removed].append(file)
    for index, files in by_step.items():
        step = evidence.record.steps[index]
        run = evidence.instruction(step)
        cost = bytes_of(file.entry for file in files)
        if run is None or not (cost.at_least or cost.bytes is None):
            continue
        origins = sorted({file.added for file in files})
        values = (
            ("paths", tuple(file.path for file in files)),
            ("lines", evidence.lines(origins)),
            ("size", cost),
        )
        yield Found(run.span, values, cost=cost, fix=_in_one(evidence, step, origins))


def _in_one(evidence: Evidence, step: Step, origins: list[int]) -> Fix | None:
    """The deleting RUN joined to the one RUN right before it that made the files."""
    if len(origins) != 1:
        return None
    first, second = evidence.instruction(evidence.record.steps[origins[0]]), evidence.instruction(step)
    if not isinstance(first, Run) or not isinstance(second, Run) or next_instruction(evidence.file, first) != second:
        return None
    edit = joined(evidence.file, first, second)
    return Fix("advice.fix.join", (edit,)) if edit else None


@advice("LL006", "changed-again", "below", "base")
def stored_twice(evidence: Evidence) -> Iterator[Found]:
    """Only mode or owner changed, but the layer holds the whole file again."""
    by_step: dict[int, list[Doubled]] = defaultdict(list)
    for file in evidence.doubled:
        by_step[file.step].append(file)
    for index, files in by_step.items():
        step = evidence.record.steps[index]
        run = evidence.instruction(step)
        cost = bytes_of(file.entry for file in files)
        if not isinstance(run, Run) or not (cost.at_least or cost.bytes is None):
            continue
        origins = sorted({file.below for file in files if file.below is not None})
        values = (
            ("count", len(files)),
            ("paths", tuple(file.entry.path for file in files)),
            ("lines", evidence.lines(origins)),
            ("size", cost),
        )
        only_own = all(file.below is not None for file in files)
        fix = _while_copying(evidence, run, origins) if only_own else None
        yield Found(run.span, values, "below" if origins else "base", cost=cost, fix=fix)


def _while_copying(evidence: Evidence, run: Run, origins: list[int]) -> Fix | None:
    """`--chown` or `--chmod` on the COPY right before, where that says the same of every file."""
    match = CHANGES.fullmatch(run.arguments[0].strip()) if run.is_shell_form and not run.flags else None
    if match is None or len(origins) != 1:
        return None
    step = evidence.record.steps[origins[0]]
    copy = evidence.instruction(step)
    name, value, path = match.groups()
    if not isinstance(copy, Copy) or next_instruction(evidence.file, copy) != run:
        return None
    if getattr(copy, name) is not None or copy.destination.text.rstrip("/") != path.rstrip("/"):
        return None
    if name == "chmod" and not re.fullmatch(r"0?[0-7]{3}", value):
        return None
    made = {entry.path for entry in step.layer.entries if entry.kind == "dir"} if step.layer else set()
    if path.rstrip("/") not in made or not _is_new(evidence, step, path.rstrip("/")):
        return None  # COPY leaves the mode and owner of a directory that is there already
    flag = f"--{name}={value}"
    edit = without(evidence.file, copy, run, with_flag(evidence.file, copy, flag))
    return Fix("advice.fix.flag", (edit,), (("flag", flag),))


def _is_new(evidence: Evidence, step: Step, path: str) -> bool:
    """Whether no step before this one, and no base image, has the directory."""
    for earlier in evidence.chain:
        if earlier.index >= step.index:
            break
        if earlier.layer and any(entry.path == path for entry in earlier.layer.entries):
            return False
    image = evidence.record.image
    own = {other.chain_id for other in evidence.chain if other.layer is not None}
    base = [layer for layer in image.layers if layer.chain_id not in own] if image else []
    return not any(entry.path == path for layer in base for entry in layer.layer.entries)
