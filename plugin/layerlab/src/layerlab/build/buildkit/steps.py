"""The steps of a BuildKit build: look up, else do; the layer as the store makes it; and the reason of each decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from layerlab.build.buildkit.keys import copy_parts, run_parts, workdir_parts
from layerlab.build.buildkit.perform import HOST_ROOTS, Done, add_etc, context_missing, do_copy, do_run, do_workdir
from layerlab.build.buildkit.selection import taken_by_copy, taken_by_mount
from layerlab.build.buildkit.state import Place, State, is_step, sources_of
from layerlab.build.buildkit.vertices import Progress, inline_documents
from layerlab.build.cache import BuildCache, CacheRecord, Parts, Snapshot
from layerlab.build.checksums import SourceEntry, digest
from layerlab.build.context import Filtered
from layerlab.build.copying import CopyError
from layerlab.build.difference import Place as Where
from layerlab.build.difference import why
from layerlab.build.ports import BuildRequest, Runner
from layerlab.build.reasons import BuildStopped, Hit, Miss, NoCacheRequested, Skipped
from layerlab.build.record import Failure, OutputChunk, SubStatus, Vertex
from layerlab.build.running import Around, RunError
from layerlab.build.skeleton import Skeleton, lines_of
from layerlab.filesystem import EMPTY, Change, Directory, FileSystemError, Tree
from layerlab.filesystem.diff import compared_layer, written_layer
from layerlab.filesystem.sizes import tar_size
from layerlab.image.assemble import image_layer
from layerlab.image.config import BUILDKIT_COMMENT, HistoryEntry
from layerlab.plan.model import Plan, PlannedStage
from layerlab.plan.operations import (
    ContextSource,
    CopyOperation,
    EmptySource,
    ImageSource,
    Operation,
    RunOperation,
    Source,
    StageSource,
    WorkdirOperation,
)

SOLVE = "failed to solve: "


class Failed(Exception):  # noqa: N818 - not an error of ours: the build's own end
    """A step failed; the build ends."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class _Shared:
    """What an equal step of this build left."""

    state: State
    step: int


class StepRunner:
    """Does steps one after the other and keeps account.

    Attributes:
        progress: Vertices and the clock.
        touched: Results made or used, by key.
        mounts: Cache mounts.
        bases: Index of the vertex of each base by its name in the log.
        run_on: Names of bases that a step right on them ran on.
        order: Number of each operation on the way from the target.
        image_tree: Files of an image that is copied from.
    """

    def __init__(
        self,
        request: BuildRequest,
        plan: Plan,
        cache: BuildCache,
        runner: Runner,
        context: Filtered,
        skeleton: Skeleton,
    ) -> None:
        self.progress = Progress()
        self.touched: dict[str, CacheRecord] = {}
        self.mounts: dict[str, Directory] = dict(cache.mounts)
        self.bases: dict[str, int] = {}
        self.run_on: set[str] = set()
        self.order: dict[Place, int] = {}
        self.image_tree: Callable[[ImageSource], Snapshot] = lambda _: Snapshot(EMPTY)
        self._request = request
        self._plan = plan
        self._cache = cache
        self._runner = runner
        self._context = context
        self._skeleton = skeleton
        self._shared: dict[str, _Shared] = {}
        self._labels: dict[str, str] = {}
        self._identities: dict[Place, str] = {}
        self._selected: dict[Place, tuple[SourceEntry, ...]] = {}
        self._context_vertex: int | None = None
        self._now = request.now
        self._memo = request.context.memo

    # Before the steps

    def prepare_labels(self, places: list[Place]) -> None:
        """Give equal operations the label of the one met last."""
        for place in places:
            stage, position = place
            if position >= 0:
                identity = self._identity(stage, position)
                self._labels[identity] = self._plan.stages[stage].operations[position].facts.label

    def _identity(self, stage: int, position: int) -> str:
        """Hash of an operation and all it depends on, by definition alone."""
        planned = self._plan.stages[stage]
        missing: list[Place] = []
        at: Place | None = (stage, position)
        while at is not None and at not in self._identities:
            missing.append(at)
            at = self._below(*at)
        below = self._identities.get(at, "") if at is not None else ""
        for place in reversed(missing):
            planned = self._plan.stages[place[0]]
            if place[1] < 0:
                below = digest(["base", repr(planned.base), planned.platform])
            else:
                operation = planned.operations[place[1]]
                if is_step(operation):
                    below = digest([below, self._definition(operation)])
            self._identities[place] = below
        return self._identities[stage, position]

    def _below(self, stage: int, position: int) -> Place | None:
        if position >= 0:
            return stage, position - 1
        base = self._plan.stages[stage].base
        index = getattr(base, "index", None)
        return None if index is None else (index, len(self._plan.stages[index].operations) - 1)

    def _definition(self, operation: Operation) -> str:
        """Everything of an operation but its place, its configuration and its texts."""
        sources = [
            self._identity(source.index, len(self._plan.stages[source.index].operations) - 1)
            for source in sources_of(operation)
            if isinstance(source, StageSource)
        ]
        bare: dict[str, Any] = {name: repr(getattr(operation, name)) for name in operation.__slots__ if name != "facts"}
        return digest([type(operation).__name__, bare, sources])

    def load_context(self, size: int) -> None:
        """The vertex of the build context."""
        self._context_vertex = self.progress.add(
            Vertex(
                "[internal] load build context",
                "context",
                "DONE",
                (SubStatus("transferring context:", size),),
                duration=20_000_000,
            )
        )

    def select(self, states: Mapping[int, State]) -> None:
        """Find what is taken from the context. A missing path ends the build beside the steps that run by then.

        Raises:
            Failed: For the first one missing.
        """
        _ = states
        for index in self._plan.order:
            for position, operation in enumerate(self._plan.stages[index].operations):
                try:
                    self._selected[index, position] = self._from_context(operation)
                except CopyError as error:
                    raise self._missing(index, position, operation, error) from error

    def _from_context(self, operation: Operation) -> tuple[SourceEntry, ...]:
        match operation:
            case CopyOperation(from_=ContextSource(name=name)) if operation.sources:
                return taken_by_copy(operation, self._context_tree(name), self._memo)
            case RunOperation(mounts=mounts):
                return tuple(
                    entry
                    for mount in mounts
                    if mount.type == "bind" and isinstance(mount.from_, ContextSource)
                    for entry in taken_by_mount(mount.source, self._context_tree(mount.from_.name))
                )
            case _:
                return ()

    def _context_tree(self, name: str) -> Tree:
        if not name:
            return self._context.tree
        context = self._request.contexts.get(name)
        return context.tree if context is not None else EMPTY

    def _missing(self, stage: int, position: int, operation: Operation, error: CopyError) -> Failed:
        index = self._skeleton.places[stage, position]
        text = context_missing(self._request, error, index)
        vertex = self.progress.add(Vertex(operation.facts.label, "step", "ERROR", error=text, step=index))
        self._cancel_before(stage, position, index)
        self._stop(index, text)
        return Failed(
            Failure(
                f"{SOLVE}failed to compute cache key: {text}",
                1,
                (lines_of(operation.facts.span),),
                (vertex,),
                index,
                "copy.missing",
            )
        )

    def _cancel_before(self, stage: int, position: int, failed: int) -> None:
        """The first step before a missing source is cut off while it runs."""
        for at in range(position):
            operation = self._plan.stages[stage].operations[at]
            if is_step(operation):
                index = self._skeleton.places[stage, at]
                self.progress.add(Vertex(operation.facts.label, "step", "CANCELED", step=index))
                self.mark(index, status="canceled", cache=Skipped(BuildStopped(failed)))
                return

    # Steps

    def mark(self, index: int, **changes: Any) -> None:
        """Fill in fields of a step."""
        self._skeleton.steps[index] = replace(self._skeleton.steps[index], **changes)

    def metadata(self, stage: PlannedStage, position: int, operation: Operation, state: State) -> None:
        """An instruction that is no step: its history entry, if it has one."""
        if operation.facts.created_by is not None:
            entry = HistoryEntry(None, operation.facts.created_by, BUILDKIT_COMMENT, empty_layer=True)
            state.history = (*state.history, entry)
        self.mark(self._skeleton.places[stage.index, position], status="done")

    def step(
        self,
        stage: PlannedStage,
        position: int,
        operation: Operation,
        state: State,
        states: Mapping[int, State],
    ) -> None:
        """Look a step up, else do it; `state` is what it stands on and becomes what it leaves.

        Raises:
            Failed: The step failed.
        """
        index = self._skeleton.places[stage.index, position]
        identity = self._identity(stage.index, position)
        history = state.history
        known = self._shared.get(identity)
        if known is not None:
            self._adopt(state, known, index)
        else:
            self._alone(stage, position, operation, state, states, index)
            self._shared[identity] = _Shared(state.copy(), index)
        layer = state.result.layers[-1]
        entry = HistoryEntry(layer.created, operation.facts.created_by or "", BUILDKIT_COMMENT)
        state.history = (*history, entry)
        self.mark(
            index,
            layer=layer.layer,
            size=layer.size if self._request.personality.store == "classic" else layer.snapshot_size,
            chain_id=layer.chain_id,
            created=layer.created,
            empty_layer=False,
        )
        state.through = index

    def _adopt(self, state: State, known: _Shared, index: int) -> None:
        """An equal step of this build did the work already."""
        made = self._skeleton.steps[known.step]
        state.key, state.result, state.tainted = known.state.key, known.state.result, known.state.tainted
        state.origin = known.state.origin
        self.mark(
            index,
            status="cached",
            cache=Hit(state.key, 0, "shared"),
            fidelity=made.fidelity,
            notes=made.notes,
            label=made.label,
        )

    def _alone(
        self,
        stage: PlannedStage,
        position: int,
        operation: Operation,
        state: State,
        states: Mapping[int, State],
        index: int,
    ) -> None:
        label = self._labels.get(self._identity(stage.index, position), operation.facts.label)
        self.mark(index, label=label)
        parts, trouble = self._parts(stage, position, operation, state, states)
        forced = stage.ignores_cache and isinstance(operation, RunOperation | CopyOperation)
        record = None if forced or state.tainted or trouble else self._find(parts.key)
        if record is not None:
            self._hit(record, state, index, label)
            return
        where = self._where(stage, position, operation, state, states)
        miss = Miss(NoCacheRequested(_filtered(stage))) if forced else why(self._cache, parts, where)
        if state.through is None:
            self.run_on.add(self._log_name(stage))
        if isinstance(operation, CopyOperation):
            inline_documents(self.progress, [file.name for file in operation.inline])
        if isinstance(operation, RunOperation):
            inline_documents(self.progress, [file.name for file in operation.inline_files])
        if trouble is not None and not self._request.dry:
            raise self._fail(operation, index, label, miss, trouble, ())
        done = self._do(operation, state, states, index, label, miss)
        layer_at = self._now + self.progress.elapsed + done.duration
        result = self._layered(operation, state, done, layer_at)
        self.progress.add(Vertex(label, "step", "DONE", output=done.output, duration=done.duration, step=index))
        self._keep(stage, position, operation, parts, result, layer_at, done)
        state.key, state.result = parts.key, result
        state.tainted = state.tainted or forced
        state.origin = index if state.origin is None else state.origin
        self.mark(
            index,
            status="ran",
            cache=miss,
            output=done.output,
            exit_code=done.exit_code,
            fidelity=done.fidelity,
            notes=done.notes,
            duration=done.duration,
        )

    def _log_name(self, stage: PlannedStage) -> str:
        base = stage.base
        index = getattr(base, "index", None)
        if index is not None:
            return self._log_name(self._plan.stages[index])
        return str(getattr(base, "log_name", ""))

    def _find(self, key: str) -> CacheRecord | None:
        return self.touched.get(key) or self._cache.records.get(key)

    def _hit(self, record: CacheRecord, state: State, index: int, label: str) -> None:
        now = self._now + self.progress.elapsed
        self.touched[record.key] = replace(record, used=now, uses=record.uses + 1)
        state.key, state.result, state.origin = record.key, record.result, None
        self.progress.add(Vertex(label, "step", "CACHED", step=index))
        made = 0 if record.build == self._cache.builds + 1 else record.build
        self.mark(
            index,
            status="cached",
            cache=Hit(record.key, made),
            fidelity=record.fidelity,
            notes=record.notes,
        )

    def _keep(
        self,
        stage: PlannedStage,
        position: int,
        operation: Operation,
        parts: Parts,
        result: Snapshot,
        created: int,
        done: Done,
    ) -> None:
        self.touched[parts.key] = CacheRecord(
            parts.key,
            parts,
            operation.facts.text,
            stage.display_name,
            position,
            self._cache.builds + 1,
            result,
            created,
            done.fidelity,
            done.notes,
            created,
            0,
            operation.facts.created_by or "",
            parts.definition,
        )

    def _where(
        self,
        stage: PlannedStage,
        position: int,
        operation: Operation,
        state: State,
        states: Mapping[int, State],
    ) -> Where:
        origin = next(
            (
                states[source.index].origin
                for source in sources_of(operation)
                if isinstance(source, StageSource) and source.index in states
            ),
            None,
        )
        base = state.base if state.through is None else None
        return Where(stage.display_name, position, operation.facts.text, state.through, state.origin, base, origin)

    # Inputs and effects

    def source(self, source: Source, states: Mapping[int, State]) -> Tree:
        """The files of a source."""
        match source:
            case ContextSource(name=name):
                return self._context_tree(name)
            case StageSource(index=index):
                return states[index].result.tree
            case ImageSource():
                return self.image_tree(source).tree
            case EmptySource():
                return EMPTY

    def _parts(
        self,
        stage: PlannedStage,
        position: int,
        operation: Operation,
        state: State,
        states: Mapping[int, State],
    ) -> tuple[Parts, str | None]:
        """What the key is made of, and the error of a source that isn't there."""
        below = state.result.tree
        trouble: str | None = None
        base = state.base if state.through is None else ""
        match operation:
            case RunOperation():
                taken = self._taken_by_run(operation, states, self._selected.get((stage.index, position), ()))
                parts = run_parts(operation, state.key, stage.platform, taken)
            case CopyOperation(from_=source):
                taken = self._selected.get((stage.index, position), ())
                if not isinstance(source, ContextSource):
                    try:
                        taken = taken_by_copy(operation, self.source(source, states), self._memo)
                    except CopyError as error:
                        trouble = f"lstat {error.missing}: no such file or directory"
                parts = copy_parts(operation, state.key, below, taken, self._source_name(source), self._memo)
            case WorkdirOperation():
                parts = workdir_parts(operation, state.key, below)
            case _:
                raise AssertionError(operation)
        return replace(parts, base=base), trouble

    def _taken_by_run(
        self, operation: RunOperation, states: Mapping[int, State], context: tuple[SourceEntry, ...]
    ) -> tuple[SourceEntry, ...]:
        found = list(context)
        for mount in operation.mounts:
            if mount.type == "bind" and isinstance(mount.from_, StageSource | ImageSource):
                try:
                    found.extend(taken_by_mount(mount.source, self.source(mount.from_, states)))
                except CopyError:
                    continue
        return tuple(found)

    def _source_name(self, source: Source) -> str:
        match source:
            case StageSource(index=index):
                return self._plan.stages[index].display_name
            case ImageSource(reference=reference):
                return reference
            case _:
                return "context"

    def _do(
        self,
        operation: Operation,
        state: State,
        states: Mapping[int, State],
        index: int,
        label: str,
        miss: Miss,
    ) -> Done:
        now = _unround(self._now + self.progress.elapsed)
        try:
            match operation:
                case RunOperation():
                    around = Around(
                        lambda source: self.source(source, states),
                        self.mounts,
                        self._request.secrets,
                        self._request.ssh,
                    )
                    done = do_run(state.result.tree, operation, around, self._runner, now)
                    self.mounts.update(done.caches)
                    return done
                case CopyOperation():
                    return do_copy(state.result.tree, operation, self.source(operation.from_, states), now)
                case WorkdirOperation():
                    moment = self._plan.source_date_epoch
                    return do_workdir(state.result.tree, operation, now if moment is None else moment * 1_000_000_000)
                case _:
                    raise AssertionError(operation)
        except (RunError, CopyError, FileSystemError) as error:
            if self._request.dry:
                tree = state.result.tree
                return Done(Change(tree, tree, (), {}))
            message, output = _told(error, HOST_ROOTS[self._request.personality.store])
            raise self._fail(operation, index, label, miss, message, output) from error

    def _layered(self, operation: Operation, state: State, done: Done, created: int) -> Snapshot:
        if self._request.personality.store == "containerd":
            layer = compared_layer(done.change.before, done.change.after)
        else:
            layer = written_layer(done.change)
            if isinstance(operation, RunOperation):
                layer = add_etc(layer, done.change.after)
        made = image_layer(layer, tar_size(layer), state.result.layers, created)
        return Snapshot(done.change.after, (*state.result.layers, made))

    def _fail(
        self,
        operation: Operation,
        index: int,
        label: str,
        miss: Miss,
        message: str,
        output: tuple[OutputChunk, ...],
    ) -> Failed:
        vertex = self.progress.add(
            Vertex(label, "step", "ERROR", output=output, duration=200_000_000, error=message, step=index)
        )
        self.mark(index, status="failed", cache=miss, output=output)
        self._stop(index, message)
        lines = (lines_of(operation.facts.span),)
        code = "run.failed" if isinstance(operation, RunOperation) else "copy.failed"
        return Failed(Failure(SOLVE + message, 1, lines, (vertex,), index, code))

    def _stop(self, index: int, message: str) -> None:
        """Everything that hasn't been looked at is skipped because of a failed step."""
        for at, step in enumerate(self._skeleton.steps):
            if at == index:
                self.mark(at, status="failed", error=message)
            elif step.status == "skipped" and step.cache == Skipped(BuildStopped(None)):
                self.mark(at, cache=Skipped(BuildStopped(index)))


def _told(error: RunError | CopyError | FileSystemError, root: str) -> tuple[str, tuple[OutputChunk, ...]]:
    """BuildKit's words for a failure, and what was printed before it."""
    match error:
        case RunError():
            return error.message, error.ran.output
        case CopyError():
            return error.below(root), ()
        case _:
            return f"{error.path}: {error.message.lower()}", ()


def _filtered(stage: PlannedStage) -> str | None:
    return stage.name or None


def _unround(moment: int) -> int:
    """A time with a fraction of a second, as real clocks give: whole seconds mean 'unknown fraction' to differs."""
    return moment if moment % 1_000_000_000 else moment + 1_000_000
