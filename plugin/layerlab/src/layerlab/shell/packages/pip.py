"""`pip install` and `python -m pip|venv`: recorded wheels go into site-packages, downloads into the cache (pip 23)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from layerlab.catalogue.packages import PipFacts, Wheel, normalised
from layerlab.filesystem import BULK_NAME, Bulk, Bytes, Directory, Editor, Estimated, File, Meta, Unknown
from layerlab.filesystem.paths import join, parent
from layerlab.shell.commands.registry import command
from layerlab.shell.packages.dpkg_state import place_unknown
from layerlab.shell.packages.requirements import RequirementError, Requirements, read_requirements
from layerlab.shell.process import Process

WHEEL = "packages.pip.wheel"
CACHED = "packages.pip.cached"
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
            return _venv(process, [word for word in rest if not word.startswith("-")])
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
    if site.endswith("dist-packages") and not options.system and not options.user and _is_managed(process.fs):
        process.out(EXTERNALLY_MANAGED, 2)
        return 1
    for path in [*options.editable, *wanted.local]:
        code = _local(process, path, site, editable=path in options.editable)
        if code:
            return code
    wheels, unrecorded = _resolve(facts, wanted.names, process.fs, site, dependencies=not options.no_dependencies)
    programs = parent(process.program or "/usr/local/bin/pip")
    for wheel in wheels:
        _unpack(process.fs, site, wheel, compiled=not options.no_compile)
        for program in facts.programs(wheel.name.partition("@")[0]):
            _script(process.fs, f"{programs}/{program}")
    for name in unrecorded:
        place_unknown(process.fs, f"{site}/{normalised(name).replace('-', '_')}/{BULK_NAME}", UNRECORDED)
        place_unknown(process.fs, f"{programs}/{BULK_NAME}", UNRECORDED)
    if not options.no_cache and (wheels or unrecorded):
        _cache(process, wheels, complete=not unrecorded)
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


def site_packages(process: Process, *, user: bool = False) -> str:
    """The folder a pip installs to: its own environment's, the user's, or the system's."""
    home = process.env.get("HOME", "/root")
    prefix = parent(parent(process.program or "/usr/local/bin/pip"))
    version = _minor(process.fs, prefix) or _minor(process.fs, "/usr/local") or "3.11"
    if user:
        return f"{home}/.local/lib/python{version}/site-packages"
    if prefix == "/usr":
        return f"/usr/local/lib/python{version}/dist-packages"
    return f"{prefix}/lib/python{version}/site-packages"


def _minor(fs: Editor, prefix: str) -> str | None:
    for folder in (f"{prefix}/lib", f"{prefix}/bin"):
        node = fs.lookup(folder)
        for name in sorted(node.entries) if isinstance(node, Directory) else ():
            found = re.fullmatch(r"python(3\.\d+)", name)
            if found:
                return found[1]
    return None


def _is_managed(fs: Editor) -> bool:
    """Whether the system's Python refuses pip (PEP 668): Debian 12 and later, Ubuntu 23.04 and later."""
    node = fs.lookup("/etc/os-release")
    text = node.content.data.decode() if isinstance(node, File) and isinstance(node.content, Bytes) else ""
    found = re.search(r'^VERSION_ID="?(\d+)', text, re.MULTILINE)
    release = int(found[1]) if found else 0
    return (("ID=debian" in text) and release >= 12) or (("ID=ubuntu" in text) and release >= 23)


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
            elif not fs.exists(_folder(site, member)):
                wheels[member.name] = member
        if facts.is_alone(name) and dependencies:
            unrecorded.append(f"{name}-dependencies")
    return list(wheels.values()), list(dict.fromkeys(unrecorded))


def _other_versions(wheels: list[Wheel], wanted: Requirements) -> list[str]:
    """Projects that are asked for in another version than the recorded one."""
    pins = {normalised(name): version for name, version in wanted.pins.items()}
    names = {normalised(name): version for name, _, version in (wheel.name.partition("@") for wheel in wheels)}
    return sorted(f"{name}=={pins[name]}" for name, version in names.items() if pins.get(name, version) != version)


def _folder(site: str, wheel: Wheel) -> str:
    name, _, version = wheel.name.partition("@")
    return f"{site}/{re.sub(r'[-.]+', '_', name)}-{version}.dist-info"


def _unpack(fs: Editor, site: str, wheel: Wheel, *, compiled: bool) -> None:
    size = wheel.installed - (0 if compiled else wheel.compiled)
    files = wheel.files - (0 if compiled else wheel.compiled_files)
    folder = _folder(site, wheel)
    fs.makedirs(folder, 0o755)
    fs.put(f"{folder}/{BULK_NAME}", File(Meta(0o644, 0, 0, fs.now), Bulk(files, size, WHEEL)))


def _script(fs: Editor, path: str) -> None:
    """A program of a distribution; its bytes are counted with the distribution's."""
    if not fs.exists(path, follow=False):
        fs.put(path, File(Meta(0o755, 0, 0, fs.now), Estimated(0, WHEEL)))


def _cache(process: Process, wheels: list[Wheel], *, complete: bool) -> None:
    """Downloads are kept below the user's cache folder; a kept file is about as long as the wheel."""
    default = f"{process.env.get('HOME', '/root')}/.cache"
    folder = process.env.get("PIP_CACHE_DIR") or f"{process.env.get('XDG_CACHE_HOME', default)}/pip"
    process.fs.makedirs(f"{folder}/http-v2", 0o700)
    path = f"{folder}/http-v2/{BULK_NAME}"
    node = process.fs.lookup(path)
    had = node.content if isinstance(node, File) and isinstance(node.content, Bulk) else Bulk(0, 0, CACHED)
    total = Bulk(had.files + len(wheels), had.size + sum(wheel.wheel for wheel in wheels), CACHED)
    content = total if complete else Unknown(CACHED)
    process.fs.put(path, File(Meta(0o644, 0, 0, process.fs.now), content))


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


def _venv(process: Process, folders: list[str]) -> int:
    """`python -m venv DIR`: links to the interpreter, pip as recorded, activate scripts by name."""
    if process.facts is None or not folders:
        process.note("unknown", "shell.unmodelled", command=process.name)
        return 0
    fs = process.fs
    version = _minor(fs, parent(parent(process.program))) or "3.11"
    pip_wheels = [each for each in process.facts.pip().closure("pip") or () if isinstance(each, Wheel)]
    for name in folders:
        root = process.path(name).rstrip("/")
        site = f"{root}/lib/python{version}/site-packages"
        for folder in (f"{root}/bin", f"{root}/include", site):
            fs.makedirs(folder)
        links = {"python3": process.program, "python": "python3", f"python{version}": "python3"}
        for link, target in links.items():
            if not fs.exists(f"{root}/bin/{link}", follow=False):
                fs.symlink(target, f"{root}/bin/{link}")
        for script in ("pip", "pip3", f"pip{version}", "activate"):
            _script(fs, f"{root}/bin/{script}")
        for wheel in pip_wheels:
            _unpack(fs, site, wheel, compiled=True)
    process.note("estimated", "packages.pip.venv", snapshot=process.facts.pip().snapshot)
    return 0
