"""RUN: the arguments as executed, its mounts, and its heredocs (BuildKit v0.32)."""

from __future__ import annotations

import posixpath
from functools import partial
from typing import Literal, cast

from layerlab.dockerfile.gotext import quote
from layerlab.dockerfile.instructions import Run
from layerlab.plan.effects import clean, command_line
from layerlab.plan.expand import Expander
from layerlab.plan.labels import heredoc_note
from layerlab.plan.links import Command, Link
from layerlab.plan.mounts import MountError, MountFields, parse_mount
from layerlab.plan.operations import EmptySource, InlineFile, Mount, RunOperation, Source
from layerlab.plan.refusal import Refusal
from layerlab.plan.stagework import Effect, LaterStage, StageWork
from layerlab.plan.wording import Worded

PIPES = "/dev/pipes"
SECRETS = "/run/secrets"
SCRIPT_MODE = 0o755


def run_effect(work: StageWork, run: Run, command: Command, expander: Expander) -> Effect:
    """What a RUN comes to.

    Raises:
        Refusal: For a bad mount.
    """
    mounts = tuple(
        _mount(work, parse_checked(run, place, expander), target) for place, target in enumerate(command.links)
    )
    words, files, note = _heredocs(run)
    argv = command_line(work.config, words, is_shell_form=run.is_shell_form)
    habits = work.facts.habits
    text = habits.wording.run(argv, habits.arguments(work.scope, work.config))
    operation = partial(
        RunOperation,
        argv=argv,
        is_shell_form=run.is_shell_form,
        env=habits.variables(work.scope, work.config),
        cwd=work.config.working_dir or "/",
        user=work.config.user,
        mounts=mounts,
        network=run.network,
        security=run.security,
        inline_files=files,
    )
    return Effect(
        work.config,
        work.scope,
        Worded(text),
        operation,
        makes_layer=True,
        is_step=True,
        keeps_quotes=True,
        note=note,
        secrets=tuple(mount.env for mount in mounts if mount.env),
    )


def parse_checked(run: Run, place: int, expander: Expander) -> MountFields:
    """One mount's fields.

    Raises:
        Refusal: With BuildKit's message.
    """
    try:
        return parse_mount(run.mounts[place], expander.word)
    except MountError as error:
        raise Refusal("mount", str(error)) from error


def _heredocs(run: Run) -> tuple[tuple[str, ...], tuple[InlineFile, ...], str]:
    """The words to execute, files they need, and what the step name gets."""
    if not run.heredocs or run.is_exec:
        return run.arguments, (), ""
    first = run.heredocs[0]
    text = run.arguments[0]
    if len(run.heredocs) > 1 or text.strip() != first.raw.strip():
        return ("\n".join([text, *(document.content + document.name for document in run.heredocs)]),), (), ""
    note = heredoc_note(first.content)
    if not first.content.startswith("#!"):
        return (first.body,), (), note
    path = f"{PIPES}/{first.name}"
    return (path,), (InlineFile(first.name, first.body.encode("utf-8", "surrogateescape"), SCRIPT_MODE),), note


def _mount(work: StageWork, fields: MountFields, target: Link) -> Mount:
    match fields.type:
        case "secret":
            return _secret(work, fields)
        case "ssh":
            return _agent(fields)
        case _:
            return _files(work, fields, target)


def _files(work: StageWork, fields: MountFields, target: Link) -> Mount:
    texts, numbers = fields.texts, fields.numbers
    place = _absolute(work, texts.get("target", ""))
    if place == "/":
        raise Refusal("mount-target", f"invalid mount target {quote(place)}")
    return Mount(
        cast('Literal["bind", "cache", "tmpfs"]', fields.type),
        place,
        source=clean(posixpath.join("/", texts.get("source", ""))),
        from_=_origin(work, fields, target),
        id=(texts.get("id") or clean(texts.get("target", ""))) if fields.type == "cache" else texts.get("id", ""),
        read_only=bool(fields.read_only),
        size=numbers.get("size", 0),
        sharing=cast('Literal["shared", "private", "locked"]', texts.get("sharing", "shared")),
        mode=numbers.get("mode"),
        uid=numbers.get("uid"),
        gid=numbers.get("gid"),
    )


def _origin(work: StageWork, fields: MountFields, target: Link) -> Source | None:
    if fields.type == "tmpfs":
        return None
    if not fields.texts.get("from"):
        return EmptySource() if fields.type == "cache" else work.facts.context
    try:
        return work.facts.source(target)
    except LaterStage as error:
        place = quote(fields.texts.get("target", ""))
        message = f"cannot mount from stage {quote(fields.texts['from'])} to {place}, stage needs to be defined"
        raise Refusal("later-stage", f"{message} before current command") from error


def _secret(work: StageWork, fields: MountFields) -> Mount:
    texts = fields.texts
    target, env = texts.get("target", ""), texts.get("env", "")
    name = texts.get("source") or texts.get("id") or posixpath.basename(target.rstrip("/"))
    if target:
        target = _absolute(work, target)
    elif not env:
        target = f"{SECRETS}/{posixpath.basename(name)}"
    return Mount(
        "secret",
        target,
        id=name,
        read_only=True,
        required=fields.required,
        env=env,
        mode=fields.numbers.get("mode"),
        uid=fields.numbers.get("uid"),
        gid=fields.numbers.get("gid"),
    )


def _agent(fields: MountFields) -> Mount:
    texts = fields.texts
    return Mount(
        "ssh",
        texts.get("target", ""),
        id=texts.get("source") or texts.get("id") or "default",
        read_only=True,
        required=fields.required,
        mode=fields.numbers.get("mode"),
        uid=fields.numbers.get("uid"),
        gid=fields.numbers.get("gid"),
    )


def _absolute(work: StageWork, path: str) -> str:
    return clean(path if path.startswith("/") else posixpath.join("/", work.config.working_dir, path))
