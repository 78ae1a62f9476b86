"""A build with BuildKit (v0.32): stages as the target needs them, results by key, layers as the store makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from layerlab.build.buildkit.finish import Result, finished_image
from layerlab.build.buildkit.ledger import SOLVE, Failed, Ledger
from layerlab.build.buildkit.noticed import noticed
from layerlab.build.buildkit.selection import Asked, asked, contexts_read
from layerlab.build.buildkit.sources import Sources
from layerlab.build.buildkit.state import Place, State, is_step, walk
from layerlab.build.buildkit.steps import StepRunner
from layerlab.build.buildkit.vertices import QUICK, close_build, image_vertex, local_name, open_build, syntax_name
from layerlab.build.buildkit.wanted import include_problem
from layerlab.build.cache import BuildCache, Snapshot
from layerlab.build.checksums import digest
from layerlab.build.context import Filtered
from layerlab.build.ports import BuildRequest, Images, Runner
from layerlab.build.record import BuildRecord, ContextRecord, Failure, SubStatus, Vertex, VertexStatus
from layerlab.build.skeleton import account, lines_of, skeleton
from layerlab.build.transfer import END, context_transfer
from layerlab.build.warnings import warned
from layerlab.filesystem import EMPTY, Tree
from layerlab.filesystem.diff import compared_layer
from layerlab.filesystem.sizes import tar_size
from layerlab.image.assemble import image_layer
from layerlab.image.store import ImageStore
from layerlab.memo import Memo
from layerlab.plan.model import FilesBase, ImageBase, Plan, PlannedStage, ScratchBase, StageBase
from layerlab.plan.operations import CopyOperation, ImageSource, RunOperation


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a build depends on.

    Attributes:
        request: What is asked for.
        plan: What would be done.
        images: The images it refers to.
        runner: What runs commands.
        context: The context without what is ignored.
        named: The named contexts, likewise.
        syntax: Value of the `syntax` directive, or None.
        memory: Of earlier builds.
    """

    request: BuildRequest
    plan: Plan
    images: Images
    runner: Runner
    context: Filtered
    named: Mapping[str, Filtered] = field(default_factory=dict)
    syntax: str | None = None
    memory: Memo = field(default_factory=Memo)


def build(inputs: Inputs, cache: BuildCache, store: ImageStore) -> tuple[BuildRecord, BuildCache, ImageStore]:
    """Do a build.

    Args:
        inputs: What to build.
        cache: Of earlier builds.
        store: The host's images.

    Returns:
        The record, and cache and images afterwards. A failed build leaves its finished steps in the cache.
    """
    return _Build(inputs, cache, store).run()


class _Build:
    def __init__(self, inputs: Inputs, cache: BuildCache, store: ImageStore) -> None:
        self._inputs = inputs
        self._request = inputs.request
        self._plan = inputs.plan
        self._cache = cache
        self._store = store
        self._skeleton = skeleton(inputs.plan, inputs.memory)
        self._states: dict[int, State] = {}
        self._bases: dict[str, int] = {}
        self._ledger = Ledger(self._skeleton, cache, mounts=dict(cache.mounts))
        self._progress = self._ledger.progress
        self._seen = {"": noticed(inputs.context.tree, cache.context)}
        self._seen |= {name: noticed(named.tree, cache.named.get(name)) for name, named in inputs.named.items()}
        self._used: set[str] = set()
        image_tree = partial(_image_tree, self._used, inputs.images)  # not of this object: no circle for the collector
        sources = Sources(
            inputs.request, inputs.plan, inputs.context, inputs.named, self._states, image_tree, self._seen
        )
        self._sources = sources
        self._steps = StepRunner(inputs.request, inputs.plan, inputs.runner, self._ledger, sources, inputs.memory)
        self._named: dict[str, Tree] = {}

    def run(self) -> tuple[BuildRecord, BuildCache, ImageStore]:
        record = open_build(self._progress, self._request, self._plan, self._inputs.syntax, self._cache.bases)
        if self._inputs.syntax:
            digests = self._request.personality.store == "containerd"
            self._used.add(syntax_name(self._inputs.syntax, digests=digests))
        record = replace(record, entries=self._inputs.context.sent)
        if self._plan.error is not None:
            return self._answer(record, self._refused(), None)
        wanted = asked(self._plan, self._inputs.context.tree)
        met: list[Place | ImageSource] = []
        walk(self._plan, met.append)
        places = [place for place in met if not isinstance(place, ImageSource)]
        self._show_bases(met)
        broken = include_problem(self._plan, self._inputs.context.tree) if self._filters else None
        if broken is not None:
            return self._answer(record, self._unreadable(broken), None)
        if wanted is not None and self._filters:
            self._sources.asked[""] = wanted
        record = self._load_context(record, wanted)
        self._named = self._load_named()
        try:
            self._steps.prepare(places)
            for index in self._plan.order:
                self._stage(self._plan.stages[index])
        except Failed as failed:
            return self._answer(record, failed.failure, None)
        target = self._plan.target
        if target is None or self._plan.config is None:
            return self._answer(record, Failure(SOLVE + "no build stage in current context", code="plan"), None)
        result = finished_image(self._request, self._plan, self._states[target])
        close_build(self._progress, self._request, result.image)
        return self._answer(record, None, result)

    def _show_bases(self, met: list[Place | ImageSource]) -> None:
        """The vertices of the images that are needed; equal ones are one, named like the stage or source met last."""
        labels: dict[str, str] = {}
        steps: dict[str, int] = {}
        for place in met:
            if isinstance(place, ImageSource):
                labels[place.log_name] = place.label or f"FROM {place.log_name}"
                continue
            stage = self._plan.stages[place[0]]
            if place[1] < 0 and isinstance(stage.base, ImageBase):
                name = stage.base.log_name
                labels[name] = stage.from_label or f"FROM {name}"
                steps[name] = self._skeleton.first[stage.index]
        bases = (stage.base for index in self._plan.order for stage in (self._plan.stages[index],))
        names = [base.log_name for base in bases if isinstance(base, ImageBase)]
        names += [source.log_name for source in self._image_sources()]
        for name in dict.fromkeys(names):
            self._image_vertex(labels.get(name, f"FROM {name}"), name, steps.get(name))

    def _image_sources(self) -> list[ImageSource]:
        found: list[ImageSource] = []
        for index in self._plan.order:
            for operation in self._plan.stages[index].operations:
                match operation:
                    case CopyOperation(from_=ImageSource() as source):
                        found.append(source)
                    case RunOperation(mounts=mounts):
                        found.extend(mount.from_ for mount in mounts if isinstance(mount.from_, ImageSource))
                    case _:
                        pass
        return found

    def _image_vertex(self, label: str, name: str, step: int | None) -> None:
        vertex = replace(image_vertex(label, name, "DONE"), step=step)
        self._bases[name] = self._progress.add(vertex)

    def _load_named(self) -> dict[str, Tree]:
        """Load what is asked of named contexts; their trees as the builder has them then."""
        found: dict[str, Tree] = {}
        for name in contexts_read(self._plan):
            context = self._inputs.named[name]
            wanted = asked(self._plan, context.tree, name) or Asked(everything=False)
            size = END + sum(context_transfer(context.tree, wanted, self._cache.named.get(name), context.hollow))
            status = SubStatus(f"transferring {local_name(name)}:", size)
            label = FilesBase(name).label
            self._progress.add(Vertex(label, "context", "DONE", (status,), duration=QUICK))
            found[name] = self._seen[name]
            if self._filters:
                self._sources.asked[name] = wanted
        return found

    @property
    def _filters(self) -> bool:
        """Whether only directories with something that is asked for are sent: 20.10 sends the others too."""
        return self._request.personality.engine != "20.10"

    def _unreadable(self, message: str) -> Failure:
        """The client can't read the patterns of what is asked for."""
        vertex = Vertex("[internal] load build context", "context", "ERROR", duration=QUICK, error=message)
        return Failure(SOLVE + message, 1, (), (self._progress.add(vertex),), None, "copy.missing")

    def _load_context(self, record: ContextRecord, wanted: Asked | None) -> ContextRecord:
        if wanted is None:
            return record
        size = self._transferred(wanted)
        status = SubStatus("transferring context:", size)
        self._progress.add(Vertex("[internal] load build context", "context", "DONE", (status,), duration=QUICK))
        return replace(record, context_bytes=size)

    def _transferred(self, wanted: Asked) -> int:
        context, before = self._inputs.context, self._cache.context
        memo = self._request.context.memo
        root = context.tree.root
        same = before is not None and before.root is root

        def count() -> tuple[int, int]:
            return context_transfer(context.tree, wanted, None if same else before, context.hollow)

        known = (root,) if same or before is None else (root, before.root)
        announced, sent = memo.get(known, ("transfer", wanted), count)
        return END + announced + (0 if same else sent)

    def _stage(self, stage: PlannedStage) -> None:
        state = self._start(stage)
        self._states[stage.index] = state
        first = self._skeleton.first[stage.index]
        self._ledger.mark(first, status="done", cache=None)
        for position, operation in enumerate(stage.operations):
            if is_step(operation):
                self._steps.step(stage, position, state)
            else:
                self._steps.metadata(stage, position, operation, state)

    def _start(self, stage: PlannedStage) -> State:
        match stage.base:
            case StageBase(index=index):
                return self._states[index].copy()
            case ImageBase(facts=facts, log_name=name):
                image = self._inputs.images.image(facts.reference)
                self._store = self._store.with_base(facts.canonical_name, image)
                self._used.add(name)
                chain = image.layers[-1].chain_id if image.layers else image.id
                key = digest(["image", chain, stage.platform])
                history = tuple(stage.base_history)
                return State(key, Snapshot(image.tree, image.layers), history, base=facts.canonical_name)
            case FilesBase(name=name):
                return self._on_files(name)
            case ScratchBase() | None:
                key = digest(["scratch", stage.platform])
                return State(key, history=tuple(stage.base_history), base="scratch")

    def _on_files(self, name: str) -> State:
        """A stage on the files of a context: they are a layer; nothing of an earlier build is found on them."""
        tree = self._inputs.named[name].tree
        layer = compared_layer(EMPTY, tree)
        created = self._request.now + self._progress.elapsed
        made = image_layer(layer, tar_size(layer), (), created, is_whole=True)
        key = digest(["files", name, str(self._cache.builds)])
        return State(key, Snapshot(tree, (made,)), base=name)

    def _refused(self) -> Failure:
        error = self._plan.error
        if error is None:
            raise AssertionError
        vertices = tuple(at for at, vertex in enumerate(self._progress.vertices) if vertex.status == "ERROR")
        return Failure(
            SOLVE + error.message, 1, tuple(lines_of(span) for span in error.spans), vertices, None, error.code
        )

    def _answer(
        self, context: ContextRecord, failure: Failure | None, result: Result | None
    ) -> tuple[BuildRecord, BuildCache, ImageStore]:
        self._settle_bases()
        request, plan = self._request, self._plan
        store = self._store
        if result is not None:
            store = store.add(result.image)
            for tag in request.tags:
                store = store.tag(tag, result.image.id, request.now + self._progress.elapsed)
        record = replace(
            account(request, plan, self._ledger.steps(), failure, self._cache.builds + 1),
            vertices=tuple(self._progress.vertices),
            image=result.image if result is not None else None,
            warnings=tuple(warned(warning) for warning in plan.warnings),
            context=context,
            duration=self._progress.elapsed,
        )
        sent = self._seen[""] if context.context_bytes is not None else self._cache.context
        cache = replace(
            self._cache.with_records(self._ledger.touched.values()).with_linked(self._ledger.linked),
            mounts=self._ledger.mounts,
            bases=self._cache.bases | self._used,
            context=sent,
            named={**self._cache.named, **self._named},
            builds=self._cache.builds + 1,
        )
        return record, cache, store

    def _settle_bases(self) -> None:
        """A base that was used before is CACHED if a step right on it ran now, else DONE: then it was only resolved."""
        for name, index in self._bases.items():
            vertex: Vertex = self._progress.vertices[index]
            reused = name in self._cache.bases and name in self._steps.run_on
            status: VertexStatus = "CACHED" if reused else "DONE"
            self._progress.vertices[index] = replace(vertex, status=status)


def _image_tree(used: set[str], images: Images, source: ImageSource) -> Tree:
    """The files of an image that a step reads; it is used then."""
    used.add(source.log_name)
    return images.image(source.reference).tree
