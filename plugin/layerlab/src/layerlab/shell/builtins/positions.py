"""Built-ins about places and rights: `cd`, `pwd`, `umask`, `pushd`, `popd`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerlab.filesystem import Directory, FileSystemError
from layerlab.filesystem.paths import clean, join, parent
from layerlab.shell.model import Note
from layerlab.shell.modes import ModeError, parse_mode, symbolic
from layerlab.shell.process import encode
from layerlab.shell.programs import is_murky

if TYPE_CHECKING:
    from layerlab.shell.interpreter import Interpreter


def cd(shell: Interpreter, name: str, args: list[str]) -> int:
    """`cd [-LP] [directory]`."""
    state = shell.state
    physical = False
    while args and args[0] in {"-L", "-P", "--", "-e"}:
        physical = args[0] == "-P"
        done = args[0] == "--"
        args = args[1:]
        if done:
            break
    if len(args) > 1 and state.kind == "bash":
        shell.complain("too many arguments", name)
        return 1
    target = args[0] if args else state.get("HOME") or ""
    if not args and state.get("HOME") is None:
        if state.kind == "bash":
            shell.complain("HOME not set", name)
            return 1
        return 0
    shown = False
    if target == "-":
        target, shown = state.get("OLDPWD") or state.cwd, True
    path = clean(join(state.cwd, target)) if not physical else join(state.cwd, target)
    code = _problem(shell, path)
    if code is not None and target and not _enter_unknown(shell, path):
        return _refuse(shell, name, target, code)
    go(shell, state.fs.resolve(path) if physical else path)
    if shown:
        shell.write(1, encode(path + "\n"))
    return 0


def go(shell: Interpreter, path: str) -> None:
    """Make a directory the working directory."""
    state = shell.state
    state.set("OLDPWD", state.cwd)
    if state.kind == "bash":
        state.export("OLDPWD")
    state.cwd = path
    state.set("PWD", path)


def _problem(shell: Interpreter, path: str) -> str | None:
    fs = shell.state.fs
    try:
        node = fs.stat(path)
        if not isinstance(node, Directory):
            return "ENOTDIR"
        return None if fs.access(path, 1) else "EACCES"
    except FileSystemError as error:
        return error.code


def _enter_unknown(shell: Interpreter, path: str) -> bool:
    """Enter a directory that an unmodelled program may have made; it is made, and noted as a guess."""
    state = shell.state
    above = parent(path)
    if not is_murky(state.fs, above) or state.fs.exists(path):
        return False
    state.journal.note(Note("unknown", "shell.unknown_directory", (("path", path),)))
    state.fs.makedirs(path)
    bulk = state.fs.lookup(above)
    if isinstance(bulk, Directory):
        from layerlab.filesystem import BULK_NAME  # noqa: PLC0415

        state.fs.put(f"{path}/{BULK_NAME}", bulk.entries[BULK_NAME])
    return True


def _refuse(shell: Interpreter, name: str, target: str, code: str) -> int:
    kind = shell.state.kind
    message = FileSystemError(code, target).message
    if kind == "bash":
        shell.complain(f"{target}: {message}", name)
        return 1
    if kind == "dash":
        shell.complain(f"can't cd to {target}", name)
        return 2
    shell.complain(f"can't cd to {target}: {message}", name)
    return 2


def pwd(shell: Interpreter, _name: str, args: list[str]) -> int:
    """`pwd [-LP]`."""
    state = shell.state
    shell.write(1, encode((state.fs.resolve(state.cwd) if "-P" in args else state.cwd) + "\n"))
    return 0


def umask(shell: Interpreter, name: str, args: list[str]) -> int:
    """`umask [-S] [mode]`."""
    fs = shell.state.fs
    words = [word for word in args if word != "-S"]
    if not words:
        if "-S" in args:
            shell.write(1, f"{symbolic(0o777 & ~fs.umask)}\n".encode())
        else:
            shell.write(1, f"{fs.umask:04o}\n".encode())
        return 0
    if words[0].isdigit():
        try:
            fs.umask = int(words[0], 8) & 0o777
        except ValueError:
            shell.complain(f"Illegal number: {words[0]}", name)
            return 2
        return 0
    try:
        fs.umask = 0o777 & ~parse_mode(words[0])(0o777 & ~fs.umask, True)
    except ModeError:
        shell.complain(f"Illegal mode: {words[0]}", name)
        return 2
    return 0


def pushd(shell: Interpreter, name: str, args: list[str]) -> int:
    """`pushd directory` (bash)."""
    state = shell.state
    stack = [value for _, value in state.elements("DIRSTACK")]
    before = state.cwd
    code = cd(shell, name, args)
    if code == 0:
        state.set_array("DIRSTACK", list(enumerate([before, *stack])))
        shell.write(1, encode(" ".join([state.cwd, before, *stack]) + "\n"))
    return code


def popd(shell: Interpreter, name: str, _args: list[str]) -> int:
    """`popd` (bash)."""
    state = shell.state
    stack = [value for _, value in state.elements("DIRSTACK")]
    if not stack:
        shell.complain("directory stack empty", name)
        return 1
    go(shell, stack[0])
    state.set_array("DIRSTACK", list(enumerate(stack[1:])))
    shell.write(1, encode(" ".join([state.cwd, *stack[1:]]) + "\n"))
    return 0
