"""The syntax tree of a shell script, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    """Text as it stands. Quoted text is neither split nor a pattern."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """`$name`, `${name}`, `${name:-word}` and their like.

    Attributes:
        name: Variable, digit or special character.
        operator: As written between name and word; `#` alone is the length (`length`), `bad` a bad substitution.
        word: What follows the operator.
        quoted: Whether it stands in double quotes.
        index: Array subscript (bash), `@`, `*` or an arithmetic text.
    """

    name: str
    operator: str = ""
    word: Word | None = None
    quoted: bool = False
    index: str | None = None


@dataclass(frozen=True, slots=True)
class Substitution:
    """`$(…)` or backquotes; with `process` bash's `<(…)`, whose value is the name of a descriptor."""

    body: Script
    quoted: bool = False
    process: bool = False


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`$((…))`."""

    expression: Word
    quoted: bool = False


Part: TypeAlias = Literal | Parameter | Substitution | Arithmetic
Word: TypeAlias = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """`name=word`, `name+=word`, `name[index]=word` or `name=(words)`."""

    name: str
    word: Word
    append: bool = False
    index: str | None = None
    array: tuple[Word, ...] | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """One redirection.

    Attributes:
        fd: The descriptor it changes; None for the operator's own.
        operator: `<`, `>`, `>>`, `>|`, `<>`, `<&`, `>&`, `<<`, `<<<`, `&>` or `&>>`.
        target: File, descriptor or the text of a here-document.
    """

    fd: int | None
    operator: str
    target: Word


@dataclass(frozen=True, slots=True)
class Simple:
    """Assignments, words, redirections."""

    assignments: tuple[Assignment, ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands joined by `|`, perhaps after `!`."""

    commands: tuple[Command, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AndOr:
    """`first && …`, `first || …`."""

    first: Pipeline
    rest: tuple[tuple[str, Pipeline], ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One member of a list; in the background after `&`."""

    command: AndOr
    background: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """A list of commands."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """`{ …; }`."""

    body: Script
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Subshell:
    """`( … )`."""

    body: Script
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class If:
    """`if … then … elif … else … fi`."""

    branches: tuple[tuple[Script, Script], ...]
    otherwise: Script | None
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class While:
    """`while … do … done`, or `until`."""

    condition: Script
    body: Script
    until: bool = False
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class For:
    """`for name in words`; None for the positional parameters."""

    name: str
    words: tuple[Word, ...] | None
    body: Script
    redirects: tuple[Redirect, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class ForArithmetic:
    """`for ((a; b; c))` (bash)."""

    start: Word
    condition: Word
    step: Word
    body: Script
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """`case word in pattern) … ;; esac`; each branch ends with its operator."""

    word: Word
    branches: tuple[tuple[tuple[Word, ...], Script, str], ...]
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """`name() body`."""

    name: str
    body: Command


@dataclass(frozen=True, slots=True)
class Condition:
    """`[[ … ]]` (bash): the words, operators as unquoted literals."""

    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class ArithmeticCommand:
    """`(( … ))` (bash)."""

    expression: Word
    redirects: tuple[Redirect, ...] = ()


Compound: TypeAlias = Group | Subshell | If | While | For | ForArithmetic | Case | Condition | ArithmeticCommand
Command: TypeAlias = Simple | Compound | Function
