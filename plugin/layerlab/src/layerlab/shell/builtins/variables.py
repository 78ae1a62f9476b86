"""Built-ins about variables, options and positional parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from layerlab.shell.arithmetic import ArithmeticFailure, evaluate
from layerlab.shell.process import encode
from layerlab.shell.state import ShellFailure, Variable

if TYPE_CHECKING:
    from layerlab.shell.interpreter import Interpreter

OPTIONS = {
    "allexport": "a", "errexit": "e", "noglob": "f", "noexec": "n", "nounset": "u", "verbose": "v", "xtrace": "x",
    "noclobber": "C", "notify": "b", "monitor": "m", "ignoreeof": "I", "interactive": "i", "stdin": "s",
    "vi": "V", "emacs": "E", "nolog": "nolog", "debug": "debug",
}  # fmt: skip
BASH_OPTIONS = (
    "pipefail",
    "errtrace",
    "functrace",
    "hashall",
    "braceexpand",
    "posix",
    "histexpand",
    "history",
    "physical",
)
LETTERS = frozenset("abefnuvxCmIisVE")
BASH_LETTERS = frozenset("hkptBEHPT")


def export(shell: Interpreter, name: str, args: list[str]) -> int:
    """`export [-np] name[=value] …`."""
    state = shell.state
    remove = False
    while args and args[0].startswith("-") and len(args[0]) > 1:
        remove = remove or "n" in args[0]
        args = args[1:]
    if not args:
        _list_exported(shell)
        return 0
    code = 0
    for word in args:
        variable, equals, value = word.partition("=")
        if not _valid(variable.rstrip("+") if state.kind == "bash" else variable):
            code = _bad_name(shell, name, word)
            continue
        if equals:
            _store(shell, variable, value)
        variable = variable.rstrip("+")
        if remove:
            old = state.variables.get(variable)
            if old is not None:
                state.variables[variable] = replace(old, exported=False)
        else:
            state.export(variable)
    return code


def _store(shell: Interpreter, variable: str, value: str) -> None:
    if variable.endswith("+"):
        shell.state.set(variable[:-1], (shell.state.get(variable[:-1]) or "") + value)
    else:
        shell.state.set(variable, value)


def _valid(name: str) -> bool:
    return name.isidentifier() and name.isascii()


def _bad_name(shell: Interpreter, name: str, word: str) -> int:
    if shell.state.kind == "bash":
        shell.complain(f"`{word}': not a valid identifier", name)
        return 1
    text = f"{word.partition('=')[0]}: bad variable name"
    raise ShellFailure(text, 2, name)


def _list_exported(shell: Interpreter) -> None:
    state = shell.state
    names = [name for name, variable in state.variables.items() if variable.exported]
    prefix = "declare -x" if state.kind == "bash" else "export"
    for name in sorted(names):
        value = state.get(name)
        if state.kind == "bash":
            shell.write(1, encode(f"{prefix} {name}" + ("" if value is None else f'="{value}"') + "\n"))
        else:
            shell.write(1, encode(f"{prefix} {name}" + ("" if value is None else f"={quoted(value)}") + "\n"))


def quoted(text: str) -> str:
    """A value as dash's and ash's listings quote it."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


def readonly(shell: Interpreter, name: str, args: list[str]) -> int:
    """`readonly name[=value] …`."""
    state = shell.state
    for word in args:
        if word.startswith("-"):
            continue
        variable, equals, value = word.partition("=")
        if not _valid(variable):
            return _bad_name(shell, name, word)
        if equals:
            state.set(variable, value)
        state.variables[variable] = replace(state.variables.get(variable, Variable(None)), readonly=True)
    return 0


def local(shell: Interpreter, name: str, args: list[str]) -> int:
    """`local name[=value] …`: the old values come back when the function ends."""
    state = shell.state
    if not state.frames:
        if state.kind == "bash":
            shell.complain("can only be used in a function", name)
            return 1
        raise ShellFailure("not in a function", 2, name)
    frame = state.frames[-1]
    array = False
    for word in args:
        if word.startswith("-"):
            array = array or "a" in word
            continue
        variable, equals, value = word.partition("=")
        old = state.variables.get(variable)
        frame.setdefault(variable, old)
        if equals:
            _check_readonly(shell, variable)
            state.variables[variable] = Variable(value, exported=old is not None and old.exported)
        elif state.kind != "dash":
            state.variables[variable] = Variable(None, array=() if array else None)
    return 0


def _check_readonly(shell: Interpreter, name: str) -> None:
    old = shell.state.variables.get(name)
    if old is not None and old.readonly:
        raise ShellFailure(f"{name}: is read only", 2)


def declare(shell: Interpreter, name: str, args: list[str]) -> int:
    """`declare [-axrilAp] name[=value] …` (bash)."""
    state = shell.state
    flags = "".join(word[1:] for word in args if word[:1] in {"-", "+"})
    words = [word for word in args if word[:1] not in {"-", "+"}]
    if "p" in flags:
        for word in words:
            value = state.get(word)
            shell.write(1, encode(f'declare -- {word}="{value or ""}"\n'))
        return 0
    if state.frames and "g" not in flags:
        local(shell, name, words)
    for word in words:
        variable, equals, value = word.partition("=")
        if equals:
            _store(shell, variable, value)
        elif "a" in flags and variable not in state.variables:
            state.set_array(variable, ())
        if "x" in flags:
            state.export(variable)
        if "r" in flags:
            readonly(shell, "readonly", [variable])
    return 0


def unset(shell: Interpreter, name: str, args: list[str]) -> int:
    """`unset [-fv] name …`."""
    state = shell.state
    functions = variables = False
    while args and args[0].startswith("-") and len(args[0]) > 1:
        functions = functions or "f" in args[0]
        variables = variables or "v" in args[0]
        args = args[1:]
    for word in args:
        base, _, subscript = word.partition("[")
        if subscript and state.kind == "bash":
            index = evaluate(subscript.rstrip("]"), state)
            state.set_array(base, [pair for pair in state.elements(base) if pair[0] != index])
        elif functions:
            state.functions.pop(word, None)
        elif not _valid(word) and state.kind != "bash":
            raise ShellFailure(f"{word}: bad variable name", 2, name)
        elif word in state.variables or state.kind != "bash" or variables:
            state.unset(word)
        else:
            state.functions.pop(word, None)
    return 0


def shift(shell: Interpreter, name: str, args: list[str]) -> int:
    """`shift [n]`."""
    state = shell.state
    count = int(args[0]) if args and args[0].isdigit() else 1
    if args and not args[0].isdigit():
        raise ShellFailure(f"Illegal number: {args[0]}", 2, name)
    if count > len(state.positional):
        if state.kind == "dash":
            raise ShellFailure("can't shift that many", 2, name)
        return 1
    del state.positional[:count]
    return 0


def set_(shell: Interpreter, name: str, args: list[str]) -> int:
    """`set [options] [--] [arguments]`."""
    state = shell.state
    if not args:
        _list_all(shell)
        return 0
    position = 0
    while position < len(args):
        word = args[position]
        if word == "--" or (word == "-" and position == 0):
            state.positional = list(args[position + 1 :])
            return 0
        if len(word) < 2 or word[0] not in "-+":
            state.positional = list(args[position:])
            return 0
        position += 1
        for letter in word[1:]:
            if letter == "o":
                if position >= len(args):
                    return _list_options(shell)
                if state.kind == "ash" and not _has_option(state.kind, args[position]):
                    shell.complain(f"illegal option {word[0]}o {args[position]}", name)
                    return 1
                option(shell, name, args[position], on=word[0] == "-")
                position += 1
            else:
                _letter(shell, name, word[0], letter)
    return 0


def _letter(shell: Interpreter, name: str, sign: str, letter: str) -> None:
    state = shell.state
    if letter not in LETTERS and not (state.kind == "bash" and letter in BASH_LETTERS):
        if state.kind == "bash":
            raise ShellFailure(
                f"{sign}{letter}: invalid option\n"
                "set: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]",
                2,
                name,
            )
        text = f"Illegal option {sign}{letter}" if state.kind == "dash" else f"illegal option {sign}{letter}"
        raise ShellFailure(text, 2, name)
    if sign == "-":
        state.options.add(letter)
    else:
        state.options.discard(letter)


def _has_option(kind: str, word: str) -> bool:
    return word in OPTIONS or (word in BASH_OPTIONS and (kind == "bash" or (kind == "ash" and word == "pipefail")))


def option(shell: Interpreter, name: str, word: str, *, on: bool) -> None:
    """`set -o word`. Raises `ShellFailure` for one the shell hasn't."""
    state = shell.state
    known = OPTIONS.get(word)
    if known is None and (
        word in BASH_OPTIONS and (state.kind == "bash" or (state.kind == "ash" and word == "pipefail"))
    ):
        known = word
    if known is None:
        if state.kind == "bash":
            raise ShellFailure(f"{word}: invalid option name", 2, name)
        text = f"Illegal option -o {word}" if state.kind == "dash" else f"illegal option {'-' if on else '+'}o {word}"
        raise ShellFailure(text, 2, name)
    if on:
        state.options.add(known)
    else:
        state.options.discard(known)


def _list_options(shell: Interpreter) -> int:
    state = shell.state
    if state.kind != "bash":
        shell.write(1, b"Current option settings\n")
    for word, letter in OPTIONS.items():
        shell.write(1, f"{word:<16}{'on' if letter in state.options else 'off'}\n".encode())
    return 0


def _list_all(shell: Interpreter) -> None:
    state = shell.state
    for name in sorted(state.variables):
        value = state.get(name)
        if value is not None:
            text = quoted(value) if state.kind != "bash" else value
            shell.write(1, encode(f"{name}={text}\n"))


def shopt(shell: Interpreter, _name: str, args: list[str]) -> int:
    """`shopt -s|-u name` (bash)."""
    for word in args[1:]:
        if args[0] == "-s":
            shell.state.options.add(word)
        else:
            shell.state.options.discard(word)
    return 0


def let(shell: Interpreter, name: str, args: list[str]) -> int:
    """`let expression …`."""
    value = 0
    for word in args:
        try:
            value = evaluate(word, shell.state)
        except ArithmeticFailure:
            shell.complain(f"{word}: arithmetic syntax error", name)
            return 1
    return int(value == 0)
