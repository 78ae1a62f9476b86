"""Node → typed instruction: the grammar of each instruction and every check BuildKit's instruction parser makes.

One function an instruction, found by its keyword in `BUILDERS`. Whether arguments are counted before flags are
looked at differs by instruction and shows in which error comes first, so the order inside each function matters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from layerlab.dockerfile import instructions as typed
from layerlab.dockerfile.expansion import ExpansionError
from layerlab.dockerfile.flags import RefusedError, check_flags
from layerlab.dockerfile.gotext import SPACE, parse_duration, parse_int32, quote
from layerlab.dockerfile.heredocs import Opening, read_opening
from layerlab.dockerfile.mounts import check_device, read_mount
from layerlab.dockerfile.nodes import Node
from layerlab.dockerfile.span import Span, Word

Head: TypeAlias = tuple[Span, str, str, tuple[str, ...], int, tuple[typed.Flag, ...]]
"""The six fields every instruction begins with."""

STAGE_NAME = re.compile(r"[a-z][a-z0-9\-_.]*")
ONBUILD = re.compile(r"[\t\n\f\r ]*ONBUILD[\t\n\f\r ]*", re.IGNORECASE)
SHORTEST_INTERVAL = 1_000_000
DURATIONS = ("interval", "timeout", "start-period", "start-interval")


def at_least_one(keyword: str) -> RefusedError:
    """The refusal of an instruction without arguments."""
    return RefusedError("at-least-one-argument", f"{keyword} requires at least one argument", keyword=keyword)


def exactly_one(node: Node, keyword: str) -> Word:
    """The only argument.

    Raises:
        RefusedError: If there is none.
    """
    if len(node.arguments) != 1:
        raise RefusedError("exactly-one-argument", f"{keyword} requires exactly one argument", keyword=keyword)
    return node.arguments[0]


def build_from(node: Node, head: Head) -> typed.From:
    """FROM."""
    words = node.arguments
    alias = as_keyword = None
    if len(words) == 3 and words[1].text.lower() == "as":
        _, as_keyword, alias = words
        if not STAGE_NAME.fullmatch(alias.text.lower()):
            message = (
                f"invalid name for build stage: {quote(alias.text)}, name can't start with a number or contain symbols"
            )
            raise RefusedError("stage-name", message, alias.span, name=alias.text)
    elif len(words) != 1:
        trailing = next((word for word in words if word.text.startswith("#")), None)
        code = "from-comment" if trailing else "from-arguments"
        place = trailing.span.until(words[-1].span) if trailing else None
        raise RefusedError(code, "FROM requires either one or three arguments", place)
    values = check_flags("from", node.flags)
    platform = None
    if values.texts.get("platform"):
        flag = next(flag for flag in node.flags if flag.name == "platform")
        platform = Word(values.texts["platform"], flag.span)
    return typed.From(*head, image=words[0], alias=alias, as_keyword=as_keyword, platform=platform)


def command(node: Node) -> tuple[str, ...]:
    """Arguments of RUN, CMD, ENTRYPOINT: the strings of the exec form, or one text, perhaps empty."""
    texts = tuple(word.text for word in node.arguments)
    return texts if node.is_json else (texts or ("",))


def build_run(node: Node, head: Head) -> typed.Run:
    """RUN."""
    values = check_flags("run", node.flags)
    network = values.texts.get("network", "default")
    security = values.texts.get("security", "sandbox")
    places = {flag.name: flag.span for flag in node.flags}
    for device, span in values.many.get("device", ()):
        check_device(device, span)
    mounts = tuple(read_mount(text, span) for text, span in values.many.get("mount", ()))
    if network not in {"default", "none", "host"}:
        raise RefusedError("network", f"invalid network mode {quote(network)}", places.get("network"), value=network)
    if security not in {"sandbox", "insecure"}:
        message = f"security {quote(security)} is not valid"
        raise RefusedError("security", message, places.get("security"), value=security)
    return typed.Run(
        *head, command(node), node.is_json, node.heredocs, mounts, network, security, values.values("device")
    )


def build_cmd(node: Node, head: Head) -> typed.Cmd:
    """CMD."""
    check_flags("cmd", node.flags)
    return typed.Cmd(*head, command(node), node.is_json)


def build_entrypoint(node: Node, head: Head) -> typed.Entrypoint:
    """ENTRYPOINT."""
    check_flags("entrypoint", node.flags)
    return typed.Entrypoint(*head, command(node), node.is_json)


def pairs(node: Node, keyword: str) -> tuple[typed.Pair, ...]:
    """Names and values of ENV and LABEL."""
    check_flags(keyword.lower(), node.flags)
    if not node.arguments:
        raise at_least_one(keyword)
    names, values = node.arguments[::2], node.arguments[1::2]
    for name, piece in zip(names, node.pieces, strict=True):
        if not name.text:
            raise RefusedError("blank-name", f"{keyword} names can not be blank", piece.span, keyword=keyword)
    return tuple(
        typed.Pair(name.text, value.text, piece.span)
        for name, value, piece in zip(names, values, node.pieces, strict=True)
    )


def build_env(node: Node, head: Head) -> typed.Env:
    """ENV."""
    return typed.Env(*head, pairs(node, "ENV"), node.is_legacy)


def build_label(node: Node, head: Head) -> typed.Label:
    """LABEL."""
    return typed.Label(*head, pairs(node, "LABEL"), node.is_legacy)


def build_maintainer(node: Node, head: Head) -> typed.Maintainer:
    """MAINTAINER."""
    author = exactly_one(node, "MAINTAINER")
    check_flags("maintainer", node.flags)
    return typed.Maintainer(*head, author.text)


def build_expose(node: Node, head: Head) -> typed.Expose:
    """EXPOSE."""
    if not node.arguments:
        raise at_least_one("EXPOSE")
    check_flags("expose", node.flags)
    ports = sorted((word.text for word in node.arguments), key=lambda port: port.encode("utf-8", "surrogateescape"))
    return typed.Expose(*head, tuple(ports), node.arguments)


def sources_and_destination(node: Node, keyword: str) -> tuple[tuple[Word, ...], Word, tuple[typed.Heredoc, ...]]:
    """Paths, destination and inline files of COPY and ADD; heredocs of one name all get the last body."""
    *sources, destination = node.arguments
    if opening_of(destination.text) is not None:
        raise RefusedError(
            "heredoc-destination",
            f"{keyword} cannot accept a heredoc as a destination",
            destination.span,
            keyword=keyword,
        )
    bodies = {heredoc.name: heredoc for heredoc in node.heredocs}
    paths: list[Word] = []
    inline: list[typed.Heredoc] = []
    for source in sources:
        opening = opening_of(source.text)
        if opening is None:
            paths.append(source)
            continue
        body = bodies.get(opening.name)
        content, span = (body.content, body.span) if body else ("", source.span)
        inline.append(typed.Heredoc(opening.name, content, opening.expand, opening.chomp, opening.raw, span))
    return tuple(paths), destination, tuple(inline)


def opening_of(word: str) -> Opening | None:
    """The heredoc a word opens, or None; broken quotes open none here."""
    try:
        return read_opening(word) if "<<" in word else None
    except ExpansionError:
        return None


def no_destination(keyword: str) -> RefusedError:
    """The refusal of COPY and ADD with less than two arguments."""
    return RefusedError(
        "no-destination",
        f"{keyword} requires at least two arguments, but only one was provided. Destination could not be determined",
        keyword=keyword,
    )


def build_copy(node: Node, head: Head) -> typed.Copy:
    """COPY."""
    if len(node.arguments) < 2:
        raise no_destination("COPY")
    values = check_flags("copy", node.flags)
    sources, destination, heredocs = sources_and_destination(node, "COPY")
    return typed.Copy(
        *head,
        sources,
        destination,
        heredocs,
        is_exec=node.is_json,
        from_=values.texts.get("from") or None,
        chown=values.texts.get("chown") or None,
        chmod=values.texts.get("chmod") or None,
        link=values.bools.get("link", False),
        parents=values.bools.get("parents", False),
        exclude=values.values("exclude"),
    )


def build_add(node: Node, head: Head) -> typed.Add:
    """ADD."""
    if len(node.arguments) < 2:
        raise no_destination("ADD")
    values = check_flags("add", node.flags)
    sources, destination, heredocs = sources_and_destination(node, "ADD")
    return typed.Add(
        *head,
        sources,
        destination,
        heredocs,
        is_exec=node.is_json,
        chown=values.texts.get("chown") or None,
        chmod=values.texts.get("chmod") or None,
        checksum=values.texts.get("checksum") or None,
        link=values.bools.get("link", False),
        keep_git_dir=values.bools.get("keep-git-dir"),
        unpack=values.bools.get("unpack"),
        exclude=values.values("exclude"),
    )


def build_volume(node: Node, head: Head) -> typed.Volume:
    """VOLUME."""
    if not node.arguments:
        raise at_least_one("VOLUME")
    check_flags("volume", node.flags)
    paths = tuple(Word(word.text.strip(SPACE), word.span) for word in node.arguments)
    for path in paths:
        if not path.text:
            raise RefusedError("empty-volume", "VOLUME specified can not be an empty string", path.span)
    return typed.Volume(*head, paths, node.is_json)


def build_user(node: Node, head: Head) -> typed.User:
    """USER."""
    user = exactly_one(node, "USER")
    check_flags("user", node.flags)
    return typed.User(*head, user)


def build_workdir(node: Node, head: Head) -> typed.Workdir:
    """WORKDIR."""
    path = exactly_one(node, "WORKDIR")
    check_flags("workdir", node.flags)
    return typed.Workdir(*head, path)


def build_arg(node: Node, head: Head) -> typed.Arg:
    """ARG: flags are never looked at."""
    if not node.arguments:
        raise at_least_one("ARG")
    items = []
    for word in node.arguments:
        name, equals, value = word.text.partition("=")
        if equals and not name:
            raise RefusedError("blank-name", "ARG names can not be blank", word.span, keyword="ARG")
        items.append(typed.Pair(name, value if equals else None, word.span))
    return typed.Arg(*head, tuple(items))


def build_onbuild(node: Node, head: Head) -> typed.OnBuild:
    """ONBUILD: what it wraps is only split, not checked."""
    if not node.arguments:
        raise at_least_one("ONBUILD")
    check_flags("onbuild", node.flags)
    trigger = node.arguments[0]
    name = trigger.text.strip(SPACE).upper()
    if name == "ONBUILD":
        message = "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"
        raise RefusedError("onbuild-chain", message, trigger.span)
    if name in {"MAINTAINER", "FROM"}:
        raise RefusedError("onbuild-trigger", f"{name} isn't allowed as an ONBUILD trigger", trigger.span, keyword=name)
    expression = ONBUILD.sub("", node.line.text, count=1) if ONBUILD.match(node.line.text) else node.line.text
    bodies = "".join(f"\n{heredoc.content}{heredoc.name}" for heredoc in node.heredocs)
    return typed.OnBuild(*head, expression + bodies, node.heredocs)


def build_stop_signal(node: Node, head: Head) -> typed.StopSignal:
    """STOPSIGNAL: flags are never looked at."""
    return typed.StopSignal(*head, exactly_one(node, "STOPSIGNAL"))


def build_health_check(node: Node, head: Head) -> typed.HealthCheck:
    """HEALTHCHECK."""
    if not node.arguments:
        raise at_least_one("HEALTHCHECK")
    kind, *rest = node.arguments
    name = kind.text.upper()
    if name == "NONE":
        if rest:
            place = rest[0].span
            raise RefusedError("healthcheck-none", "HEALTHCHECK NONE takes no arguments", place)
        return typed.HealthCheck(*head, ("NONE",))
    values = check_flags("healthcheck", node.flags)
    if name != "CMD":
        message = f"Unknown type {quote(name)} in HEALTHCHECK (try CMD)"
        raise RefusedError("healthcheck-type", message, kind.span, value=name)
    if not rest:
        raise RefusedError("healthcheck-command", "Missing command after HEALTHCHECK CMD")
    test = ("CMD" if node.is_json else "CMD-SHELL", *(word.text for word in rest))
    places = {flag.name: flag.span for flag in node.flags}
    times = [interval(flag, values.texts.get(flag, ""), places.get(flag)) for flag in DURATIONS]
    retries = count(values.texts.get("retries", ""), places.get("retries"))
    return typed.HealthCheck(*head, test, times[0], times[1], times[2], times[3], retries)


def interval(flag: str, text: str, place: Span | None) -> int:
    """Nanoseconds of a duration; 0 for none."""
    if not text:
        return 0
    try:
        duration = parse_duration(text)
    except ValueError as problem:
        raise RefusedError("duration", str(problem), place, flag=flag, value=text) from None
    if duration != 0 and duration < SHORTEST_INTERVAL:
        message = f"Interval {quote(flag)} cannot be less than 1ms"
        raise RefusedError("short-interval", message, place, flag=flag, value=text)
    return duration


def count(text: str, place: Span | None) -> int:
    """A number of retries; 0 for none."""
    if not text:
        return 0
    try:
        number = parse_int32(text)
    except ValueError as problem:
        raise RefusedError("retries", str(problem), place, value=text) from None
    if number < 0:
        raise RefusedError("retries", f"--retries cannot be negative ({number})", place, value=text)
    return number


def build_shell(node: Node, head: Head) -> typed.Shell:
    """SHELL."""
    check_flags("shell", node.flags)
    if not node.arguments:
        raise at_least_one("SHELL")
    if not node.is_json:
        raise RefusedError("shell-not-json", "SHELL requires the arguments to be in JSON form")
    return typed.Shell(*head, tuple(word.text for word in node.arguments))


Builder: TypeAlias = Callable[[Node, Head], typed.Instruction]

BUILDERS: Mapping[str, Builder] = MappingProxyType(
    {
        "add": build_add,
        "arg": build_arg,
        "cmd": build_cmd,
        "copy": build_copy,
        "entrypoint": build_entrypoint,
        "env": build_env,
        "expose": build_expose,
        "from": build_from,
        "healthcheck": build_health_check,
        "label": build_label,
        "maintainer": build_maintainer,
        "onbuild": build_onbuild,
        "run": build_run,
        "shell": build_shell,
        "stopsignal": build_stop_signal,
        "user": build_user,
        "volume": build_volume,
        "workdir": build_workdir,
    }
)
"""The instructions by keyword in lower case."""
