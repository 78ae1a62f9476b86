"""A row of a reader's history as sentences."""

from __future__ import annotations

from collections.abc import Iterator

from layerlab.messages import Messages
from layerlab.reading.meaning import BUILDKIT_SUFFIX, Meaning
from layerlab.reading.rewrite import LEGACY_FILES


def explain_row(meaning: Meaning, say: Messages) -> Iterator[str]:
    """What a row means, one sentence at a time: the instruction, the layer, who wrote it, and its odd marks.

    Args:
        meaning: The row, understood.
        say: Sentences of the reader's language.
    """
    entry = meaning.entry
    if not entry.text and meaning.builder != "tool":
        yield say("reading.no_text")
        return
    if meaning.keyword is not None:
        yield say(f"reading.kind.{meaning.keyword}")
    elif meaning.builder == "unknown":
        yield say("reading.no_instruction")
    yield say(f"reading.layer.{meaning.layer}")
    yield from _writer(meaning, say)
    if meaning.arg_count:
        yield say("reading.args", count=meaning.arg_count)
    files = LEGACY_FILES.search(meaning.rest) if meaning.builder == "legacy" else None
    if files is not None:
        yield say("reading.files", what=files["what"])
    if entry.text.endswith(BUILDKIT_SUFFIX):
        yield say("reading.suffix")
    if entry.cut:
        yield say("reading.cut")


def row_name(meaning: Meaning, say: Messages) -> str:
    """`RUN (row 3)`: rows count from 1, oldest first, as in a Dockerfile."""
    number = meaning.entry.number + 1
    if meaning.keyword is None:
        return say("reading.row_number", number=number)
    return say("reading.row_name", keyword=meaning.keyword, number=number)


def _writer(meaning: Meaning, say: Messages) -> Iterator[str]:
    match meaning.builder:
        case "tool" if meaning.tool == "import":
            yield say("reading.tool.import")
        case "tool":
            yield say("reading.by.tool", tool=meaning.tool)
        case "legacy":
            yield say("reading.by.legacy")
            if "#(nop)" in meaning.entry.text[:200]:
                yield say("reading.nop")
        case builder:
            yield say(f"reading.by.{builder}")
