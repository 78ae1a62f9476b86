"""Tokens and words: quotes, expansions and here-documents. Commands are put together in `grammar`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from layerlab.shell.model import ShellKind
from layerlab.shell.syntax import Arithmetic, Literal, Parameter, Part, Script, Substitution, Word

OPERATORS = (
    "&&", "||", ";;", "<<-", "<<", ">>", "<&", ">&", "<>", ">|", ";", "&", "|", "(", ")", "<", ">", "\n",
)  # fmt: skip
BASH_OPERATORS = (";;&", ";&", "<<<", "&>>", "&>", "|&")
MORE_OPERATORS: dict[ShellKind, tuple[str, ...]] = {"dash": (), "ash": ("&>",), "bash": BASH_OPERATORS}
OPERATOR = {kind: re.compile("|".join(map(re.escape, (*more, *OPERATORS)))) for kind, more in MORE_OPERATORS.items()}
"""The first that fits is taken, so longer ones stand before what they begin with."""
REDIRECTS = frozenset({"<", ">", ">>", ">|", "<>", "<&", ">&", "<<", "<<-", "<<<", "&>", "&>>"})
NAME_START = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
NAME_REST = NAME_START | frozenset("0123456789")
SPECIAL = frozenset("@*#?-$!0123456789")
MAX_DEPTH = 60
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}


class ShellSyntaxError(Exception):
    """A script that can't be read.

    Attributes:
        kind: `unexpected` or `unterminated`.
        found: What was found: an operator, `word`, `newline`, `end of file` or the word itself.
        wanted: What was expected, or empty.
        line: Where.
    """

    def __init__(self, kind: str, found: str, wanted: str, line: int) -> None:
        super().__init__(f"{kind} {found} {wanted}")
        self.kind = kind
        self.found = found
        self.wanted = wanted
        self.line = line


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        kind: `word`, `operator`, `io` (a number before `<` or `>`) or `end`.
        text: The operator, or the word's text as written.
        word: The parsed word.
        line: Where it begins.
        start: Position of its first character.
    """

    kind: str
    text: str
    word: Word
    line: int
    start: int = 0


@dataclass(slots=True)
class Pending:
    """A here-document whose body is still to come."""

    delimiter: str
    strip: bool
    quoted: bool
    body: Word = ()


PLAIN = re.compile(r"[^\s;&|<>(){}\\'\"$`]+")
"""Characters that end no word, whatever it stands in, and quote nothing."""


class Lexer:
    """Reads tokens from a script."""

    def __init__(
        self, text: str, kind: ShellKind, parse_script: Callable[[Lexer, str], Script], line: int = 1, depth: int = 0
    ) -> None:
        self.text = text
        self.kind = kind
        self.position = 0
        self.line = line
        self.depth = depth
        self.pending: list[Pending] = []
        self._parse_script = parse_script
        self._operators = OPERATOR[kind]

    def token(self) -> Token:
        """The next token."""
        self._skip_blanks()
        start, line = self.position, self.line
        if start >= len(self.text):
            self._read_documents()
            return Token("end", "", (), line, start)
        if self.kind == "bash" and self.text.startswith("<(", start):
            self.position += 2
            part = Substitution(self._nested(")"), process=True)
            return Token("word", self.text[start : self.position], (part,), line, start)
        found = self._operators.match(self.text, start)
        if found is not None:
            self.position = found.end()
            if found[0] == "\n":
                self.line += 1
                self._read_documents()
            return Token("operator", found[0], (), line, start)
        word = self.word()
        raw = self.text[start : self.position]
        if raw.isdigit() and self.position < len(self.text) and self.text[self.position] in "<>":
            return Token("io", raw, (), line, start)
        return Token("word", raw, word, line, start)

    def word(self, stop: str = " \t\n;&|<>()") -> Word:
        """A word up to an unquoted character of `stop`."""
        parts: list[Part] = []
        plain: list[str] = []
        while self.position < len(self.text):
            char = self.text[self.position]
            if char in stop:
                break
            if char in "\\'\"$`":
                self._quoting(char, parts, plain)
                continue
            run = PLAIN.match(self.text, self.position)
            plain.append(run[0] if run else char)
            if char == "\n":
                self.line += 1
            self.position += len(plain[-1])
        _flush(parts, plain)
        return tuple(parts)

    def _quoting(self, char: str, parts: list[Part], plain: list[str]) -> None:
        if char == "\\":
            following = self.text[self.position + 1 : self.position + 2]
            self.position += 2
            if following == "\n":
                self.line += 1
                return
            _flush(parts, plain)
            parts.append(Literal(following or "\\", quoted=True))
        elif char == "'":
            _flush(parts, plain)
            end = self.text.find("'", self.position + 1)
            if end < 0:
                raise self._unterminated("quoted string", "'")
            text = self.text[self.position + 1 : end]
            self.line += text.count("\n")
            self.position = end + 1
            parts.append(Literal(text, quoted=True))
        elif char == '"':
            _flush(parts, plain)
            parts.extend(self._double_quoted())
        else:
            part = self.expansion(quoted=False)
            if part is None:
                plain.append("$")
            else:
                _flush(parts, plain)
                parts.extend(part)

    def _double_quoted(self) -> Word:
        opened = self.line
        self.position += 1
        parts = self.quoted_text('"')
        if self.position >= len(self.text):
            raise ShellSyntaxError("unterminated", "quoted string", '"', self.line if self.kind != "bash" else opened)
        self.position += 1
        return parts or (Literal("", quoted=True),)

    def quoted_text(self, stop: str, *, document: bool = False) -> Word:
        """Text with double-quote rules up to `stop`, or to the end where it is empty."""
        parts: list[Part] = []
        plain: list[str] = []
        text = self.text
        special = "$`\\" if document else '$`"\\'
        while self.position < len(text):
            char = text[self.position]
            if stop and char == stop:
                break
            if char == "\\":
                following = text[self.position + 1 : self.position + 2]
                self.position += 2
                if following == "\n":
                    self.line += 1
                elif following and following in special + ("}" if stop == "}" else ""):
                    plain.append(following)
                else:
                    plain.append("\\" + following)
            elif char in "$`":
                part = self.expansion(quoted=True)
                if part is None:
                    plain.append("$")
                else:
                    _flush(parts, plain, quoted=True)
                    parts.extend(part)
            elif char == '"' and stop == "}":
                self.position += 1
                parts_inside = self.quoted_text('"')
                self.position += 1
                _flush(parts, plain, quoted=True)
                parts.extend(parts_inside)
            else:
                plain.append(char)
                if char == "\n":
                    self.line += 1
                self.position += 1
        _flush(parts, plain, quoted=True)
        return tuple(parts)

    # Expansions

    def expansion(self, *, quoted: bool) -> Word | None:
        """What begins with `$` or a backquote here; None for a lone dollar (which is passed over)."""
        if self.text[self.position] == "`":
            return (self._backquotes(quoted=quoted),)
        following = self.text[self.position + 1 : self.position + 2]
        if self.text.startswith("$((", self.position):
            found = self._arithmetic(quoted=quoted)
            if found is not None:
                return (found,)
        if following == "(":
            self.position += 2
            return (Substitution(self._nested(")"), quoted),)
        if following == "{":
            return (self._braced(quoted=quoted),)
        if following in NAME_START and following:
            end = self.position + 1
            while end < len(self.text) and self.text[end] in NAME_REST:
                end += 1
            name = self.text[self.position + 1 : end]
            self.position = end
            return (Parameter(name, quoted=quoted),)
        if following and following in SPECIAL:
            self.position += 2
            return (Parameter(following, quoted=quoted),)
        if not quoted and following == "'" and self.kind != "dash":
            return (self._ansi(),)
        if not quoted and following == '"' and self.kind == "bash":
            self.position += 1
            return self._double_quoted()
        self.position += 1
        return None

    def _nested(self, closing: str) -> Script:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ShellSyntaxError("unexpected", "word", "", self.line)
        script = self._parse_script(self, closing)
        self.depth -= 1
        return script

    def _backquotes(self, *, quoted: bool) -> Substitution:
        self.position += 1
        inner: list[str] = []
        start = self.line
        while self.position < len(self.text) and self.text[self.position] != "`":
            char = self.text[self.position]
            following = self.text[self.position + 1 : self.position + 2]
            if char == "\\" and following and following in ('$`\\"' if quoted else "$`\\"):
                char = following
                self.position += 1
            if char == "\n":
                self.line += 1
            inner.append(char)
            self.position += 1
        if self.position >= len(self.text):
            raise ShellSyntaxError("unterminated", "EOF in backquote substitution", "`", self.line)
        self.position += 1
        if self.depth > MAX_DEPTH:
            raise ShellSyntaxError("unexpected", "word", "", self.line)
        lexer = Lexer("".join(inner), self.kind, self._parse_script, start, self.depth + 1)
        return Substitution(self._parse_script(lexer, ""), quoted)

    def _arithmetic(self, *, quoted: bool) -> Arithmetic | None:
        """`$((`: None if it turns out to be a command substitution with a subshell in it."""
        start, line = self.position, self.line
        self.position += 3
        expression = self.arithmetic_text()
        if expression is None:
            self.position, self.line = start, line
            return None
        return Arithmetic(expression, quoted)

    def arithmetic_text(self) -> Word | None:
        """The inside of `((…))` up to its end; None if it doesn't end with `))`."""
        parts: list[Part] = []
        plain: list[str] = []
        depth = 0
        while self.position < len(self.text):
            char = self.text[self.position]
            if char in "$`":
                part = self.expansion(quoted=True)
                _flush(parts, plain, quoted=True)
                parts.extend(part or (Literal("$", quoted=True),))
                continue
            if char == ")" and depth == 0:
                if not self.text.startswith("))", self.position):
                    return None
                self.position += 2
                _flush(parts, plain, quoted=True)
                return tuple(parts)
            depth += {"(": 1, ")": -1}.get(char, 0)
            if self.text.startswith("\\\n", self.position):
                self.position += 2
                self.line += 1
                continue
            if char == "\n":
                self.line += 1
            if char != '"':
                plain.append(char)
            self.position += 1
        return None

    def _braced(self, *, quoted: bool) -> Parameter:
        text = self.text
        self.position += 2
        length = text.startswith("#", self.position) and text[self.position + 1 : self.position + 2] not in ("}", "")
        if length and text[self.position + 1] in ":-=?+%#" and text[self.position + 2 : self.position + 3] != "}":
            length = False
        if length:
            self.position += 1
        indirect = not length and self.kind == "bash" and text[self.position : self.position + 1] == "!"
        if indirect and text[self.position + 1 : self.position + 2] in NAME_START:
            self.position += 1
        else:
            indirect = False
        name = self._name()
        index = self._subscript() if self.kind == "bash" and name else None
        if not name:
            return self._bad(quoted=quoted)
        if text.startswith("}", self.position):
            self.position += 1
            operator = "length" if length else "!" if indirect else ""
            return Parameter(name, operator, None, quoted, index)
        if length:
            return self._bad(quoted=quoted)
        operator = self._operator()
        if not operator:
            return self._bad(quoted=quoted)
        word = self._argument(operator, quoted=quoted)
        return Parameter(name, operator, word, quoted, index)

    def _name(self) -> str:
        start = self.position
        text = self.text
        first = text[start : start + 1]
        if first in NAME_START and first:
            while self.position < len(text) and text[self.position] in NAME_REST:
                self.position += 1
        elif first.isdigit():
            while self.position < len(text) and text[self.position].isdigit():
                self.position += 1
        elif first and first in SPECIAL:
            self.position += 1
        return text[start : self.position]

    def _subscript(self) -> str | None:
        if not self.text.startswith("[", self.position):
            return None
        end = self.text.find("]", self.position)
        if end < 0:
            return None
        index = self.text[self.position + 1 : end]
        self.position = end + 1
        return index

    def _operator(self) -> str:
        choices = [":-", ":=", ":?", ":+", "%%", "##", "-", "=", "?", "+", "%", "#"]
        if self.kind != "dash":
            choices += ["//", "/", ":"]
        if self.kind == "bash":
            choices += ["^^", ",,", "^", ",", "@"]
        for operator in choices:
            if self.text.startswith(operator, self.position):
                self.position += len(operator)
                return operator
        return ""

    def _argument(self, operator: str, *, quoted: bool) -> Word:
        pattern = operator in {"%", "%%", "#", "##", "/", "//"}
        if quoted and not pattern:
            word = self.quoted_text("}")
        elif quoted:
            word = self.word("}")
        else:
            word = self.word("}")
        if self.position >= len(self.text):
            raise ShellSyntaxError("unterminated", "missing '}'", "}", self.line)
        self.position += 1
        return word

    def _bad(self, *, quoted: bool) -> Parameter:
        depth = 1
        while self.position < len(self.text) and depth:
            depth += {"{": 1, "}": -1}.get(self.text[self.position], 0)
            self.position += 1
        if depth:
            raise ShellSyntaxError("unterminated", "missing '}'", "}", self.line)
        return Parameter("", "bad", None, quoted)

    def _ansi(self) -> Literal:
        """`$'…'` with C's escapes."""
        self.position += 2
        out: list[str] = []
        text = self.text
        while self.position < len(text) and text[self.position] != "'":
            char = text[self.position]
            self.position += 1
            if char != "\\":
                out.append(char)
                continue
            char = text[self.position : self.position + 1]
            self.position += 1
            if char in ESCAPES:
                out.append(ESCAPES[char])
            elif char and char in "01234567":
                digits = char
                while len(digits) < 3 and text[self.position : self.position + 1] in tuple("01234567"):
                    digits += text[self.position]
                    self.position += 1
                out.append(chr(int(digits, 8) & 0xFF))
            elif char in {"x", "u", "U"}:
                digits = ""
                width = {"x": 2, "u": 4, "U": 8}[char]
                while len(digits) < width and text[self.position : self.position + 1] in tuple(
                    "0123456789abcdefABCDEF"
                ):
                    digits += text[self.position]
                    self.position += 1
                out.append(chr(int(digits or "0", 16) % 0x110000))
            else:
                out.append(char if char in "\\'\"?" else "\\" + char)
        if self.position >= len(text):
            raise self._unterminated("quoted string", "'")
        self.position += 1
        return Literal("".join(out), quoted=True)

    # Blanks and here-documents

    def _skip_blanks(self) -> None:
        text = self.text
        while self.position < len(text):
            char = text[self.position]
            if char in " \t":
                self.position += 1
            elif text.startswith("\\\n", self.position):
                self.position += 2
                self.line += 1
            elif char == "#":
                end = text.find("\n", self.position)
                self.position = len(text) if end < 0 else end
            else:
                return

    def _read_documents(self) -> None:
        pending, self.pending = self.pending, []
        for document in pending:
            lines: list[str] = []
            first = self.line
            while self.position < len(self.text):
                end = self.text.find("\n", self.position)
                line = self.text[self.position : end if end >= 0 else len(self.text)]
                self.position = end + 1 if end >= 0 else len(self.text)
                self.line += 1
                if document.strip:
                    line = line.lstrip("\t")
                if line == document.delimiter:
                    break
                lines.append(line + ("\n" if end >= 0 else ""))
            body = "".join(lines)
            if document.quoted:
                document.body = (Literal(body, quoted=True),)
            else:
                lexer = Lexer(body, self.kind, self._parse_script, first, self.depth)
                document.body = lexer.quoted_text("", document=True)

    def _unterminated(self, what: str, opener: str) -> ShellSyntaxError:
        line = self.line + (self.text.count("\n", self.position) if self.kind != "bash" else 0)
        return ShellSyntaxError("unterminated", what, opener, line)


def _flush(parts: list[Part], plain: list[str], *, quoted: bool = False) -> None:
    if plain:
        parts.append(Literal("".join(plain), quoted))
        plain.clear()
