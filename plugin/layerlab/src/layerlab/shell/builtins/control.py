"""Built-ins that steer the shell: `exit`, `eval`, `exec`, `.`, `trap`, `command` and their like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerlab.filesystem import Bytes, Directory, FileSystemError
from layerlab.filesystem.paths import join
from layerlab.shell import wording
from layerlab.shell.programs import DEFAULT_PATH, Found, find
from layerlab.shell.state import Leave, LoopExit, Return, ShellFailure

if TYPE_CHECKING:
    from layerlab.shell.interpreter import Interpreter

KEYWORDS = frozenset(
    ["if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for", "in", "{", "}", "!"]
)
SIGNALS = {"0": "EXIT", "1": "HUP", "2": "INT", "3": "QUIT", "15": "TERM", "13": "PIPE"}


def true(_shell: Interpreter, _name: str, _args: list[str]) -> int:
    """`:`, `true` and what has no effect here."""
    return 0


def false(_shell: Interpreter, _name: str, _args: list[str]) -> int:
    """`false`."""
    return 1


def number(shell: Interpreter, name: str, text: str) -> int:
    """An operand that must be a number. Raises `ShellFailure`."""
    if text.isdigit() or (text[:1] == "-" and text[1:].isdigit() and shell.state.kind == "bash"):
        return int(text)
    if shell.state.kind == "bash":
        raise ShellFailure(f"{text}: numeric argument required", 2, name)
    raise ShellFailure(f"Illegal number: {text}", 2, name)


def exit_(shell: Interpreter, name: str, args: list[str]) -> int:
    """`exit [n]`."""
    code = number(shell, name, args[0]) if args else shell.state.status
    raise Leave(code & 0xFF)


def return_(shell: Interpreter, name: str, args: list[str]) -> int:
    """`return [n]`; outside functions and sourced files it ends the shell (bash refuses)."""
    state = shell.state
    code = number(shell, name, args[0]) & 0xFF if args else state.status
    if not state.frames and not state.sourced:
        if state.kind == "bash":
            shell.complain("can only `return' from a function or sourced script", name)
            return 2
        raise Leave(code)
    raise Return(code)


def break_(shell: Interpreter, name: str, args: list[str]) -> int:
    """`break [n]` and `continue [n]`."""
    levels = number(shell, name, args[0]) if args else 1
    if levels < 1:
        raise ShellFailure(f"Illegal number: {args[0]}", 2, name)
    if not shell.state.loops:
        return 0
    raise LoopExit(min(levels, shell.state.loops), again=name == "continue")


def eval_(shell: Interpreter, _name: str, args: list[str]) -> int:
    """`eval words`."""
    text = " ".join(args)
    if not text.strip():
        return 0
    state = shell.state
    state.journal.budget.enter()
    line = state.line
    try:
        return shell.run_text(text, line=line if state.kind == "bash" else 1)
    finally:
        state.line = line
        state.journal.budget.leave()


def exec_(shell: Interpreter, _name: str, args: list[str]) -> int:
    """`exec`: with words another program takes the shell's place."""
    from layerlab.shell.simple import external  # noqa: PLC0415

    if not args:
        return 0
    if args[0] == "--":
        args = args[1:]
    external(shell, args, shell.state.fds)
    raise Leave(shell.state.status, replaced=True)


def source(shell: Interpreter, name: str, args: list[str]) -> int:
    """`. file`: names without a slash are searched on PATH."""
    state = shell.state
    if not args:
        if state.kind == "bash":
            shell.complain("filename argument required", name)
            return 2
        return 0
    path = _sourced_path(shell, args[0])
    if path is None:
        return _cannot_source(shell, name, args[0], FileSystemError("ENOENT", args[0]))
    try:
        content = state.fs.read(path)
    except FileSystemError as error:
        return _cannot_source(shell, name, args[0], error)
    if not isinstance(content, Bytes):
        from layerlab.shell.model import Note  # noqa: PLC0415

        state.journal.note(Note("unknown", "shell.unknown_input", (("command", "."), ("file", args[0]))))
        return 0
    return _run_sourced(shell, content.data.decode("utf-8", "surrogateescape"), args[1:])


def _sourced_path(shell: Interpreter, name: str) -> str | None:
    state = shell.state
    if "/" in name:
        return join(state.cwd, name)
    for directory in (state.get("PATH") or DEFAULT_PATH).split(":"):
        candidate = join(state.cwd, (directory or ".") + "/" + name)
        node = state.fs.lookup(candidate)
        if node is not None and not isinstance(node, Directory):
            return candidate
    if state.kind == "dash":
        return None
    return join(state.cwd, name)


def _cannot_source(shell: Interpreter, name: str, file: str, error: FileSystemError) -> int:
    kind = shell.state.kind
    if kind == "bash":
        shell.complain(f"{file}: {error.message}")
        return 1
    if kind == "dash":
        if "/" not in file:
            raise ShellFailure(f"{file}: not found", 2, name)
        words = wording.open_failure(kind, file, error.code, error.message, create=False)
        raise ShellFailure(words, 2, name)
    if error.code == "ENOENT":
        words = f"can't open '{file}': No such file or directory"
        raise ShellFailure(words, 2, name)
    raise ShellFailure(f"can't open '{file}': {error.message}", 2, name)


def _run_sourced(shell: Interpreter, text: str, args: list[str]) -> int:
    state = shell.state
    kept, line = state.positional, state.line
    if args:
        state.positional = list(args)
    state.sourced += 1
    state.journal.budget.enter()
    try:
        state.status = 0
        return shell.run_text(text)
    except Return as returned:
        return returned.code
    finally:
        state.sourced -= 1
        state.line = line
        if args:
            state.positional = kept
        state.journal.budget.leave()


def trap(shell: Interpreter, _name: str, args: list[str]) -> int:
    """`trap command signals`; EXIT is raised at the end, others by this shell's own `kill`."""
    traps = shell.state.traps
    if args[:1] == ["--"]:
        args = args[1:]
    if not args:
        for signal, command in traps.items():
            shell.write(1, f"trap -- '{command}' {signal}\n".encode())
        return 0
    if len(args) == 1 or args[0] == "-" or args[0].isdigit():
        for signal in args if args[0] != "-" else args[1:]:
            traps.pop(_signal(signal), None)
        return 0
    for signal in args[1:]:
        traps[_signal(signal)] = args[0]
    return 0


def kill(shell: Interpreter, _name: str, args: list[str]) -> int:
    """`kill [-s SIGNAL | -SIGNAL] pid…`: this shell's trap runs if it has one for the signal.

    Without one nothing happens: in a build and in a container the shell is process 1, to which the kernel delivers no
    signal it has no handler for. Other processes have ended already, as far as they are simulated.
    """
    signal = "TERM"
    if args[:1] == ["-s"]:
        signal, args = "".join(args[1:2]), args[2:]
    elif args and len(args[0]) > 1 and args[0].startswith("-") and args[0] != "--":
        signal, args = args[0][1:], args[1:]
    state = shell.state
    command = state.traps.get(_signal(signal))
    if command and not state.inside_trap and str(state.pid) in args:
        state.status, state.inside_trap = 0, True
        try:
            shell.run_text(command)
        finally:
            state.inside_trap = False
    return 0


def _signal(name: str) -> str:
    return SIGNALS.get(name, name.upper().removeprefix("SIG"))


def wait(shell: Interpreter, _name: str, args: list[str]) -> int:
    """`wait [pid]`: all jobs have ended already."""
    if not args:
        return 0
    return shell.state.jobs.get(int(args[-1]) if args[-1].isdigit() else -1, 127)


def builtin(shell: Interpreter, _name: str, args: list[str]) -> int:
    """`builtin name …` of bash."""
    from layerlab.shell import builtins  # noqa: PLC0415

    found = builtins.find(args[0], shell.state.kind) if args else None
    if found is None:
        shell.complain(f"{args[0] if args else ''}: not a shell builtin", "builtin")
        return 1
    return found(shell, args[0], args[1:])


def command(shell: Interpreter, _name: str, args: list[str]) -> int:
    """`command [-v|-V] name`."""
    from layerlab.shell import builtins, simple  # noqa: PLC0415

    look: str | None = None
    while args and args[0].startswith("-") and args[0] not in {"-", "--"}:
        look = "V" if "V" in args[0] else "v" if "v" in args[0] else look
        args = args[1:]
    if args[:1] == ["--"]:
        args = args[1:]
    if not args:
        return 0
    if look is not None:
        if look == "V":
            return type_(shell, "command", args[:1])
        codes = [_which(shell, name) for name in (args if shell.state.kind == "bash" else args[:1])]
        return 0 if 0 in codes else codes[-1]
    found = builtins.find(args[0], shell.state.kind)
    if found is None:
        simple.external(shell, args, shell.state.fds)
        return shell.state.status
    try:
        return found(shell, args[0], args[1:])
    except ShellFailure as failure:
        if failure.text is not None:
            shell.complain(failure.text, failure.builtin)
        return failure.code


def _which(shell: Interpreter, name: str) -> int:
    described = describe(shell, name)
    if described is None:
        return 127 if shell.state.kind != "bash" else 1
    shell.write(1, (described[1] + "\n").encode("utf-8", "surrogateescape"))
    return 0


def describe(shell: Interpreter, name: str) -> tuple[str, str] | None:
    """What a name is (`keyword`, `function`, `builtin`, `special`, `file`) and what `command -v` prints."""
    from layerlab.shell import builtins  # noqa: PLC0415

    state = shell.state
    if name in KEYWORDS:
        return "keyword", name
    if name in state.functions:
        return "function", name
    if builtins.find(name, state.kind) is not None:
        return ("special" if name in builtins.SPECIAL else "builtin"), name
    found = find(state.fs, name, state.get("PATH") or DEFAULT_PATH, state.cwd)
    if isinstance(found, Found):
        return "file", name if "/" in name else found.path
    return None


def type_(shell: Interpreter, name: str, args: list[str]) -> int:
    """`type names`."""
    state = shell.state
    code = 0
    for word in args:
        described = describe(shell, word)
        if described is None:
            if state.kind == "bash":
                shell.complain(f"{word}: not found", name)
            else:
                shell.write(1, f"{word}: not found\n".encode())
            code = 1 if state.kind == "bash" else 127
            continue
        what, where = described
        text = {
            "keyword": f"{word} is a shell keyword",
            "function": f"{word} is a function" if state.kind != "dash" else f"{word} is a shell function",
            "builtin": f"{word} is a shell builtin",
            "special": f"{word} is a shell builtin" if state.kind == "bash" else f"{word} is a special shell builtin",
            "file": f"{word} is {where}",
        }[what]
        shell.write(1, (text + "\n").encode("utf-8", "surrogateescape"))
    return code
