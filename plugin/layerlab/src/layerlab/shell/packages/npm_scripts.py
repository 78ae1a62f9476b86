"""npm's command line, package.json and its scripts, and npm's words for what is wrong with them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from layerlab.filesystem import BULK_NAME, Bytes, Directory, File
from layerlab.shell.packages.dpkg_state import place_unknown
from layerlab.shell.process import Process

WRITTEN = "packages.other.file"

RUNS = {
    "run": None,
    "run-script": None,
    "start": "start",
    "test": "test",
    "t": "test",
    "stop": "stop",
    "restart": "restart",
}
WITH_VALUE = frozenset(
    {
        "--prefix", "--registry", "--omit", "--include", "--loglevel", "--cache", "--fetch-timeout", "-w",
        "--workspace", "--network-timeout", "--cwd",
    }
)  # fmt: skip


@dataclass(slots=True)
class Options:
    """A command line.

    Attributes:
        words: Command and operands.
        production: Whether development packages are left out.
        is_global: Whether `-g` was given.
        save: Whether package.json is written.
        quiet: Whether little is printed.
        frozen: Whether the lock file must be there and stay.
    """

    words: list[str] = field(default_factory=list)
    production: bool = False
    is_global: bool = False
    save: bool = True
    quiet: bool = False
    frozen: bool = False


class PackageFileError(Exception):
    """A package.json that can't be used.

    Attributes:
        code: npm's code, `ENOENT` or `EJSONPARSE`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_options(process: Process) -> Options:
    """Read a command line; options without effect on files are passed over."""
    options = Options(production=process.env.get("NODE_ENV") == "production")
    waiting = list(process.args)
    while waiting:
        word = waiting.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            options.words.extend(waiting)
            break
        if (name in {"--omit", "--only"} and (value or "") in {"dev", "production", "prod"}) or word in {
            "--production",
            "--prod",
            "-P",
        }:
            options.production = True
        elif word in {"-g", "--global"} or (name == "--location" and value == "global"):
            options.is_global = True
        elif word == "--no-save":
            options.save = False
        elif word in {"--frozen-lockfile", "--immutable"}:
            options.frozen = True
        elif word in {"-s", "--silent", "-q", "--quiet"}:
            options.quiet = True
        elif name in WITH_VALUE:
            taken = value if equals else (waiting.pop(0) if waiting else "")
            options.production = options.production or (name == "--omit" and taken == "dev")
        elif not word.startswith("-"):
            options.words.append(word)
    return options


def scripts_of(process: Process) -> dict[str, str]:
    """The scripts of package.json. Raises `PackageFileError`."""
    scripts = package_file(process).get("scripts", {})
    return {str(name): str(text) for name, text in scripts.items()} if isinstance(scripts, dict) else {}


def run_script(process: Process, options: Options) -> int:
    """`npm run NAME`: the script of package.json, in a shell with node_modules/.bin first on PATH."""
    fixed = RUNS.get(options.words[0])
    name = fixed or (options.words[1] if len(options.words) > 1 else "")
    package = package_file(process)
    scripts = scripts_of(process)
    text = scripts.get(name)
    if text is None and name == "start" and process.fs.exists(process.path("server.js")):
        text = "node server.js"
    if text is None:
        if not name:
            process.note("unknown", "packages.npm.operation", operation="npm run")
            return 0
        print_error(
            process, f'Missing script: "{name}"', "", "To see a list of scripts, run:", "  npm run", log_line(process)
        )
        return 1
    extra = options.words[1 if fixed else 2 :]
    whole = " ".join([text, *extra])
    if not options.quiet and process.name == "npm":
        title = f"{package.get('name', '')}@{package.get('version', '')}".strip("@")
        process.out(f"\n> {title + ' ' if title else ''}{name}\n> {whole}\n\n")
    path = f"{process.cwd.rstrip('/')}/node_modules/.bin:{process.env.get('PATH', '')}"
    code = process.run(["sh", "-c", whole], env={**process.env, "PATH": path})
    if process.journal.fidelity == "unknown":
        # A build tool ran: what it made is somewhere below the project, and a later COPY may ask for it.
        place_unknown(process.fs, f"{process.cwd.rstrip('/')}/{BULK_NAME}", WRITTEN)
    if code == 127 and isinstance(process.fs.lookup(process.path("node_modules")), Directory):
        # The program is most likely one of node_modules/.bin, whose names nobody recorded.
        process.note("unknown", "packages.npm.operation", operation=whole)
        return 0
    return code


def package_file(process: Process) -> dict[str, Any]:
    """package.json as an object; empty if its text isn't known. Raises `PackageFileError`."""
    node = process.fs.lookup(process.path("package.json"))
    if not isinstance(node, File):
        raise PackageFileError("ENOENT")
    if not isinstance(node.content, Bytes):
        process.note("unknown", "packages.npm.unread")
        return {}
    try:
        package = json.loads(node.content.data)
    except ValueError:
        raise PackageFileError("EJSONPARSE") from None
    if not isinstance(package, dict):
        raise PackageFileError("EJSONPARSE")
    for key in ("dependencies", "devDependencies"):
        if not isinstance(package.get(key, {}), dict):
            package[key] = {}
    return package


def complain(process: Process, error: PackageFileError) -> int:
    """Print npm's words for a package.json that can't be used; answers its exit code."""
    path = process.path("package.json")
    if error.code == "ENOENT":
        print_error(
            process,
            "code ENOENT",
            "syscall open",
            f"path {path}",
            "errno -2",
            f"enoent Could not read package.json: Error: ENOENT: no such file or directory, open '{path}'",
            "enoent This is related to npm not being able to find a file.",
            "enoent",
            log_line(process),
        )
        return 254
    print_error(
        process,
        "code EJSONPARSE",
        f"path {path}",
        "JSON.parse Failed to parse JSON data.",
        "JSON.parse Note: package.json must be actual JSON, not just JavaScript.",
        log_line(process),
    )
    process.note("estimated", "packages.output_shortened", command="npm")
    return 1


def print_error(process: Process, *lines: str) -> None:
    """Print lines as npm 10 and 11 mark errors."""
    process.out("".join(f"npm error {line}".rstrip() + "\n" for line in lines), 2)


def log_line(process: Process) -> str:
    """The line that names the log file, which isn't written here."""
    moment = datetime.fromtimestamp(process.fs.now // 10**9, UTC).strftime("%Y-%m-%dT%H_%M_%S")
    home = process.env.get("HOME", "/root")
    return f"A complete log of this run can be found in: {home}/.npm/_logs/{moment}_000Z-debug-0.log"
