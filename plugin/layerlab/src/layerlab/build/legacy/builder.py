"""A build with the legacy builder (20.10): in file order, every instruction an image, cached up to the first miss."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from layerlab.build.buildkit.perform import Done
from layerlab.build.cache import BuildCache, LegacyRecord, Snapshot
from layerlab.build.checksums import SourceEntry, selected
from layerlab.build.context import Filtered
from layerlab.build.copying import CopyError
from layerlab.build.legacy.hashes import copy_hash
from layerlab.build.legacy.images import container_id, legacy_image
from layerlab.build.legacy.perform import Stop, perform
from layerlab.build.legacy.reasons import why
from layerlab.build.origins import files_of
from layerlab.build.ports import BuildRequest, Images, Runner
from layerlab.build.reasons import BuildStopped, Hit, LegacyChain, Miss, NoCacheRequested, Skipped
from layerlab.build.record import BuildRecord, ContextRecord, Failure, Step
from layerlab.build.skeleton import account, lines_of, skeleton
from layerlab.build.transfer import tar_entry, tar_transfer
from layerlab.dockerfile.parser import parse
from layerlab.filesystem import EMPTY, File, Tree
from layerlab.filesystem.diff import written_layer
from layerlab.filesystem.sizes import walk_size
from layerlab.image.assemble import image_layer
from layerlab.image.config import HistoryEntry
from layerlab.image.image import Image
from layerlab.image.store import ImageStore
from layerlab.plan.model import ImageBase, Plan, PlannedStage, StageBase
from layerlab.plan.operations import (
    CopyOperation,
    Operation,
    Source,
)

IGNORE_FILE = ".dockerignore"
NOTHING = "No image was generated. Is your Dockerfile empty?"
"""What `FROM scratch` alone is answered with."""


@dataclass(slots=True)
class _State:
    """A stage on its way: the image so far."""

    image: str = ""
    result: Snapshot = field(default_factory=lambda: Snapshot(EMPTY))
    history: tuple[HistoryEntry, ...] = ()
    broken: int | None = None


def build(
    request: BuildRequest,
    plan: Plan,
    images: Images,
    runner: Runner,
    context: Filtered,
    cache: BuildCache,
    store: ImageStore,
) -> tuple[BuildRecord, BuildCache, ImageStore]:
    """Do a build; what finished steps made stays on the host even when a later one fails."""
    return _Build(request, plan, images, runner, context, cache, store).run()


class _Build:
    def __init__(
        self,
        request: BuildRequest,
        plan: Plan,
        images: Images,
        runner: Runner,
        context: Filtered,
        cache: BuildCache,
        store: ImageStore,
    ) -> None:
        self._request = request
        self._plan = plan
        self._images = images
        self._runner = runner
        self._context = context
        self._cache = cache
        self._store = store
        self._skeleton = skeleton(plan)
        self._records = dict(cache.legacy)
        self._states: dict[int, _State] = {}
        self._elapsed = 0
        self._images_made: dict[str, Image] = {}

    def run(self) -> tuple[BuildRecord, BuildCache, ImageStore]:
        error = self._plan.error
        size = tar_transfer(self._context.tree) + self._build_files()
        sent = ContextRecord(self._context.sent, self._request.ignore_name, tar_bytes=size)
        if error is not None and error.step is None:
            return self._answer(sent, Failure(error.message, 1, (), (), None, error.code))
        at = 0
        try:
            for stage in self._plan.stages:
                if stage.base is None:
                    continue
                at = self._skeleton.first[stage.index]
                self._begin(stage, at)
                for position, operation in enumerate(stage.operations):
                    at = self._skeleton.places[stage.index, position]
                    self._step(stage, position, operation, at)
        except Stop as stop:
            self._mark(at, status="failed", error=stop.message, output=stop.output)
            self._stop(at)
            return self._answer(sent, Failure(stop.message, stop.exit_code, (), (), at, "legacy.step"))
        if error is not None:
            refused = self._refused(error.step or 0, error.message)
            return self._answer(sent, Failure(error.message, 1, (), (), refused, error.code))
        target = self._plan.target
        if target is not None and not self._states[target].image:
            return self._answer(sent, Failure(NOTHING, code="legacy.nothing"))
        return self._answer(sent, None)

    def _refused(self, number: int, message: str) -> int | None:
        """The step that the plan stops at: it has a number and its text, and nothing happens in it."""
        instructions = parse(self._request.source).instructions
        if not 0 < number <= len(instructions):
            return None
        instruction = instructions[number - 1]
        total = self._plan.total_steps
        text = instruction.original.strip()
        found = next((step.index for step in self._skeleton.steps if step.instruction_index == number - 1), None)
        facts = {"number": number, "total": total, "label": text, "status": "failed", "error": message}
        if found is not None:
            self._mark(found, **facts)
            return found
        index = len(self._skeleton.steps)
        keyword = instruction.keyword.upper()
        stage = max(self._states, default=0)
        self._skeleton.steps.append(
            Step(index, stage, None, None, text, keyword, text, lines_of(instruction.span), number - 1)
        )
        self._mark(index, **facts)
        return index

    def _build_files(self) -> int:
        """Bytes of the Dockerfile and the ignore file where they are ignored: the client sends them all the same."""
        whole, kept = self._request.context.tree, self._context.tree
        names = [f"/{name}" for name in (IGNORE_FILE, self._request.name)]
        return sum(
            tar_entry(node)
            for name in names
            if kept.lookup(name) is None and isinstance(node := whole.lookup(name), File)
        )

    def _mark(self, index: int, **changes: Any) -> None:
        self._skeleton.steps[index] = replace(self._skeleton.steps[index], **changes)

    def _stop(self, index: int) -> None:
        for at, step in enumerate(self._skeleton.steps):
            if step.status == "skipped" and step.cache == Skipped(BuildStopped(None)):
                self._mark(at, cache=Skipped(BuildStopped(index)))

    def _begin(self, stage: PlannedStage, index: int) -> None:
        match stage.base:
            case StageBase(index=above):
                parent = self._states[above]
                state = _State(parent.image, parent.result, parent.history)
            case ImageBase(facts=facts):
                image = self._images.image(facts.reference)
                self._store = self._store.with_base(facts.canonical_name, image)
                state = _State(image.id, Snapshot(image.tree, image.layers), tuple(image.history))
            case _:
                state = _State()
        self._states[stage.index] = state
        triggers = sum(1 for operation in stage.operations if operation.facts.trigger is not None)
        self._mark(index, status="done", cache=None, image_id=state.image or None, trigger_count=triggers)

    def _step(self, stage: PlannedStage, position: int, operation: Operation, index: int) -> None:
        state = self._states[stage.index]
        before = operation.facts.before.healthcheck
        if operation.facts.keyword == "HEALTHCHECK" and before is not None and before.test[:1] not in {(), ("NONE",)}:
            self._mark(index, said=f"Note: overriding previous HEALTHCHECK: [{' '.join(before.test)}]")
        command = self._command(operation)
        taken = self._taken(operation)
        found = None if stage.ignores_cache or state.broken is not None else self._records.get((state.image, command))
        if found is not None:
            self._use(found, state, operation, index)
            return
        if stage.ignores_cache:
            miss = Miss(NoCacheRequested())
        elif state.broken is not None:
            miss = Miss(LegacyChain(state.broken))
        else:
            miss = why(self._cache, state.image, command, operation.facts.text, position, taken)
        if state.broken is None:
            state.broken = index
        parent = state.image
        container = "" if isinstance(operation, CopyOperation) else self._container(index)
        self._mark(index, containers=(container,) if container else (), cache=miss)
        done = self._do(operation, state)
        self._elapsed += done.duration
        image = self._image(operation, state, done, command, container)
        state.image, state.history = image.id, image.history
        state.result = Snapshot(image.tree, image.layers)
        self._images_made[image.id] = image
        self._records[parent, command] = LegacyRecord(
            parent,
            command,
            image.id,
            operation.facts.text,
            position,
            self._cache.builds + 1,
            state.result,
            taken,
            done.fidelity,
            done.notes,
        )
        self._settle(index, operation, image, parent_layers=len(image.layers))
        self._mark(
            index,
            status="ran",
            output=done.output,
            exit_code=done.exit_code,
            fidelity=done.fidelity,
            notes=done.notes,
            duration=done.duration,
        )

    def _settle(self, index: int, operation: Operation, image: Image, *, parent_layers: int) -> None:
        entry = image.history[-1]
        layer = None if entry.empty_layer or not parent_layers else image.layers[-1]
        self._mark(
            index,
            image_id=image.id,
            created_by=entry.created_by,
            empty_layer=entry.empty_layer,
            layer=layer.layer if layer else None,
            size=layer.size if layer else None,
            chain_id=layer.chain_id if layer else None,
            created=entry.created,
        )
        _ = operation

    def _use(self, found: LegacyRecord, state: _State, operation: Operation, index: int) -> None:
        image = self._images_made.get(found.image) or self._store.images.get(found.image)
        if image is None:
            raise AssertionError(found.image)
        state.image, state.result, state.history = image.id, found.result, image.history
        this = self._cache.builds + 1
        self._settle(index, operation, image, parent_layers=len(image.layers))
        self._mark(
            index,
            status="cached",
            cache=Hit(found.image, 0, "shared") if found.build == this else Hit(found.image, found.build),
            fidelity=found.fidelity,
            notes=found.notes,
        )

    def _container(self, index: int) -> str:
        return container_id(f"{self._request.now} {self._request.counter} {index}")

    def _command(self, operation: Operation) -> str:
        """The text of the container's command, the hash of what is copied put in."""
        facts = operation.facts
        text = facts.created_by or ""
        if not isinstance(operation, CopyOperation) or facts.hash_at is None:
            return text
        if operation.remotes:
            return text[: facts.hash_at] + "multi:" + container_id(text) + text[facts.hash_at :]
        try:
            hashed = copy_hash(operation, self._source(operation.from_))
        except CopyError as error:
            prefix = "" if error.message.startswith("When using") else f"{operation.kind.upper()} failed: "
            raise Stop(prefix + error.message) from error
        return text[: facts.hash_at] + hashed + text[facts.hash_at :]

    def _taken(self, operation: Operation) -> tuple[SourceEntry, ...]:
        if not isinstance(operation, CopyOperation):
            return ()
        tree = self._source(operation.from_)
        return tuple(entry for text in operation.sources for entry in selected(tree, text))

    def _source(self, source: Source) -> Tree:
        contexts = {"": self._context}
        return files_of(source, contexts, self._states, lambda image: self._images.image(image.reference).tree)

    def _do(self, operation: Operation, state: _State) -> Done:
        now = self._request.now + self._elapsed
        return perform(operation, state.result.tree, self._source, self._runner, now)

    def _image(self, operation: Operation, state: _State, done: Done, command: str, container: str) -> Image:
        created = self._request.now + self._elapsed
        layer = written_layer(done.change)
        layers = state.result.layers
        whole = done.fidelity != "unknown"
        empty = not layer.entries and whole
        if not empty:
            layers = (*layers, image_layer(layer, walk_size(layer), layers, created, is_whole=whole))
        author = operation.facts.after.author
        entry = HistoryEntry(created, command, "", empty, author)
        return legacy_image(
            operation.facts.after,
            (*state.history, entry),
            layers,
            done.change.after,
            parent=state.image,
            command=(command,),
            container=container,
        )

    def _answer(self, context: ContextRecord, failure: Failure | None) -> tuple[BuildRecord, BuildCache, ImageStore]:
        request, plan = self._request, self._plan
        store = self._store
        for made in self._images_made.values():
            store = store.add(made)
        image: Image | None = None
        if failure is None and plan.target is not None:
            state = self._states[plan.target]
            image = store.images.get(state.image) or self._base_alone(plan.stages[plan.target])
            if image is not None:
                store = store.add(image)
                for tag in request.tags:
                    store = store.tag(tag, image.id, request.now + self._elapsed)
        record = replace(
            account(request, plan, self._skeleton.steps, failure, self._cache.builds + 1),
            image=image,
            context=context,
            unused_args=plan.unused_arguments,
            duration=self._elapsed,
        )
        cache = replace(self._cache, legacy=self._records, builds=self._cache.builds + 1)
        return record, cache, store

    def _base_alone(self, stage: PlannedStage) -> Image | None:
        """A Dockerfile of FROMs alone tags the base itself."""
        match stage.base:
            case StageBase(index=index):
                return self._base_alone(self._plan.stages[index])
            case ImageBase(facts=facts):
                return self._images.image(facts.reference)
            case _:
                return None
