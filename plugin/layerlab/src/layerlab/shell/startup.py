"""Starting a shell: its options, its script, its first variables."""

from __future__ import annotations

from layerlab.filesystem import Bytes, FileSystemError
from layerlab.shell.builtins.variables import LETTERS, option
from layerlab.shell.interpreter import Interpreter, guarded
from layerlab.shell.model import ShellKind
from layerlab.shell.process import Process, decode
from layerlab.shell.programs import DEFAULT_PATH
from layerlab.shell.redirection import flush_all
from layerlab.shell.state import ShellFailure, State, Variable


def start(process: Process, kind: ShellKind, script: tuple[str, str] | None) -> int:
    """Run a shell as a program.

    Args:
        process: Its arguments, environment and descriptors.
        kind: Which shell it is.
        script: Name and text of the script whose `#!` line named the shell.
    """
    state = State(
        kind, process.argv0, process.fs, process.journal, process.launch, dict(process.fds), process.cwd,
        network=process.network,
    )  # fmt: skip
    _import_environment(state, process)
    shell = Interpreter(state)
    budget = process.budget
    budget.enter()
    umask = process.fs.umask
    try:
        return guarded(shell, lambda: _run(shell, process, script))
    finally:
        process.fs.umask = umask
        flush_all(state.fds)
        budget.leave()


def _import_environment(state: State, process: Process) -> None:
    variables = state.variables
    if state.kind != "bash":
        # dash and ash have these in their table before the environment is read, which shows in `env`'s order.
        variables["PATH"] = Variable(None)
    for name, value in process.env.items():
        if name.isidentifier() and name.isascii() and name != "IFS":
            variables[name] = Variable(value, exported=True)
    variables["IFS"] = Variable(" \t\n")
    variables["OPTIND"] = Variable("1")
    if state.kind != "bash":
        variables["PS4"] = Variable("+ ", exported="PS4" in process.env)
    variables["PWD"] = Variable(process.cwd, exported=True)
    if state.kind == "bash":
        level = process.env.get("SHLVL", "0")
        variables["SHLVL"] = Variable(str(int(level) + 1 if level.isdigit() else 1), exported=True)
        if "PATH" not in process.env:
            variables["PATH"] = Variable(DEFAULT_PATH)
    elif state.kind == "ash":
        level = process.env.get("SHLVL", "0")
        variables["SHLVL"] = Variable(str(int(level) + 1 if level.isdigit() else 1), exported=True)
    if variables.get("PATH") == Variable(None):
        variables["PATH"] = Variable(DEFAULT_PATH)


def _run(shell: Interpreter, process: Process, script: tuple[str, str] | None) -> None:
    state = shell.state
    args = list(process.args)
    command = from_input = False
    while args and args[0][:1] in {"-", "+"} and len(args[0]) > 1:
        word = args.pop(0)
        if word == "--":
            break
        if word.startswith("--"):
            continue
        for letter in word[1:]:
            if letter == "c":
                command = True
            elif letter == "s":
                from_input = True
            elif letter == "o" and args:
                option(shell, "", args.pop(0), on=word[0] == "-")
            elif letter in LETTERS:
                if word[0] == "-":
                    state.options.add(letter)
                else:
                    state.options.discard(letter)
    if command:
        _run_command(shell, args)
    elif script is not None:
        _run_file(shell, script[0], script[1], args[1:])
    elif args and not from_input:
        _run_named(shell, process, args)
    else:
        state.positional = args
        shell.run_text(decode(process.stdin.read()))


def _run_command(shell: Interpreter, args: list[str]) -> None:
    state = shell.state
    if not args:
        text = "-c: option requires an argument" if state.kind == "bash" else "-c requires an argument"
        raise ShellFailure(text, 2)
    if len(args) > 1:
        state.arg0 = args[1]
        state.positional = args[2:]
    shell.run_text(args[0])


def _run_file(shell: Interpreter, name: str, text: str, args: list[str]) -> None:
    state = shell.state
    state.arg0, state.script, state.positional = name, True, args
    shell.run_text(text)


def _run_named(shell: Interpreter, process: Process, args: list[str]) -> None:
    state = shell.state
    try:
        content = process.fs.read(process.path(args[0]))
    except FileSystemError as error:
        code = 127 if error.code == "ENOENT" or state.kind == "bash" else 2
        if state.kind == "bash":
            shell.complain_raw(f"{state.arg0}: {args[0]}: {error.message}\n")
            raise ShellFailure(None, 127 if error.code == "ENOENT" else 126) from error
        if state.kind == "dash":
            shell.complain_raw(
                f"{state.arg0}: 0: cannot open {args[0]}: {'No such file' if code == 127 else error.message}\n"
            )
            raise ShellFailure(None, 2) from error
        shell.complain_raw(f"{state.arg0}: can't open '{args[0]}': {error.message}\n")
        raise ShellFailure(None, 2) from error
    if not isinstance(content, Bytes):
        process.note("unknown", "shell.unknown_input", command=process.name, file=args[0])
        return
    _run_file(shell, args[0], decode(content.data), args[1:])
