"""The `test` command's expressions, as dash, busybox, bash and coreutils have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from layerlab.filesystem import Directory, Editor, File, Node, Special, Symlink, size_of
from layerlab.filesystem.paths import join

UNARY = frozenset("bcdefghkLnprsStuwxzOG")
BINARY = frozenset({"=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"})
NUMERIC = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge"})


class TestFailure(Exception):  # noqa: N818  (worded by the caller)
    """An expression that makes no sense.

    Attributes:
        kind: `operand`, `operator`, `number`, `argument` or `closing`.
        text: The word it is about.
        first: The word dash names instead, if that is another.
    """

    __test__ = False

    def __init__(self, kind: str, text: str, first: str = "") -> None:
        super().__init__(kind, text)
        self.kind = kind
        self.text = text
        self.first = first


@dataclass(frozen=True, slots=True)
class Files:
    """What file tests look at."""

    fs: Editor
    cwd: str

    def unary(self, operator: str, name: str) -> bool:
        """The value of `-X name`."""
        path = join(self.cwd, name)
        node = self.fs.lookup(path, follow=operator not in "hL") if name else None
        if node is None and name and path.startswith(("/dev/std", "/dev/null")):
            return operator in "ecrw"
        if node is None:
            return False
        match operator:
            case "r":
                return self.fs.access(path, 4)
            case "w":
                return self.fs.access(path, 2)
            case "x":
                return self.fs.access(path, 1)
            case _:
                return self._about(operator, node)

    def _about(self, operator: str, node: Node) -> bool:
        kinds = {"b": "block", "c": "char", "p": "fifo", "S": "socket"}
        if operator in kinds:
            return isinstance(node, Special) and node.kind == kinds[operator]
        bits = {"u": 0o4000, "g": 0o2000, "k": 0o1000}
        if operator in bits:
            return bool(node.meta.mode & bits[operator])
        match operator:
            case "f":
                return isinstance(node, File)
            case "d":
                return isinstance(node, Directory)
            case "h" | "L":
                return isinstance(node, Symlink)
            case "s":
                return not isinstance(node, File) or size_of(node.content) != 0
            case "O":
                return node.meta.uid == self.fs.who.uid
            case "G":
                return node.meta.gid == self.fs.who.gid
            case _:
                return True

    def compare(self, left: str, operator: str, right: str) -> bool:
        """The value of `-nt`, `-ot`, `-ef`."""
        one = self.fs.lookup(join(self.cwd, left))
        other = self.fs.lookup(join(self.cwd, right))
        if operator == "-ef":
            if one is None or other is None:
                return False
            same = self.fs.resolve(join(self.cwd, left)) == self.fs.resolve(join(self.cwd, right))
            linked = isinstance(one, File) and isinstance(other, File) and one.inode is not None
            return same or (linked and getattr(other, "inode", None) == getattr(one, "inode", None))
        if operator == "-ot":
            one, other = other, one
        if one is None:
            return False
        return other is None or one.meta.mtime > other.meta.mtime


def number(text: str) -> int:
    """An operand of a numeric comparison. Raises `TestFailure`."""
    stripped = text.strip()
    if not stripped.lstrip("+-").isdigit() or stripped.lstrip("+-") == "" or len(stripped) > 20:
        raise TestFailure("number", text)
    return int(stripped)


def binary(files: Files, left: str, operator: str, right: str) -> bool:
    """The value of a comparison. Raises `TestFailure`."""
    if operator in NUMERIC:
        one, other = number(left), number(right)
        return {
            "-eq": one == other, "-ne": one != other, "-lt": one < other, "-le": one <= other,
            "-gt": one > other, "-ge": one >= other,
        }[operator]  # fmt: skip
    if operator in {"-nt", "-ot", "-ef"}:
        return files.compare(left, operator, right)
    return {"=": left == right, "==": left == right, "!=": left != right, "<": left < right, ">": left > right}[
        operator
    ]


def unary(files: Files, operator: str, operand: str) -> bool:
    """The value of `-n`, `-z`, `-t` and the file tests. Raises `TestFailure`."""
    letter = operator[1]
    if letter == "n":
        return operand != ""
    if letter == "z":
        return operand == ""
    if letter == "t":
        number(operand)
        return False
    return files.unary(letter, operand)


def is_unary(text: str) -> bool:
    """Whether a word is an operator with one operand."""
    return len(text) == 2 and text[0] == "-" and text[1] in UNARY


def evaluate_test(files: Files, words: Sequence[str], *, double_equals: bool = True) -> bool:
    """The value of an expression.

    Args:
        files: Where the files are.
        words: The arguments, without `]`.
        double_equals: Whether `==` is an operator (not in dash).

    Raises:
        TestFailure: It makes no sense.
    """
    return _Expression(files, list(words), BINARY if double_equals else BINARY - {"=="}).run()


class _Expression:
    def __init__(self, files: Files, words: list[str], operators: frozenset[str]) -> None:
        self.files = files
        self.words = words
        self.operators = operators
        self.position = 0

    def run(self) -> bool:
        words = self.words
        if len(words) == 2 and words[0] != "!" and not is_unary(words[0]):
            raise TestFailure("argument" if words[1] in BINARY else "operator", words[1], words[0])
        match len(words):
            case 0:
                return False
            case 1:
                return words[0] != ""
            case 2 if words[0] == "!":
                return words[1] == ""
            case 3 if words[1] in self.operators:
                return binary(self.files, words[0], words[1], words[2])
            case 3 if words[0] == "(" and words[2] == ")":
                return words[1] != ""
            case 4 if words[0] == "!" and words[2] in self.operators:
                return not binary(self.files, words[1], words[2], words[3])
        value = self._or()
        if self.position < len(words):
            raise TestFailure("operator", words[self.position])
        return value

    def _peek(self, ahead: int = 0) -> str | None:
        index = self.position + ahead
        return self.words[index] if index < len(self.words) else None

    def _or(self) -> bool:
        value = self._and()
        while self._peek() == "-o":
            self.position += 1
            value = self._and() or value
        return value

    def _and(self) -> bool:
        value = self._not()
        while self._peek() == "-a":
            self.position += 1
            right = self._not()
            value = value and right
        return value

    def _not(self) -> bool:
        if self._peek() == "!" and self._peek(1) is not None and self._peek(1) not in self.operators:
            self.position += 1
            return not self._not()
        return self._primary()

    def _primary(self) -> bool:
        word = self._peek()
        if word is None:
            raise TestFailure("argument", self.words[-1])
        following = self._peek(1)
        if following in self.operators and self._peek(2) is not None:
            self.position += 3
            return binary(self.files, word, following, self.words[self.position - 1])
        if word == "(":
            self.position += 1
            value = self._or()
            if self._peek() != ")":
                raise TestFailure("closing", "closing paren")
            self.position += 1
            return value
        if is_unary(word):
            if following is None:
                if self.position == 0 or self.words[self.position - 1] in {"-a", "-o", "!"}:
                    self.position += 1
                    return True
                raise TestFailure("argument", word)
            self.position += 2
            return unary(self.files, word, following)
        self.position += 1
        return word != ""


def report(failure: TestFailure, style: str) -> str:
    """The text of a failure, for `dash`, `ash`, `bash` or `gnu`."""
    if style == "dash":
        return {
            "number": f"Illegal number: {failure.text}",
            "operator": f"{failure.first or failure.text}: unexpected operator",
            "argument": f"{failure.text}: argument expected" if failure.text else "argument expected",
            "closing": "closing paren expected",
        }.get(failure.kind, failure.text)
    if style == "ash":
        return {
            "number": f"{failure.text}: bad number",
            "operator": f"{failure.text}: unknown operand",
            "argument": f"{failure.text}: argument expected" if failure.text else "argument expected",
            "closing": "closing paren expected",
        }.get(failure.kind, failure.text)
    if style == "bash":
        return {
            "number": f"{failure.text}: integer expression expected",
            "operator": "too many arguments" if failure.kind == "operator" else failure.text,
            "argument": f"{failure.text}: unary operator expected",
        }.get(failure.kind, failure.text)
    return {
        "number": f"invalid integer '{failure.text}'",
        "operator": f"extra argument '{failure.text}'",
        "argument": f"missing argument after '{failure.text}'",
    }.get(failure.kind, failure.text)
