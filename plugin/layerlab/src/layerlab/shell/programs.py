"""Which file a command name means, and what kind of program that file is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from layerlab.filesystem import Bytes, Directory, Editor, File, FileSystemError, Unknown, same_content
from layerlab.filesystem.node import BULK_NAME
from layerlab.filesystem.paths import join
from layerlab.shell.commands.registry import Body
from layerlab.shell.model import Flavour, ShellKind

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SHELLS: Mapping[str, ShellKind] = {"dash": "dash", "sh": "dash", "ash": "ash", "bash": "bash", "rbash": "bash"}
SYNONYMS: Mapping[str, str] = {
    "mawk": "awk", "gawk": "awk", "original-awk": "awk", "nawk": "awk", "bsdtar": "tar", "which.debianutils": "which",
    "ldconfig.real": "ldconfig",
}  # fmt: skip
DISTRIBUTION_SCRIPTS = frozenset(
    {
        "which.debianutils", "which", "gunzip", "zcat", "ldconfig", "adduser", "addgroup", "deluser", "delgroup",
        "update-alternatives", "update-ca-certificates", "tempfile", "savelog", "add-apt-repository",
    }
)  # fmt: skip
"""Programs that are scripts in the distributions; we have an implementation of our own for what they do."""
SYSTEM_DIRECTORIES = frozenset(
    {"/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/opt/venv/bin"}
)

Problem: TypeAlias = Literal["missing", "denied", "directory", "murky"]


@dataclass(frozen=True, slots=True)
class Found:
    """A file that can be run.

    Attributes:
        path: As it was found on PATH or named.
        canonical: Without links.
        node: The file.
    """

    path: str
    canonical: str
    node: File


@dataclass(frozen=True, slots=True)
class Known:
    """A program we have an implementation of."""

    body: Body
    flavour: Flavour


@dataclass(frozen=True, slots=True)
class ShellProgram:
    """One of the shells."""

    kind: ShellKind


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """A text to be run by an interpreter; None if it names none."""

    interpreter: str | None
    argument: str
    text: str


@dataclass(frozen=True, slots=True)
class Unmodelled:
    """A program we know nothing of but that it is there."""

    name: str


Program: TypeAlias = Known | ShellProgram | ScriptFile | Unmodelled


def find(fs: Editor, name: str, path: str, cwd: str) -> Found | Problem:
    """Look a command up as execvp does.

    Args:
        fs: The tree.
        name: With a slash a path, else searched for.
        path: Value of PATH.
        cwd: Working directory.
    """
    if "/" in name:
        return _candidate(fs, join(cwd, name))
    if not name:
        return "missing"
    best: Problem = "missing"
    without: list[str] = []
    for directory in path.split(":"):
        found = _candidate(fs, join(cwd, (directory or ".").rstrip("/") + "/" + name))
        if isinstance(found, Found):
            return found
        if found == "denied":
            best = "denied"
        elif found == "missing":
            without.append(directory)
    if best == "missing" and any(is_murky(fs, join(cwd, directory or ".")) for directory in without):
        return "murky"
    return best


def is_murky(fs: Editor, directory: str) -> bool:
    """Whether a directory may hold files nobody knows of: an unmodelled program wrote to it."""
    node = fs.lookup(directory)
    if not isinstance(node, Directory):
        return False
    bulk = node.entries.get(BULK_NAME)
    return isinstance(bulk, File) and isinstance(bulk.content, Unknown)


def _candidate(fs: Editor, path: str) -> Found | Problem:
    try:
        canonical, node = fs.locate(path)
    except FileSystemError as error:
        return "denied" if error.code == "EACCES" else "missing"
    if node is None:
        return "missing"
    if isinstance(node, Directory):
        return "directory"
    if not isinstance(node, File) or not fs.permits(node, 1):
        return "denied"
    return Found(path, canonical, node)


def classify(fs: Editor, found: Found, argv0: str, table: Mapping[tuple[str, Flavour], Body]) -> Program:
    """What a file does when it is run."""
    called = argv0.rpartition("/")[2]
    resolved = found.canonical.rpartition("/")[2]
    content = found.node.content
    known = _implementation(called, resolved, table)
    if isinstance(content, Bytes) and is_text(content.data):
        script = _script(content.data)
        interpreter = (script.interpreter or "/bin/sh").rpartition("/")[2]
        distribution = resolved in DISTRIBUTION_SCRIPTS or interpreter not in SHELLS
        if known is not None and distribution and found.path.rpartition("/")[0] in SYSTEM_DIRECTORIES:
            return known
        return script
    if _is_busybox(fs, found):
        return _applet(called if called != "busybox" else resolved, table)
    if resolved in SHELLS or called in SHELLS:
        return ShellProgram(SHELLS.get(resolved) or SHELLS[called])
    return known or Unmodelled(called)


def applet(name: str, table: Mapping[tuple[str, Flavour], Body]) -> Program:
    """What `busybox NAME` is."""
    return _applet(name, table)


def _applet(name: str, table: Mapping[tuple[str, Flavour], Body]) -> Program:
    if name in {"sh", "ash"}:
        return ShellProgram("ash")
    body = table.get((name, "busybox"))
    return Known(body, "busybox") if body is not None else Unmodelled(name)


def _implementation(called: str, resolved: str, table: Mapping[tuple[str, Flavour], Body]) -> Known | None:
    for name in (resolved, SYNONYMS.get(resolved, ""), called, SYNONYMS.get(called, "")):
        body = table.get((name, "gnu"))
        if body is not None:
            return Known(body, "gnu")
    return None


def _is_busybox(fs: Editor, found: Found) -> bool:
    if found.canonical.rpartition("/")[2] in {"busybox", "busybox.static"}:
        return True
    for path in ("/bin/busybox", "/usr/bin/busybox"):
        node = fs.lookup(path)
        if (
            isinstance(node, File)
            and not isinstance(node.content, Unknown)
            and same_content(node.content, found.node.content)
        ):
            return True
    return False


def is_text(data: bytes) -> bool:
    """Whether a kernel that can't run a file leaves it to the shell as a script."""
    return b"\0" not in data[:256] and not data.startswith(b"\x7fELF")


def _script(data: bytes) -> ScriptFile:
    text = data.decode("utf-8", "surrogateescape")
    if not text.startswith("#!"):
        return ScriptFile(None, "", text)
    words = text.partition("\n")[0][2:].strip().split(None, 1)
    if not words:
        return ScriptFile(None, "", text)
    return ScriptFile(words[0], words[1].strip() if len(words) > 1 else "", text)
