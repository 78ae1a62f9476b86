"""`sed`: reading scripts. `sedrun` runs them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from layerlab.shell.regex import RegexError, compiled


class SedError(ValueError):
    """A script that can't be read.

    Attributes:
        at: Position in the script, from 1.
    """

    def __init__(self, text: str, at: int) -> None:
        super().__init__(text)
        self.at = at


@dataclass(frozen=True, slots=True)
class Address:
    """`5`, `$`, `/re/`, `first~step`, `+n`, `~n`."""

    kind: str
    number: int = 0
    step: int = 0
    regex: re.Pattern[str] | None = None


@dataclass(slots=True)
class SedCommand:
    """One command.

    Attributes:
        active: Whether a range is open, and where it ends.
    """

    name: str
    first: Address | None = None
    last: Address | None = None
    negated: bool = False
    text: str = ""
    regex: re.Pattern[str] | None = None
    replacement: str = ""
    flags: str = ""
    count: int = 0
    target: int = -1
    file: str = ""
    active: bool = False
    until: int = 0
    table: dict[str, str] = field(default_factory=dict)


class SedParser:
    """Reads a script into a flat list of commands; blocks and branches are jumps."""

    def __init__(self, script: str, *, extended: bool) -> None:
        self.script = script
        self.extended = extended
        self.position = 0
        self.commands: list[SedCommand] = []
        self.blocks: list[int] = []
        self.labels: dict[str, int] = {}

    def run(self) -> list[SedCommand]:
        """All commands. Raises `SedError`."""
        while self._skip(" \t\n;"):
            if self._char() == "#":
                self._line()
                continue
            self._command()
        if self.blocks:
            raise SedError("unmatched `{'", 0)
        for command in self.commands:
            if command.name in {"b", "t", "T"}:
                if command.text and command.text not in self.labels:
                    raise SedError(f"can't find label for jump to `{command.text}'", -1)
                command.target = self.labels.get(command.text, len(self.commands))
        return self.commands

    def _skip(self, chars: str) -> bool:
        while self.position < len(self.script) and self.script[self.position] in chars:
            self.position += 1
        return self.position < len(self.script)

    def _char(self) -> str:
        return self.script[self.position : self.position + 1]

    def _line(self) -> str:
        end = self.script.find("\n", self.position)
        end = len(self.script) if end < 0 else end
        text = self.script[self.position : end]
        self.position = end
        return text

    def _fail(self, text: str) -> SedError:
        return SedError(text, self.position)

    def _command(self) -> None:
        command = SedCommand("")
        command.first = self._address()
        if command.first is not None:
            self._skip(" \t")
            if self._char() == ",":
                self.position += 1
                self._skip(" \t")
                command.last = self._address(second=True)
                if command.last is None:
                    raise self._fail("unexpected `,'")
        self._skip(" \t")
        while self._char() == "!":
            command.negated = True
            self.position += 1
            self._skip(" \t")
        command.name = self._char()
        self.position += 1
        if not command.name or command.name in "\n;":
            raise self._fail("missing command")
        self._body(command)

    def _address(self, *, second: bool = False) -> Address | None:
        char = self._char()
        if char.isdigit():
            number = self._number()
            if self._char() == "~":
                self.position += 1
                return Address("step", number, self._number())
            return Address("line", number)
        if char == "$":
            self.position += 1
            return Address("last")
        if char in {"+", "~"} and second:
            self.position += 1
            return Address("plus" if char == "+" else "multiple", self._number())
        if char == "/" or (char == "\\" and self.position + 1 < len(self.script)):
            if char == "\\":
                self.position += 1
            delimiter = self._char()
            self.position += 1
            text = self._delimited(delimiter, regex=True)
            if text is None:
                raise self._fail("unterminated address regex")
            flags = ""
            while self._char() in {"I", "M"} and self._char():
                flags += self._char()
                self.position += 1
            return Address("regex", regex=self._regex(text, flags))
        return None

    def _number(self) -> int:
        start = self.position
        while self._char().isdigit():
            self.position += 1
        return int(self.script[start : self.position] or 0)

    def _regex(self, text: str, flags: str) -> re.Pattern[str] | None:
        """A pattern; None for the empty one, which means the last one used."""
        if not text:
            return None
        try:
            return compiled(
                text,
                extended=self.extended,
                ignore_case="I" in flags or "i" in flags,
                multiline="M" in flags or "m" in flags,
            )
        except RegexError as error:
            raise self._fail(str(error)) from error

    def _delimited(self, delimiter: str, *, regex: bool) -> str | None:
        """Text up to a delimiter, which is passed over; an escaped one stands for itself."""
        out: list[str] = []
        script = self.script
        bracket = False
        while self.position < len(script):
            char = script[self.position]
            self.position += 1
            if char == "\\" and self.position < len(script):
                following = script[self.position]
                self.position += 1
                if following == delimiter and not bracket:
                    out.append(delimiter)
                elif (following == "n" and regex) or (following == "\n" and regex):
                    out.append("\n")
                else:
                    out.append("\\" + following)
                continue
            if regex and char == "[" and not bracket:
                end = re.compile(r"\[\^?\]?(?:\[[:.=][^]]*[:.=]\]|[^]])*\]").match(script, self.position - 1)
                if end is not None and "\n" not in end.group(0):
                    out.append(end.group(0).replace("\\n", "\n").replace("\\t", "\t"))
                    self.position = end.end()
                    continue
            if char == delimiter:
                return "".join(out)
            out.append(char)
        return None

    def _body(self, command: SedCommand) -> None:
        name = command.name
        if name == "{":
            self.blocks.append(len(self.commands))
            self.commands.append(command)
            return
        if name == "}":
            if not self.blocks:
                raise self._fail("unexpected `}'")
            self.commands[self.blocks.pop()].target = len(self.commands)
            self._end()
            return
        if name == ":":
            self._skip(" \t")
            self.labels[self._label()] = len(self.commands)
            return
        if name in "bTt":
            self._skip(" \t")
            command.text = self._label()
        elif name in "aic":
            command.text = self._text()
        elif name in "rwRW":
            self._skip(" \t")
            command.file = self._line()
        elif name == "s":
            self._substitute(command)
        elif name == "y":
            self._transliterate(command)
        elif name in "qQlL":
            self._skip(" \t")
            command.count = self._number()
            self._end()
        elif name in "=dDgGhHnNpPxzF":
            self._end()
        else:
            raise self._fail(f"unknown command: `{name}'")
        self.commands.append(command)

    def _label(self) -> str:
        start = self.position
        while self.position < len(self.script) and self.script[self.position] not in "\n;} \t":
            self.position += 1
        return self.script[start : self.position]

    def _end(self) -> None:
        self._skip(" \t")
        char = self._char()
        if char in {"", "\n", ";"}:
            self.position += 1
        elif char not in "}#":
            self.position += 1
            raise self._fail("extra characters after command")

    def _text(self) -> str:
        """The text of `a`, `i`, `c`, one-line or after a backslash and newline."""
        self._skip(" \t")
        if self._char() == "\\":
            self.position += 1
            before = self.position
            self._skip(" \t")
            if self._char() == "\n":
                self.position += 1
            else:
                self.position = before
        elif not self._char():
            raise self._fail("expected \\ after `a', `c' or `i'")
        out: list[str] = []
        while self.position < len(self.script):
            char = self.script[self.position]
            self.position += 1
            if char == "\\" and self.position < len(self.script):
                following = self.script[self.position]
                out.append({"t": "\t"}.get(following, following))
                self.position += 1
            elif char == "\n":
                break
            else:
                out.append(char)
        return "".join(out) + "\n"

    def _substitute(self, command: SedCommand) -> None:
        delimiter = self._char()
        self.position += 1
        pattern = self._delimited(delimiter, regex=True)
        replacement = self._delimited(delimiter, regex=False) if pattern is not None else None
        if pattern is None or replacement is None:
            raise self._fail("unterminated `s' command")
        while self._char() and self._char() in "gpiImMe0123456789w":
            if self._char().isdigit():
                command.count = self._number()
                continue
            flag = self._char()
            self.position += 1
            if flag == "w":
                self._skip(" \t")
                command.file = self._line()
                break
            command.flags += flag
        else:
            self._skip(" \t")
            char = self._char()
            if char in {"", "\n", ";"}:
                self.position += 1
            elif char not in "}#":
                self.position += 1
                raise self._fail("unknown option to `s'")
        command.regex = self._regex(pattern, command.flags)
        command.replacement = replacement

    def _transliterate(self, command: SedCommand) -> None:
        delimiter = self._char()
        self.position += 1
        source = self._delimited(delimiter, regex=False)
        target = self._delimited(delimiter, regex=False) if source is not None else None
        if source is None or target is None:
            raise self._fail("unterminated `y' command")
        one, other = (text.replace("\\n", "\n").replace("\\\\", "\\").replace("\\t", "\t") for text in (source, target))
        if len(one) != len(other):
            raise self._fail("strings for `y' command are different lengths")
        command.table = dict(zip(one, other, strict=True))
        self._end()
