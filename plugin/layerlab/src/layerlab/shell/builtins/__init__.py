"""Built-in commands of the shells: which shell has which, and where they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from layerlab.shell.builtins import control, output, positions, reading, variables
from layerlab.shell.model import ShellKind

if TYPE_CHECKING:
    from layerlab.shell.interpreter import Interpreter

Builtin: TypeAlias = "Callable[[Interpreter, str, list[str]], int]"

SPECIAL = frozenset(
    {
        ".", ":", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift",
        "times", "trap", "unset",
    }
)  # fmt: skip
"""Their errors end the shell, and assignments before them stay."""

DECLARING = frozenset({"export", "readonly", "local", "declare", "typeset", "alias"})

EVERYWHERE: Mapping[str, Builtin] = {
    ".": control.source,
    ":": control.true,
    "[": output.test,
    "alias": control.true,
    "break": control.break_,
    "cd": positions.cd,
    "command": control.command,
    "continue": control.break_,
    "echo": output.echo,
    "eval": control.eval_,
    "exec": control.exec_,
    "exit": control.exit_,
    "export": variables.export,
    "false": control.false,
    "getopts": reading.getopts,
    "hash": control.true,
    "jobs": control.true,
    "kill": control.kill,
    "local": variables.local,
    "printf": output.printf,
    "pwd": positions.pwd,
    "read": reading.read,
    "readonly": variables.readonly,
    "return": control.return_,
    "set": variables.set_,
    "shift": variables.shift,
    "test": output.test,
    "times": control.true,
    "trap": control.trap,
    "true": control.true,
    "type": control.type_,
    "ulimit": control.true,
    "umask": positions.umask,
    "unalias": control.true,
    "unset": variables.unset,
    "wait": control.wait,
}
ASH: Mapping[str, Builtin] = {"source": control.source, "let": variables.let, "[[": output.test}
BASH: Mapping[str, Builtin] = {
    "source": control.source,
    "let": variables.let,
    "declare": variables.declare,
    "typeset": variables.declare,
    "shopt": variables.shopt,
    "mapfile": reading.mapfile,
    "readarray": reading.mapfile,
    "builtin": control.builtin,
    "enable": control.true,
    "disown": control.true,
    "pushd": positions.pushd,
    "popd": positions.popd,
}


def find(name: str, kind: ShellKind) -> Builtin | None:
    """The built-in of a name in one of the shells."""
    extra = BASH if kind == "bash" else ASH if kind == "ash" else {}
    return extra.get(name) or EVERYWHERE.get(name)
