"""What a build did, as one value: everything that is shown, printed or explained is made from it.

Two views of the same build stand side by side: `steps`, one per instruction, in the Dockerfile's order;
and `vertices`, what BuildKit's progress shows, in the order it is printed. The legacy builder has no vertices:
its log is made of the steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from layerlab.build.reasons import CacheDecision
from layerlab.filesystem.layer import Layer, Size
from layerlab.image.image import Image
from layerlab.personality import DEFAULT, Personality

Fidelity: TypeAlias = Literal["exact", "estimated", "unknown"]
StepStatus: TypeAlias = Literal["ran", "cached", "failed", "canceled", "skipped", "done"]
VertexStatus: TypeAlias = Literal["DONE", "CACHED", "ERROR", "CANCELED"]
VertexKind: TypeAlias = Literal[
    "definition", "syntax", "metadata", "ignore", "context", "image", "inline", "step", "cache-mount", "export"
]
Lines: TypeAlias = tuple[int, int]
"""First and last line in the Dockerfile, counted from 1."""


@dataclass(frozen=True, slots=True)
class Note:
    """A remark that belongs to a step, in words that `messages` has.

    Attributes:
        key: Message key.
        values: Its placeholders, as (name, text).
    """

    key: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OutputChunk:
    """Something a command wrote.

    Attributes:
        fd: 1 or 2.
        data: The bytes.
        at: Modelled nanoseconds since the step started.
    """

    fd: int
    data: bytes
    at: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction of a stage that was looked at, or an ONBUILD trigger, or (legacy) a `--label`.

    Attributes:
        index: Place in `BuildRecord.steps`.
        stage: Index of the stage.
        number: The i of `[i/n]` or `Step i/n`; None where the builder shows none (BuildKit: ENV, …).
        total: The n; None with `number`.
        label: Name in the log: `[2/3] RUN echo hi`; legacy: `RUN echo hi`; `FROM x` for a base.
        instruction: Keyword, upper-case: `RUN`.
        text: The instruction's joined source text.
        lines: Where it stands.
        instruction_index: Index in the file; None for a `--label`. For a trigger that of its FROM.
        trigger: Whether it is an ONBUILD trigger.
        status: `done` is a metadata instruction under BuildKit and a FROM.
        cache: The decision and its reason.
        created_by: Its history entry's text; None where it has none.
        empty_layer: Whether its history entry has no layer.
        layer: None where it made none.
        size: Of the layer as the store counts; None without layer.
        chain_id: Of the layer stack with this layer; None without layer or where digests are unknown.
        created: When the layer was made, nanoseconds since the epoch.
        output: What it printed.
        exit_code: Of a RUN.
        fidelity: How true its effect is.
        notes: Remarks on it.
        duration: Modelled nanoseconds.
        image_id: Legacy: id of the image the step made, else None.
        containers: Legacy: ids of intermediate containers, in order.
        trigger_count: Legacy: how many build triggers a FROM executes.
        said: Legacy: what the daemon remarks on the step, or empty.
        error: Error text of a failed step, without prefixes.
    """

    index: int
    stage: int
    number: int | None
    total: int | None
    label: str
    instruction: str
    text: str
    lines: Lines | None
    instruction_index: int | None = None
    trigger: bool = False
    status: StepStatus = "skipped"
    cache: CacheDecision | None = None
    created_by: str | None = None
    empty_layer: bool = True
    layer: Layer | None = None
    size: Size | None = None
    chain_id: str | None = None
    created: int | None = None
    output: tuple[OutputChunk, ...] = ()
    exit_code: int | None = None
    fidelity: Fidelity = "exact"
    notes: tuple[Note, ...] = ()
    duration: int = 0
    image_id: str | None = None
    containers: tuple[str, ...] = ()
    trigger_count: int = 0
    said: str = ""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class StageRecord:
    """One stage.

    Attributes:
        index: Counted from 0.
        name: `AS` name or `stage-N`.
        named: Whether it has a name of its own.
        base: What it is FROM, as resolved: a full reference, `scratch`, or a stage's name.
        built: Whether the target needs it (legacy: whether it lies before the end of the target).
        lines: Where its FROM stands.
        steps: Indices of its steps.
    """

    index: int
    name: str
    named: bool
    base: str
    built: bool
    lines: Lines | None
    steps: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SubStatus:
    """A status line in a vertex' block.

    Attributes:
        text: Such as `transferring dockerfile:`, `exporting layers`, `resolve docker.io/…`.
        current: Bytes, where a count is shown.
        total: Bytes, where a total is shown.
        duration: Modelled nanoseconds.
    """

    text: str
    current: int | None = None
    total: int | None = None
    duration: int = 0


@dataclass(frozen=True, slots=True)
class Vertex:
    """One node of BuildKit's progress.

    Attributes:
        name: As printed after `#N `.
        kind: What sort it is.
        status: None if it never ended.
        statuses: Its status lines, in order.
        output: Its log.
        started: Modelled nanoseconds since the build began.
        duration: Modelled nanoseconds.
        error: What stands after `ERROR: ` in its block.
        step: Index of the step it shows (the first of several equal ones), or None.
    """

    name: str
    kind: VertexKind
    status: VertexStatus | None
    statuses: tuple[SubStatus, ...] = ()
    output: tuple[OutputChunk, ...] = ()
    started: int = 0
    duration: int = 0
    error: str | None = None
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a build failed.

    Attributes:
        message: Docker's text. BuildKit: what stands after `failed to build: `, so with `failed to solve: ` where
            Docker has it; legacy: the whole line.
        exit_code: Of the command line: 1, or the command's own with the legacy builder.
        locations: Lines to show an excerpt for, in order; empty for none.
        vertices: Indices of the failed vertices, each of which gets a ` > name:` block.
        step: Index of the failed step, or None.
        code: Short name of what went wrong, for tests and explanations.
    """

    message: str
    exit_code: int = 1
    locations: tuple[Lines, ...] = ()
    vertices: tuple[int, ...] = ()
    step: int | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Warned:
    """A finding of the linter, as Docker words it.

    Attributes:
        rule: Name of the rule.
        description: What the rule is about.
        url: Its page.
        detail: The finding.
        ranges: Lines; one pair per range.
    """

    rule: str
    description: str
    url: str
    detail: str
    ranges: tuple[Lines, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """One entry of the build context and what became of it.

    Attributes:
        path: Relative to the context's root.
        kind: `file`, `dir` or `symlink`.
        size: Bytes of a file.
        sent: Whether it is part of the context.
        pattern: The line of the ignore file that decided, or None.
        line: Its number.
    """

    path: str
    kind: str
    size: int
    sent: bool
    pattern: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class ContextRecord:
    """What was sent to the builder.

    Attributes:
        entries: Every entry of the context, in byte order.
        ignore_file: Name of the ignore file that counted, or None.
        dockerfile_bytes: Of `transferring dockerfile`.
        ignore_bytes: Of the `.dockerignore` transfer.
        context_bytes: Of `transferring context`; None if the context wasn't asked for.
        tar_bytes: Legacy: of `Sending build context to Docker daemon`.
    """

    entries: tuple[Sent, ...] = ()
    ignore_file: str | None = None
    dockerfile_bytes: int = 2
    ignore_bytes: int = 2
    context_bytes: int | None = None
    tar_bytes: int = 1024


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """One build.

    Attributes:
        ok: Whether it made an image.
        exit_code: Of the command line.
        failure: None if it went well.
        personality: Which Docker built.
        name: The Dockerfile's name as given with `-f`.
        source: Its text.
        tags: As given with `-t`.
        target: As given with `--target`, or None.
        number: Which build of this host it is, from 1.
        stages: All stages.
        steps: In file order, skipped ones too.
        vertices: In the order they are printed (BuildKit).
        image: What it made, or None.
        warnings: The linter's findings, in the order they are printed.
        context: What was sent.
        unused_args: Legacy: `--build-arg` names nothing consumed, in the order given.
        notes: Remarks on the whole build.
        started: Nanoseconds since the epoch.
        duration: Modelled nanoseconds.
    """

    ok: bool
    exit_code: int = 0
    failure: Failure | None = None
    personality: Personality = DEFAULT
    name: str = "Dockerfile"
    source: str = ""
    tags: tuple[str, ...] = ()
    target: str | None = None
    number: int = 1
    stages: tuple[StageRecord, ...] = ()
    steps: tuple[Step, ...] = ()
    vertices: tuple[Vertex, ...] = ()
    image: Image | None = None
    warnings: tuple[Warned, ...] = ()
    context: ContextRecord = field(default_factory=ContextRecord)
    unused_args: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    started: int = 0
    duration: int = 0

    def at_line(self, line: int) -> tuple[Step, ...]:
        """The steps that come from a line of the Dockerfile."""
        return tuple(step for step in self.steps if step.lines and step.lines[0] <= line <= step.lines[1])


NO_OPTIONS: Mapping[str, str] = {}
"""No build arguments or labels."""
