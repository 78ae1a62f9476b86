"""`apt-get remove`, `purge`, `autoremove`: what goes, and what stays because another package needs it."""

from __future__ import annotations

from layerlab.catalogue.packages import Deb
from layerlab.shell.packages import dpkg_state
from layerlab.shell.packages.apt_session import (
    FAILED,
    Session,
    agrees,
    can_be_found,
    is_root,
    operand_name,
    say_reading,
)
from layerlab.shell.packages.text import name_list, size_text


def remove(session: Session, operation: str, operands: list[str]) -> int:
    """`apt-get remove|purge|autoremove PACKAGE…`."""
    if not is_root(session):
        return FAILED
    say_reading(session)
    purge = operation in {"purge", "autopurge"} or session.options.flag("apt::get::purge")
    sweeping = operation in {"autoremove", "auto-remove", "autopurge"} or session.options.flag(
        "apt::get::automaticremove"
    )
    has = dpkg_state.installed(session.fs, session.facts)
    names = [name for operand in operands if (name := operand_name(operand)) is not None]
    unknown = [name for name in names if name not in has and not can_be_found(session, name)]
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
