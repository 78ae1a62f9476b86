"""From words to fields: parameters, command substitution, arithmetic, splitting, patterns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from layerlab.filesystem import Directory, FileSystemError
from layerlab.filesystem.node import BULK_NAME
from layerlab.filesystem.paths import join
from layerlab.shell import wording
from layerlab.shell.arithmetic import ArithmeticFailure, evaluate
from layerlab.shell.braces import expand_braces
from layerlab.shell.model import LimitError
from layerlab.shell.parameters import transform
from layerlab.shell.patterns import compiled, escape, has_magic, unescape
from layerlab.shell.state import ShellFailure, State
from layerlab.shell.streams import Source
from layerlab.shell.syntax import Arithmetic, Literal, Parameter, Part, Script, Substitution, Word

Capture = Callable[[State, Script], str]
WHITESPACE = " \t\n"
PLAIN = re.compile(r"[A-Za-z0-9_/.,:=+@%-]+")
"""Text that means itself, unquoted too."""


class Fields:
    """Collects fields; a field is a list of texts that are quoted or not."""

    def __init__(self, ifs: str) -> None:
        self.done: list[list[tuple[str, bool]]] = []
        self.current: list[tuple[str, bool]] | None = None
        self._after_space = False
        self._space = "".join(char for char in ifs if char in WHITESPACE)
        self._other = "".join(char for char in ifs if char not in WHITESPACE)
        self._splitter = re.compile("([" + re.escape(ifs) + "])") if ifs else None

    def add(self, text: str, *, quoted: bool) -> None:
        """Add text to the field that is being built."""
        if self.current is None:
            self.current = []
        self.current.append((text, quoted))
        self._after_space = False

    def split(self, text: str) -> None:
        """Add the result of an unquoted expansion."""
        if self._splitter is None:
            if text:
                self.add(text, quoted=False)
            return
        for piece in self._splitter.split(text):
            if not piece:
                continue
            if piece in self._space and len(piece) == 1:
                if self.current is not None:
                    self.end()
                    self._after_space = True
            elif piece in self._other and len(piece) == 1:
                if self.current is None and not self._after_space:
                    self.current = []
                if self.current is not None:
                    self.end()
                self._after_space = False
            else:
                self.add(piece, quoted=False)

    def end(self) -> None:
        """Finish the field, if one was begun."""
        if self.current is not None:
            self.done.append(self.current)
            self.current = None


@dataclass(frozen=True, slots=True)
class Expander:
    """Expands words for one shell state."""

    state: State
    capture: Capture

    def fields(self, words: Iterable[Word]) -> list[str]:
        """All fields of some words, patterns replaced by the names they match."""
        found: list[str] = []
        limit = self.state.journal.budget.limits.glob_results
        for word in words:
            choices = expand_braces(word, limit) if self.state.kind == "bash" else [word]
            for choice in choices:
                found.extend(self.word_fields(choice))
                if len(found) > limit:
                    raise LimitError("glob_results", limit)
        return found

    def word_fields(self, word: Word) -> list[str]:
        """The fields of one word."""
        if len(word) == 1 and isinstance(word[0], Literal) and (word[0].quoted or PLAIN.fullmatch(word[0].text)):
            return [word[0].text]
        ifs = self.state.get("IFS")
        fields = Fields(WHITESPACE if ifs is None else ifs)
        self._add(tilde(word, self.state), fields, split=True)
        fields.end()
        found: list[str] = []
        for field in fields.done:
            pattern = "".join(escape(text) if quoted else text for text, quoted in field)
            plain = "".join(text for text, _ in field)
            if "f" in self.state.options or not has_magic(pattern):
                found.append(plain)
                continue
            names = glob(self.state, pattern)
            found.extend(names or ([] if "nullglob" in self.state.options else [plain]))
        return found

    def text(self, word: Word, *, assignment: bool = False) -> str:
        """One string: no splitting, no patterns."""
        fields = Fields("")
        self._add(tilde(word, self.state, assignment=assignment), fields, split=False)
        fields.end()
        return " ".join("".join(text for text, _ in field) for field in fields.done)

    def pattern(self, word: Word) -> str:
        """A pattern: what was quoted is escaped."""
        fields = Fields("")
        self._add(tilde(word, self.state), fields, split=False)
        fields.end()
        return " ".join("".join(escape(text) if quoted else text for text, quoted in field) for field in fields.done)

    # Parts

    def _add(self, word: Word, fields: Fields, *, split: bool, inner: bool = False) -> None:
        for part in word:
            match part:
                case Literal(text, quoted):
                    if split and inner and not quoted:
                        fields.split(text)
                    else:
                        fields.add(text, quoted=quoted)
                case Substitution(body, process=True):
                    fields.add(self._descriptor(body), quoted=True)
                case Substitution(body, quoted):
                    self._value(self.capture(self.state, body), fields, quoted=quoted, split=split)
                case Arithmetic(expression, quoted):
                    self._value(str(self.arithmetic(expression)), fields, quoted=quoted, split=split)
                case Parameter():
                    self._parameter(part, fields, split=split)

    def _descriptor(self, body: Script) -> str:
        """`<(…)`: the output behind the highest free descriptor."""
        number = next(number for number in range(63, 2, -1) if number not in self.state.fds)
        self.state.fds[number] = Source((self.capture(self.state, body) + "\n").encode("utf-8", "surrogateescape"))
        return f"/dev/fd/{number}"

    def _value(self, text: str, fields: Fields, *, quoted: bool, split: bool) -> None:
        if quoted or not split:
            if quoted or text:
                fields.add(text, quoted=quoted)
        else:
            fields.split(text)

    def _parameter(self, part: Parameter, fields: Fields, *, split: bool) -> None:
        if part.operator == "bad":
            code = wording.failure_code(self.state.kind)
            raise ShellFailure(wording.bad_substitution(self.state.kind), code)
        many = self._many(part)
        if many is not None:
            self._add_many(part, many, fields, split=split)
            return
        value = self.value(part)
        operator = part.operator
        if operator in {":-", "-", ":+", "+"}:
            missing = value is None or (operator[0] == ":" and value == "")
            if missing == (operator[-1] == "-"):
                self._add(tilde(part.word or (), self.state), fields, split=split and not part.quoted, inner=True)
                if part.quoted and not part.word:
                    fields.add("", quoted=True)
                return
            if operator[-1] == "+":
                if part.quoted:
                    fields.add("", quoted=True)
                return
        elif operator in {":=", "="}:
            if value is None or (operator == ":=" and value == ""):
                value = self.text(part.word or ())
                self.state.set(part.name, value)
        elif operator in {":?", "?"}:
            if value is None or (operator == ":?" and value == ""):
                self._refuse(part)
        else:
            value = self._transformed(part, value)
        self._value(value or "", fields, quoted=part.quoted, split=split)

    def _transformed(self, part: Parameter, value: str | None) -> str:
        if value is None and "u" in self.state.options and part.name not in {"@", "*"}:
            raise ShellFailure(wording.unset(self.state.kind, part.name), wording.unset_code(self.state.kind))
        if part.operator == "!":
            return self.state.get(value or "") or ""
        return transform(self, part, value or "")

    def _refuse(self, part: Parameter) -> None:
        text = self.text(part.word or ())
        if not part.word:
            text = "parameter not set" + (" or null" if part.operator == ":?" else "")
            if self.state.kind == "bash":
                text = text.replace("not set or null", "null or not set")
        code = 127 if self.state.kind == "bash" else 2
        raise ShellFailure(f"{part.name}: {text}", code)

    def _many(self, part: Parameter) -> list[str] | None:
        """The values of `$@`, `$*` and `${array[@]}`; None for what has one value."""
        state = self.state
        if part.operator == "length":
            return None
        if part.name in {"@", "*"}:
            values = list(state.positional)
        elif part.index in {"@", "*"}:
            if part.operator == "!":
                return [str(index) for index, _ in state.elements(part.name)]
            values = [value for _, value in state.elements(part.name)]
        else:
            return None
        if part.operator in {":-", "-", ":+", "+", ":?", "?", ":=", "="}:
            return None if not values or part.operator[-1] == "+" else values
        if part.operator == ":":
            return self._slice(part, values)
        return [transform(self, part, value) for value in values]

    def _slice(self, part: Parameter, values: list[str]) -> list[str]:
        offset, _, length = self.text(part.word or ()).partition(":")
        base = [self.state.arg0, *values] if part.name in {"@", "*"} else values
        start = evaluate(offset, self.state)
        start = start + len(base) if start < 0 else start
        return base[start:] if not length else base[start : start + evaluate(length, self.state)]

    def _add_many(self, part: Parameter, values: list[str], fields: Fields, *, split: bool) -> None:
        star = part.name == "*" or part.index == "*"
        ifs = self.state.get("IFS")
        joiner = " " if ifs is None else ifs[:1]
        if part.quoted and star:
            fields.add(joiner.join(values), quoted=True)
            return
        if not split:
            if values:
                fields.add((joiner if star else " ").join(values), quoted=part.quoted)
            return
        for index, value in enumerate(values):
            if index:
                fields.end()
            if part.quoted:
                fields.add(value, quoted=True)
            else:
                fields.split(value)

    def value(self, part: Parameter) -> str | None:
        """The value of a parameter before its operator applies; None if it is unset."""
        state, name = self.state, part.name
        if part.index is not None and name not in {"@", "*"}:
            elements = dict(state.elements(name))
            if part.operator == "length" and part.index in {"@", "*"}:
                return "x" * len(elements)
            if part.index in {"@", "*"}:
                return " ".join(elements.values()) if elements else None
            try:
                index = evaluate(self.subscript(part.index), state)
            except ArithmeticFailure:
                index = 0
            return elements.get(index + (max(elements, default=-1) + 1 if index < 0 else 0))
        if name.isdigit():
            index = int(name[:9])
            if index == 0:
                return state.arg0
            return state.positional[index - 1] if index <= len(state.positional) else None
        match name:
            case "#":
                return str(len(state.positional))
            case "?":
                return str(state.status)
            case "$":
                return str(state.pid)
            case "!":
                return str(state.job) if state.job else None
            case "-":
                return "".join(sorted(letter for letter in state.options if len(letter) == 1))
            case "@" | "*":
                if part.operator == "length":
                    return "x" * len(state.positional)
                return " ".join(state.positional) if state.positional else None
        found = state.get(name)
        return state.special(name) if found is None and name not in state.variables else found

    def subscript(self, text: str) -> str:
        """A subscript with its variables replaced."""
        return re.sub(
            r"\$\{?([A-Za-z_][A-Za-z0-9_]*|#)\}?",
            lambda found: self.value(Parameter(found.group(1))) or "",
            text,
        )

    def arithmetic(self, expression: Word) -> int:
        """The value of an arithmetic expression. Raises `ShellFailure`."""
        text = self.text(tuple(_unquoted(part) for part in expression))
        try:
            return evaluate(text, self.state)
        except ArithmeticFailure as failure:
            raise ShellFailure(
                _arithmetic_text(self.state.kind, text, failure), wording.failure_code(self.state.kind)
            ) from failure


def _unquoted(part: Part) -> Part:
    return part


def _arithmetic_text(kind: str, text: str, failure: ArithmeticFailure) -> str:
    if kind == "dash":
        if failure.kind == "zero":
            return f'arithmetic expression: division by zero: "{text}"'
        expecting = "expecting primary" if not failure.rest or failure.rest[0] in ")*/%" else "expecting EOF"
        return f'arithmetic expression: {expecting}: "{text}"'
    if kind == "ash":
        return "divide by zero" if failure.kind == "zero" else "arithmetic syntax error"
    if failure.kind == "zero":
        token = text.replace(" ", "").rpartition("/")[2].rpartition("%")[2]
        return f'{text}: division by 0 (error token is "{token}")'
    reason = "operand expected" if not failure.rest else "syntax error in expression"
    if reason == "operand expected":
        return f'{text}: syntax error: operand expected (error token is "{text.strip()[-1:]}")'
    return f'{text}: {reason} (error token is "{failure.rest}")'


def tilde(word: Word, state: State, *, assignment: bool = False) -> Word:
    """A word with `~` and `~name` at its beginning (in assignments after colons too) replaced."""
    if not word or not isinstance(word[0], Literal) or word[0].quoted:
        return word
    first = word[0].text
    pieces = first.split(":") if assignment else [first]
    changed: list[str] = []
    for index, piece in enumerate(pieces):
        whole = len(word) == 1 or index < len(pieces) - 1
        name, slash, rest = piece.partition("/")
        if name.startswith("~") and (slash or whole):
            home = _home(name[1:], state)
            changed.append(piece if home is None else home + slash + rest)
        else:
            changed.append(piece)
    text = ":".join(changed)
    return word if text == first else (Literal(text, quoted=True), *word[1:])


def _home(name: str, state: State) -> str | None:
    if not name:
        return state.get("HOME")
    from layerlab.filesystem import Bytes  # noqa: PLC0415

    try:
        content = state.fs.read("/etc/passwd")
    except FileSystemError:
        return None
    lines = content.data.decode("utf-8", "surrogateescape").splitlines() if isinstance(content, Bytes) else []
    for line in lines:
        cells = line.split(":")
        if cells[0] == name and len(cells) > 5:
            return cells[5]
    return None


def glob(state: State, pattern: str) -> list[str]:
    """Names a pattern matches, in byte order. Raises `LimitError`."""
    parts = [part for part in re.split(r"(/+)", pattern) if part]
    results = [""]
    budget = state.journal.budget
    for position, part in enumerate(parts):
        if part.startswith("/"):
            results = [result + part for result in results]
            continue
        last = position == len(parts) - 1
        if not has_magic(part):
            name = unescape(part)
            results = [
                result + name for result in results if state.fs.exists(join(state.cwd, result + name), follow=not last)
            ]
            continue
        found: list[str] = []
        for result in results:
            budget.step()
            found.extend(result + name for name in _matching(state, result, part, directories=not last))
            if len(found) > budget.limits.glob_results:
                raise LimitError("glob_results", budget.limits.glob_results)
        results = found
    if pattern.endswith("/"):
        results = [result for result in results if isinstance(state.fs.lookup(join(state.cwd, result)), Directory)]
    return sorted(results, key=lambda name: name.encode("utf-8", "surrogateescape"))


def _matching(state: State, directory: str, part: str, *, directories: bool) -> list[str]:
    try:
        names = state.fs.listdir(join(state.cwd, directory or "."))
    except FileSystemError:
        return []
    if part.startswith((".", "\\.")):
        names = [".", "..", *names]
        if state.kind == "bash":
            names = names[2:] if part not in (".", "..") else names
    matcher = compiled(part)
    hidden = part.startswith((".", "\\.")) or "dotglob" in state.options
    found = [
        name
        for name in names
        if name != BULK_NAME and (hidden or not name.startswith(".")) and matcher.match(name) is not None
    ]
    if directories:
        base = join(state.cwd, directory or ".").rstrip("/")
        found = [name for name in found if state.fs.is_directory(f"{base}/{name}")]
    return found
