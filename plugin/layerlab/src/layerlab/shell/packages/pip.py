"""`pip install` and `python -m pip|venv`: recorded wheels go into site-packages, downloads into the cache (pip 23)."""

from __future__ import annotations

from dataclasses import dataclass, field

from layerlab.catalogue.packages import PipFacts, Wheel, normalised
from layerlab.filesystem import BULK_NAME, Bytes, Editor, File
from layerlab.filesystem.paths import join, parent
from layerlab.shell.commands.registry import command
from layerlab.shell.packages.dpkg_state import place_unknown
from layerlab.shell.packages.pip_files import (
    info_folder,
    is_managed,
    keep_downloads,
    make_environment,
    put_program,
    site_packages,
    unpack,
)
from layerlab.shell.packages.requirements import RequirementError, Requirements, read_requirements
from layerlab.shell.process import Process

UNRECORDED = "packages.pip.unrecorded_file"
PYTHONS = tuple(f"python3.{minor}" for minor in range(7, 16))
PIPS = ("pip", "pip3", *(f"pip3.{minor}" for minor in range(7, 16)))
FLAGS_WITH_VALUE = frozenset(
    {
        "-c", "--constraint", "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--trusted-host",
        "--prefix", "--root", "--cache-dir", "--timeout", "--retries", "--platform", "--python-version",
        "--only-binary", "--no-binary", "--progress-bar", "--proxy", "--upgrade-strategy", "--root-user-action",
        "--use-feature", "--python", "--log", "--cert", "--src", "--implementation", "--abi", "-C",
        "--config-settings", "--global-option",
    }
)  # fmt: skip
EXTERNALLY_MANAGED = """error: externally-managed-environment

× This environment is externally managed
╰─> To install Python packages system-wide, try apt install
    python3-xyz, where xyz is the package you are trying to
    install.
    
    If you wish to install a non-Debian-packaged Python package,
    create a virtual environment using python3 -m venv path/to/venv.
    Then use path/to/venv/bin/python and path/to/venv/bin/pip. Make
    sure you have python3-full installed.
    
    If you wish to install a non-Debian packaged Python application,
    it may be easiest to use pipx install xyz, which will manage a
    virtual environment for you. Make sure you have pipx installed.
    
    See /usr/share/doc/python3.11/README.venv for more information.

note: If you believe this is a mistake, please contact your Python installation or OS distribution provider. You can override this, at the risk of breaking your Python installation or OS, by passing --break-system-packages.
hint: See PEP 668 for the detailed specification.
"""  # noqa: W293, E501  (Debian 12's own text)


@dataclass(slots=True)
class Options:
    """A command line of `pip install`.

    Attributes:
        words: Operands.
        files: Requirement files.
        editable: Operands of `-e`.
        no_cache: Whether downloads aren't kept.
        no_compile: Whether no bytecode is written.
        target: Folder of `--target`, or None.
        no_dependencies: Whether closures are left out.
        system: Whether `--break-system-packages` was given.
        user: Whether `--user` was given.
        quiet: Whether nothing is printed.
    """

    words: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    editable: list[str] = field(default_factory=list)
    no_cache: bool = False
    no_compile: bool = False
    target: str | None = None
    no_dependencies: bool = False
    system: bool = False
    user: bool = False
    quiet: bool = False


@command(*PIPS, flavours=["gnu", "busybox"])
def pip(process: Process) -> int:
    """`pip COMMAND …`."""
    return run_pip(process, process.args)


@command("python", "python3", *PYTHONS, flavours=["gnu", "busybox"])
def python(process: Process) -> int:
    """`python -m pip …` and `python -m venv DIR`; other programs aren't run."""
    match process.args:
        case ("-m", "pip", *rest):
            return run_pip(process, tuple(rest))
        case ("-m", "venv", *rest):
            return make_environment(process, [word for word in rest if not word.startswith("-")])
        case ("--version" | "-V",) if process.env.get("PYTHON_VERSION") and process.program.startswith("/usr/local/"):
            process.out(f"Python {process.env['PYTHON_VERSION']}\n")
            return 0
        case _:
            process.note("unknown", "shell.unmodelled", command=process.name)
            return 0


def run_pip(process: Process, args: tuple[str, ...]) -> int:
    """Do what `pip ARGS` does."""
    words = [word for word in args if not word.startswith("-")]
    if process.facts is None or not words:
        process.note("unknown", "shell.unmodelled", command="pip")
        return 0
    operation = words[0]
    if operation != "install":
        known = {
            "uninstall",
            "list",
            "freeze",
            "show",
            "check",
            "cache",
            "config",
            "download",
            "wheel",
            "debug",
            "hash",
        }
        if operation in known:
            process.note("unknown", "packages.pip.operation", operation=operation)
            return 0
        process.out(f'ERROR: unknown command "{operation}"\n', 2)
        return 1
    position = args.index("install")
    options = _options(process, (*args[:position], *args[position + 1 :]))
    try:
        return _install(process, process.facts.pip(), options)
    except RequirementError as error:
        process.out(f"ERROR: {error}\n", 2)
        return 1


def _options(process: Process, args: tuple[str, ...]) -> Options:
    options = Options(
        no_cache=process.env.get("PIP_NO_CACHE_DIR", "").lower() in {"1", "true", "on", "yes", "off", "0"}
    )
    options.system = process.env.get("PIP_BREAK_SYSTEM_PACKAGES", "") not in {"", "0"}
    flags = {"--no-cache-dir": "no_cache", "--no-compile": "no_compile", "--no-deps": "no_dependencies"}
    flags |= {"--break-system-packages": "system", "--user": "user", "-q": "quiet", "--quiet": "quiet", "-qq": "quiet"}
    waiting = list(args)
    while waiting:
        word = waiting.pop(0)
        name, equals, value = word.partition("=")
        if name in {"-r", "--requirement"}:
            options.files.append(value if equals else (waiting.pop(0) if waiting else ""))
        elif word.startswith("-r") and not word.startswith("--"):
            options.files.append(word[2:])
        elif name in {"-e", "--editable"}:
            options.editable.append(value if equals else (waiting.pop(0) if waiting else ""))
        elif name in {"-t", "--target"}:
            options.target = value if equals else (waiting.pop(0) if waiting else "")
        elif name in FLAGS_WITH_VALUE:
            if not equals and waiting:
                waiting.pop(0)
        elif name in flags:
            setattr(options, flags[name], True)
        elif not word.startswith("-"):
            options.words.append(word)
    return options


def _install(process: Process, facts: PipFacts, options: Options) -> int:
    wanted = _requirements(process, options)
    if not wanted.names and not wanted.local and not options.files and not options.editable:
        process.out('ERROR: You must give at least one requirement to install (see "pip help install")\n', 2)
        return 1
    site = join(process.cwd, options.target) if options.target else site_packages(process, user=options.user)
    if site.endswith("dist-packages") and not options.system and not options.user and is_managed(process.fs):
        process.out(EXTERNALLY_MANAGED, 2)
        return 1
    for path in [*options.editable, *wanted.local]:
        code = _local(process, path, site, editable=path in options.editable)
        if code:
            return code
    wheels, unrecorded = _resolve(facts, wanted.names, process.fs, site, dependencies=not options.no_dependencies)
    programs = parent(process.program or "/usr/local/bin/pip")
    for wheel in wheels:
        unpack(process.fs, site, wheel, compiled=not options.no_compile)
        for program in facts.programs(wheel.name.partition("@")[0]):
            put_program(process.fs, f"{programs}/{program}")
    for name in unrecorded:
        place_unknown(process.fs, f"{site}/{normalised(name).replace('-', '_')}/{BULK_NAME}", UNRECORDED)
        place_unknown(process.fs, f"{programs}/{BULK_NAME}", UNRECORDED)
    if not options.no_cache and (wheels or unrecorded):
        keep_downloads(process, wheels, complete=not unrecorded)
    others = _other_versions(wheels, wanted)
    if others:
        process.note("estimated", "packages.pip.other_version", packages=" ".join(others))
    _say(process, facts, wheels, unrecorded, quiet=options.quiet or bool(others))
    return 0


def _requirements(process: Process, options: Options) -> Requirements:
    wanted = Requirements()
    for word in options.words:
        wanted.add(word)
    for path in options.files:
        found = read_requirements(path, lambda name: _text(process, name))
        wanted.include(found)
    return wanted


def _text(process: Process, name: str) -> str | None:
    node = process.fs.lookup(process.path(name))
    if not isinstance(node, File):
        return None
    if not isinstance(node.content, Bytes):
        process.note("unknown", "packages.pip.unread", file=name)
        return ""
    return node.content.data.decode("utf-8", "replace")


def _resolve(
    facts: PipFacts, names: list[str], fs: Editor, site: str, *, dependencies: bool
) -> tuple[list[Wheel], list[str]]:
    """Recorded distributions that aren't there yet, and names of which nothing, or not all, is recorded."""
    wheels: dict[str, Wheel] = {}
    unrecorded: list[str] = []
    for name in names:
        closure = facts.closure(name)
        if closure is None:
            unrecorded.append(name)
            continue
        for member in closure if dependencies else closure[:1]:
            if isinstance(member, str):
                unrecorded.append(member.partition("@")[0])
            elif not fs.exists(info_folder(site, member)):
                wheels[member.name] = member
        if facts.is_alone(name) and dependencies:
            unrecorded.append(f"{name}-dependencies")
    return list(wheels.values()), list(dict.fromkeys(unrecorded))


def _other_versions(wheels: list[Wheel], wanted: Requirements) -> list[str]:
    """Projects that are asked for in another version than the recorded one."""
    pins = {normalised(name): version for name, version in wanted.pins.items()}
    names = {normalised(name): version for name, _, version in (wheel.name.partition("@") for wheel in wheels)}
    return sorted(f"{name}=={pins[name]}" for name, version in names.items() if pins.get(name, version) != version)


def _local(process: Process, path: str, site: str, *, editable: bool) -> int:
    """A project of the context: its own files are small and known only to its build backend."""
    plain = path.partition("[")[0]
    if "://" in plain:
        place_unknown(process.fs, f"{site}/{BULK_NAME}", UNRECORDED)
        process.note("unknown", "packages.pip.address", address=plain)
        return 0
    folder = process.path(plain)
    if plain.endswith((".whl", ".tar.gz", ".zip")) or not process.is_directory(plain):
        if process.fs.exists(folder):
            place_unknown(process.fs, f"{site}/{BULK_NAME}", UNRECORDED)
            process.note("unknown", "packages.pip.address", address=plain)
            return 0
        process.out(
            f"ERROR: Invalid requirement: {plain!r}: Expected package name at the start of dependency specifier\n", 2
        )
        return 1
    if not any(process.fs.exists(f"{folder}/{name}") for name in ("setup.py", "pyproject.toml")):
        if editable:
            process.out(
                f"ERROR: file://{folder.rstrip('/.') or '/'} does not appear to be a Python project: "
                "neither 'setup.py' nor 'pyproject.toml' found.\n",
                2,
            )
        else:
            process.out(
                f"ERROR: Directory {plain!r} is not installable. Neither 'setup.py' nor 'pyproject.toml' found.\n", 2
            )
        return 1
    place_unknown(process.fs, f"{site}/{BULK_NAME}", UNRECORDED)
    process.note("unknown", "packages.pip.project", path=plain)
    return 0


def _say(process: Process, facts: PipFacts, wheels: list[Wheel], unrecorded: list[str], *, quiet: bool) -> None:
    if wheels:
        process.note("estimated", "packages.pip.recorded", snapshot=facts.snapshot)
        if not quiet:
            names = sorted(wheel.name.replace("@", "-") for wheel in wheels)
            if not unrecorded:
                process.out(f"Successfully installed {' '.join(names)}\n")
            process.note("estimated", "packages.output_shortened", command="pip")
    if unrecorded:
        process.note("unknown", "packages.pip.unrecorded", packages=" ".join(unrecorded))
