"""The syntax tree of an `awk` program."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Expr:
    """An expression: a kind, a text (operator, name or literal) and its parts."""

    kind: str
    text: str = ""
    parts: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Stmt:
    """A statement: a kind, its expressions and its bodies."""

    kind: str
    exprs: tuple[Expr | None, ...] = ()
    bodies: tuple[Stmt, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """Pattern and action."""

    kind: str
    first: Expr | None
    last: Expr | None
    body: Stmt | None


@dataclass(frozen=True, slots=True)
class Routine:
    """A function of the program's."""

    params: tuple[str, ...]
    body: Stmt


@dataclass(slots=True)
class Program:
    """A whole program."""

    rules: list[Rule] = field(default_factory=list)
    functions: dict[str, Routine] = field(default_factory=dict)
