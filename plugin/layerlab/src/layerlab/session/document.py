"""A session as the list of its actions: what is kept, replayed, shared and migrated.

The document is plain JSON. The engine is a pure function of it; nothing else is remembered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from layerlab import __version__
from layerlab.personality import DEFAULT, Personality
from layerlab.session.wellformed import archive_is_fine, entry_is_fine, name_is_fine, option_is_fine, path_is_fine

SCHEMA = 1
MAX_ACTIONS = 400
MAX_TEXT = 1_000_000
"""Limits of what is replayed: actions in a document, and characters in a text of one action."""


class DocumentError(Exception):
    """A document that can't be used.

    Attributes:
        code: Message key of the sentence that says why: `session.schema`, `session.broken`, `session.too_long`.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Build:
    """A Dockerfile is built.

    Attributes:
        block: Id of the block it stands in.
        text: The Dockerfile.
        context: Name of the build context under which it was supplied (`web-app@HASH`), or None for an empty one.
        tag: The image's name, or None.
        options: `target`, `build_args`, `labels`, `no_cache`, `no_cache_filter`, `platform`, `file`.
    """

    block: str
    text: str
    context: str | None = None
    tag: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edit:
    """The Dockerfile of a block is changed and built again, on the host as it was before the edits began."""

    block: str
    text: str


@dataclass(frozen=True, slots=True)
class Commit:
    """The edits of a block are taken as made: the next ones are compared with what they led to."""

    block: str


@dataclass(frozen=True, slots=True)
class Touch:
    """A file of a block's build context is changed.

    Attributes:
        block: Id of the block whose context it is.
        path: Path in the context, relative.
        entry: `{"type", "mode", "content" | "content_b64" | "link" | "from"}`, or None to delete the path; `from` is
            the path of an entry that is moved here as it is.
    """

    block: str
    path: str
    entry: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a block's build is changed: one of `Build.options`, or `engine`, `builder`, `store`."""

    block: str
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Command:
    """A line typed into a console."""

    block: str
    line: str


@dataclass(frozen=True, slots=True)
class Load:
    """An archive of images is loaded, as `docker load` does.

    Attributes:
        block: Id of the block in whose terminal it appears.
        archive: Digest of the archive; its bytes travel beside the document.
        name: The file's name, as the terminal shows it.
    """

    block: str
    archive: str
    name: str


Action: TypeAlias = Build | Edit | Commit | Touch | Option | Command | Load

KINDS: dict[str, type[Action]] = {
    "build": Build,
    "edit": Edit,
    "commit": Commit,
    "touch": Touch,
    "option": Option,
    "command": Command,
    "load": Load,
}


@dataclass(frozen=True, slots=True)
class Start:
    """What a session begins with.

    Attributes:
        lab: Name of the lab on the page, or an id of a sample.
        hash: Of the page's own blocks, so that edits of an older page are noticed.
        now: The virtual clock, nanoseconds since the epoch.
        personality: Which Docker.
    """

    lab: str
    hash: str
    now: int
    personality: Personality = DEFAULT


@dataclass(frozen=True, slots=True)
class Document:
    """A session."""

    start: Start
    actions: tuple[Action, ...] = ()


def appended(document: Document, action: Action) -> Document:
    """The document with one action more. Consecutive edits of one block count as one."""
    actions = document.actions
    if actions and isinstance(action, Edit) and isinstance(actions[-1], Edit) and actions[-1].block == action.block:
        actions = actions[:-1]
    if len(actions) >= MAX_ACTIONS:
        raise DocumentError("session.too_many_actions", str(MAX_ACTIONS))
    return replace(document, actions=(*actions, action))


def without_changes(document: Document, block: str) -> Document:
    """The document with a block as its author wrote it: its edits, options and file changes are gone."""
    kept = tuple(
        action
        for action in document.actions
        if not (isinstance(action, Edit | Commit | Touch | Option | Load) and action.block == block)
    )
    return replace(document, actions=kept)


def to_json(document: Document) -> dict[str, Any]:
    """The document as plain JSON values."""
    start = document.start
    personality = start.personality
    return {
        "schema": SCHEMA,
        "engine": __version__,
        "start": {
            "lab": start.lab,
            "hash": start.hash,
            "now": start.now,
            "personality": {
                "engine": personality.engine,
                "builder": personality.builder,
                "store": personality.store,
            },
        },
        "actions": [_action_json(action) for action in document.actions],
    }


def from_json(value: object) -> Document:
    """Read a document.

    Raises:
        DocumentError: For another schema, a wrong shape, or one over the limits.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get("schema"), int):
        raise DocumentError("session.broken", "schema")
    if value["schema"] != SCHEMA:
        raise DocumentError("session.schema", str(value["schema"]))
    try:
        start = _start(value["start"])
        actions = value["actions"]
        if not isinstance(actions, Sequence) or isinstance(actions, str):
            raise DocumentError("session.broken", "actions")
        if len(actions) > MAX_ACTIONS:
            raise DocumentError("session.too_many_actions", str(MAX_ACTIONS))
        return Document(start, tuple(_action(action) for action in actions))
    except (KeyError, TypeError, AttributeError) as error:
        raise DocumentError("session.broken", str(error)) from error


def personality_from(value: Mapping[str, Any]) -> Personality:
    """A personality from JSON; unknown words are refused.

    Raises:
        DocumentError: `session.broken`.
    """
    known = {"engine": ("20.10", "28", "29"), "builder": ("buildkit", "legacy"), "store": ("classic", "containerd")}
    for name, words in known.items():
        if value.get(name, words[0]) not in words:
            raise DocumentError("session.broken", name)
    return Personality(
        value.get("engine", DEFAULT.engine), value.get("builder", DEFAULT.builder), value.get("store", DEFAULT.store)
    )


def _start(value: Mapping[str, Any]) -> Start:
    if not isinstance(value["now"], int):
        raise DocumentError("session.broken", "now")
    return Start(str(value["lab"]), str(value["hash"]), value["now"], personality_from(value.get("personality", {})))


def _action(value: Mapping[str, Any]) -> Action:
    kind = KINDS.get(str(value["type"]))
    if kind is None:
        raise DocumentError("session.broken", str(value["type"]))
    fields = {key: item for key, item in value.items() if key != "type"}
    for key in ("block", "text", "line", "path"):
        if key in fields and not isinstance(fields[key], str):
            raise DocumentError("session.broken", key)
    if any(_length(fields.get(key)) > MAX_TEXT for key in ("text", "line", "entry", "value")):
        raise DocumentError("session.too_long", str(MAX_TEXT))
    _check(kind, fields)
    if kind is Build:
        known = {"block", "text", "context", "tag"}
        options = {key: item for key, item in fields.items() if key not in known}
        return Build(**{key: fields[key] for key in known if key in fields}, options=options)
    return kind(**fields)


def _check(kind: type[Action], fields: Mapping[str, Any]) -> None:
    """Refuse files, options and archives that couldn't be read."""
    if kind is Touch and not (path_is_fine(fields.get("path")) and entry_is_fine(fields.get("entry"))):
        raise DocumentError("session.broken", "entry")
    if kind is Option and not option_is_fine(fields.get("name"), fields.get("value")):
        raise DocumentError("session.broken", "option")
    if kind is Load and not (archive_is_fine(fields.get("archive")) and name_is_fine(fields.get("name"))):
        raise DocumentError("session.broken", "archive")
    named = {"block", "text", "context", "tag"}
    if kind is Build and not (
        all(option_is_fine(name, value) for name, value in fields.items() if name not in named)
        and all(fields.get(name) is None or isinstance(fields[name], str) for name in named)
    ):
        raise DocumentError("session.broken", "option")


def _length(value: object) -> int:
    """Characters of all texts in a value."""
    match value:
        case str():
            return len(value)
        case Mapping():
            return sum(_length(key) + _length(item) for key, item in value.items())
        case list():
            return sum(map(_length, value))
        case _:
            return 0


def _action_json(action: Action) -> dict[str, Any]:
    match action:
        case Build(block, text, context, tag, options):
            given = {"context": context, "tag": tag}
            return {"type": "build", "block": block, "text": text} | {
                key: item for key, item in (given | dict(options)).items() if item is not None
            }
        case Edit(block, text):
            return {"type": "edit", "block": block, "text": text}
        case Commit(block):
            return {"type": "commit", "block": block}
        case Touch(block, path, entry):
            return {"type": "touch", "block": block, "path": path, "entry": entry}
        case Option(block, name, value):
            return {"type": "option", "block": block, "name": name, "value": value}
        case Command(block, line):
            return {"type": "command", "block": block, "line": line}
        case Load(block, archive, name):
            return {"type": "load", "block": block, "archive": archive, "name": name}
