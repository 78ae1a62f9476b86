"""apt's command line and configuration, as far as they change what an installation does (apt 2.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from layerlab.filesystem import Bytes, Directory, Editor, File

CONFIGURATION = "/etc/apt/apt.conf.d"
ITEM = re.compile(r'^\s*([A-Za-z0-9:_-]+)\s+"([^"]*)"\s*;', re.MULTILINE)
KEEPS_NO_DEBS = re.compile(r"DPkg::Post-Invoke\b.*archives/\*\.deb", re.DOTALL)

FLAGS: Mapping[str, tuple[str, str]] = {
    "-y": ("apt::get::assume-yes", "true"),
    "--yes": ("apt::get::assume-yes", "true"),
    "--assume-yes": ("apt::get::assume-yes", "true"),
    "--assume-no": ("apt::get::assume-no", "true"),
    "--no-install-recommends": ("apt::install-recommends", "false"),
    "--install-recommends": ("apt::install-recommends", "true"),
    "--install-suggests": ("apt::install-suggests", "true"),
    "--no-install-suggests": ("apt::install-suggests", "false"),
    "--purge": ("apt::get::purge", "true"),
    "--auto-remove": ("apt::get::automaticremove", "true"),
    "--autoremove": ("apt::get::automaticremove", "true"),
    "-s": ("apt::get::simulate", "true"),
    "--simulate": ("apt::get::simulate", "true"),
    "--dry-run": ("apt::get::simulate", "true"),
    "-d": ("apt::get::download-only", "true"),
    "--download-only": ("apt::get::download-only", "true"),
    "--update": ("apt::update", "true"),
    "-U": ("apt::update", "true"),
}
WITHOUT_EFFECT = frozenset(
    {
        "-f", "--fix-broken", "-m", "--ignore-missing", "--fix-missing", "-u", "--show-upgraded", "-V",
        "--verbose-versions", "--allow-unauthenticated", "--allow-downgrades", "--allow-remove-essential",
        "--allow-change-held-packages", "--force-yes", "--no-upgrade", "--only-upgrade", "--reinstall",
        "--allow-insecure-repositories", "--allow-releaseinfo-change", "--no-allow-insecure-repositories",
        "--show-progress", "--no-show-progress", "--no-auto-remove", "--ignore-hold", "--print-uris", "--no-remove",
        "-b", "--build", "--compile", "--with-new-pkgs", "--solver", "--error-on=any", "-eany", "--no-list-cleanup",
        "--no-download", "--list-cleanup", "--fix-policy", "--no-strict-pinning",
    }
)  # fmt: skip
WITH_VALUE = frozenset(
    {"-t", "--target-release", "--default-release", "-c", "--config-file", "-a", "--host-architecture"}
)


@dataclass(slots=True)
class Options:
    """What one call of apt is told.

    Attributes:
        words: Command and operands.
        quiet: 1 without a terminal, as soon as no `-q` says otherwise.
        settings: Configuration items by lower-case name, the last of equal names.
        unknown: The first option apt has not, as its error quotes it; empty for none.
    """

    words: list[str] = field(default_factory=list)
    quiet: int = 0
    settings: dict[str, str] = field(default_factory=dict)
    unknown: str = ""

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A yes-or-no item."""
        value = self.settings.get(name.lower())
        if value is None:
            return default
        return value.lower() in {"true", "yes", "on", "1", "with", "enable"}

    @property
    def assume_yes(self) -> bool:
        """`-y`, which `-qq` implies."""
        return self.flag("apt::get::assume-yes") or self.quiet > 1


def read_options(args: tuple[str, ...], settings: Mapping[str, str]) -> Options:
    """Read a command line on top of the configuration files' settings."""
    options = Options(settings=dict(settings))
    waiting = list(args)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            options.words.extend(waiting)
            break
        if not word.startswith("-") or word == "-":
            options.words.append(word)
        elif word.startswith("--"):
            _long(options, word, waiting)
        else:
            _short(options, word[1:], waiting)
    options.quiet = options.quiet or 1
    return options


def _long(options: Options, word: str, waiting: list[str]) -> None:
    name, equals, value = word.partition("=")
    if name == "--quiet":
        options.quiet = int(value) if value.isdigit() else options.quiet + 1
    elif name == "--option":
        _item(options, value if equals else _next(waiting))
    elif name in WITH_VALUE:
        _ = value if equals else _next(waiting)
    elif name in FLAGS:
        item, meant = FLAGS[name]
        options.settings[item] = value or meant
    elif name not in WITHOUT_EFFECT and word not in WITHOUT_EFFECT and not options.unknown:
        options.unknown = f"{word}"


def _short(options: Options, letters: str, waiting: list[str]) -> None:
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter == "q":
            level = re.match(r"=?(\d)", letters)
            options.quiet = int(level[1]) if level else options.quiet + 1
            letters = letters[level.end() :] if level else letters
        elif letter == "o":
            _item(options, letters.removeprefix("=") or _next(waiting))
            return
        elif f"-{letter}" in WITH_VALUE:
            _ = letters or _next(waiting)
            return
        elif f"-{letter}" in FLAGS:
            item, meant = FLAGS[f"-{letter}"]
            options.settings[item] = meant
        elif f"-{letter}" not in WITHOUT_EFFECT and not options.unknown:
            options.unknown = f"'{letter}' [from -{letter}{letters}]"


def _item(options: Options, text: str) -> None:
    name, equals, value = text.partition("=")
    if equals:
        options.settings[name.lower()] = value.strip('"')


def _next(waiting: list[str]) -> str:
    return waiting.pop(0) if waiting else ""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the files below `/etc/apt/apt.conf.d` say.

    Attributes:
        settings: Items by lower-case name.
        keeps_debs: Whether downloaded packages stay: nothing deletes them after dpkg ran.
        keeps_small_lists: Whether indexes stay compressed.
        no_translations: Whether no translations are downloaded.
    """

    settings: Mapping[str, str]
    keeps_debs: bool
    keeps_small_lists: bool
    no_translations: bool


def read_configuration(fs: Editor) -> Configuration:
    """Read all files of which the text is known."""
    texts = []
    node = fs.lookup(CONFIGURATION)
    if isinstance(node, Directory):
        for name in sorted(node.entries):
            entry = fs.lookup(f"{CONFIGURATION}/{name}")
            if isinstance(entry, File) and isinstance(entry.content, Bytes):
                texts.append(entry.content.data.decode("utf-8", "replace"))
    whole = "\n".join(texts)
    items = {name.lower(): value for line in whole.split("\n") for name, value in ITEM.findall(line)}
    return Configuration(
        settings=items,
        keeps_debs=not any(KEEPS_NO_DEBS.search(text) for text in texts),
        keeps_small_lists=items.get("acquire::gzipindexes", "").lower() == "true",
        no_translations=items.get("acquire::languages", "") == "none",
    )
