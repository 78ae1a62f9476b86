"""Which Debian packages a tree has: the base image's, and those with a file list of their own in dpkg's folder."""

from __future__ import annotations

import re
from dataclasses import dataclass

from layerlab.catalogue.packages import Deb, DebianFacts
from layerlab.filesystem import BULK_NAME, Bytes, Content, Directory, Editor, Estimated, File, Meta, Unknown, size_of
from layerlab.filesystem.paths import parent

INFO = "/var/lib/dpkg/info"
STATES = "/var/lib/apt/extended_states"
STATUS = "/var/lib/dpkg/status"
BOOKED = "packages.apt.booked"
INSTALLED = "packages.apt.installed"
GENERATED = "packages.apt.generated"
UNRECORDED = "packages.apt.unrecorded_file"
STATUS_PER_PACKAGE = 876
"""Bytes of one entry of dpkg's status file: 77,113 bytes for the 88 packages of debian:12."""

OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")


@dataclass(frozen=True, slots=True)
class Distribution:
    """What a tree says of its distribution.

    Attributes:
        family: `ID` of os-release: `debian`, `ubuntu`; empty if it can't be read.
        codename: `VERSION_CODENAME`; empty if there is none.
    """

    family: str
    codename: str

    @property
    def is_recorded(self) -> bool:
        """Whether the package facts are of this very release."""
        return (self.family, self.codename) == ("debian", "bookworm")


def distribution(fs: Editor) -> Distribution:
    """Read os-release."""
    text = ""
    for path in OS_RELEASE:
        node = fs.lookup(path)
        if isinstance(node, File) and isinstance(node.content, Bytes):
            text = node.content.data.decode("utf-8", "replace")
            break
    pairs = dict(re.findall(r'^([A-Z_]+)="?([^"\n]*)"?$', text, re.MULTILINE))
    return Distribution(pairs.get("ID", ""), pairs.get("VERSION_CODENAME", ""))


def marked(fs: Editor) -> tuple[str, ...]:
    """Packages with a file list of their own, sorted."""
    node = fs.lookup(INFO)
    if not isinstance(node, Directory):
        return ()
    lists = [name.removesuffix(".list") for name in node.entries if name.endswith(".list")]
    return tuple(sorted(name.partition(":")[0] for name in lists))


def installed(fs: Editor, facts: DebianFacts) -> frozenset[str]:
    """All installed packages, with what the marked ones need.

    A tree whose file lists are only known in sum has the base image's packages besides the marked ones.
    """
    names = marked(fs)
    if not fs.exists(f"{INFO}/{BULK_NAME}"):
        return frozenset(names)
    needed = {each for name in names for each in facts.closure(name, recommends=False) or (name,)}
    return frozenset({*names, *needed, *facts.base})


def automatic(fs: Editor) -> frozenset[str]:
    """Packages that were installed only because others need them, as apt noted."""
    node = fs.lookup(STATES)
    if not isinstance(node, File) or not isinstance(node.content, Bytes):
        return frozenset()
    text = node.content.data.decode("utf-8", "replace")
    return frozenset(re.findall(r"^Package: (\S+)\nArchitecture: \S+\nAuto-Installed: 1$", text, re.MULTILINE))


def add(fs: Editor, packages: list[Deb], facts: DebianFacts, auto: frozenset[str]) -> None:
    """Unpack packages: their commands by name, and a file list that carries what isn't a command's.

    Args:
        fs: The tree.
        packages: New ones.
        facts: For commands and generated files.
        auto: Names of those that were pulled in.
    """
    for package in packages:
        _unpack(fs, package, facts)
    for path, size in facts.generated(packages).items():
        _generate(fs, path, size)
    _rewrite_database(fs, len(packages), debconf=any(facts.asks_debconf(package.name) for package in packages))
    _note_automatic(fs, sorted(auto))


def remove(fs: Editor, packages: list[Deb], facts: DebianFacts) -> None:
    """Take packages away again, as far as their files are known."""
    for package in packages:
        for path in (*(facts.commands(package.name) or ()), f"{INFO}/{package.name}.list"):
            if fs.exists(path, follow=False):
                fs.remove(path)
    for path in facts.generated(packages):
        if fs.exists(path):
            fs.rmtree(path)
    _rewrite_database(fs, -len(packages), debconf=False)


def add_unrecorded(fs: Editor, name: str) -> None:
    """Note a package nobody recorded: it may bring commands under any name, of unknown size."""
    place_unknown(fs, f"{INFO}/{name}.list", UNRECORDED)
    for directory in ("/usr/bin", "/usr/sbin"):
        place_unknown(fs, f"{directory}/{BULK_NAME}", UNRECORDED)


def place(fs: Editor, path: str, size: int, note: str = INSTALLED) -> None:
    """Put a file of which the length is recorded."""
    _place(fs, path, Estimated(size, note), 0o644)


def place_unknown(fs: Editor, path: str, note: str) -> None:
    """Put a file of which nothing is known but that it is there."""
    _place(fs, path, Unknown(note), 0o644)


def _unpack(fs: Editor, package: Deb, facts: DebianFacts) -> None:
    commands = [path for path in facts.commands(package.name) or () if not fs.exists(path, follow=False)]
    for number, path in enumerate(commands):
        _place(fs, path, Estimated(0 if number else package.installed, BOOKED if number else INSTALLED), 0o755)
    mark = Estimated(0, BOOKED) if commands else Estimated(package.installed, INSTALLED)
    _place(fs, f"{INFO}/{package.name}.list", mark, 0o644)


def _generate(fs: Editor, path: str, size: int) -> None:
    if path.endswith("__pycache__"):
        path = f"{path}/{BULK_NAME}"
        node = fs.lookup(path)
        size += (size_of(node.content) or 0) if isinstance(node, File) else 0
        _place(fs, path, Estimated(size, GENERATED), 0o644)
    else:
        _place(fs, path, Estimated(size, GENERATED), 0o644)


def _place(fs: Editor, path: str, content: Content, mode: int) -> None:
    """Put a file without counting its bytes against the budget: they are no bytes of ours."""
    fs.makedirs(parent(path), 0o755)
    fs.put(path, File(Meta(mode, 0, 0, fs.now), content))


def _rewrite_database(fs: Editor, count: int, *, debconf: bool) -> None:
    """Write dpkg's file anew and keep the old one; debconf and ldconfig rewrite their caches."""
    node = fs.lookup(STATUS)
    if isinstance(node, File) and (size := size_of(node.content)) is not None:
        fs.put(f"{STATUS}-old", File(Meta(0o644, 0, 0, fs.now), node.content))
        grown = max(0, size + count * STATUS_PER_PACKAGE)
        fs.put(STATUS, File(Meta(0o644, 0, 0, fs.now), Estimated(grown, INSTALLED)))
    touched = ["/etc/ld.so.cache", *([f"/var/cache/debconf/{BULK_NAME}"] if debconf else [])]
    for path in touched:
        if fs.exists(path):
            fs.utime(path)


def _note_automatic(fs: Editor, names: list[str]) -> None:
    text = "".join(f"Package: {name}\nArchitecture: amd64\nAuto-Installed: 1\n\n" for name in names)
    if not text:
        return
    node = fs.lookup(STATES)
    if isinstance(node, File) and not isinstance(node.content, Bytes):
        # What was there before isn't known by its bytes; the new part is worth more to `autoremove`.
        fs.remove(STATES)
    fs.makedirs(parent(STATES))
    fs.append(STATES, text.encode())
