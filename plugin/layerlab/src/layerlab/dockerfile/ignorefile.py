"""Which paths of a build context an ignore file leaves out, and which of its lines decides.

The same rules serve `--exclude` and `--parents` (`Ignore.of`), without the reading of comments and leading slashes.
Mimicked: moby/patternmatcher 0.6.1 and the walk of tonistiigi/fsutil.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from layerlab.dockerfile.globs import BadPatternError, Glob, clean, compile_glob
from layerlab.dockerfile.gotext import SPACE
from layerlab.dockerfile.source import BOM

LONGEST_LINE = 65_536
ALL_ROOT_ENTRIES = frozenset({"*", "**", "**/*"})


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer for one path.

    Attributes:
        excluded: Whether the path is left out.
        pattern: The pattern that decided, as written; None where none applies.
        line: Its line in the file, from 1; 0 where none applies.
        through: The directory it applied to, if that wasn't the path itself.
    """

    excluded: bool
    pattern: str | None = None
    line: int = 0
    through: str | None = None


INCLUDED = Decision(excluded=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern.

    Attributes:
        glob: Compiled, without `!`.
        negated: Whether it has the `!`.
        written: The line as written, trimmed.
        line: Its number, from 1.
    """

    glob: Glob
    negated: bool
    written: str
    line: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A path that goes to the builder.

    Attributes:
        path: Below the context's root, without leading slash.
        is_directory: Whether it is one.
        hollow: Whether walk and transfer of BuildKit disagree about it: the file arrives with 0 bytes (recorded).
    """

    path: str
    is_directory: bool
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Ignore:
    """The rules of an ignore file.

    Attributes:
        rules: In order; those up to the first bad one.
        error: Docker's message for a bad pattern (no location); None if all are well.
        error_line: Its line, or 0.
    """

    rules: tuple[Rule, ...] = ()
    error: str | None = None
    error_line: int = 0

    @classmethod
    def of(cls, patterns: Iterable[str]) -> Ignore:
        """Rules from patterns alone, as `--exclude` and `--parents` give them."""
        return _compiled((number, pattern, pattern) for number, pattern in enumerate(patterns, 1))

    @property
    def has_exceptions(self) -> bool:
        """Whether any pattern has the `!`."""
        return any(rule.negated for rule in self.rules)

    @property
    def excludes_all_root_entries(self) -> bool:
        """Whether a pattern is exactly `*`, `**` or `**/*`."""
        return any(not rule.negated and rule.glob.text in ALL_ROOT_ENTRIES for rule in self.rules)

    def decide(self, path: str) -> Decision:
        """Whether a path is left out, and by which line: the last pattern that matches it or a directory above it.

        Args:
            path: Slash path below the root; `.` is never left out by name.

        Raises:
            BadPatternError: For a pattern that fails when it is used.
        """
        ancestors = _ancestors(path)
        decision = INCLUDED
        for rule in self.rules:
            if rule.negated != decision.excluded:
                continue
            if rule.glob.matches(path):
                decision = Decision(not rule.negated, rule.written, rule.line)
                continue
            through = next((above for above in ancestors if _matches_quietly(rule.glob, above)), None)
            if through is not None:
                decision = Decision(not rule.negated, rule.written, rule.line, through)
        return decision

    def excludes(self, path: str) -> bool:
        """Whether a path is left out (see `decide`)."""
        return self.decide(path).excluded

    def keep(self, entries: Iterable[tuple[str, bool]]) -> Iterator[Kept]:
        """What of a tree goes to the builder, directories of re-included files with it.

        Args:
            entries: (path, is a directory) in the order of a walk: a directory before what it holds.

        Raises:
            BadPatternError: For a pattern that fails when it is used.
        """
        return _walk(self, entries)

    def may_hold_exceptions(self, directory: str) -> bool:
        """Whether an excluded directory is walked all the same, for what a `!` pattern may bring back below it."""
        exceptions = [rule.glob for rule in self.rules if rule.negated]
        if not exceptions:
            return False
        if any(_has_wildcards(glob.literal_prefix) for glob in exceptions):
            return True
        return any(f"{glob.literal_prefix}/".startswith(f"{directory}/") for glob in exceptions)


@lru_cache(maxsize=8)
def parse_ignore(text: str | bytes) -> Ignore:
    """Read a `.dockerignore`."""
    decoded = text.decode("utf-8", "surrogateescape") if isinstance(text, bytes) else text
    return _compiled(_patterns(decoded))


def _patterns(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, cleaned pattern with its `!`, pattern as written)."""
    for number, raw in enumerate(text.removeprefix(BOM).split("\n"), 1):
        if raw.startswith("#"):
            continue
        written = raw.strip(SPACE)
        if not written:
            continue
        negated = written.startswith("!")
        pattern = written[1:].strip(SPACE) if negated else written
        if pattern:
            pattern = clean(pattern)
            pattern = pattern[1:] if len(pattern) > 1 and pattern.startswith("/") else pattern
        yield number, "!" * negated + pattern, written


def _compiled(patterns: Iterable[tuple[int, str, str]]) -> Ignore:
    rules: list[Rule] = []
    for number, given, written in patterns:
        if not given.strip(SPACE):
            continue
        pattern = clean(given.strip(SPACE))
        negated = pattern.startswith("!")
        if pattern == "!":
            return Ignore(tuple(rules), 'illegal exclusion pattern: "!"', number)
        try:
            glob = compile_glob(pattern[negated:])
        except BadPatternError as problem:
            return Ignore(tuple(rules), str(problem), number)
        rules.append(Rule(glob, negated, written, number))
    return Ignore(tuple(rules))


def _ancestors(path: str) -> list[str]:
    """The directories above a path, topmost first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


def _matches_quietly(glob: Glob, path: str) -> bool:
    try:
        return glob.matches(path)
    except BadPatternError:
        return False


def _has_wildcards(pattern: str) -> bool:
    return any(char in "*?[\\" for char in pattern)


@dataclass(frozen=True, slots=True)
class _Level:
    """A directory on the way down: its path, which patterns matched it or above, and whether it was told of."""

    path: str
    matched: tuple[bool, ...]
    excluded: bool


def _walk(ignore: Ignore, entries: Iterable[tuple[str, bool]]) -> Iterator[Kept]:
    above: list[_Level] = []
    pending: list[str] = []  # excluded directories that aren't told of yet
    pruned = ""
    for path, is_directory in entries:
        if pruned and path.startswith(pruned):
            continue
        pruned = ""
        while above and not path.startswith(f"{above[-1].path}/"):
            gone = above.pop()
            if pending and pending[-1] == gone.path:
                pending.pop()
        excluded, matched = _under(ignore, path, above[-1].matched if above else None)
        if is_directory:
            if excluded and not ignore.may_hold_exceptions(path):
                pruned = f"{path}/"
                continue
            above.append(_Level(path, matched, excluded))
            if excluded:
                pending.append(path)
                continue
        elif excluded:
            continue
        for directory in pending:
            yield Kept(directory, is_directory=True)
        pending.clear()
        hollow = not is_directory and ignore.has_exceptions and ignore.excludes(path)
        yield Kept(path, is_directory, hollow)


def _under(ignore: Ignore, path: str, parent: tuple[bool, ...] | None) -> tuple[bool, tuple[bool, ...]]:
    """BuildKit's walk: a pattern's verdict on the parent is inherited, but only if it was asked for there."""
    excluded = False
    matched: list[bool] = []
    for number, rule in enumerate(ignore.rules):
        match = parent is not None and parent[number]
        if not match:
            if rule.negated != excluded:
                matched.append(False)
                continue
            match = rule.glob.matches(path)
        matched.append(match)
        if match:
            excluded = not rule.negated
    return excluded, tuple(matched)
