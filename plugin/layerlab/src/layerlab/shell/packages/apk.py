"""`apk` of Alpine: add, del, update, virtual packages. Names and marks are known, sizes of closures are not.

Nothing recorded says what an Alpine package depends on, so a layer of `apk add` has no number.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from layerlab.catalogue.packages import AlpineFacts
from layerlab.filesystem import BULK_NAME, Bytes, Directory, Editor, File, Meta, Unknown
from layerlab.filesystem.paths import parent
from layerlab.shell.commands.registry import command
from layerlab.shell.packages.dpkg_state import place_unknown
from layerlab.shell.process import Process

DATABASE = "/lib/apk/db"
WORLD = "/etc/apk/world"
CACHE = "/var/cache/apk"
INDEXES = ("APKINDEX.main.tar.gz", "APKINDEX.community.tar.gz")
"""apk names them after a hash of the archive's address, which isn't recorded here."""
ATTRIBUTE = "user.layerlab.apk"
"""Where the packages of each `apk add` are remembered: an attribute that no command lists."""
UNKNOWN = "packages.apk.file"
WITH_VALUE = frozenset({"-X", "--repository", "--repositories-file", "-p", "--root", "--arch", "--keys-dir", "--wait"})
BULK_PLACES = ("/usr/bin", "/usr/sbin", "/usr/lib")


@dataclass(slots=True)
class Options:
    """A command line of apk.

    Attributes:
        words: Command and operands.
        no_cache: Whether no index is kept.
        virtual: Name of the virtual package, or None.
    """

    words: list[str] = field(default_factory=list)
    no_cache: bool = False
    virtual: str | None = None


def read_options(args: tuple[str, ...]) -> Options:
    """Read a command line (apk-tools 2); options without effect on files are passed over."""
    options = Options()
    waiting = list(args)
    while waiting:
        word = waiting.pop(0)
        name, equals, value = word.partition("=")
        if name in {"-t", "--virtual"}:
            options.virtual = value if equals else (waiting.pop(0) if waiting else "")
        elif name in WITH_VALUE:
            if not equals and waiting:
                waiting.pop(0)
        elif word == "--no-cache":
            options.no_cache = True
        elif not word.startswith("-"):
            options.words.append(word)
    return options


@command("apk", flavours=["gnu", "busybox"])
def apk(process: Process) -> int:
    """`apk add|del|update|upgrade|…`."""
    if process.facts is None:
        process.note("unknown", "shell.unmodelled", command="apk")
        return 0
    options = read_options(process.args)
    operation = options.words[0] if options.words else ""
    if operation in {"add", "del", "update", "upgrade", "fix"} and process.fs.who.uid != 0:
        process.out("ERROR: Unable to lock database: Permission denied\n", 2)
        process.out("ERROR: Failed to open apk database: Permission denied\n", 2)
        return 99
    match operation:
        case "add":
            return _add(process, process.facts.alpine(), options)
        case "del":
            return _delete(process, process.facts.alpine(), options.words[1:])
        case "update":
            _keep_index(process, options)
            return 0
        case "upgrade":
            _keep_index(process, options)
            process.note("unknown", "packages.apk.upgrade")
            return 0
        case "--print-arch" | "info" | "search" | "policy" | "fetch" | "cache" | "fix" | "version" | "list" | "":
            if "--print-arch" in process.args:
                process.out("x86_64\n")
                return 0
            process.note("unknown", "packages.apk.operation", operation=operation or "apk")
            return 0
        case _:
            process.out(f"ERROR: '{operation}' is not an apk command. See 'apk --help'.\n", 2)
            return 1


def _add(process: Process, facts: AlpineFacts, options: Options) -> int:
    fs = process.fs
    names = [_name(word) for word in options.words[1:]]
    _keep_index(process, options)
    before = _world(fs)
    new = [name for name in names if name not in before and name not in facts.base]
    if options.virtual is not None:
        stamp = datetime.fromtimestamp(fs.now // 10**9, UTC).strftime("%Y%m%d.%H%M%S")
        virtual = options.virtual.removeprefix(".")
        _write_world(fs, [*before, f".{virtual}={stamp}" if options.virtual.startswith(".") else f"{virtual}={stamp}"])
    else:
        _write_world(fs, [*before, *names])
    if not new:
        return 0
    groups = _groups(fs)
    groups.setdefault(options.virtual or "", []).extend(new)
    _remember(fs, groups)
    for name in new:
        for path in facts.commands(name) or ():
            if not fs.exists(path, follow=False):
                fs.makedirs(parent(path), 0o755)
                fs.put(path, File(Meta(0o755, 0, 0, fs.now), Unknown(UNKNOWN)))
    _book_unknown(fs)
    process.note("unknown", "packages.apk.added", packages=" ".join(new))
    for name in new:
        alone = facts.alone(name)
        if alone is not None:
            process.note("unknown", "packages.apk.alone", package=name, version=alone[0], bytes=str(alone[1]))
    return 0


def _delete(process: Process, facts: AlpineFacts, names: list[str]) -> int:
    fs = process.fs
    groups = _groups(fs)
    gone: list[str] = []
    for name in names:
        if name in groups and name:
            gone.extend(groups.pop(name))
        elif name in groups.get("", []):
            groups[""].remove(name)
            gone.append(name)
        elif name not in facts.base:
            process.out(f"World updated, but the following packages are not removed due to:\n  {name}:\n", 1)
    _write_world(fs, [entry for entry in _world(fs) if entry.partition("=")[0] not in {*names, *gone}])
    left = {each for members in groups.values() for each in members}
    for name in gone:
        for path in facts.commands(name) or ():
            if fs.exists(path, follow=False) and name not in left:
                fs.remove(path)
    _remember(fs, {name: members for name, members in groups.items() if members})
    if not left:
        _unbook(fs)
    process.note("estimated" if not left else "unknown", "packages.apk.removed", packages=" ".join(gone))
    return 0


def _name(word: str) -> str:
    for mark in ("=", "<", ">", "~", "@"):
        word = word.partition(mark)[0]
    return word


def _keep_index(process: Process, options: Options) -> None:
    """Without `--no-cache` apk leaves the indexes; how long they are isn't recorded."""
    if options.no_cache:
        return
    for name in INDEXES:
        place_unknown(process.fs, f"{CACHE}/{name}", "packages.apk.index")
    process.note("unknown", "packages.apk.index_kept")


def _world(fs: Editor) -> list[str]:
    node = fs.lookup(WORLD)
    if isinstance(node, File) and isinstance(node.content, Bytes):
        return node.content.data.decode("utf-8", "replace").split()
    return []


def _write_world(fs: Editor, entries: list[str]) -> None:
    fs.makedirs(parent(WORLD), 0o755)
    text = "".join(f"{entry}\n" for entry in sorted(set(entries)))
    fs.write(WORLD, Bytes(text.encode()), 0o644)


def _groups(fs: Editor) -> dict[str, list[str]]:
    """Packages added so far by virtual package; those added for themselves under the empty name."""
    node = fs.lookup(DATABASE)
    if not isinstance(node, Directory):
        return {}
    recorded = dict(node.meta.xattrs).get(ATTRIBUTE)
    groups: dict[str, list[str]] = json.loads(recorded) if recorded else {}
    return groups


def _remember(fs: Editor, groups: dict[str, list[str]]) -> None:
    fs.makedirs(DATABASE, 0o755)
    fs.set_xattr(DATABASE, ATTRIBUTE, json.dumps(groups, sort_keys=True).encode())


def _book_unknown(fs: Editor) -> None:
    for directory in BULK_PLACES:
        path = f"{directory}/{BULK_NAME}"
        if not fs.exists(path):
            place_unknown(fs, path, UNKNOWN)


def _unbook(fs: Editor) -> None:
    for directory in BULK_PLACES:
        path = f"{directory}/{BULK_NAME}"
        node = fs.lookup(path)
        if isinstance(node, File) and node.content == Unknown(UNKNOWN):
            fs.remove(path)
