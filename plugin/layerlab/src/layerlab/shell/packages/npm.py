"""`npm`, `yarn`, `pnpm`: package.json in, recorded `node_modules` out (npm 10 and 11).

The cache below `~/.npm` is left out: nobody recorded how long it gets.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from layerlab.catalogue.packages import NodePackage, NpmFacts
from layerlab.filesystem import BULK_NAME, Bulk, Bytes, Directory, Estimated, File, Meta
from layerlab.filesystem.paths import parent
from layerlab.shell.commands.registry import command
from layerlab.shell.packages.dpkg_state import place, place_unknown
from layerlab.shell.process import Process

MODULES = "packages.npm.modules"
LOCK = "packages.npm.lock"
UNRECORDED = "packages.npm.unrecorded_file"
LOCK_FILES = ("package-lock.json", "npm-shrinkwrap.json")
INSTALLS = frozenset({"install", "i", "add", "in", "isntall"})
CLEAN_INSTALLS = frozenset({"ci", "clean-install", "ic", "install-clean", "isntall-clean"})
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


@command("npm", "pnpm", flavours=["gnu", "busybox"])
def npm(process: Process) -> int:
    """`npm install|ci|run|…`."""
    if process.facts is None:
        process.note("unknown", "shell.unmodelled", command=process.name)
        return 0
    options = read_options(process)
    operation = options.words[0] if options.words else ""
    try:
        if operation in INSTALLS and options.words[1:]:
            return _add(process, process.facts.npm(), options)
        if operation in INSTALLS:
            return _install(process, process.facts.npm(), options)
        if operation in CLEAN_INSTALLS:
            return _clean_install(process, process.facts.npm(), options)
        if operation in RUNS:
            return _run(process, options)
    except PackageFileError as error:
        return _complain(process, error)
    if operation == "cache":
        process.note("estimated", "packages.npm.cache")
        return 0
    process.note("unknown", "packages.npm.operation", operation=f"{process.name} {operation}".strip())
    return 0


@command("yarn", "yarnpkg", flavours=["gnu", "busybox"])
def yarn(process: Process) -> int:
    """`yarn [install|add|run SCRIPT|SCRIPT]` (yarn 1)."""
    if process.facts is None:
        process.note("unknown", "shell.unmodelled", command=process.name)
        return 0
    options = read_options(process)
    operation = options.words[0] if options.words else "install"
    try:
        match operation:
            case "install":
                return _install(process, process.facts.npm(), options)
            case "add":
                return _add(process, process.facts.npm(), options)
            case "global" if options.words[1:2] == ["add"]:
                options.words, options.is_global = options.words[1:], True
                return _add(process, process.facts.npm(), options)
            case "cache":
                process.note("estimated", "packages.npm.cache")
                return 0
            case "run":
                return _run(process, options)
            case _ if operation in _scripts(process):
                options.words = ["run", *options.words]
                return _run(process, options)
    except PackageFileError as error:
        return _complain(process, error)
    process.note("unknown", "packages.npm.operation", operation=f"yarn {operation}")
    return 0


@command("npx", flavours=["gnu", "busybox"])
def npx(process: Process) -> int:
    """`npx PROGRAM`: a program of node_modules isn't run."""
    program = next((word for word in process.args if not word.startswith("-")), "")
    process.note("unknown", "packages.npm.operation", operation=f"npx {program}".strip())
    return 0


# install


def _install(process: Process, facts: NpmFacts, options: Options) -> int:
    try:
        package = _package(process)
    except PackageFileError as error:
        if error.code != "ENOENT" or process.name != "npm":
            raise
        process.note("estimated", "packages.npm.no_package", folder=process.cwd)
        return 0
    names = [*package.get("dependencies", {})]
    if not options.production:
        names += [name for name in package.get("devDependencies", {}) if name not in names]
    _fill(process, facts, names, f"{process.cwd.rstrip('/')}/node_modules")
    return 0


def _clean_install(process: Process, facts: NpmFacts, options: Options) -> int:
    if not any(process.fs.exists(process.path(name)) for name in LOCK_FILES):
        _error(
            process,
            "code EUSAGE",
            "",
            "The `npm ci` command can only install with an existing package-lock.json or",
            "npm-shrinkwrap.json with lockfileVersion >= 1. Run an install with npm@5 or",
            "later to generate a package-lock.json file, then try again.",
        )
        process.note("estimated", "packages.output_shortened", command="npm")
        return 1
    modules = process.path("node_modules")
    if process.fs.exists(modules):
        process.fs.rmtree(modules)
    return _install(process, facts, options)


def _add(process: Process, facts: NpmFacts, options: Options) -> int:
    names = [_name(word) for word in options.words[1:]]
    if options.is_global:
        prefix = parent(parent(process.program or "/usr/local/bin/npm"))
        _fill(process, facts, names, f"{prefix}/lib/node_modules", lock=False)
        _programs(process, facts, names, f"{prefix}/bin")
        return 0
    _fill(process, facts, names, f"{process.cwd.rstrip('/')}/node_modules")
    if options.save:
        _save(process, facts, names)
    return 0


def _name(word: str) -> str:
    """`@scope/name@1.2` → `@scope/name`."""
    head, rest = (word[0], word[1:]) if word.startswith("@") else ("", word)
    return head + rest.partition("@")[0]


def _fill(process: Process, facts: NpmFacts, names: list[str], folder: str, *, lock: bool = True) -> None:
    """Put recorded packages into `node_modules`, each with what only it needs."""
    there: set[str] = set()
    recorded: list[NodePackage] = []
    unrecorded = [name for name in names if facts.package(name) is None]
    for name in names:
        package = facts.package(name)
        if package is None or process.fs.exists(f"{folder}/{name}/{BULK_NAME}"):
            continue
        shared = [other for other in package.closure if other in there and other != name]
        taken = [found for other in shared if (found := facts.package(other)) is not None]
        size = max(package.own_size, package.size - sum(each.own_size for each in taken))
        process.fs.makedirs(f"{folder}/{name}", 0o755)
        content = Bulk(package.files, size if name not in there else 0, MODULES)
        process.fs.put(f"{folder}/{name}/{BULK_NAME}", File(Meta(0o644, 0, 0, process.fs.now), content))
        there |= {name, *package.closure}
        recorded.append(package)
    for name in unrecorded:
        place_unknown(process.fs, f"{folder}/{name}/{BULK_NAME}", UNRECORDED)
    if names and lock:
        _programs(process, facts, names, f"{folder}/.bin")
        _lock(process, recorded, complete=not unrecorded)
    if recorded:
        process.note("estimated", "packages.npm.recorded", snapshot=facts.snapshot)
        process.note("estimated", "packages.npm.cache")
    if unrecorded:
        process.note("unknown", "packages.npm.unrecorded", packages=" ".join(unrecorded))


def _lock(process: Process, recorded: list[NodePackage], *, complete: bool) -> None:
    path = process.path({"yarn": "yarn.lock", "pnpm": "pnpm-lock.yaml"}.get(process.name, "package-lock.json"))
    if process.fs.exists(path):
        return
    if complete and process.name == "npm":
        place(process.fs, path, sum(package.lock for package in recorded), LOCK)
    else:
        place_unknown(process.fs, path, LOCK)


def _save(process: Process, facts: NpmFacts, names: list[str]) -> None:
    path = process.path("package.json")
    package = _package(process) if process.fs.exists(path) else {}
    wanted = {**package.get("dependencies", {})}
    for name in names:
        known = facts.package(name)
        wanted[name] = f"^{known.version}" if known else "*"
    package["dependencies"] = dict(sorted(wanted.items()))
    process.fs.write(path, Bytes((json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode()))


def _programs(process: Process, facts: NpmFacts, names: list[str], folder: str) -> None:
    """Commands that packages bring; those of packages nobody recorded may have any name."""
    for name in names:
        for program in facts.programs(name):
            _put_command(process, f"{folder}/{program}")
        if facts.package(name) is None:
            place_unknown(process.fs, f"{folder}/{BULK_NAME}", UNRECORDED)


def _put_command(process: Process, path: str) -> None:
    if not process.fs.exists(path, follow=False):
        process.fs.makedirs(parent(path), 0o755)
        process.fs.put(path, File(Meta(0o755, 0, 0, process.fs.now), Estimated(0, MODULES)))


# run


def _scripts(process: Process) -> dict[str, str]:
    scripts = _package(process).get("scripts", {})
    return {str(name): str(text) for name, text in scripts.items()} if isinstance(scripts, dict) else {}


def _run(process: Process, options: Options) -> int:
    """`npm run NAME`: the script of package.json, in a shell with node_modules/.bin first on PATH."""
    fixed = RUNS.get(options.words[0])
    name = fixed or (options.words[1] if len(options.words) > 1 else "")
    package = _package(process)
    scripts = _scripts(process)
    text = scripts.get(name)
    if text is None and name == "start" and process.fs.exists(process.path("server.js")):
        text = "node server.js"
    if text is None:
        if not name:
            process.note("unknown", "packages.npm.operation", operation="npm run")
            return 0
        _error(
            process, f'Missing script: "{name}"', "", "To see a list of scripts, run:", "  npm run", _log_line(process)
        )
        return 1
    extra = options.words[1 if fixed else 2 :]
    whole = " ".join([text, *extra])
    if not options.quiet and process.name == "npm":
        title = f"{package.get('name', '')}@{package.get('version', '')}".strip("@")
        process.out(f"\n> {title + ' ' if title else ''}{name}\n> {whole}\n\n")
    path = f"{process.cwd.rstrip('/')}/node_modules/.bin:{process.env.get('PATH', '')}"
    code = process.run(["sh", "-c", whole], env={**process.env, "PATH": path})
    if code == 127 and isinstance(process.fs.lookup(process.path("node_modules")), Directory):
        # The program is most likely one of node_modules/.bin, whose names nobody recorded.
        process.note("unknown", "packages.npm.operation", operation=whole)
        return 0
    return code


def _package(process: Process) -> dict[str, Any]:
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


def _complain(process: Process, error: PackageFileError) -> int:
    path = process.path("package.json")
    if error.code == "ENOENT":
        _error(
            process,
            "code ENOENT",
            "syscall open",
            f"path {path}",
            "errno -2",
            f"enoent Could not read package.json: Error: ENOENT: no such file or directory, open '{path}'",
            "enoent This is related to npm not being able to find a file.",
            "enoent",
            _log_line(process),
        )
        return 254
    _error(
        process,
        "code EJSONPARSE",
        f"path {path}",
        "JSON.parse Failed to parse JSON data.",
        "JSON.parse Note: package.json must be actual JSON, not just JavaScript.",
        _log_line(process),
    )
    process.note("estimated", "packages.output_shortened", command="npm")
    return 1


def _error(process: Process, *lines: str) -> None:
    process.out("".join(f"npm error {line}".rstrip() + "\n" for line in lines), 2)


def _log_line(process: Process) -> str:
    moment = datetime.fromtimestamp(process.fs.now // 10**9, UTC).strftime("%Y-%m-%dT%H_%M_%S")
    home = process.env.get("HOME", "/root")
    return f"A complete log of this run can be found in: {home}/.npm/_logs/{moment}_000Z-debug-0.log"
