"""The account of a build on its way: steps, vertices, results; and how it ends when something fails."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from layerlab.build.buildkit.vertices import Progress
from layerlab.build.cache import BuildCache, CacheRecord
from layerlab.build.reasons import BuildStopped, Skipped
from layerlab.build.record import Failure, OutputChunk, Step, Vertex
from layerlab.build.skeleton import Skeleton, lines_of
from layerlab.filesystem import Directory
from layerlab.image.image import ImageLayer
from layerlab.plan.model import PlannedStage
from layerlab.plan.operations import InlineFile, Operation, RunOperation
from layerlab.values import changed

SOLVE = "failed to solve: "
FAILING = 200_000_000
"""Modelled nanoseconds of a step that fails."""


class Failed(Exception):  # noqa: N818 - not an error of ours: the build's own end
    """A step failed; the build ends."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class At:
    """A step that is being done.

    Attributes:
        stage: Its stage.
        position: Of its operation in the stage.
        operation: What it does.
        index: In the record's steps.
        label: It is shown with.
        hidden: Whether the log never shows that it fails (`--link`, of which only a part fails).
    """

    stage: PlannedStage
    position: int
    operation: Operation
    index: int
    label: str
    hidden: bool = False


@dataclass(slots=True)
class Ledger:
    """What has happened so far.

    Attributes:
        skeleton: The steps.
        cache: As it was before the build.
        progress: Vertices and the clock.
        touched: Results made or used, by key.
        mounts: Cache mounts.
        linked: Layers of `--link` made or used.
        inline: When inline files were made.
        marks: What became of steps and isn't in the skeleton yet; a step is marked several times.
    """

    skeleton: Skeleton
    cache: BuildCache
    progress: Progress = field(default_factory=Progress)
    touched: dict[str, CacheRecord] = field(default_factory=dict)
    mounts: dict[str, Directory] = field(default_factory=dict)
    linked: dict[str, ImageLayer] = field(default_factory=dict)
    inline: dict[InlineFile, int] = field(default_factory=dict)
    marks: dict[int, dict[str, Any]] = field(default_factory=dict)

    def mark(self, index: int, **changes: Any) -> None:
        """Fill in fields of a step."""
        self.marks.setdefault(index, {}).update(changes)

    def settle(self, index: int, step: Step) -> None:
        """Put a step in its place with all that became of it; nothing is marked of it before."""
        self.skeleton.steps[index] = step

    def steps(self) -> list[Step]:
        """The steps as they are now."""
        for index, changes in self.marks.items():
            self.skeleton.steps[index] = changed(self.skeleton.steps[index], **changes)
        self.marks.clear()
        return self.skeleton.steps

    def find(self, key: str) -> CacheRecord | None:
        """A result by its key."""
        return self.touched.get(key) or self.cache.records.get(key)

    def failed(self, at: At, message: str, output: tuple[OutputChunk, ...] = ()) -> Failed:
        """The end of a build by a step that failed while it was done."""
        vertices = self._shown(at, Vertex(at.label, "step", "ERROR", (), output, duration=FAILING, error=message))
        self.mark(at.index, status="failed", output=output)
        self._stop(at.index, message)
        lines = (lines_of(at.operation.facts.span),)
        code = "run.failed" if isinstance(at.operation, RunOperation) else "copy.failed"
        return Failed(Failure(SOLVE + message, 1, lines, vertices, at.index, code))

    def _shown(self, at: At, vertex: Vertex) -> tuple[int, ...]:
        """The index of the vertex of a step that failed; none where the log doesn't show it."""
        return () if at.hidden else (self.progress.add(replace(vertex, step=at.index)),)

    def missing(self, at: At, message: str, canceled: At | None) -> Failed:
        """The end by a path that isn't in the context; a step before it is cut off while it runs."""
        vertices = self._shown(at, Vertex(at.label, "step", "ERROR", error=message))
        if canceled is not None:
            self.progress.add(Vertex(canceled.label, "step", "CANCELED", step=canceled.index))
            self.mark(canceled.index, status="canceled", cache=Skipped(BuildStopped(at.index)))
        self._stop(at.index, message)
        lines = (lines_of(at.operation.facts.span),)
        text = f"{SOLVE}failed to compute cache key: {message}"
        return Failed(Failure(text, 1, lines, vertices, at.index, "copy.missing"))

    def _stop(self, index: int, message: str) -> None:
        """Everything that hasn't been looked at is skipped because of a failed step."""
        for at, step in enumerate(self.steps()):
            if at == index:
                self.mark(at, status="failed", error=message)
            elif step.status == "skipped" and step.cache == Skipped(BuildStopped(None)):
                self.mark(at, cache=Skipped(BuildStopped(index)))
