"""What the rules look at: a build, its Dockerfile, and what became of every file of the image, layer by layer.

Only the stages that end up in the image count here: bytes of the others are never shipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from layerlab.build.record import BuildRecord, StageRecord, Step
from layerlab.dockerfile import Dockerfile, Instruction, parse
from layerlab.filesystem.content import same_content
from layerlab.filesystem.layer import NO_SIZE, Layer, LayerEntry, Size
from layerlab.filesystem.paths import ancestors
from layerlab.filesystem.sizes import tar_size

UNKNOWN = Size(None, 0)


@dataclass(frozen=True, slots=True)
class Deleted:
    """A file of an own layer that a later step hides: its bytes stay in the image."""

    path: str
    entry: LayerEntry
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Doubled:
    """A file that a step stores again with equal bytes, because its mode or owner changed.

    Attributes:
        entry: As it is in the new layer.
        below: Index of the step whose layer has it already; None for the base image.
        step: Index of the step that stores it again.
    """

    entry: LayerEntry
    below: int | None
    step: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """A build as the rules see it.

    Attributes:
        record: The build.
        file: Its Dockerfile.
        chain: Steps of the target stage and of those it is FROM, in order.
        deleted: Files that are in a layer but not in the image.
        doubled: Files that are in two layers with the same bytes.
    """

    record: BuildRecord
    file: Dockerfile
    chain: tuple[Step, ...]
    deleted: tuple[Deleted, ...]
    doubled: tuple[Doubled, ...]
    _instructions: Mapping[int, Instruction] = field(repr=False)

    def instruction(self, step: Step) -> Instruction | None:
        """The instruction a step comes from; None for triggers and `--label`."""
        if step.trigger or step.instruction_index is None:
            return None
        return self._instructions.get(step.instruction_index)

    def lines(self, steps: Iterable[int]) -> tuple[int, ...]:
        """First lines of some steps, each once, in order."""
        found = {lines[0] for index in steps if (lines := self.record.steps[index].lines)}
        return tuple(sorted(found))

    def stage_steps(self, step: Step) -> tuple[Step, ...]:
        """All steps of a step's stage."""
        return tuple(self.record.steps[index] for index in self.record.stages[step.stage].steps)


def gather(record: BuildRecord) -> Evidence:
    """The evidence of a build."""
    file = parse(record.source, name=record.name)
    chain = tuple(record.steps[index] for stage in _chain(record) for index in stage.steps)
    own = [step for step in chain if step.layer is not None]
    base = _base_files(record, len(own))
    deleted, doubled = _follow(own, base)
    instructions = {instruction.index: instruction for instruction in file.instructions}
    return Evidence(record, file, chain, deleted, doubled, instructions)


def bytes_of(entries: Iterable[LayerEntry]) -> Size:
    """What files weigh in a layer."""
    return tar_size(Layer(tuple(entries)))


def weight_of(step: Step) -> Size:
    """What a step's layer weighs; unknown where the step was never run."""
    if step.size is not None:
        return step.size
    return NO_SIZE if step.status in {"ran", "cached", "done"} else UNKNOWN


def _chain(record: BuildRecord) -> list[StageRecord]:
    if not record.stages:
        return []
    named = (record.target or "").lower()
    stage = next((stage for stage in record.stages if named in {stage.name, str(stage.index)}), record.stages[-1])
    chain = [stage]
    while True:
        below = [other for other in record.stages if other.name == chain[0].base and other.index < chain[0].index]
        if not below:
            return chain
        chain.insert(0, below[-1])


def _base_files(record: BuildRecord, own: int) -> dict[str, LayerEntry]:
    """The files of the base image by path."""
    if record.image is None:
        return {}
    files: dict[str, LayerEntry] = {}
    for layer in record.image.layers[: max(0, len(record.image.layers) - own)]:
        files |= {entry.path: entry for entry in layer.layer.entries if entry.kind == "file"}
    return files


def _follow(own: Iterable[Step], base: Mapping[str, LayerEntry]) -> tuple[tuple[Deleted, ...], tuple[Doubled, ...]]:
    """Walk the layers from the bottom, keeping for every path the file that is seen there."""
    seen: dict[str, tuple[LayerEntry, int]] = {}
    hidden: set[str] = set()
    folders: set[str] = set()
    deleted: list[Deleted] = []
    doubled: list[Doubled] = []
    for step in own:
        entries = step.layer.entries if step.layer else ()
        for entry in entries:
            if entry.kind in {"whiteout", "opaque"}:
                hidden.add(entry.path)
                below = [entry.path] if entry.path in seen else []
                if entry.path in folders:
                    below += [path for path in seen if path.startswith(entry.path + "/")]
                for path in below:
                    file, added = seen.pop(path)
                    deleted.append(Deleted(path, file, added, step.index))
        for entry in entries:
            if entry.kind != "file":
                continue
            lower = seen.get(entry.path)
            before = lower[0] if lower else base.get(entry.path)
            if before is not None and entry.path not in hidden and _only_meta(before, entry):
                doubled.append(Doubled(entry, lower[1] if lower else None, step.index))
            seen[entry.path] = (entry, step.index)
            folders.update(ancestors(entry.path))
    return tuple(deleted), tuple(doubled)


def _only_meta(before: LayerEntry, after: LayerEntry) -> bool:
    """Whether the bytes are known to be the same, and mode or owner not."""
    if before.content is None or after.content is None or not same_content(before.content, after.content):
        return False
    old, new = before.meta, after.meta
    return (old.mode, old.uid, old.gid) != (new.mode, new.uid, new.gid)
