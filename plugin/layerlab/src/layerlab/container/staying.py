"""Which commands don't end by themselves: servers, long sleeps, `tail -f`, shells that wait for input."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

SECOND = 1_000_000_000

SERVERS = frozenset({
    "nginx", "httpd", "apache2", "apache2-foreground", "httpd-foreground", "redis-server", "valkey-server", "postgres",
    "mysqld", "mariadbd", "mongod", "memcached", "rabbitmq-server", "haproxy", "traefik", "caddy", "registry",
    "php-fpm", "gunicorn", "uvicorn", "uwsgi", "java", "catalina.sh", "supervisord", "crond", "dockerd", "minio",
    "etcd", "elasticsearch", "grafana-server", "prometheus", "flask", "celery", "vault", "consul", "nats-server",
})  # fmt: skip
"""Programs that serve until they are stopped; what they write isn't simulated."""

INTERPRETERS = frozenset({"node", "python", "python3", "ruby", "php", "perl", "deno", "bun", "npm", "yarn"})
"""With a program to run they may serve or end: which of both isn't known. They are taken to serve."""

SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})
ENTRYPOINTS = re.compile(r"(docker-)?entrypoint(\.sh)?$")
DURATION = re.compile(r"^(\d+(?:\.\d+)?)([smhd]?)$")
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
SEPARATORS = re.compile(r"\s*(?:&&|\|\||;|\n)\s*")


@dataclass(frozen=True, slots=True)
class Stays:
    """A process that stays.

    Attributes:
        nanoseconds: After which it ends by itself; None for never.
        silent: Whether it is known to write nothing.
        before: A script to run first, or None for nothing.
        interactive: Whether it is a shell that waits for input.
    """

    nanoseconds: int | None
    silent: bool
    before: str | None = None
    interactive: bool = False


def staying(argv: Sequence[str], *, reads_terminal: bool) -> Stays | None:
    """How a command stays, or None for one that is run to its end.

    Args:
        argv: The whole process, entrypoint first.
        reads_terminal: Whether its standard input stays open (`-i`).
    """
    words = list(argv)
    while len(words) > 1 and ENTRYPOINTS.search(words[0]):
        words = words[1:]
    if words[:1] == ["exec"]:
        words = words[1:]
    if not words:
        return None
    name = words[0].rpartition("/")[2]
    if name in SHELLS:
        return _shell(words, reads_terminal=reads_terminal)
    return _program(name, words)


def _program(name: str, words: list[str]) -> Stays | None:
    if name == "sleep" and len(words) > 1:
        return _sleep(words[1:])
    if name == "tail" and any(word in {"-f", "-F", "--follow"} or re.match(r"-\w*f", word) for word in words[1:]):
        return Stays(None, silent=True)
    if name == "cat" and len(words) == 1:
        return None
    if name in SERVERS:
        ends = {"-v", "-V", "-t", "--version", "--help", "-h", "version", "-version"}
        return None if ends & set(words[1:]) else Stays(None, silent=False)
    if name in INTERPRETERS and len(words) > 1 and not words[1].startswith("-"):
        return Stays(None, silent=False)
    if name.startswith("python") and words[1:2] == ["-m"] and len(words) > 2:
        return Stays(None, silent=False) if words[2] in {"http.server", "flask", "uvicorn", "gunicorn"} else None
    return None


def _sleep(times: list[str]) -> Stays | None:
    total = 0.0
    for time in times:
        if time in {"infinity", "inf"}:
            return Stays(None, silent=True)
        found = DURATION.match(time)
        if not found:
            return None
        total += float(found[1]) * UNITS[found[2]]
    return Stays(int(total * SECOND), silent=True)


def _shell(words: list[str], *, reads_terminal: bool) -> Stays | None:
    options = [word for word in words[1:] if word.startswith("-")]
    if len(words) - 1 == len(options) and not any("c" in option for option in options):
        return Stays(None, silent=True, interactive=True) if reads_terminal else None
    if len(words) < 3 or "c" not in words[1]:
        return None
    script = words[2].strip()
    pieces = SEPARATORS.split(script)
    last = pieces[-1].split() or [""]
    if last[0] == "exec":
        last = last[1:] or [""]
    if any(mark in script for mark in ("while ", "for ", "case ", "if ", "<<")) and "while true" not in script:
        return None
    if "while true" in script or "while :" in script:
        return Stays(None, silent=False)
    stays = _program(last[0].rpartition("/")[2], last)
    if stays is None or not pieces[:-1]:
        return stays
    before = script[: len(script) - len(pieces[-1])].rstrip().rstrip(";&|").rstrip()
    return Stays(stays.nanoseconds, stays.silent, before)
