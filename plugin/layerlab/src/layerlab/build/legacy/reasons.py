"""Why the legacy builder didn't find an instruction among the children of the image it stood on."""

from __future__ import annotations

from layerlab.build.cache import BuildCache, LegacyRecord
from layerlab.build.checksums import SourceEntry, differences
from layerlab.build.reasons import (
    MAX_FILES,
    FilesChanged,
    FirstBuild,
    InstructionChanged,
    Miss,
    StepMoved,
)


def why(cache: BuildCache, parent: str, command: str, text: str, place: int, taken: tuple[SourceEntry, ...]) -> Miss:
    """The reason of a miss.

    Args:
        cache: As it was before the build.
        parent: Id of the image the instruction stands on.
        command: What was looked for.
        text: The instruction.
        place: Place in its stage.
        taken: What a COPY takes in.
    """
    beside = [record for record in cache.legacy.values() if record.parent == parent]
    if not beside:
        elsewhere = any(record.command == command for record in cache.legacy.values())
        return Miss(StepMoved(None) if elsewhere else FirstBuild())
    best = max(beside, key=lambda record: _score(record, text, place))
    if best.text == text and taken:
        files = differences(best.taken, taken)
        if files:
            return Miss(FilesChanged(files[:MAX_FILES], max(0, len(files) - MAX_FILES)))
    return Miss(InstructionChanged(best.command, command))


def _score(record: LegacyRecord, text: str, place: int) -> tuple[int, ...]:
    same_word = record.text.partition(" ")[0] == text.partition(" ")[0]
    return int(record.text == text), int(record.place == place), int(same_word), record.build
