"""Package managers and build tools nobody recorded sizes of: their input is looked at, their effect is unknown.

What they write is booked as unknown where they are known to write it, so that a later step can't find "nothing".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from layerlab.filesystem import BULK_NAME, File, Meta, Unknown
from layerlab.filesystem.paths import join, parent
from layerlab.shell.commands.registry import command
from layerlab.shell.packages.dpkg_state import place_unknown
from layerlab.shell.process import Process

UNRECORDED = "packages.other.file"


@dataclass(frozen=True, slots=True)
class Tool:
    """What is known of a tool.

    Attributes:
        needs: File without which it stops, looked for upwards from the working directory if `upwards`.
        error: Its words then; `{cwd}` is the working directory.
        code: Its exit code then.
        verbs: First operands that need the file; empty for all.
        writes: Folders it fills; `~` is the home folder, others are relative to the working directory.
        upwards: Whether parent directories are searched too.
    """

    needs: str = ""
    error: str = ""
    code: int = 1
    verbs: frozenset[str] = frozenset()
    writes: tuple[str, ...] = ()
    upwards: bool = False


CARGO = "error: could not find `Cargo.toml` in `{cwd}` or any parent directory\n"
GO = "go: go.mod file not found in current directory or any parent directory; see 'go help modules'\n"
COMPOSER = (
    "Composer could not find a composer.json file in {cwd}\n"
    "To initialize a project, please create a composer.json file. See https://getcomposer.org/basic-usage\n"
)
POETRY = "\nPoetry could not find a pyproject.toml file in {cwd} or its parents\n"
JAVA = ("target", "~/.m2")

TOOLS: Mapping[str, Tool] = {
    "go": Tool(
        "go.mod", GO, 1, frozenset({"build", "vet", "list"}), ("~/go/pkg/mod", "~/.cache/go-build"), upwards=True
    ),
    "cargo": Tool(
        "Cargo.toml",
        CARGO,
        101,
        frozenset({"build", "test", "check", "run", "fetch"}),
        ("target", "~/.cargo"),
        upwards=True,
    ),
    "composer": Tool("composer.json", COMPOSER, 1, frozenset({"install", "update", "dump-autoload"}), ("vendor",)),
    "poetry": Tool(
        "pyproject.toml",
        POETRY,
        1,
        frozenset({"install", "export", "lock", "build"}),
        ("~/.cache/pypoetry",),
        upwards=True,
    ),
    "bundle": Tool(
        "Gemfile",
        "Could not locate Gemfile\n",
        10,
        frozenset({"install", "exec"}),
        ("/usr/local/bundle",),
        upwards=True,
    ),
    "gem": Tool(writes=("/usr/local/bundle",)),
    "uv": Tool(writes=(".venv", "~/.cache/uv")),
    "pipenv": Tool(writes=("~/.local/share/virtualenvs",)),
    "pipx": Tool(writes=("~/.local/bin",)),
    "conda": Tool(writes=("/opt/conda",)),
    "mvn": Tool(writes=JAVA),
    "gradle": Tool(writes=("build", "~/.gradle")),
    "dnf": Tool(writes=("/usr/bin", "/usr/lib")),
    "yum": Tool(writes=("/usr/bin", "/usr/lib")),
    "microdnf": Tool(writes=("/usr/bin", "/usr/lib")),
    "tdnf": Tool(writes=("/usr/bin", "/usr/lib")),
    "docker-php-ext-install": Tool(writes=("/usr/local/lib/php/extensions", "/usr/local/etc/php/conf.d")),
    "pecl": Tool(writes=("/usr/local/lib/php/extensions",)),
}
CLEANING = frozenset({"clean", "cache", "clear-cache", "--version", "version", "-v", "--help", "help", "config", "env"})
SUPERUSER = frozenset({"dnf", "yum", "microdnf", "tdnf"})


@command(*TOOLS, "bundler", flavours=["gnu", "busybox"])
def tool(process: Process) -> int:
    """Look at the input, book the output as unknown."""
    name = "bundle" if process.name == "bundler" else process.name
    known = TOOLS[name]
    verb = next((word for word in process.args if not word.startswith("-")), process.args[0] if process.args else "")
    if known.needs and verb in known.verbs and not _has(process, known):
        process.out(known.error.format(cwd=process.cwd), 2)
        return known.code
    if name in SUPERUSER and process.fs.who.uid != 0:
        process.out(
            "Error: This command has to be run with superuser privileges (under the root user on most systems).\n", 2
        )
        return 1
    process.note("unknown", "packages.other.unknown", command=f"{process.name} {verb}".strip())
    if verb not in CLEANING:
        for folder in known.writes:
            _book(process, folder)
        _outputs(process, name)
    return 0


def _has(process: Process, known: Tool) -> bool:
    folder = process.cwd
    while True:
        if process.fs.exists(join(folder, known.needs)):
            return True
        if not known.upwards or folder == "/":
            return False
        folder = parent(folder)


def _book(process: Process, folder: str) -> None:
    home = process.env.get("HOME", "/root")
    if folder.startswith("~/go") and process.env.get("GOPATH"):
        path = process.env["GOPATH"] + folder[4:]
    else:
        path = home + folder[1:] if folder.startswith("~") else process.path(folder)
    place_unknown(process.fs, f"{path.rstrip('/')}/{BULK_NAME}", UNRECORDED)


def _outputs(process: Process, name: str) -> None:
    """Files that the command line names as its result."""
    args = process.args
    if name == "go" and args[:1] == ("build",):
        named = [args[i + 1] for i in range(len(args) - 1) if args[i] == "-o"]
        named += [word[3:] for word in args if word.startswith("-o=")]
        for path in named:
            target = process.path(path)
            inside = path.endswith("/") or process.is_directory(path)
            final = f"{target.rstrip('/')}/{BULK_NAME}" if inside else target
            process.fs.makedirs(parent(final), 0o755)
            process.fs.put(final, File(Meta(0o755, 0, 0, process.fs.now), Unknown(UNRECORDED)))
        if not named:
            place_unknown(process.fs, f"{process.cwd.rstrip('/')}/{BULK_NAME}", UNRECORDED)
