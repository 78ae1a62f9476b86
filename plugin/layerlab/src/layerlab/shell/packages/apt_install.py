"""`apt-get install`: find, announce, ask, unpack. What isn't recorded of this very release isn't printed."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase

from layerlab.catalogue.packages import Deb
from layerlab.shell.packages import dpkg_state
from layerlab.shell.packages.apt_lists import lists_are_stale, update
from layerlab.shell.packages.apt_session import (
    FAILED,
    OPERAND,
    Session,
    agrees,
    can_be_found,
    has_other_sources,
    is_root,
    operand_name,
    say_reading,
)
from layerlab.shell.packages.text import name_list, size_text

ARCHIVES = "/var/cache/apt/archives"


def install(session: Session, operands: list[str]) -> int:
    """`apt-get install PACKAGE…`."""
    if not is_root(session):
        return FAILED
    if session.options.flag("apt::update"):
        update(session.process, session.facts, session.system, session.configuration, session.options)
    say_reading(session)
    names = [operand_name(operand) for operand in operands]
    has = dpkg_state.installed(session.fs, session.facts)
    wanted = [name for name in names if name is not None]
    missing = [name for name in wanted if name not in has and not can_be_found(session, name)]
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


def _wrong_version(session: Session, operands: list[str]) -> str | None:
    """Apt's error for `NAME=VERSION` with a version the archive hasn't; None if all can be had."""
    if not session.system.is_recorded or has_other_sources(session.fs):
        return None
    for operand in operands:
        found = OPERAND.fullmatch(operand)
        package = session.facts.package(found["name"]) if found and found["version"] else None
        if found and package is not None and not fnmatchcase(package.version, found["version"]):
            return f"Version '{found['version']}' for '{package.name}' was not found"
    return None


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
    """On Ubuntu a published size of a package goes before the sum of Debian's sizes for it and what it needs.

    The difference is put on the package itself, so that installing more never makes the layer smaller.
    """
    facts = session.process.facts
    if session.system.family != "ubuntu" or facts is None:
        return new
    if not session.options.flag("apt::install-recommends", default=True):
        return new
    sizes: dict[str, int] = {}
    for name in wanted:
        found = facts.ubuntu().added_by(name)
        if found is None:
            continue
        needed = set(session.facts.closure(name, recommends=True) or ()) - {name}
        others = sum(package.installed for package in new if package.name in needed)
        sizes[name] = max(0, found.bytes - others)
        session.process.note("estimated", "packages.apt.published", image=found.image, date=found.date, package=name)
    return [replace(package, installed=sizes.get(package.name, package.installed)) for package in new]


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
