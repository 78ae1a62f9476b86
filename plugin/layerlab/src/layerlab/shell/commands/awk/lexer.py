"""The tokens of an `awk` program."""

from __future__ import annotations

import re
from typing import TypeAlias

from layerlab.shell.commands.echoing import SIMPLE

KEYWORDS = frozenset([
    "BEGIN", "END", "function", "func", "if", "else", "while", "for", "do", "break", "continue", "next",
    "nextfile", "exit", "return", "delete", "in", "getline", "print", "printf",
])  # fmt: skip
BUILTINS = frozenset([
    "length", "substr", "index", "split", "sub", "gsub", "match", "sprintf", "sin", "cos", "atan2", "exp",
    "log", "sqrt", "int", "rand", "srand", "tolower", "toupper", "system", "close", "fflush",
])  # fmt: skip
TOKEN = re.compile(
    r"(?P<space>[ \t\r]+|\\\n|#[^\n]*)|(?P<newline>\n)"
    r"|(?P<number>0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)"
    r"|(?P<call>[A-Za-z_]\w*(?=\())|(?P<name>[A-Za-z_]\w*)"
    r'|(?P<string>"(?:\\.|[^"\\])*")|(?P<op>&&|\|\||\+\+|--|\*\*=|\*\*|[-+*/%^!=<>]=|>>|!~|[-+*/%^!<>|?:~$=,;(){}\[\]])',
    re.DOTALL,
)


class AwkSyntaxError(ValueError):
    """A program that can't be read."""


Tok: TypeAlias = tuple[str, str]


def unquote(text: str) -> str:
    """The value of a string literal's inside."""
    out: list[str] = []
    position = 0
    while position < len(text):
        char = text[position]
        position += 1
        if char != "\\" or position >= len(text):
            out.append(char)
            continue
        char = text[position]
        position += 1
        if char in SIMPLE:
            out.append(SIMPLE[char].decode("latin-1"))
        elif (found := re.compile(r"[0-7]{1,3}").match(text, position - 1)) is not None:
            out.append(chr(int(found.group(0), 8) & 0xFF))
            position = found.end()
        elif char in '"/':
            out.append(char)
        elif char != "\n":
            out.append("\\" + char)
    return "".join(out)


class Lexer:
    """Reads one token after the other; `current` is the one to come."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.previous: Tok = ("newline", "\n")
        self.current: Tok = ("end", "")
        self.in_print = False
        self.no_in = False
        self.depth = 0
        self._advance()

    def _advance(self) -> Tok:
        taken = self.current
        self.previous = taken
        while self.position < len(self.text):
            if self.text[self.position] == "/" and self._regex_allowed():
                self.current = self._regex()
                return taken
            found = TOKEN.match(self.text, self.position)
            if found is None:
                raise AwkSyntaxError(f"syntax error near {self.text[self.position : self.position + 10]!r}")
            self.position = found.end()
            kind = found.lastgroup or "op"
            if kind == "space":
                continue
            text = found.group(0)
            if kind == "call" and (text in KEYWORDS or text in BUILTINS):
                kind = "name"
            self.current = (kind, text)
            return taken
        self.current = ("end", "")
        return taken

    def _regex_allowed(self) -> bool:
        kind, text = self.previous if self.current[0] == "end" and self.position == 0 else self.current
        if kind in {"number", "string", "regex"} or text in {")", "]", "$", "++", "--"}:
            return False
        return not (kind in {"name", "call"} and text not in KEYWORDS)

    def _regex(self) -> Tok:
        start = self.position + 1
        position, bracket = start, False
        while position < len(self.text):
            char = self.text[position]
            if char == "\\":
                position += 1
            elif char == "[" and not bracket:
                bracket = True
                position += 1 if self.text[position + 1 : position + 2] in ("]", "^") else 0
            elif char == "]":
                bracket = False
            elif char == "/" and not bracket:
                self.position = position + 1
                return "regex", self.text[start:position].replace("\\/", "/")
            elif char == "\n":
                break
            position += 1
        raise AwkSyntaxError("regular expression not terminated")

    def _is(self, *texts: str) -> bool:
        return self.current[1] in texts and self.current[0] in {"op", "name", "newline"}

    def _expect(self, text: str) -> None:
        if not self._is(text):
            raise AwkSyntaxError(f"syntax error at or near {self.current[1] or 'end of file'}")
        self._advance()

    def _terminators(self) -> None:
        while self._is(";", "\n"):
            self._advance()

    def _newlines(self) -> None:
        while self._is("\n"):
            self._advance()
