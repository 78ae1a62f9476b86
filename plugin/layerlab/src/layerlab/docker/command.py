"""The `docker` command: from words to a subcommand, its flags and its answer; help, and errors in Docker's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from layerlab.container.process import settled
from layerlab.docker.edge import Edge, Output
from layerlab.docker.flags import FlagError, read_flags
from layerlab.docker.format import FormatError
from layerlab.docker.help import group_help, root_help, subcommand_help, usage_line
from layerlab.docker.registry import ELSEWHERE, GROUPS, find
from layerlab.docker.subcommand import Call, Refusal, Result, Subcommand
from layerlab.docker.template import TooLongError
from layerlab.docker.versions import version_line
from layerlab.host import Host

COMMAND_TIME = 100_000_000
"""How far a command moves the clock, nanoseconds; a modelled time."""

TEMPLATE_EXIT = 64
"""Exit code of a template that doesn't parse."""


def run(host: Host, words: Sequence[str], edge: Edge | None = None) -> Result:
    """Do a `docker` command.

    Args:
        host: The host before it.
        words: What was typed after `docker`.
        edge: Builder, registry and language; by default there is neither builder nor registry.

    Returns:
        The host after it and what was printed. A command that isn't simulated says so and fails.
    """
    edge = edge or Edge()
    host = _caught_up(host)
    try:
        after, output = _dispatch(host, tuple(words), edge)
    except Refusal as refusal:
        after = refusal.host or host
        message = refusal.message + "\n" if refusal.message else ""
        output = Output(refusal.stdout, refusal.before + message, refusal.exit_code)
    except FormatError as error:
        after, output = host, Output("", f"{error}\n", 1)
    except TooLongError:
        after, output = host, Output("", edge.say("docker.template_too_long") + "\n", 1)
    return replace(after, now=after.now + COMMAND_TIME), output


def _caught_up(host: Host) -> Host:
    """The host with the processes ended that have come to their end since the last command."""
    containers = (settled(container, host.now) for container in host.containers)
    kept = (container for container in containers if container.state != "exited" or not container.auto_remove)
    return replace(host, containers=tuple(kept))


def _dispatch(host: Host, words: tuple[str, ...], edge: Edge) -> Result:
    words, early = _global_flags(host, words, edge)
    if early is not None:
        return host, early
    if not words:
        return host, Output("", root_help(edge.say))
    if words[0] == "help":
        return _help(host, words[1:], edge)
    name, rest = words[0], words[1:]
    if name in GROUPS:
        return _group(host, name, rest, edge)
    chosen = find(name)
    if chosen is not None:
        return _invoke(host, chosen, name, rest, edge)
    if name in ELSEWHERE:
        return host, _not_simulated(name, edge)
    raise _unknown(host, name)


def _global_flags(host: Host, words: tuple[str, ...], edge: Edge) -> tuple[tuple[str, ...], Output | None]:
    while words and words[0].startswith("-"):
        word = words[0]
        if word in {"--version", "-v"}:
            return words, Output(version_line(host.personality.engine))
        if word in {"--help", "-h"}:
            return words, Output(root_help(edge.say))
        if word in {"-D", "--debug", "--tls", "--tlsverify"}:
            words = words[1:]
            continue
        if word.split("=")[0] in {"-H", "--host", "-c", "--context", "-l", "--log-level", "--config"}:
            words = words[1 if "=" in word else 2 :]
            continue
        kind = f"unknown flag: {word.split('=')[0]}" if word.startswith("--") else _unknown_letter(word)
        raise _usage_error(host, kind, "docker [OPTIONS] COMMAND [ARG...]", "docker")
    return words, None


def _unknown_letter(word: str) -> str:
    return f"unknown shorthand flag: {word[1]!r} in {word}" if len(word) > 1 else f"bad flag syntax: {word}"


def _group(host: Host, group: str, rest: tuple[str, ...], edge: Edge) -> Result:
    if not rest or rest[0] in {"--help", "-h"}:
        text = group_help(group, edge.say)
        return host, Output(text) if rest else Output("", text)
    chosen = find(f"{group} {rest[0]}")
    if chosen is not None:
        return _invoke(host, chosen, f"{group} {rest[0]}", rest[1:], edge)
    if f"{group} {rest[0]}" in ELSEWHERE:
        return host, _not_simulated(f"{group} {rest[0]}", edge)
    path = f"docker {group}"
    if rest[0].startswith("-"):
        kind = f"unknown flag: {rest[0].split('=')[0]}" if rest[0].startswith("--") else _unknown_letter(rest[0])
        raise _usage_error(host, kind, f"{path} COMMAND", path)
    if host.personality.engine == "20.10":
        return host, Output("", group_help(group, edge.say), 1)
    raise Refusal(
        f"docker: unknown command: {path} {rest[0]}\n\nUsage:  {path} COMMAND\n\n"
        f"Run '{path} --help' for more information"
    )


def _help(host: Host, words: tuple[str, ...], edge: Edge) -> Result:
    if not words:
        return host, Output(root_help(edge.say))
    name = " ".join(words[:2])
    if words[0] in GROUPS and len(words) == 1:
        return host, Output(group_help(words[0], edge.say))
    chosen = find(name) or find(words[0])
    if chosen is None:
        raise Refusal(f"unknown help topic: {' '.join(words)}")
    return host, Output(subcommand_help(chosen, name if find(name) else words[0], edge.say))


def _invoke(host: Host, chosen: Subcommand, name: str, rest: tuple[str, ...], edge: Edge) -> Result:
    path, usage = f"docker {name}", usage_line(chosen, name)
    if _asks_for_help(chosen, rest):
        return host, Output(subcommand_help(chosen, name, edge.say))
    try:
        flags, words = read_flags(chosen.flags, rest, interspersed=chosen.interspersed)
        problem = _count_problem(chosen, len(words))
        if problem:
            raise _wrong_count(host, problem, path, usage, chosen)
        return chosen.body(Call(host, edge, flags, words, path, usage))
    except FlagError as error:
        raise _usage_error(host, str(error), usage, path) from None


def _asks_for_help(chosen: Subcommand, rest: tuple[str, ...]) -> bool:
    for word in rest:
        if word == "--" or (not chosen.interspersed and not word.startswith("-")):
            return False
        if word == "--help" or (word == "-h" and not any(flag.short == "h" for flag in chosen.flags)):
            return True
    return False


def _count_problem(chosen: Subcommand, count: int) -> str:
    least, most = chosen.least, chosen.most
    if count >= least and (most is None or count <= most):
        return ""
    if most == 0:
        return "accepts no arguments"
    if most is None:
        return f"requires at least {least} {_plural(least)}"
    if least == most:
        return f"requires {least} {_plural(least)}"
    if least == 0:
        return f"requires at most {most} {_plural(most)}"
    return f"requires at least {least} and at most {most} {_plural(most)}"


def _plural(count: int) -> str:
    return "argument" if count == 1 else "arguments"


def _wrong_count(host: Host, problem: str, path: str, usage: str, chosen: Subcommand) -> Refusal:
    if host.personality.engine == "20.10":
        exact = problem.replace("requires ", "requires exactly ") if chosen.least == chosen.most else problem
        return Refusal(f"\"{path}\" {exact}.\nSee '{path} --help'.\n\nUsage:  {usage}")
    word = "See" if problem.startswith("requires at least") and "at most" not in problem else "Run"
    return Refusal(f"docker: '{path}' {problem}\n\nUsage:  {usage}\n\n{word} '{path} --help' for more information")


def _usage_error(host: Host, problem: str, usage: str, path: str) -> Refusal:
    if host.personality.engine == "20.10":
        return Refusal(f"{problem}\nSee '{path} --help'.", 125)
    return Refusal(f"{problem}\n\nUsage:  {usage}\n\nRun '{path} --help' for more information", 125)


def _unknown(host: Host, name: str) -> Refusal:
    if host.personality.engine == "20.10":
        return Refusal(f"docker: '{name}' is not a docker command.\nSee 'docker --help'")
    return Refusal(f"docker: unknown command: docker {name}\n\nRun 'docker --help' for more information")


def _not_simulated(name: str, edge: Edge) -> Output:
    does = edge.say(f"docker.elsewhere.{name.replace(' ', '.')}")
    return Output("", edge.say("docker.not_simulated", command=f"docker {name}") + "\n" + does + "\n", 1)
