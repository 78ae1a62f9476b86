"""POSIX regular expressions, basic and extended with GNU's additions, as Python's.

Texts are matched with one character a byte (latin-1), as in the C locale. Python takes the first
alternative that matches where POSIX takes the longest; that difference stays.
"""

from __future__ import annotations

import re
from functools import lru_cache

CLASSES = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "space": r" \t\n\r\f\v",
    "blank": r" \t", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f", "cntrl": r"\x00-\x1f\x7f",
    "print": r"\x20-\x7e", "graph": r"\x21-\x7e",
}  # fmt: skip
WORDS = {
    "w": "[A-Za-z0-9_]", "W": "[^A-Za-z0-9_]", "s": r"[ \t\n\r\f\v]", "S": r"[^ \t\n\r\f\v]", "b": r"(?a:\b)",
    "B": r"(?a:\B)",
    "<": r"(?a:\b(?=\w))", ">": r"(?a:\b(?<=\w))", "`": r"\A", "'": r"\Z", "n": r"\n", "t": r"\t",
}  # fmt: skip
INTERVAL = re.compile(r"(\d*)(,?)(\d*)\Z")


class RegexError(ValueError):
    """A pattern that can't be read; the text is glibc's."""


@lru_cache(maxsize=256)
def compiled(pattern: str, *, extended: bool, ignore_case: bool = False, multiline: bool = False) -> re.Pattern[str]:
    """A pattern ready for use. Raises `RegexError`."""
    flags = re.IGNORECASE if ignore_case else 0
    try:
        return re.compile(translate(pattern, extended=extended, multiline=multiline), flags)
    except re.error as error:
        raise RegexError(
            "Invalid preceding regular expression" if "repeat" in str(error) else "Invalid regular expression"
        ) from error


def translate(pattern: str, *, extended: bool, multiline: bool = False) -> str:
    """A POSIX pattern as a Python one. Raises `RegexError`."""
    return _Translation(pattern, extended=extended, multiline=multiline).run()


class _Translation:
    def __init__(self, pattern: str, *, extended: bool, multiline: bool) -> None:
        self.pattern = pattern
        self.extended = extended
        self.begin, self.end = (r"(?m:^)", r"(?m:$)") if multiline else (r"\A", r"\Z")
        self.out: list[str] = []
        self.position = 0
        self.depth = 0
        self.groups = 0

    def run(self) -> str:
        while self.position < len(self.pattern):
            self._one()
        if self.depth:
            raise RegexError("Unmatched ( or \\(")
        return "".join(self.out)

    def _atom_expected(self) -> bool:
        """Whether nothing stands before that could be repeated."""
        return not self.out or self.out[-1] in {"(", "|", self.begin}

    def _one(self) -> None:
        char = self.pattern[self.position]
        self.position += 1
        if char == "\\":
            self._escape()
        elif char == "[":
            self._bracket()
        elif char == ".":
            self.out.append("(?s:.)")
        elif char == "*":
            if self._atom_expected():
                self.out.append(r"\*" if not self.extended else "")
            else:
                self._repeat("*")
        elif char == "^":
            anchor = self.extended or not self.out or self.out[-1] in {"(", "|"}
            self.out.append(self.begin if anchor else r"\^")
        elif char == "$":
            rest = self.pattern[self.position :]
            anchor = self.extended or not rest or rest.startswith((r"\)", r"\|"))
            self.out.append(self.end if anchor else r"\$")
        elif self.extended and char in "()|+?{":
            self._operator(char)
        else:
            self.out.append(re.escape(char))

    def _escape(self) -> None:
        if self.position >= len(self.pattern):
            raise RegexError("Trailing backslash")
        char = self.pattern[self.position]
        self.position += 1
        if not self.extended and char in "()|+?{":
            self._operator(char)
        elif char in "123456789":
            if int(char) > self.groups:
                raise RegexError("Invalid back reference")
            self.out.append(f"(?:\\{char})")
        elif char in WORDS:
            self.out.append(WORDS[char])
        else:
            self.out.append(re.escape(char))

    def _operator(self, char: str) -> None:
        if char == "(":
            self.depth += 1
            self.groups += 1
            self.out.append("(")
        elif char == ")":
            if not self.depth:
                if self.extended:
                    self.out.append(r"\)")
                    return
                raise RegexError("Unmatched ) or \\)")
            self.depth -= 1
            self.out.append(")")
        elif char == "|":
            self.out.append("|")
        elif char in "+?":
            if self._atom_expected():
                self.out.append(re.escape(char) if not self.extended else "")
            else:
                self._repeat(char)
        else:
            self._interval()

    def _interval(self) -> None:
        closing = "}" if self.extended else r"\}"
        end = self.pattern.find(closing, self.position)
        body = self.pattern[self.position : end] if end >= 0 else ""
        found = INTERVAL.match(body)
        if end < 0 or found is None or not (found.group(1) or found.group(2)) or self._atom_expected():
            if self.extended:
                self.out.append(r"\{")
                return
            raise RegexError("Unmatched \\{" if end < 0 else "Invalid preceding regular expression")
        low, high = int(found.group(1) or 0), found.group(3)
        if low > 32767 or int(high or 0) > 32767 or (high and int(high) < low):
            raise RegexError("Invalid content of \\{\\}")
        self.position = end + len(closing)
        self._repeat(f"{{{low}{found.group(2)}{high}}}")

    def _repeat(self, operator: str) -> None:
        last = self.out[-1]
        if last[0] in "*+?{" and len(self.out) > 1:
            if last in {"*", operator}:
                return
            # A repetition of a repetition: Python wants a group for it.
            start = self._start_of_atom()
            self.out[start:] = ["(?:" + "".join(self.out[start:]) + ")"]
        self.out.append(operator)

    def _start_of_atom(self) -> int:
        index = len(self.out) - 2
        if self.out[index] != ")":
            return index
        depth = 0
        while index >= 0:
            depth += {")": 1, "(": -1}.get(self.out[index], 0)
            if depth == 0:
                return index
            index -= 1
        return 0

    def _bracket(self) -> None:
        text = self.pattern
        position = self.position
        negated = text[position : position + 1] == "^"
        position += negated
        out: list[str] = []
        first = True
        while True:
            if position >= len(text):
                raise RegexError("Unmatched [, [^, [:, [., or [=")
            char = text[position]
            if char == "]" and not first:
                break
            first = False
            if char == "[" and text[position + 1 : position + 2] in (":", ".", "="):
                kind = text[position + 1]
                end = text.find(kind + "]", position + 2)
                if end < 0:
                    raise RegexError("Unmatched [, [^, [:, [., or [=")
                name = text[position + 2 : end]
                if kind == ":" and name not in CLASSES:
                    raise RegexError("Invalid character class name")
                out.append(CLASSES[name] if kind == ":" else re.escape(name))
                position = end + 2
                continue
            if text[position + 1 : position + 2] == "-" and text[position + 2 : position + 3] not in ("]", ""):
                last = text[position + 2]
                if last < char:
                    raise RegexError("Invalid range end")
                out.append(f"{_inside(char)}-{_inside(last)}")
                position += 3
                continue
            out.append(_inside(char))
            position += 1
        self.position = position + 1
        self.out.append(f"[{'^' if negated else ''}{''.join(out)}]")


def _inside(char: str) -> str:
    return "\\" + char if char in r"\]^[&~|-" else char
