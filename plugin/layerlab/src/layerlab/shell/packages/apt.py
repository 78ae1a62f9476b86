"""`apt-get` and `apt` (2.6): update, install, remove, autoremove, clean, upgrade, with their errors and exit codes.

What they print is what can be known from records; download lines and dpkg's unpacking are left out.
"""

from __future__ import annotations

from layerlab.filesystem import Directory, Editor
from layerlab.shell.commands.registry import command
from layerlab.shell.packages import dpkg_state
from layerlab.shell.packages.apt_install import ARCHIVES, install
from layerlab.shell.packages.apt_lists import LISTS, update
from layerlab.shell.packages.apt_options import read_configuration, read_options
from layerlab.shell.packages.apt_remove import remove
from layerlab.shell.packages.apt_session import FAILED, Session, is_root, say_reading
from layerlab.shell.process import Process


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
    say_reading(session)
    session.say("Calculating upgrade...\n")
    session.say("0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n")
    key = "packages.apt.upgrade" if session.system.is_recorded else "packages.apt.upgrade_unknown"
    session.process.note("estimated" if session.system.is_recorded else "unknown", key)
    return 0
