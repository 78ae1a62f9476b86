"""`/var/lib/apt/lists`: what `apt-get update` leaves there, and whether it is there at all."""

from __future__ import annotations

from layerlab.catalogue.packages import DebianFacts
from layerlab.filesystem import NO_BYTES, Directory, Editor, File, Meta
from layerlab.shell.packages.apt_options import Configuration, Options
from layerlab.shell.packages.dpkg_state import Distribution, place, place_unknown
from layerlab.shell.process import Process

LISTS = "/var/lib/apt/lists"
NO_LISTS = frozenset({"lock", "partial", "auxfiles"})
ONE_DAY = 86_400 * 10**9
FAILED = 100
LISTED = "packages.apt.lists"


def have_lists(fs: Editor) -> bool:
    """Whether apt has any index to look packages up in."""
    node = fs.lookup(LISTS)
    return isinstance(node, Directory) and any(name not in NO_LISTS for name in node.entries)


def lists_are_stale(fs: Editor) -> bool:
    """Whether the lists come from an update more than a day before: a cached step, an old base image."""
    node = fs.lookup(LISTS)
    if not isinstance(node, Directory):
        return False
    times = [entry.meta.mtime for name, entry in node.entries.items() if name not in NO_LISTS]
    return bool(times) and fs.now - max(times) > ONE_DAY


def update(
    process: Process, facts: DebianFacts, system: Distribution, configuration: Configuration, options: Options
) -> int:
    """`apt-get update`: fetch the lists of all sources."""
    fs = process.fs
    if options.quiet < 2:
        process.out("Reading package lists...\n")
    if fs.who.uid != 0:
        process.out(f"E: Could not open lock file {LISTS}/lock - open (13: Permission denied)\n", 2)
        process.out(f"E: Unable to lock directory {LISTS}/\n", 2)
        return FAILED
    if process.network == "none":
        # apt gives up on every source, warns, and still ends with 0; the warnings name hosts we don't have.
        process.note("estimated", "packages.apt.no_network")
        process.out("W: Some index files failed to download. They have been ignored, or old ones used instead.\n", 2)
        return 0
    fs.makedirs(f"{LISTS}/partial", 0o755)
    fs.put(f"{LISTS}/lock", File(Meta(0o640, 0, 0, fs.now), NO_BYTES))
    fs.makedirs(f"{LISTS}/auxfiles", 0o755)
    _fill(process, facts, system, configuration)
    process.note("estimated", "packages.output_shortened", command=process.name)
    return 0


def _fill(process: Process, facts: DebianFacts, system: Distribution, configuration: Configuration) -> None:
    fs = process.fs
    if system.family == "ubuntu" and process.facts is not None:
        index = f"{LISTS}/<archive>_ubuntu_dists_{system.codename}_universe_binary-amd64_Packages.lz4"
        place(fs, index, process.facts.ubuntu().lists, LISTED)
        process.note("estimated", "packages.apt.lists_ubuntu", codename=system.codename)
        return
    if not configuration.keeps_small_lists:
        _fill_large(process, facts, configuration)
        return
    for name, size in facts.lists.items():
        if name != "lock":
            place(fs, f"{LISTS}/{name.replace('bookworm', system.codename or 'bookworm')}", size, LISTED)
    key = "packages.apt.lists_recorded" if system.is_recorded else "packages.apt.lists_other_release"
    process.note("estimated", key, snapshot=facts.snapshot, codename=system.codename)


def _fill_large(process: Process, facts: DebianFacts, configuration: Configuration) -> None:
    """Without the image's settings: the sum is recorded for all three taken away, otherwise it isn't known."""
    index = f"{LISTS}/<archive>_debian_dists_bookworm_main_binary-amd64_Packages"
    if configuration.keeps_debs and not configuration.no_translations:
        place(process.fs, index, facts.lists_without_settings, LISTED)
        process.note("estimated", "packages.apt.lists_without_settings", snapshot=facts.snapshot)
    else:
        place_unknown(process.fs, index, LISTED)
        process.note("unknown", "packages.apt.lists_unknown")
