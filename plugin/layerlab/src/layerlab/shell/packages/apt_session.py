"""One call of apt: what it was told, what it may know, and the questions all its operations ask."""

from __future__ import annotations

import re
from dataclasses import dataclass

from layerlab.catalogue.packages import DebianFacts
from layerlab.filesystem import Directory, Editor
from layerlab.shell.packages import dpkg_state
from layerlab.shell.packages.apt_lists import have_lists
from layerlab.shell.packages.apt_options import Configuration, Options
from layerlab.shell.process import Process

PACKAGE_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
OPERAND = re.compile(r"(?P<name>[^=/:]+)(?::(?P<arch>[a-z0-9]+))?(?:=(?P<version>[^/]+)|/(?P<release>\S+))?")
FAILED = 100
"""apt's exit code for an error."""


@dataclass(slots=True)
class Session:
    """One call of apt.

    Attributes:
        process: The program.
        options: Its command line.
        configuration: The image's configuration files.
        facts: What is recorded of packages.
        system: The image's distribution.
    """

    process: Process
    options: Options
    configuration: Configuration
    facts: DebianFacts
    system: dpkg_state.Distribution

    @property
    def fs(self) -> Editor:
        """The tree."""
        return self.process.fs

    def say(self, text: str, quiet: int = 2) -> None:
        """Print unless `-q` was given often enough."""
        if self.options.quiet < quiet:
            self.process.out(text)

    def fail(self, text: str) -> int:
        """Print an error; answers apt's exit code."""
        self.process.out(f"E: {text}\n", 2)
        return FAILED

    def warn_about_source(self, key: str, **params: str) -> None:
        """Note an effect that comes from records."""
        self.process.note("estimated", key, snapshot=self.facts.snapshot, **params)


def is_root(session: Session) -> bool:
    """Whether the dpkg lock can be had; else the errors are printed."""
    if session.fs.who.uid == 0:
        return True
    lock = "/var/lib/dpkg/lock-frontend"
    session.fail(f"Could not open lock file {lock} - open (13: Permission denied)")
    session.fail(f"Unable to acquire the dpkg frontend lock ({lock}), are you root?")
    return False


def say_reading(session: Session) -> None:
    """The three lines apt begins with."""
    session.say("Reading package lists...\nBuilding dependency tree...\nReading state information...\n")


def agrees(session: Session) -> bool:
    """Ask whether to continue; without a terminal nobody answers and apt gives up."""
    if session.options.assume_yes:
        return True
    session.process.out("Do you want to continue? [Y/n] ")
    answer = b"n" if session.options.flag("apt::get::assume-no") else session.process.stdin.readline()
    if answer.strip().lower() in {b"y", b"yes"} or answer == b"\n":
        return True
    session.process.out("Abort.\n")
    return False


def operand_name(text: str) -> str | None:
    """The package an operand means; None for files and patterns, which aren't modelled."""
    found = OPERAND.fullmatch(text)
    if found is None or text.startswith((".", "/")) or "*" in text:
        return None
    return found["name"].rstrip("^") if not text.endswith(("-", "+")) or PACKAGE_NAME.fullmatch(text) else None


def can_be_found(session: Session, name: str) -> bool:
    """Whether apt could know a package. What nobody recorded is taken to exist if there are lists at all."""
    if not PACKAGE_NAME.fullmatch(name) or not have_lists(session.fs):
        return False
    if session.facts.package(name) is not None or not session.process.facts:
        return True
    plain = session.system.is_recorded and not has_other_sources(session.fs)
    return not plain or session.process.facts.debian_names().may_exist(name)


def has_other_sources(fs: Editor) -> bool:
    """Whether somebody added sources of packages to the image's own."""
    extra = fs.lookup("/etc/apt/sources.list.d")
    names = [name for name in extra.entries if name != "debian.sources"] if isinstance(extra, Directory) else []
    return bool(names) or fs.exists("/etc/apt/sources.list")
