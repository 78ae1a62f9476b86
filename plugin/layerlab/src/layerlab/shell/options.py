"""Reading of command-line options, getopt's way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from layerlab.shell.process import Process


class UsageError(Exception):
    """A call that a program refuses.

    Attributes:
        text: Message without the program's name; lines after the first stand as they are.
        code: Exit code.
    """

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.text = text
        self.code = code


@dataclass(frozen=True, slots=True)
class Options:
    """Options by letter or long name, and operands.

    Attributes:
        values: Arguments of each option in order; an empty string for one without argument.
        operands: The rest.
        order: Options as they came.
    """

    values: Mapping[str, list[str]]
    operands: list[str]
    order: list[tuple[str, str]] = field(default_factory=list)

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def any(self, *names: str) -> bool:
        """Whether one of some options was given."""
        return any(name in self.values for name in names)

    def get(self, name: str, default: str | None = None) -> str | None:
        """The last argument of an option."""
        return self.values[name][-1] if name in self.values else default

    def last(self, *names: str) -> str | None:
        """Which of some options came last."""
        return next((name for name, _ in reversed(self.order) if name in names), None)


def parse_options(
    process: Process,
    short: str,
    long: Mapping[str, str] | None = None,
    *,
    permute: bool | None = None,
    code: int = 1,
    args: Sequence[str] | None = None,
) -> Options:
    """Split arguments into options and operands.

    Args:
        process: Whose arguments, and whose flavour.
        short: Letters; a colon after one that takes an argument, two after one that may have it attached.
        long: Long names to letters or names of their own; a name ending in `=` takes an argument, in `=?` perhaps.
        permute: Whether options may follow operands; by default as GNU's getopt does.
        code: Exit code of a refusal.
        args: Other arguments than the process's.

    Raises:
        UsageError: An unknown option, or an argument that is missing.
    """
    return _Parser(process, short, long or {}, permute is not False, code).run(
        list(process.args if args is None else args)
    )


@dataclass(slots=True)
class _Parser:
    process: Process
    short: str
    long: Mapping[str, str]
    permute: bool
    code: int
    values: dict[str, list[str]] = field(default_factory=dict)
    order: list[tuple[str, str]] = field(default_factory=list)

    def run(self, args: list[str]) -> Options:
        operands: list[str] = []
        while args:
            word = args.pop(0)
            if word == "--":
                operands.extend(args)
                break
            if word.startswith("--"):
                self._long(word, args)
            elif word.startswith("-") and len(word) > 1:
                self._short(word[1:], args)
            else:
                operands.append(word)
                if not self.permute:
                    operands.extend(args)
                    break
        return Options(self.values, operands, self.order)

    def _add(self, name: str, value: str) -> None:
        self.values.setdefault(name, []).append(value)
        self.order.append((name, value))

    def _short(self, cluster: str, args: list[str]) -> None:
        position = 0
        while position < len(cluster):
            letter = cluster[position]
            position += 1
            at = self.short.find(letter) if letter != ":" else -1
            if at < 0:
                raise self.refusal(f"invalid option -- '{letter}'")
            if not self.short.startswith(":", at + 1):
                self._add(letter, "")
                continue
            rest = cluster[position:]
            if self.short.startswith("::", at + 1) or rest:
                self._add(letter, rest)
            elif args:
                self._add(letter, args.pop(0))
            else:
                raise self.refusal(f"option requires an argument -- '{letter}'")
            return

    def _long(self, word: str, args: list[str]) -> None:
        name, equals, value = word[2:].partition("=")
        known = {key.rstrip("?").rstrip("="): key for key in self.long}
        matching = [name] if name in known else [key for key in known if key.startswith(name)]
        if len(matching) != 1:
            raise self.refusal(f"unrecognized option '--{name}'")
        key = known[matching[0]]
        target = self.long[key]
        if key.endswith("=") and not equals:
            if not args:
                raise self.refusal(f"option '--{matching[0]}' requires an argument")
            value = args.pop(0)
        elif not key.endswith(("=", "=?")) and equals:
            raise self.refusal(f"option '--{matching[0]}' doesn't allow an argument")
        self._add(target, value)

    def refusal(self, text: str) -> UsageError:
        return usage(self.process, text, self.code)


def usage(process: Process, text: str, code: int = 1) -> UsageError:
    """A refusal, with GNU's hint."""
    if process.busybox:
        return UsageError(text, code)
    return UsageError(f"{text}\nTry '{process.argv0} --help' for more information.", code)


def missing_operand(process: Process, after: str | None = None, code: int = 1) -> UsageError:
    """The refusal of a call with too few operands."""
    if process.busybox:
        return UsageError("\0usage", code)
    if after is None:
        return usage(process, "missing operand", code)
    return usage(process, f"missing destination file operand after '{after}'", code)


def quote(name: str) -> str:
    """A name in coreutils' messages, in the C locale."""
    if "'" in name:
        return f'"{name}"' if not any(char in name for char in '"$`\\') else "'" + name.replace("'", "'\\''") + "'"
    return f"'{name}'"
