"""Expansion of words as BuildKit's `shell.Lex` does it: quotes, escapes, `$name`, `${name…}` with all modifiers.

`expand` gives one string and, beside it, the words it falls into (the *words mode* of EXPOSE); which instruction
expands which of its fields is data: `EXPANDED`. Scope and precedence of ARG and ENV are the plan's business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from layerlab.dockerfile.gotext import SPACE, quote
from layerlab.dockerfile.patterns import PatternError, replace_all, replace_first, strip_prefix, strip_suffix

DEEPEST = 60
"""Nested `${…${…}…}` we follow; BuildKit goes on until its stack is full."""

LONGEST = 4 << 20
"""Characters of a result; doubling a variable line by line would fill any memory."""

END = ""
SPECIAL = re.compile(r"[$'\"<\\`\ufeff\ud800-\udfff]")
NAME = re.compile(r"\d+|[@*#?\-$!0]|[^\W]*")
SPACES = frozenset(SPACE)
REPLACEMENT = "\ufffd"

EXPANDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "FROM": ("image", "platform"),
        "ENV": ("pairs.name", "pairs.value"),
        "LABEL": ("pairs.name", "pairs.value"),
        "ARG": ("items.value",),
        "COPY": ("chown", "chmod", "sources", "destination", "heredocs.body"),
        "ADD": ("chown", "chmod", "checksum", "sources", "destination", "heredocs.body"),
        "USER": ("user",),
        "WORKDIR": ("path",),
        "STOPSIGNAL": ("signal",),
        "VOLUME": ("paths",),
        "EXPOSE": ("ports",),
        "RUN": ("mounts",),
    }
)
"""Fields whose variables are replaced, in the order BuildKit does it; all others stay as written."""


class ExpansionError(ValueError):
    """A word that can't be expanded.

    Attributes:
        code: Stable name of the reason, such as `expansion.bad-substitution`.
        message: BuildKit's whole text: `failed to process "…": …`.
        reason: What follows the colon.
        used: Defined names that were asked for until then.
        undefined: Undefined ones.
    """

    def __init__(
        self, code: str, word: str, reason: str, used: tuple[str, ...] = (), undefined: tuple[str, ...] = ()
    ) -> None:
        super().__init__(f"failed to process {quote(word)}: {reason}")
        self.code = code
        self.word = word
        self.reason = reason
        self.used = used
        self.undefined = undefined

    @property
    def message(self) -> str:
        """BuildKit's whole text."""
        return str(self)


@dataclass(frozen=True, slots=True)
class Expanded:
    """The result of one expansion.

    Attributes:
        text: As one string, blanks kept.
        words: Split at unquoted blanks, after substitution.
        used: Defined names it asked for, each once, in order.
        undefined: Undefined names it asked for, each once, in order.
    """

    text: str
    words: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    undefined: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mode:
    """What a lexer leaves alone.

    Attributes:
        quotes: Whether quotes mean anything; off for heredoc bodies.
        raw_quotes: Whether they stay in the result.
        raw_escapes: Whether escape characters stay in the result.
        keep_unset: Whether `$name` without value stays as it is.
    """

    quotes: bool = True
    raw_quotes: bool = False
    raw_escapes: bool = False
    keep_unset: bool = False


WORD = Mode()
HEREDOC_BODY = Mode(quotes=False)


def expand(word: str, env: Mapping[str, str], escape: str = "\\", mode: Mode = WORD) -> Expanded:
    r"""Expand a word.

    Args:
        word: Raw text.
        env: Values by name.
        escape: Escape character of the file; for heredoc bodies always a backslash.
        mode: What is left alone.

    Raises:
        ExpansionError: With BuildKit's message.
    """
    if not SPECIAL.search(word):
        return Expanded(word, tuple(part for part in re.split(f"[{SPACE}]+", word) if part))
    lexer = _Lexer(word, env, escape, mode)
    text, words = lexer.until(END, raw=mode.raw_escapes)
    return Expanded(text, tuple(words), tuple(lexer.used), tuple(lexer.undefined))


def expand_heredoc(body: str, env: Mapping[str, str]) -> Expanded:
    r"""Expand the body of a COPY or ADD heredoc: quotes mean nothing, the escape is always a backslash.

    Raises:
        ExpansionError: With BuildKit's message.
    """
    return expand(body, env, "\\", HEREDOC_BODY)


class _Words:
    """Collects words; the buffer is shared with nested expansions, which empty it, as in BuildKit."""

    __slots__ = ("buffer", "in_word", "words")

    def __init__(self, buffer: list[str]) -> None:
        self.buffer = buffer
        self.words: list[str] = []
        self.in_word = False

    def add(self, text: str) -> None:
        """Add text whose blanks separate words."""
        for char in text:
            if char not in SPACES:
                self.buffer.append(char)
                self.in_word = True
            elif self.in_word and self.buffer:
                self.words.append("".join(self.buffer))
                self.buffer.clear()
                self.in_word = False

    def add_raw(self, text: str) -> None:
        """Add text whose blanks belong to the word."""
        if text:
            self.buffer.append(text)
        self.in_word = True

    def finish(self) -> list[str]:
        if self.buffer:
            self.words.append("".join(self.buffer))
            self.buffer.clear()
            self.in_word = False
        return self.words


class _Lexer:
    """One run over one word."""

    def __init__(self, word: str, env: Mapping[str, str], escape: str, mode: Mode) -> None:
        self.word = word
        self.source = "".join(REPLACEMENT if "\ud800" <= char <= "\udfff" else char for char in word)
        self.at = 1 if self.source.startswith("\ufeff") else 0
        self.env = env
        self.escape = escape
        self.mode = mode
        self.raw = mode.raw_escapes
        self.buffer: list[str] = []
        self.used: dict[str, None] = {}
        self.undefined: dict[str, None] = {}
        self.depth = 0
        self.size = 0
        self.plain = re.compile(f"[^{re.escape('$<' + escape)}'\"}}/]+")

    def error(self, code: str, reason: str) -> ExpansionError:
        return ExpansionError(f"expansion.{code}", self.word, reason, tuple(self.used), tuple(self.undefined))

    def peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def next(self) -> str:
        char = self.source[self.at : self.at + 1]
        self.at += len(char)
        return char

    def grow(self, text: str) -> str:
        self.size += len(text)
        if self.size > LONGEST:
            raise self.error("too-long", f"the result is longer than {LONGEST} characters")
        return text

    def until(self, stop: str, *, raw: bool) -> tuple[str, list[str]]:
        """Read up to a stop character, which is taken; END reads to the end."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error("too-deep", f"more than {DEEPEST} nested substitutions")
        before, self.raw = self.raw, raw
        self.buffer.clear()
        words = _Words(self.buffer)
        result: list[str] = []
        try:
            while char := self.peek():
                if char == stop:
                    self.at += 1
                    return "".join(result), words.finish()
                self.take(char, result, words)
        finally:
            self.raw = before
            self.depth -= 1
        if stop != END:
            raise self.error("unfinished", f"unexpected end of statement while looking for matching {stop}")
        return "".join(result), words.finish()

    def take(self, char: str, result: list[str], words: _Words) -> None:
        """Read what begins with a character."""
        plain = self.plain.match(self.source, self.at)
        if plain is not None:
            self.at = plain.end()
            result.append(plain[0])
            words.add(plain[0])
        elif char == "$":
            value = self.grow(self.dollar())
            result.append(value)
            words.add(value)
        elif char == "<":
            value = self.angle()
            result.append(value)
            words.add_raw(value)
        elif self.mode.quotes and char in {"'", '"'}:
            value = self.single() if char == "'" else self.double()
            result.append(value)
            words.add_raw(value)
        elif char == self.escape:
            self.at += 1
            escaped = (char if self.raw else "") + self.next()
            result.append(escaped)
            if escaped:
                words.add_raw(escaped)
        else:
            self.at += 1
            result.append(char)
            words.add(char)

    def angle(self) -> str:
        """`<<` keeps the blanks behind it, so that a heredoc's delimiter stays in one word."""
        self.at += 1
        if self.peek() != "<":
            return "<"
        start = self.at - 1
        self.at += 1
        while self.peek() in {"\t", "\r", " "}:
            self.at += 1
        return self.source[start : self.at]

    def single(self) -> str:
        end = self.source.find("'", self.at + 1)
        if end < 0:
            self.at = len(self.source)
            raise self.error("single-quote", "unexpected end of statement while looking for matching single-quote")
        start, self.at = self.at, end + 1
        return self.source[start : end + 1] if self.mode.raw_quotes else self.source[start + 1 : end]

    def double(self) -> str:
        self.at += 1
        mark = '"' if self.mode.raw_quotes else ""
        result = [mark]
        while char := self.peek():
            if char == '"':
                self.at += 1
                return "".join([*result, mark])
            if char == "$":
                result.append(self.grow(self.dollar()))
            elif char == self.escape:
                self.at += 1
                if self.raw:
                    result.append(char)
                following = self.peek()
                if following in {'"', "$", self.escape}:
                    self.at += 1
                    result.append(following)
                elif following:
                    result.append(char)
            else:
                plain = self.plain.match(self.source, self.at)
                text = plain[0] if plain else char
                self.at += len(text)
                result.append(text)
        raise self.error("double-quote", "unexpected end of statement while looking for matching double-quote")

    def name(self) -> str:
        match = NAME.match(self.source, self.at)
        text = match[0] if match else ""
        self.at += len(text)
        return text

    def value(self, name: str) -> str | None:
        value = self.env.get(name)
        (self.undefined if value is None else self.used)[name] = None
        return value

    def dollar(self) -> str:
        self.at += 1
        if self.peek() == "{":
            self.at += 1
            return self.braces()
        name = self.name()
        if not name:
            return "$"
        value = self.value(name)
        if value is None:
            return f"${name}" if self.mode.keep_unset else ""
        return value

    def braces(self) -> str:
        """What stands between `${` and `}`."""
        first = self.peek()
        if not first:
            raise self.error("missing-brace", "syntax error: missing '}'")
        if first in {"{", "}", ":"}:
            raise self.error("bad-substitution", "syntax error: bad substitution")
        name = self.name()
        char = self.next()
        if char == "}":
            value = self.value(name)
            if value is None:
                return f"${{{name}}}" if self.mode.keep_unset else ""
            return value
        if char == "/":
            return self.replaced(name)
        modifier = char or REPLACEMENT
        if char == ":":
            char = self.next()
            modifier += char or REPLACEMENT
            if char in {"#", "%"}:
                raise self.unsupported(modifier)
        elif char not in {"+", "-", "?", "#", "%"} or not char:
            raise self.unsupported(modifier)
        return self.modified(name, char, modifier)

    def unsupported(self, modifier: str) -> ExpansionError:
        return self.error("modifier", f"unsupported modifier ({modifier}) in substitution")

    def operand(self, stop: str, missing: str, *, raw: bool) -> str:
        try:
            return self.until(stop, raw=raw)[0]
        except ExpansionError as problem:
            if self.peek() or problem.code in {"expansion.too-deep", "expansion.too-long"}:
                raise
            raise self.error("missing-brace", f"syntax error: missing {missing}") from None

    def modified(self, name: str, char: str, modifier: str) -> str:
        """`${name-word}` and its kin, from the word on."""
        word = self.operand("}", "'}'", raw=char in {"#", "%"})
        value = self.value(name)
        if value is None and self.mode.keep_unset:
            return f"${{{name}{modifier}{word}}}"
        is_missing = value is None or (modifier.startswith(":") and not value)
        match char:
            case "-":
                return word if is_missing or value is None else value
            case "+":
                return "" if is_missing else word
            case "?":
                if is_missing or value is None:
                    state = "unset" if value is None else "empty"
                    raise self.error("required", f"{name}: {word or f'is not allowed to be {state}'}")
                return value
            case "#" | "%":
                return self.stripped(char, word, value or "")
            case _:
                raise self.unsupported(modifier)

    def stripped(self, char: str, word: str, value: str) -> str:
        longest = word.startswith(char)
        pattern = word[1:] if longest else word
        try:
            return (strip_prefix if char == "#" else strip_suffix)(pattern, value, longest=longest)
        except PatternError as problem:
            shown = pattern if char == "#" else _as_reversed(pattern)
            raise self.error("pattern", f"invalid pattern ({shown}) in substitution: {problem}") from None

    def replaced(self, name: str) -> str:
        """`${name/pattern/replacement}`, from the pattern on."""
        every = self.peek() == "/"
        self.at += every
        pattern = self.operand("/", "'/' in ${}", raw=True)
        replacement = self.operand("}", "'}'", raw=True)
        value = self.value(name)
        if value is None and self.mode.keep_unset:
            return f"${{{name}/{pattern}/{replacement}}}"
        try:
            if every:
                return self.grow(replace_all(pattern, value or "", replacement, most=LONGEST))
            return replace_first(pattern, value or "", replacement)
        except PatternError as problem:
            raise self.error("pattern", f"invalid pattern ({pattern}) in substitution: {problem}") from None


def _as_reversed(pattern: str) -> str:
    """The pattern as BuildKit shows it for `%`: turned round, escapes kept together."""
    return "".join(reversed(re.findall(r"\\.|.", pattern, re.DOTALL)))
