"""The state that a document's actions lead to: one host, and for every block what stands in it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from layerlab.build.context import Context, with_entry
from layerlab.build.contextmove import moved
from layerlab.build.record import BuildRecord, Note
from layerlab.buildoptions import BuildOptions
from layerlab.docker.commands.archives import loaded_onto
from layerlab.docker.edge import Output
from layerlab.docker.terminal import Terminal, enter, opened
from layerlab.filesystem import FileSystemError
from layerlab.host import Host
from layerlab.image.image import Image
from layerlab.lab import Builder
from layerlab.messages import Messages
from layerlab.session.archives import Archives
from layerlab.session.document import (
    Action,
    Build,
    Command,
    Commit,
    DocumentError,
    Edit,
    Load,
    Option,
    Start,
    Touch,
    personality_from,
)
from layerlab.views.scene import Exchange

PERSONALITY = ("engine", "builder", "store")
MAX_EXCHANGES = 100
"""Lines of a console that are kept."""

Supplied = Callable[[str], Context]
"""From a context's name to the context; raises `DataNotLoadedError` when it isn't there yet."""


@dataclass(frozen=True, slots=True)
class Block:
    """What stands in one block of a page.

    Attributes:
        text: Its Dockerfile.
        context: Its build context, with the reader's changes.
        context_name: Under which the context was supplied.
        tag: Name of its image.
        options: As in `document.Build`.
        record: Its last build.
        image: Of its last build that went well.
        previous: The record before the last one.
        exchanges: What was typed into it.
        terminal: Of a console: its files, directory and variables.
    """

    text: str = ""
    context: Context = field(default_factory=Context)
    context_name: str | None = None
    tag: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    record: BuildRecord | None = None
    image: Image | None = None
    previous: BuildRecord | None = None
    exchanges: tuple[Exchange, ...] = ()
    terminal: Terminal | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """A host and the blocks that work on it.

    Attributes:
        host: After all actions so far.
        blocks: By their ids.
        done: How many actions led here.
        made: Of every build of the host: how many actions there were when it was made.
    """

    host: Host
    blocks: Mapping[str, Block]
    done: int = 0
    made: tuple[int, ...] = ()


def begin(start: Start) -> Bench:
    """An empty host at the document's time."""
    return Bench(Host(now=start.now, personality=start.personality), {})


@dataclass(frozen=True, slots=True)
class Means:
    """What actions are done with, besides the state.

    Attributes:
        builder: Builds, and does docker's commands.
        supplied: Gives the contexts.
        archives: Those that the reader gave.
        say: Sentences of ours that stand in a terminal's output, in the reader's language. The state holds that output,
            and so it is of one language.
    """

    builder: Builder
    supplied: Supplied
    archives: Archives
    say: Messages


def apply(bench: Bench, action: Action, means: Means) -> Bench:
    """The state after one more action.

    Raises:
        DocumentError: For a block the document has not, or an archive that is refused.
        DataNotLoadedError: When a context, an image or an archive must be supplied first.
    """
    after = _applied(bench, action, means)
    done, builds = bench.done + 1, after.host.builds
    new = 0
    while new < len(builds) and (not bench.host.builds or builds[-1 - new] is not bench.host.builds[-1]):
        new += 1
    made = (*bench.made, *[done] * new)
    return replace(after, done=done, made=made[len(made) - len(builds) :])


def _applied(bench: Bench, action: Action, means: Means) -> Bench:
    builder = means.builder
    match action:
        case Build(block, text, context, tag, options):
            files = means.supplied(context) if context else Context()
            fresh = Block(text, files, context, tag, options)
            return _built(bench, block, fresh, builder)
        case Edit(block, text):
            return _built(bench, block, replace(_block(bench, block), text=text), builder)
        case Option(block, name, value):
            state = _block(bench, block)
            options = {**state.options, name: value}
            return _built(bench, block, replace(state, options=options), builder)
        case Touch(block, path, entry):
            state = _block(bench, block)
            try:
                files = _touched(state.context, path, entry)
            except FileSystemError as error:
                raise DocumentError("session.path", path[:200]) from error
            return _built(bench, block, replace(state, context=files), builder)
        case Commit():
            return bench
        case Command(block, line):
            return _typed(bench, block, line, means)
        case Load(block, archive, name):
            return _loaded(bench, block, archive, name, means.archives)


def _touched(context: Context, path: str, entry: Mapping[str, Any] | None) -> Context:
    """The context with one file changed; `from` names one whose content stays."""
    if entry is None or "from" not in entry:
        return with_entry(context, path, entry)
    return moved(context, entry["from"], path, int(entry["mode"], 8) if "mode" in entry else None)


def _block(bench: Bench, block: str) -> Block:
    state = bench.blocks.get(block)
    if state is None:
        raise DocumentError("session.block", block)
    return state


def _built(bench: Bench, block: str, state: Block, builder: Builder) -> Bench:
    chosen = {name: state.options[name] for name in PERSONALITY if name in state.options}
    host = bench.host
    if chosen:
        kept = host.personality
        host = replace(
            host,
            personality=personality_from(
                {"engine": kept.engine, "builder": kept.builder, "store": kept.store} | chosen
            ),
        )
    host, record = builder.build(host, state.text, state.context, options_of(state))
    after = replace(state, record=record, image=record.image if record.ok else state.image, previous=state.record)
    return Bench(host, {**bench.blocks, block: after})


def options_of(state: Block) -> BuildOptions:
    """What a block's options mean for the builder."""
    given = state.options
    return BuildOptions(
        tags=(state.tag,) if state.tag else (),
        target=given.get("target"),
        platform=given.get("platform"),
        build_args=dict(given.get("build_args") or {}),
        labels=tuple(dict(given.get("labels") or {}).items()),
        no_cache=bool(given.get("no_cache", False)),
        no_cache_filter=tuple(given.get("no_cache_filter") or ()),
    )


def terminal_of(bench: Bench, block: str) -> Terminal:
    """The terminal of a console; a new one has the files of the Dockerfile that was built last, and that itself."""
    state = bench.blocks.get(block, Block())
    if state.terminal is not None:
        return state.terminal
    built = next((other for other in reversed(list(bench.blocks.values())) if other.record is not None), Block())
    files = (
        with_entry(built.context, "Dockerfile", {"type": "file", "content": built.text})
        if built.text
        else built.context
    )
    return opened(files.tree, bench.host.now)


def _typed(bench: Bench, block: str, line: str, means: Means) -> Bench:
    state = bench.blocks.get(block, Block())
    before = terminal_of(bench, block)
    terminal, host, output = enter(before, bench.host, line, partial(means.builder.typed, say=means.say))
    written = tuple((path, len(data)) for path, data in output.files.items())
    exchange = Exchange(line, output.stdout + output.stderr, output.exit_code, before.prompt, output.notes, written)
    after = replace(state, exchanges=(*state.exchanges, exchange)[-MAX_EXCHANGES:], terminal=terminal)
    return Bench(host, {**bench.blocks, block: after})


def _loaded(bench: Bench, block: str, archive: str, name: str, archives: Archives) -> Bench:
    """`docker load` of an archive that the reader gave; it stands in the terminal as if it had been typed."""
    state = bench.blocks.get(block, Block())
    found = archives.images(archive, containerd=bench.host.personality.store == "containerd")
    if found:
        host, output = loaded_onto(bench.host, found)
    else:
        note = Note("archive.lost", (("name", name),))
        host, output = bench.host, Output("", f"open {name}: no such file or directory\n", 1, notes=(note,))
    line = f"docker load -i {shlex.quote(name)}"
    exchange = Exchange(line, output.stdout + output.stderr, output.exit_code, notes=output.notes)
    after = replace(state, exchanges=(*state.exchanges, exchange)[-MAX_EXCHANGES:])
    return Bench(host, {**bench.blocks, block: after})
