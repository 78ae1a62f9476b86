"""The steps of a BuildKit build: look up, else do; the layer as the store makes it; and the reason of each decision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from layerlab.build.buildkit.identity import Identities
from layerlab.build.buildkit.keys import copy_parts, run_parts, workdir_parts
from layerlab.build.buildkit.ledger import At, Ledger
from layerlab.build.buildkit.perform import (
    HOST_ROOTS,
    Done,
    context_missing,
    do_copy,
    do_linked,
    do_run,
    do_workdir,
    laid,
    with_mount_parents,
)
from layerlab.build.buildkit.sources import Sources
from layerlab.build.buildkit.state import Place, State, is_step, sources_of
from layerlab.build.buildkit.vertices import inline_documents
from layerlab.build.cache import CacheRecord, Parts, Snapshot
from layerlab.build.checksums import SourceEntry
from layerlab.build.copying import CopyError
from layerlab.build.copystep import Setting
from layerlab.build.difference import Place as Where
from layerlab.build.difference import why
from layerlab.build.owners import named_parts
from layerlab.build.ports import BuildRequest, Runner
from layerlab.build.reasons import Hit, Miss, NoCacheRequested
from layerlab.build.record import Note, OutputChunk, Step, Vertex
from layerlab.build.running import Around, RunError
from layerlab.filesystem import EMPTY, Change, FileSystemError
from layerlab.filesystem.diff import compared_layer, written_layer
from layerlab.filesystem.sizes import tar_size
from layerlab.image.assemble import image_layer
from layerlab.image.config import BUILDKIT_COMMENT, HistoryEntry
from layerlab.image.image import ImageLayer
from layerlab.memo import Memo
from layerlab.plan.model import ImageBase, Plan, PlannedStage, StageBase
from layerlab.plan.operations import (
    ContextSource,
    CopyOperation,
    EmptySource,
    Operation,
    RunOperation,
    Source,
    StageSource,
    WorkdirOperation,
)
from layerlab.values import changed

NANOS = 1_000_000_000
LINK_KEPT = "cache.note.link_kept"


@dataclass(frozen=True, slots=True)
class _Shared:
    """What an equal step of this build left."""

    state: State
    step: int


class StepRunner:
    """Does steps one after the other.

    Attributes:
        run_on: Names of bases that a step right on them ran on.
    """

    def __init__(
        self, request: BuildRequest, plan: Plan, runner: Runner, ledger: Ledger, sources: Sources, memory: Memo
    ) -> None:
        """`memory` is of earlier builds."""
        self.run_on: set[str] = set()
        self._request = request
        self._plan = plan
        self._runner = runner
        self._ledger = ledger
        self._sources = sources
        self._memory = memory
        self._identities = Identities(plan)
        self._shared: dict[int, _Shared] = {}
        self._selected: dict[Place, tuple[SourceEntry, ...]] = {}

    def prepare(self, places: list[Place]) -> None:
        """Settle labels, and find what is taken from the context.

        Args:
            places: The operations the target needs, in the order they are met from there.

        Raises:
            Failed: For the first path that is missing; it ends the build beside the steps that run by then.
        """
        self._identities.label_all(places)
        for index in self._plan.order:
            stage = self._plan.stages[index]
            for position, operation in enumerate(stage.operations):
                try:
                    self._selected[index, position] = self._sources.from_context(operation)
                except CopyError as error:
                    at = self._at(stage, position)
                    text = context_missing(self._request, error, at.index)
                    before = (self._at(stage, one) for one in range(position) if is_step(stage.operations[one]))
                    raise self._ledger.missing(at, text, next(before, None)) from error

    def _at(self, stage: PlannedStage, position: int) -> At:
        operation = stage.operations[position]
        label = self._identities.label(stage.index, position)
        index = self._ledger.skeleton.places[stage.index, position]
        return At(stage, position, operation, index, label, hidden=self._is_linked(operation))

    def metadata(self, stage: PlannedStage, position: int, operation: Operation, state: State) -> None:
        """An instruction that is no step: its history entry, if it has one."""
        if operation.facts.created_by is not None:
            entry = HistoryEntry(None, operation.facts.created_by, BUILDKIT_COMMENT, empty_layer=True)
            state.history = (*state.history, entry)
        index = self._ledger.skeleton.places[stage.index, position]
        bare = self._ledger.skeleton.steps[index]
        self._ledger.settle(index, self._memory.get((bare,), "done", lambda: changed(bare, status="done")))

    def step(self, stage: PlannedStage, position: int, state: State) -> None:
        """Look a step up, else do it; `state` is what it stands on and becomes what it leaves.

        Raises:
            Failed: The step failed.
        """
        at = self._at(stage, position)
        identity = self._identities.of(stage.index, position)
        known = self._shared.get(identity)
        if known is not None:
            self._adopt(state, known, at)
        else:
            self._alone(at, state)
            self._shared[identity] = _Shared(state.copy(), at.index)
        layer = state.result.layers[-1]
        entry = HistoryEntry(layer.created, at.operation.facts.created_by or "", BUILDKIT_COMMENT)
        state.history = (*state.history, entry)
        state.through = at.index

    def _layer_fields(self, layer: ImageLayer) -> dict[str, Any]:
        """What a step's record says of its layer."""
        return {
            "layer": layer.layer,
            "size": layer.size if self._request.personality.store == "classic" else layer.snapshot_size,
            "chain_id": layer.chain_id,
            "created": layer.created,
            "empty_layer": False,
        }

    def _adopt(self, state: State, known: _Shared, at: At) -> None:
        """An equal step of this build did the work already."""
        made = self._ledger.steps()[known.step]
        state.key, state.result, state.tainted = known.state.key, known.state.result, known.state.tainted
        state.origin = known.state.origin
        hit = Hit(state.key, 0, "shared")
        fields = self._layer_fields(state.result.layers[-1])
        self._ledger.mark(
            at.index, status="cached", cache=hit, fidelity=made.fidelity, notes=made.notes, label=made.label, **fields
        )

    def _alone(self, at: At, state: State) -> None:
        parts, key, trouble = self._parts(at, state)
        forced = at.stage.ignores_cache and isinstance(at.operation, RunOperation | CopyOperation)
        record = None if forced or state.tainted or trouble else self._ledger.find(key)
        if record is not None:
            self._hit(record, state, at)
            return
        if at.label != at.operation.facts.label:
            self._ledger.mark(at.index, label=at.label)
        where = self._where(at, state)
        miss = Miss(NoCacheRequested(self._filter(at.stage))) if forced else why(self._ledger.cache, parts, where)
        self._ledger.mark(at.index, cache=miss)
        if state.through is None:
            self.run_on.add(self._log_name(at.stage))
        self._inline(at.operation)
        if trouble is not None and not self._request.dry:
            raise self._ledger.missing(at, context_missing(self._request, trouble, at.index), None) from trouble
        self._run(at, parts, state)
        state.tainted = state.tainted or forced
        state.origin = at.index if state.origin is None else state.origin

    def _is_checked(self, source: Source | None, state: State, *, linked: bool = False) -> bool:
        """Whether the checksum of what is taken from a stage or an image fails if it can't be had.

        What has no layer, and what a step stands on itself, is never checked; there the copying or mounting fails.
        """
        match source:
            case EmptySource():
                return False
            case StageSource(index=index) if not self._sources.states[index].result.layers:
                return False
            case None:
                return True
            case _:
                return linked or not self._stands_on(source, state)

    def _stands_on(self, source: Source, state: State) -> bool:
        if isinstance(source, StageSource):
            return self._sources.states[source.index].key == state.key
        return self._sources.tree(source) is state.result.tree

    def _run(self, at: At, parts: Parts, state: State) -> None:
        """Do a step and keep its result."""
        own = parts.definition if self._is_linked(at.operation) else None
        kept = None if own is None or at.stage.ignores_cache else self._ledger.cache.linked.get(own)
        done = self._do(at, state) if kept is None else laid(state.result.tree, kept.layer)
        created = self._request.now + self._ledger.progress.elapsed + done.duration
        if kept is not None:
            created = kept.created if kept.created is not None else created
            done = replace(done, notes=(Note(LINK_KEPT),))
        state.key, state.result = parts.key, self._layered(at.operation, state, done, created)
        if own is not None and done.fidelity == "exact":
            self._ledger.linked[own] = state.result.layers[-1]
        began = self._ledger.progress.elapsed
        vertex = Vertex(at.label, "step", "DONE", (), done.output, began, done.duration, step=at.index)
        self._ledger.progress.add(vertex)
        self._ledger.touched[parts.key] = CacheRecord(
            key=parts.key,
            parts=parts,
            text=at.operation.facts.text,
            stage=at.stage.display_name,
            place=at.position,
            build=self._ledger.cache.builds + 1,
            result=state.result,
            created=created,
            fidelity=done.fidelity,
            notes=done.notes,
            used=created,
            created_by=at.operation.facts.created_by or "",
            definition=parts.definition,
        )
        self._ledger.mark(
            at.index,
            status="ran",
            output=done.output,
            exit_code=done.exit_code,
            fidelity=done.fidelity,
            notes=done.notes,
            duration=done.duration,
            **self._layer_fields(state.result.layers[-1]),
        )

    def _is_linked(self, operation: Operation) -> bool:
        """Whether `--link` counts: with the containerd store, and not beside `--chmod`."""
        if self._request.personality.store != "containerd":
            return False
        return isinstance(operation, CopyOperation) and operation.link and operation.chmod is None

    def _inline(self, operation: Operation) -> None:
        match operation:
            case CopyOperation(inline=files) | RunOperation(inline_files=files):
                inline_documents(self._ledger.progress, [file.name for file in files])
            case _:
                pass

    def _filter(self, stage: PlannedStage) -> str | None:
        """The stage's name where `--no-cache-filter` names it; None for `--no-cache`, which means all stages."""
        everything = all(self._plan.stages[index].ignores_cache for index in self._plan.order)
        return None if everything else stage.name or None

    def _log_name(self, stage: PlannedStage) -> str:
        match stage.base:
            case StageBase(index=index):
                return self._log_name(self._plan.stages[index])
            case ImageBase(log_name=name):
                return name
            case _:
                return ""

    def _hit(self, record: CacheRecord, state: State, at: At) -> None:
        ledger = self._ledger
        now = self._request.now + ledger.progress.elapsed
        ledger.touched[record.key] = changed(record, used=now, uses=record.uses + 1)
        state.key, state.result, state.origin = record.key, record.result, None
        ledger.progress.add(Vertex(at.label, "step", "CACHED", started=ledger.progress.elapsed, step=at.index))
        made = 0 if record.build == ledger.cache.builds + 1 else record.build
        bare = ledger.skeleton.steps[at.index]

        def finished() -> Step:
            hit = Hit(record.key, made)
            fields = self._layer_fields(record.result.layers[-1])
            return changed(
                bare, label=at.label, status="cached", cache=hit, fidelity=record.fidelity, notes=record.notes, **fields
            )

        key = ("cached", at.label, made, record.key, record.fidelity, self._request.personality.store)
        ledger.settle(at.index, self._memory.get((bare, record.result, record.notes), key, finished))

    def _where(self, at: At, state: State) -> Where:
        origin = next(
            (
                self._sources.states[source.index].origin
                for source in sources_of(at.operation)
                if isinstance(source, StageSource) and source.index in self._sources.states
            ),
            None,
        )
        base = state.base if state.through is None else None
        text = at.operation.facts.text
        return Where(at.stage.display_name, at.position, text, state.through, state.origin, base, origin)

    def _parts(self, at: At, state: State) -> tuple[Parts, str, CopyError | None]:
        """What the key is made of, the key, and the error of a source whose checksum can't be had."""
        match at.operation:
            case RunOperation(mounts=()) as run:
                base = "" if state.through is not None else state.base

                def bare() -> tuple[Parts, str]:
                    parts = run_parts(run, state.key, at.stage.platform, ())
                    parts = replace(parts, base=base) if base else parts
                    return parts, parts.key

                return *self._memory.get((run,), ("parts", state.key, at.stage.platform, base), bare), None
            case _:
                parts, trouble = self._parts_of_files(at, state)
                return parts, parts.key, trouble

    def _parts_of_files(self, at: At, state: State) -> tuple[Parts, CopyError | None]:
        below = state.result.tree
        taken = self._selected.get((at.stage.index, at.position), ())
        trouble: CopyError | None = None
        match at.operation:
            case RunOperation() as run:
                mounted, trouble = self._mounted(run, state)
                parts = run_parts(run, state.key, at.stage.platform, (*taken, *mounted))
            case CopyOperation(from_=source) as copy:
                if not isinstance(source, ContextSource):
                    try:
                        taken = self._sources.copied(copy)
                    except CopyError as error:
                        trouble = error if self._is_checked(source, state, linked=self._is_linked(copy)) else None
                name, linked = self._sources.name(source), self._is_linked(copy)
                base = EMPTY if linked else below
                parts = copy_parts(copy, state.key, base, taken, name, self._sources.memo, linked=linked)
            case WorkdirOperation() as workdir:
                parts = workdir_parts(workdir, state.key, below)
            case _:
                raise AssertionError(at.operation)
        return (parts if state.through is not None else replace(parts, base=state.base)), trouble

    def _mounted(self, run: RunOperation, state: State) -> tuple[tuple[SourceEntry, ...], CopyError | None]:
        """What mounts show of stages and images, and the error of the first whose checksum can't be had."""
        found: list[SourceEntry] = []
        trouble: CopyError | None = None
        for mount in run.mounts:
            try:
                found.extend(self._sources.mounted(mount))
            except CopyError as error:
                if trouble is None and self._is_checked(mount.from_, state):
                    trouble = error
        return tuple(found), trouble

    def _do(self, at: At, state: State) -> Done:
        now = _unround(self._request.now + self._ledger.progress.elapsed)
        tree = state.result.tree
        try:
            match at.operation:
                case RunOperation() as run:
                    mounts = self._ledger.mounts
                    around = Around(self._sources.tree, mounts, self._request.secrets, self._request.ssh)
                    done = do_run(tree, run, around, self._runner, now)
                    mounts.update(done.caches)
                    return done
                case CopyOperation() as copy:
                    bare = self._is_linked(copy) or not state.result.layers
                    _check_owner(copy.chown, bare=bare)
                    do = do_linked if self._is_linked(copy) else do_copy
                    setting = Setting(self._sources.sent(copy.from_), self._ledger.inline)
                    return do(tree, copy, self._sources.tree(copy.from_), now, setting)
                case WorkdirOperation() as workdir:
                    _check_owner(workdir.user, bare=not state.result.layers)
                    moment = self._plan.source_date_epoch
                    return do_workdir(tree, workdir, now if moment is None else moment * NANOS)
                case _:
                    raise AssertionError(at.operation)
        except (RunError, CopyError, FileSystemError) as error:
            if self._request.dry:
                return Done(Change(tree, tree, (), {}))
            root = HOST_ROOTS[self._request.personality.store]
            if not state.result.layers:
                root = root.removesuffix("/merged") + "/diff" if root.endswith("/merged") else root
            message, output = _told(error, root)
            if isinstance(error, RunError):
                self._ledger.mark(at.index, notes=error.ran.notes, fidelity=error.ran.fidelity)
            raise self._ledger.failed(at, message, output) from error

    def _layered(self, operation: Operation, state: State, done: Done, created: int) -> Snapshot:
        if done.layer is not None:
            layer = done.layer
        elif self._request.personality.store == "containerd":
            layer = compared_layer(done.change.before, done.change.after)
        else:
            layer = written_layer(done.change)
            if isinstance(operation, RunOperation):
                layer = with_mount_parents(layer, done.change)
        whole = done.fidelity != "unknown"
        made = image_layer(layer, tar_size(layer), state.result.layers, created, is_whole=whole)
        return Snapshot(done.change.after, (*state.result.layers, made))


def _check_owner(owner: str | None, *, bare: bool) -> None:
    """Names are looked up in what a step stands on; where that is nothing, there is no place to look."""
    if bare and owner and named_parts(owner):
        raise CopyError("invalid user index: -1")


def _told(error: RunError | CopyError | FileSystemError, root: str) -> tuple[str, tuple[OutputChunk, ...]]:
    """BuildKit's words for a failure, and what was printed before it."""
    match error:
        case RunError():
            return error.message, error.ran.output
        case CopyError():
            return error.below(root), ()
        case _:
            return f"{error.path}: {error.message.lower()}", ()


def _unround(moment: int) -> int:
    """A time with a fraction of a second, as real clocks give: whole seconds mean 'unknown fraction' to differs."""
    return moment if moment % NANOS else moment + 1_000_000
