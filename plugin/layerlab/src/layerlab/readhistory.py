"""`layerlab read-history`: a pasted history explained as text."""

from __future__ import annotations

from collections.abc import Iterator

from layerlab.explain.reading import explain_row, row_name
from layerlab.messages import Messages
from layerlab.reading import Meaning, ReadingError, Shares, meanings, read, reconstruct, shares
from layerlab.views.reading import ranked, size_words, summary


def explain_history(data: bytes, say: Messages) -> tuple[str, str]:
    r"""(explanation, error): one of them is empty.

    Args:
        data: Output of `docker history` or `docker image inspect`, UTF-8; other bytes become `\ufffd`.
        say: Sentences of the reader's language.
    """
    found = read(data.decode("utf-8", "replace"))
    if isinstance(found, ReadingError):
        return "", say(found.code, detail=found.detail) + "\n"
    rows = meanings(found.entries)
    weights = shares(found.entries)
    made = reconstruct(rows, found.config)
    parts = [
        *summary(found, weights, say),
        *_headed("ranking", say, (ranked(rows[number], weights, say) for number in weights.ranked)),
        *_headed("every_row", say, (line for meaning in reversed(rows) for line in _row(meaning, weights, say))),
        *_headed("dockerfile", say, (f"# {say('reading.reconstructed')}", *made.text().splitlines())),
        *_headed("lost", say, (_loss(loss.key, loss.row, rows, say) for loss in made.lost)),
    ]
    return "\n".join(parts) + "\n", ""


def _headed(name: str, say: Messages, lines: Iterator[str] | tuple[str, ...]) -> Iterator[str]:
    yield ""
    yield f"== {say(f'reading.{name}')}"
    yield from lines


def _row(meaning: Meaning, weights: Shares, say: Messages) -> Iterator[str]:
    entry = meaning.entry
    share = weights.permille.get(entry.number)
    size = size_words(entry, say) + ("" if share is None else f" ({share // 10}.{share % 10}%)")
    yield f"{row_name(meaning, say)}  {size}"
    yield from (f"  | {line}" for line in (entry.text or entry.comment or entry.id).split("\n"))
    yield from (f"    {sentence}" for sentence in explain_row(meaning, say))


def _loss(key: str, row: int | None, rows: tuple[Meaning, ...], say: Messages) -> str:
    return say(key) if row is None else f"{row_name(rows[row], say)}: {say(key)}"
