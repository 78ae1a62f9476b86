"""`npm`, `yarn`, `pnpm`: package.json in, recorded `node_modules` out (npm 10 and 11).

The cache below `~/.npm` is left out: nobody recorded how long it gets.
"""

from __future__ import annotations

import json

from layerlab.catalogue.packages import NodePackage, NpmFacts
from layerlab.filesystem import BULK_NAME, Bulk, Bytes, Estimated, File, Meta
from layerlab.filesystem.paths import parent
from layerlab.shell.commands.registry import command
from layerlab.shell.packages.dpkg_state import place, place_unknown
from layerlab.shell.packages.npm_scripts import (
    RUNS,
    Options,
    PackageFileError,
    complain,
    package_file,
    print_error,
    read_options,
    run_script,
    scripts_of,
)
from layerlab.shell.process import Process

MODULES = "packages.npm.modules"
LOCK = "packages.npm.lock"
UNRECORDED = "packages.npm.unrecorded_file"
LOCK_FILES = ("package-lock.json", "npm-shrinkwrap.json")
INSTALLS = frozenset({"install", "i", "add", "in", "isntall"})
CLEAN_INSTALLS = frozenset({"ci", "clean-install", "ic", "install-clean", "isntall-clean"})


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
            return run_script(process, options)
    except PackageFileError as error:
        return complain(process, error)
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
                return run_script(process, options)
            case _ if operation in scripts_of(process):
                options.words = ["run", *options.words]
                return run_script(process, options)
    except PackageFileError as error:
        return complain(process, error)
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
        package = package_file(process)
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
        print_error(
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
    package = package_file(process) if process.fs.exists(path) else {}
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
