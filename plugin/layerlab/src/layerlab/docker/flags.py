"""Flags as spf13/pflag reads them, with its errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["bool", "string", "list", "int"]

TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})


class FlagError(ValueError):
    """A flag that isn't there, or with a bad value; the message is pflag's."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag of a subcommand.

    Attributes:
        name: Without dashes.
        short: One letter, or empty.
        kind: What it takes.
        default: `true` for a flag that is on by default; a number for `int`.
        value: Name of its value in the help.
    """

    name: str
    short: str = ""
    kind: Kind = "bool"
    default: str = ""
    value: str = "string"

    @property
    def shown(self) -> str:
        """As pflag names it in errors: `-q, --quiet`."""
        return f"-{self.short}, --{self.name}" if self.short else f"--{self.name}"


def switch(name: str, short: str = "", *, on: bool = False) -> Flag:
    """A flag without a value."""
    return Flag(name, short, "bool", "true" if on else "false")


def text(name: str, short: str = "", default: str = "", *, value: str = "string") -> Flag:
    """A flag with one value; the last one given counts."""
    return Flag(name, short, "string", default, value)


def many(name: str, short: str = "", *, value: str = "list") -> Flag:
    """A flag that may be given several times."""
    return Flag(name, short, "list", "", value)


def number(name: str, short: str = "", default: int = 0) -> Flag:
    """A flag with a whole number."""
    return Flag(name, short, "int", str(default), "int")


@dataclass(frozen=True, slots=True)
class Flags:
    """Flags as they were given.

    Attributes:
        values: Every value by name, in the order given; a default where none was.
        given: Names that were given.
    """

    values: Mapping[str, tuple[str, ...]]
    given: frozenset[str] = frozenset()

    def on(self, name: str) -> bool:
        """Whether a switch is on."""
        return self.values[name][-1] == "true"

    def text(self, name: str) -> str:
        """The value of a flag; its default, mostly empty, where it isn't given."""
        return self.values[name][-1]

    def all(self, name: str) -> tuple[str, ...]:
        """All values of a list flag."""
        return self.values[name]

    def number(self, name: str) -> int:
        """The value of a number flag."""
        return int(self.values[name][-1])


def read_flags(
    known: Sequence[Flag], words: Sequence[str], *, interspersed: bool = True
) -> tuple[Flags, tuple[str, ...]]:
    """Split words into flags and arguments.

    Args:
        known: The subcommand's flags.
        words: What was typed after its name.
        interspersed: Whether flags may follow arguments; `run` and `exec` stop at the first argument.

    Returns:
        The flags, and the arguments in order.

    Raises:
        FlagError: With pflag's message.
    """
    reader = _Reader(known, list(words))
    arguments: list[str] = []
    while reader.left:
        word = reader.left.pop(0)
        if word == "--":
            arguments += reader.left
            break
        if word.startswith("--"):
            reader.long(word)
        elif word.startswith("-") and word != "-":
            reader.short(word)
        else:
            arguments.append(word)
            if not interspersed:
                arguments += reader.left
                break
    values = {
        flag.name: tuple(reader.found[flag.name])
        if flag.name in reader.found
        else (() if flag.kind == "list" else (flag.default,))
        for flag in known
    }
    return Flags(values, frozenset(reader.found)), tuple(arguments)


class _Reader:
    def __init__(self, known: Sequence[Flag], left: list[str]) -> None:
        self.by_name = {flag.name: flag for flag in known}
        self.by_letter = {flag.short: flag for flag in known if flag.short}
        self.left = left
        self.found: dict[str, list[str]] = {}

    def long(self, word: str) -> None:
        name, equals, value = word[2:].partition("=")
        if not name or name.startswith("-"):
            raise FlagError(f"bad flag syntax: {word}")
        flag = self.by_name.get(name)
        if flag is None:
            raise FlagError(f"unknown flag: --{name}")
        if equals:
            self.take(flag, value)
        elif flag.kind == "bool":
            self.take(flag, "true")
        elif self.left:
            self.take(flag, self.left.pop(0))
        else:
            raise FlagError(f"flag needs an argument: --{name}")

    def short(self, word: str) -> None:
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            flag = self.by_letter.get(letter)
            if flag is None:
                raise FlagError(f"unknown shorthand flag: {letter!r} in {word}")
            if letters.startswith("="):
                self.take(flag, letters[1:])
                return
            if flag.kind == "bool":
                self.take(flag, "true")
                continue
            if letters:
                self.take(flag, letters)
            elif self.left:
                self.take(flag, self.left.pop(0))
            else:
                raise FlagError(f"flag needs an argument: {letter!r} in {word}")
            return

    def take(self, flag: Flag, value: str) -> None:
        if flag.kind == "bool":
            if value not in TRUE | FALSE:
                raise _invalid(flag, value, f'strconv.ParseBool: parsing "{value}": invalid syntax')
            value = "true" if value in TRUE else "false"
        elif flag.kind == "int":
            digits = value.removeprefix("-")
            if not (digits.isascii() and digits.isdigit()):
                raise _invalid(flag, value, f'strconv.ParseInt: parsing "{value}": invalid syntax')
        self.found.setdefault(flag.name, []).append(value)


def _invalid(flag: Flag, value: str, why: str) -> FlagError:
    return FlagError(f'invalid argument "{value}" for "{flag.shown}" flag: {why}')
