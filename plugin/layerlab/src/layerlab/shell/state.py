"""What a running shell remembers: variables, functions, options, descriptors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from layerlab.filesystem import Editor
from layerlab.shell.arithmetic import ArithmeticFailure, evaluate
from layerlab.shell.model import Journal, ShellKind
from layerlab.shell.process import Launch
from layerlab.shell.streams import Stream
from layerlab.shell.syntax import Command

HASH_SIZE = 39
"""Buckets of ash's and dash's variable table, whose order `env` shows."""


class ShellFailure(Exception):  # noqa: N818  (ends the shell with a message; not a defect)
    """An error that ends a non-interactive shell.

    Attributes:
        text: Message without prefix; None where it was printed already.
        code: Exit code.
        builtin: The built-in command that failed.
    """

    def __init__(self, text: str | None, code: int, builtin: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.builtin = builtin


class Leave(Exception):  # noqa: N818  (control flow)
    """The shell exits.

    Attributes:
        code: Exit code.
        replaced: Whether `exec` put another program in its place (then no EXIT trap runs).
    """

    def __init__(self, code: int, *, replaced: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.replaced = replaced


class Return(Exception):  # noqa: N818  (control flow)
    """`return` from a function or a sourced file."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class LoopExit(Exception):  # noqa: N818  (control flow)
    """`break` or `continue`.

    Attributes:
        levels: How many loops are left to go.
        again: Whether the last of them goes on.
    """

    def __init__(self, levels: int, *, again: bool) -> None:
        super().__init__(levels)
        self.levels = levels
        self.again = again


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable; a value of None is declared but unset; an array's elements by index."""

    value: str | None
    exported: bool = False
    readonly: bool = False
    array: tuple[tuple[int, str], ...] | None = None


@dataclass(slots=True)
class State:
    """One shell or subshell.

    Attributes:
        kind: Which shell it is.
        arg0: `$0`.
        script: Whether it reads commands from a file.
        tested: How many enclosing constructs look at the status, so that `set -e` doesn't apply.
        traps: Commands by signal name.
        frames: Saved variables of the functions being run.
    """

    kind: ShellKind
    arg0: str
    fs: Editor
    journal: Journal
    launch: Launch
    fds: dict[int, Stream]
    cwd: str
    network: str = "none"
    script: bool = False
    line: int = 1
    status: int = 0
    tested: int = 0
    loops: int = 0
    sourced: int = 0
    pid: int = 1
    job: int = 0
    variables: dict[str, Variable] = field(default_factory=dict)
    functions: dict[str, Command] = field(default_factory=dict)
    positional: list[str] = field(default_factory=list)
    options: set[str] = field(default_factory=set)
    traps: dict[str, str] = field(default_factory=dict)
    jobs: dict[int, int] = field(default_factory=dict)
    frames: list[dict[str, Variable | None]] = field(default_factory=list)
    inside_trap: bool = False
    substituted: bool = False

    def fork(self) -> State:
        """A subshell: all is copied, traps are reset."""
        return replace(
            self,
            fds=dict(self.fds),
            variables=dict(self.variables),
            functions=dict(self.functions),
            positional=list(self.positional),
            options=set(self.options),
            traps={},
            jobs=dict(self.jobs),
            frames=[dict(frame) for frame in self.frames],
        )

    # Variables

    def get(self, name: str) -> str | None:
        """The value of a variable, None if it is unset; an array's first element."""
        variable = self.variables.get(name)
        if variable is None:
            return None
        if variable.array is not None:
            return dict(variable.array).get(0)
        return variable.value

    def set(self, name: str, value: str) -> None:
        """Set a variable. Raises `ShellFailure` if it is read-only."""
        old = self.variables.get(name)
        if old is not None and old.readonly:
            raise ShellFailure(readonly(self.kind, name), 1 if self.kind == "bash" else 2)
        if old is not None and old.array is not None:
            self.set_element(name, 0, value)
            return
        exported = (old is not None and old.exported) or "a" in self.options
        self.variables[name] = Variable(value, exported=exported)

    def set_element(self, name: str, index: int, value: str) -> None:
        """Set one element of an array (bash)."""
        elements = dict(self.elements(name))
        elements[index] = value
        self.set_array(name, elements.items())

    def set_array(self, name: str, elements: Iterable[tuple[int, str]]) -> None:
        """Set all elements of an array (bash)."""
        old = self.variables.get(name)
        if old is not None and old.readonly:
            raise ShellFailure(readonly(self.kind, name), 1)
        self.variables[name] = Variable("", exported=False, array=tuple(sorted(elements)))

    def elements(self, name: str) -> tuple[tuple[int, str], ...]:
        """All elements of an array; a plain variable is an array of one."""
        variable = self.variables.get(name)
        if variable is None:
            return ()
        if variable.array is not None:
            return variable.array
        return () if variable.value is None else ((0, variable.value),)

    def unset(self, name: str) -> None:
        """Forget a variable. Raises `ShellFailure` if it is read-only."""
        old = self.variables.get(name)
        if old is not None and old.readonly:
            raise ShellFailure(readonly(self.kind, name), 1 if self.kind == "bash" else 2, "unset")
        self.variables.pop(name, None)

    def export(self, name: str) -> None:
        """Mark a variable for export."""
        old = self.variables.get(name, Variable(None))
        self.variables[name] = replace(old, exported=True)

    def environment(self) -> dict[str, str]:
        """Exported variables in the order the shell hands them to programs."""
        found = [
            (name, variable.value)
            for name, variable in self.variables.items()
            if variable.exported and variable.value is not None and variable.array is None
        ]
        if self.kind != "bash":
            found.sort(key=lambda pair: bucket(pair[0]))
        return dict(found)

    # Arithmetic

    def number(self, name: str, depth: int) -> int:
        """The value of a variable in arithmetic: bash takes it as an expression, ash too, dash as a number."""
        base, _, subscript = name.partition("[")
        if subscript:
            index = evaluate(subscript[:-1], self, depth)
            value: str | None = dict(self.elements(base)).get(index)
        else:
            value = self.special(name) if name not in self.variables else self.get(name)
        text = (value or "").strip()
        if not text:
            if value is None and "u" in self.options and self.kind == "bash":
                raise ShellFailure(f"{name}: unbound variable", 127)
            return 0
        if self.kind == "dash":
            sign = -1 if text[0] == "-" else 1
            try:
                return (
                    sign * evaluate(text.lstrip("+-"), self, depth)
                    if text.lstrip("+-")[:1].isdigit()
                    else _illegal(text)
                )
            except ArithmeticFailure:
                return _illegal(text)
        return evaluate(text, self, depth)

    def assign(self, name: str, value: str) -> None:
        """Set a variable or an array's element from arithmetic."""
        base, _, subscript = name.partition("[")
        if subscript:
            self.set_element(base, evaluate(subscript[:-1], self), value)
        else:
            self.set(name, value)

    def special(self, name: str) -> str | None:
        """Variables the shell makes up when they are asked for."""
        if name == "LINENO":
            return str(self.line)
        if self.kind == "dash":
            return None
        if name == "RANDOM":
            return "0"
        if name == "SECONDS":
            return "0"
        if self.kind == "bash":
            return {"BASH_VERSION": "5", "UID": str(self.fs.who.uid), "EUID": str(self.fs.who.uid)}.get(name)
        return None


def bucket(name: str) -> int:
    """Where dash and ash keep a variable."""
    data = name.encode("utf-8", "surrogateescape")
    return ((data[0] << 4) + sum(data)) % HASH_SIZE if data else 0


def readonly(kind: ShellKind, name: str) -> str:
    """The text for a write to a read-only variable."""
    return f"{name}: readonly variable" if kind == "bash" else f"{name}: is read only"


def _illegal(text: str) -> int:
    raise ShellFailure(f"Illegal number: {text}", 2)
