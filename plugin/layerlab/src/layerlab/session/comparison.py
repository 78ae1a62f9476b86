"""Comparing two blocks of a session, a block with another Dockerfile for the same context, or two of its builds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from layerlab.build.context import Context, with_entry
from layerlab.build.record import BuildRecord
from layerlab.comparing import Comparison, Cost, Pair, Side, compare, likely_edit, side
from layerlab.filesystem import File
from layerlab.filesystem.content import Bytes
from layerlab.host import Host
from layerlab.lab import Builder
from layerlab.personality import Store
from layerlab.recordjson import size_json
from layerlab.session.bench import Bench, Block, options_of
from layerlab.session.document import MAX_TEXT, DocumentError
from layerlab.views.scene import Made


def compared(bench: Bench, asked: Mapping[str, Any], builder: Builder) -> Comparison:
    """What a request for a comparison wants to know. The session isn't changed.

    Both Dockerfiles are built on a host of their own that has nothing, so that their costs can be compared; what they
    share is that of one host that builds the first, then the second.

    Args:
        bench: The session's state.
        asked: `block`, and `other` (a block) or `text` (a Dockerfile built with the block's context); `path`: the file
            whose edit is tried, else the likeliest.
        builder: Builds.

    Raises:
        DocumentError: `session.block`, `session.too_long`, `compare.no_file`.
        DataNotLoadedError: When a base image's data must be supplied first.
    """
    left, right = _block(bench, asked.get("block")), _other(bench, asked)
    path = _edited(left.context, right.context, asked.get("path"))
    empty, store = Host(now=bench.host.now, personality=bench.host.personality), bench.host.personality.store
    host, first = _build(empty, left, left.context, builder)
    _, second = _build(host, right, right.context, builder)
    fresh_host, fresh = _build(empty, right, right.context, builder)
    return compare(
        side(first, first, _again(host, left, path, builder), store),
        side(second, fresh, _again(fresh_host, right, path, builder), store),
        store,
        path,
    )


def compared_builds(builds: Sequence[Made], numbers: object, store: Store) -> tuple[tuple[int, int], Comparison]:
    """Two builds of the session as they were, the earlier first, with their numbers in the timeline.

    Args:
        builds: Of the timeline, oldest first.
        numbers: Two numbers from 1, in any order.
        store: Whose sizes count.

    Raises:
        DocumentError: `session.request`.
    """
    if not isinstance(numbers, list) or len(numbers) != 2 or not all(isinstance(one, int) for one in numbers):
        raise DocumentError("session.request", "builds")
    first, second = sorted(numbers)
    if not 1 <= first <= second <= len(builds):
        raise DocumentError("session.request", "builds")
    one, other = builds[first - 1].record, builds[second - 1].record
    return (first, second), compare(side(one, one, None, store), side(other, other, None, store), store)


def comparison_json(found: Comparison) -> dict[str, Any]:
    """The comparison as plain JSON values."""
    return {
        "left": _side_json(found.left),
        "right": _side_json(found.right),
        "shared": size_json(found.shared),
        "edited": found.edited,
        "pairs": [_pair_json(pair) for pair in found.pairs],
    }


def _other(bench: Bench, asked: Mapping[str, Any]) -> Block:
    text = asked.get("text")
    if not isinstance(text, str):
        return _block(bench, asked.get("other"))
    if len(text) > MAX_TEXT:
        raise DocumentError("session.too_long", str(MAX_TEXT))
    return replace(_block(bench, asked.get("block")), text=text, tag=None)


def _block(bench: Bench, name: object) -> Block:
    state = bench.blocks.get(name) if isinstance(name, str) else None
    if state is None or state.record is None:
        raise DocumentError("session.block", str(name)[:100])
    return state


def _edited(left: Context, right: Context, asked: object) -> str | None:
    """The file to edit; one that both contexts have if there is one."""
    ours, theirs = _files(left), _files(right)
    if isinstance(asked, str) and asked:
        if asked not in ours | theirs:
            raise DocumentError("compare.no_file", asked[:200])
        return asked
    return likely_edit(ours & theirs) or likely_edit(ours | theirs)


def _files(context: Context) -> set[str]:
    """Paths of the files whose bytes are known."""
    return {
        path.lstrip("/")
        for path, node in context.tree.walk()
        if isinstance(node, File) and isinstance(node.content, Bytes)
    }


def _again(host: Host, block: Block, path: str | None, builder: Builder) -> BuildRecord | None:
    """The build after an edit, on the host that has the build before it."""
    return None if path is None else _build(host, block, _touched(block.context, path), builder)[1]


def _build(host: Host, block: Block, context: Context, builder: Builder) -> tuple[Host, BuildRecord]:
    return builder.build(host, block.text, context, options_of(block))


def _touched(context: Context, path: str) -> Context:
    """The context with one line more in a file; as it is where there is no such file."""
    node = context.tree.lookup("/" + path) if path in _files(context) else None
    if not isinstance(node, File) or not isinstance(node.content, Bytes):
        return context
    text = node.content.data.decode("utf-8", "surrogateescape") + "\n"
    return with_entry(context, path, {"type": "file", "mode": f"{node.meta.mode:o}", "content": text})


def _side_json(found: Side) -> dict[str, Any]:
    failure = found.record.failure
    return {
        "ok": found.record.ok,
        "error": failure.message if failure is not None else None,
        "layers": found.layers,
        "rows": found.rows,
        "size": size_json(found.size),
        "build": _cost_json(found.cost),
        "rebuild": None if found.rebuild is None else _cost_json(found.rebuild),
    }


def _cost_json(found: Cost) -> dict[str, Any]:
    return {
        "ran": len(found.ran),
        "cached": found.cached,
        "written": size_json(found.written),
        "milliseconds": found.duration // 1_000_000,
    }


def _pair_json(pair: Pair) -> dict[str, Any]:
    return {
        name: None if fact is None else {"row": fact.row, "created_by": fact.created_by, "size": size_json(fact.size)}
        for name, fact in (("left", pair.left), ("right", pair.right))
    } | {"shared": pair.shared, "same": pair.same}
