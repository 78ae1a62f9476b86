"""`apt-get` and `apt` (2.6): update, install, remove, autoremove, clean, upgrade, with their errors and exit codes.

What they print is what can be known from records; download lines and dpkg's unpacking are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from layerlab.catalogue.packages import Deb, DebianFacts
from layerlab.filesystem import Directory, Editor
from layerlab.shell.commands.registry import command
from layerlab.shell.packages import dpkg_state
from layerlab.shell.packages.apt_lists import LISTS, have_lists, lists_are_stale, update
from layerlab.shell.packages.apt_options import Configuration, Options, read_configuration, read_options
from layerlab.shell.packages.text import name_list, size_text
from layerlab.shell.process import Process

ARCHIVES = "/var/cache/apt/archives"
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


@command("apt-get", "apt", "aptitude", flavours=["gnu"])
def apt(process: Process) -> int:
    """`apt-get COMMAND …`."""
    if process.facts is None or process.name == "aptitude":
        process.note("unknown", "shell.unmodelled", command=process.name)
        return 0
    configuration = read_configuration(process.fs)
    options = read_options(process.args, configuration.settings)
    system = dpkg_state.distribution(process.fs)
    session = Session(process, options, configuration, process.facts.debian(), system)
    if process.name == "apt":
        process.out("\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n\n", 2)
    if options.unknown:
        return session.fail(
            f"Command line option {options.unknown} is not understood in combination with the other options"
        )
    if not options.words:
        process.note("unknown", "packages.output_left_out", command=process.name)
        return 0
    return _dispatch(session, options.words[0], options.words[1:])


def _dispatch(session: Session, operation: str, operands: list[str]) -> int:
    match operation:
        case "update":
            return update(session.process, session.facts, session.system, session.configuration, session.options)
        case "install" | "reinstall":
            return install(session, operands)
        case "remove" | "purge" | "autopurge" | "autoremove" | "auto-remove":
            return remove(session, operation, operands)
        case "clean" | "autoclean" | "auto-clean":
            return _clean(session)
        case "dist-clean" | "distclean" if session.system.codename != "bookworm":
            _empty(session.fs, LISTS)
            return _clean(session)
        case "upgrade" | "dist-upgrade" | "full-upgrade":
            return _upgrade(session)
        case (
            "check"
            | "list"
            | "search"
            | "show"
            | "policy"
            | "download"
            | "source"
            | "build-dep"
            | "satisfy"
            | "changelog"
        ):
            session.process.note("unknown", "packages.apt.operation", operation=operation)
            return 0
        case _:
            return session.fail(f"Invalid operation {operation}")


def is_root(session: Session) -> bool:
    """Whether the dpkg lock can be had; else the errors are printed."""
    if session.fs.who.uid == 0:
        return True
    lock = "/var/lib/dpkg/lock-frontend"
    session.fail(f"Could not open lock file {lock} - open (13: Permission denied)")
    session.fail(f"Unable to acquire the dpkg frontend lock ({lock}), are you root?")
    return False


def _reading(session: Session) -> None:
    session.say("Reading package lists...\nBuilding dependency tree...\nReading state information...\n")


# install


def install(session: Session, operands: list[str]) -> int:
    """`apt-get install PACKAGE…`."""
    if not is_root(session):
        return FAILED
    if session.options.flag("apt::update"):
        update(session.process, session.facts, session.system, session.configuration, session.options)
    _reading(session)
    names = [_operand(operand) for operand in operands]
    has = dpkg_state.installed(session.fs, session.facts)
    wanted = [name for name in names if name is not None]
    missing = [name for name in wanted if name not in has and not _can_be_found(session, name)]
    for name in missing:
        session.fail(f"Unable to locate package {name}")
    if missing:
        return FAILED
    if (wrong := _wrong_version(session, operands)) is not None:
        return session.fail(wrong)
    if any(name is None for name in names):
        session.process.note("unknown", "packages.apt.operand", operand=" ".join(operands))
    for name in wanted:
        _already(session, name, has)
    new, unrecorded = _closure(session, [name for name in wanted if name not in has], has)
    return _carry_out(session, wanted, new, unrecorded)


def _operand(text: str) -> str | None:
    """The package an operand means; None for files and patterns, which aren't modelled."""
    found = OPERAND.fullmatch(text)
    if found is None or text.startswith((".", "/")) or "*" in text:
        return None
    return found["name"].rstrip("^") if not text.endswith(("-", "+")) or PACKAGE_NAME.fullmatch(text) else None


def _wrong_version(session: Session, operands: list[str]) -> str | None:
    """Apt's error for `NAME=VERSION` with a version the archive hasn't; None if all can be had."""
    if not session.system.is_recorded or _has_other_sources(session.fs):
        return None
    for operand in operands:
        found = OPERAND.fullmatch(operand)
        package = session.facts.package(found["name"]) if found and found["version"] else None
        if found and package is not None and not fnmatchcase(package.version, found["version"]):
            return f"Version '{found['version']}' for '{package.name}' was not found"
    return None


def _can_be_found(session: Session, name: str) -> bool:
    """Whether apt could know a package. What nobody recorded is taken to exist if there are lists at all."""
    if not PACKAGE_NAME.fullmatch(name) or not have_lists(session.fs):
        return False
    if session.facts.package(name) is not None or not session.process.facts:
        return True
    plain = session.system.is_recorded and not _has_other_sources(session.fs)
    return not plain or session.process.facts.debian_names().may_exist(name)


def _has_other_sources(fs: Editor) -> bool:
    """Whether somebody added sources of packages to the image's own."""
    extra = fs.lookup("/etc/apt/sources.list.d")
    names = [name for name in extra.entries if name != "debian.sources"] if isinstance(extra, Directory) else []
    return bool(names) or fs.exists("/etc/apt/sources.list")


def _already(session: Session, name: str, has: frozenset[str]) -> None:
    package = session.facts.package(name)
    if name in has and package is not None and session.system.is_recorded:
        session.say(f"{name} is already the newest version ({package.version}).\n")


def _closure(session: Session, names: list[str], has: frozenset[str]) -> tuple[list[Deb], list[str]]:
    """New packages in apt's order, and names of which nothing is recorded."""
    recommends = session.options.flag("apt::install-recommends", default=True)
    new: dict[str, Deb] = {}
    unrecorded: list[str] = []
    for name in names:
        closure = session.facts.closure(name, recommends=recommends)
        if closure is None:
            unrecorded.append(name)
            continue
        if session.facts.is_inferred(name):
            session.process.note("estimated", "packages.apt.inferred", package=name)
        for each in closure:
            package = session.facts.package(each)
            if package is not None and each not in has:
                new[each] = package
    return list(new.values()), unrecorded


def _carry_out(session: Session, wanted: list[str], new: list[Deb], unrecorded: list[str]) -> int:
    additional = sorted(package.name for package in new if package.name not in wanted)
    if session.system.is_recorded or not (new or unrecorded):
        _announce(session, additional, new, unrecorded)
    if not new and not unrecorded:
        return 0
    if (additional or unrecorded) and not agrees(session):
        return 1
    if session.options.flag("apt::get::simulate"):
        return 0
    _note_sources(session, wanted, unrecorded)
    if session.options.flag("apt::get::download-only"):
        _keep_archives(session, new)
        return 0
    new = _published(session, wanted, new)
    if not session.fs.exists("/usr/bin/apt-extracttemplates"):
        session.process.out("debconf: delaying package configuration, since apt-utils is not installed\n", 2)
    dpkg_state.add(session.fs, new, session.facts, frozenset(additional))
    for name in unrecorded:
        dpkg_state.add_unrecorded(session.fs, name)
    if session.configuration.keeps_debs and session.process.name == "apt-get":
        _keep_archives(session, new)
    for package in new:
        if session.system.is_recorded and package.name in wanted and not package.name.startswith("lib"):
            session.process.out(f"Setting up {package.name} ({package.version}) ...\n")
    return 0


def _announce(session: Session, additional: list[str], new: list[Deb], unrecorded: list[str]) -> None:
    """What apt says it will do. Said only where names, versions and sizes are this release's own."""
    names = sorted([*(each.name for each in new), *unrecorded])
    session.say(name_list("The following additional packages will be installed:", additional))
    session.say(name_list("The following NEW packages will be installed:", names))
    session.say(f"0 upgraded, {len(names)} newly installed, 0 to remove and 0 not upgraded.\n")
    if new and not unrecorded:
        session.say(f"Need to get {size_text(sum(each.archive for each in new))} of archives.\n")
        needed = size_text(sum(each.installed for each in new))
        session.say(f"After this operation, {needed} of additional disk space will be used.\n")


def _published(session: Session, wanted: list[str], new: list[Deb]) -> list[Deb]:
    """On Ubuntu a published size of the very command goes before a sum of Debian's sizes."""
    facts = session.process.facts
    if session.system.family != "ubuntu" or facts is None or len(wanted) != 1:
        return new
    found = facts.ubuntu().added_by(wanted[0])
    if found is None or not session.options.flag("apt::install-recommends", default=True):
        return new
    others = sum(package.installed for package in new if package.name != wanted[0])
    session.process.note("estimated", "packages.apt.published", image=found.image, date=found.date, package=wanted[0])
    return [
        replace(package, installed=max(0, found.bytes - others)) if package.name == wanted[0] else package
        for package in new
    ]


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


def _note_sources(session: Session, wanted: list[str], unrecorded: list[str]) -> None:
    if unrecorded:
        session.process.note("unknown", "packages.apt.unrecorded", packages=" ".join(unrecorded))
    if session.system.is_recorded:
        session.warn_about_source("packages.apt.recorded")
    else:
        name = f"{session.system.family} {session.system.codename}".strip() or "?"
        session.warn_about_source("packages.apt.other_release", system=name)
    if session.fs.exists("/etc/dpkg/dpkg.cfg.d/docker"):
        session.process.note("estimated", "packages.apt.slim")
    if lists_are_stale(session.fs):
        session.process.note("estimated", "packages.apt.stale_lists", packages=" ".join(wanted))
    session.process.note("estimated", "packages.output_shortened", command=session.process.name)


def _keep_archives(session: Session, new: list[Deb]) -> None:
    for package in new:
        version = package.version.replace(":", "%3a")
        dpkg_state.place(session.fs, f"{ARCHIVES}/{package.name}_{version}_amd64.deb", package.archive)


# remove


def remove(session: Session, operation: str, operands: list[str]) -> int:
    """`apt-get remove|purge|autoremove PACKAGE…`."""
    if not is_root(session):
        return FAILED
    _reading(session)
    purge = operation in {"purge", "autopurge"} or session.options.flag("apt::get::purge")
    sweeping = operation in {"autoremove", "auto-remove", "autopurge"} or session.options.flag(
        "apt::get::automaticremove"
    )
    has = dpkg_state.installed(session.fs, session.facts)
    names = [name for operand in operands if (name := _operand(operand)) is not None]
    unknown = [name for name in names if name not in has and not _can_be_found(session, name)]
    for name in unknown:
        session.fail(f"Unable to locate package {name}")
    if unknown:
        return FAILED
    for name in [name for name in names if name not in has]:
        session.say(f"Package '{name}' is not installed, so not removed\n")
    gone = _going(session, [name for name in names if name in has], has, sweeping=sweeping)
    return _take_away(session, gone, purge=purge)


def _going(session: Session, names: list[str], has: frozenset[str], *, sweeping: bool) -> list[Deb]:
    """What is removed: the named packages, those that need them, and with autoremove what nobody needs then."""
    marks = dpkg_state.marked(session.fs)
    automatic = dpkg_state.automatic(session.fs)
    dependents = {
        mark for mark in marks if set(names) & set(session.facts.closure(mark, recommends=False) or ()) and mark in has
    }
    gone = {*names, *dependents}
    if sweeping:
        manual = [mark for mark in marks if mark not in automatic and mark not in gone]
        kept = {each for mark in manual for each in session.facts.closure(mark, recommends=True) or ()}
        gone |= {mark for mark in marks if mark in automatic and mark not in kept}
    return [session.facts.package(name) or Deb(name, "", 0, 0) for name in sorted(gone)]


def _take_away(session: Session, gone: list[Deb], *, purge: bool) -> int:
    star = "*" if purge else ""
    if session.system.is_recorded or not gone:
        names = [f"{package.name}{star}" for package in gone]
        session.say(name_list("The following packages will be REMOVED:", names))
        session.say(f"0 upgraded, 0 newly installed, {len(gone)} to remove and 0 not upgraded.\n")
    if not gone:
        return 0
    if session.system.is_recorded:
        freed = size_text(sum(package.installed for package in gone))
        session.say(f"After this operation, {freed} disk space will be freed.\n")
    if not agrees(session):
        return 1
    if session.options.flag("apt::get::simulate"):
        return 0
    base = [package.name for package in gone if package.name not in dpkg_state.marked(session.fs)]
    if base:
        session.process.note("unknown", "packages.apt.removes_base", packages=" ".join(base))
    session.warn_about_source("packages.apt.removed")
    session.process.note("estimated", "packages.output_shortened", command=session.process.name)
    dpkg_state.remove(session.fs, gone, session.facts)
    return 0


# the rest


def _clean(session: Session) -> int:
    if not is_root(session):
        return FAILED
    node = session.fs.lookup(ARCHIVES)
    for name in list(node.entries) if isinstance(node, Directory) else []:
        if name.endswith(".deb"):
            session.fs.remove(f"{ARCHIVES}/{name}")
    for name in ("pkgcache.bin", "srcpkgcache.bin"):
        if session.fs.exists(f"/var/cache/apt/{name}"):
            session.fs.remove(f"/var/cache/apt/{name}")
    return 0


def _empty(fs: Editor, directory: str) -> None:
    node = fs.lookup(directory)
    for name in list(node.entries) if isinstance(node, Directory) else []:
        if name not in {"lock", "partial"}:
            fs.rmtree(f"{directory}/{name}")


def _upgrade(session: Session) -> int:
    if not is_root(session):
        return FAILED
    _reading(session)
    session.say("Calculating upgrade...\n")
    session.say("0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n")
    key = "packages.apt.upgrade" if session.system.is_recorded else "packages.apt.upgrade_unknown"
    session.process.note("estimated" if session.system.is_recorded else "unknown", key)
    return 0
