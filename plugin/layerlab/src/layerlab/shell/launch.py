"""Running programs: from an argument vector to the function, script or shell behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from layerlab.filesystem import FileSystemError
from layerlab.shell.commands import table
from layerlab.shell.interpreter import run_shell
from layerlab.shell.model import UnknownInputError
from layerlab.shell.options import UsageError
from layerlab.shell.process import Process
from layerlab.shell.programs import (
    DEFAULT_PATH,
    SHELLS,
    Found,
    Known,
    Problem,
    Program,
    ScriptFile,
    ShellProgram,
    Unmodelled,
    applet,
    classify,
    find,
)
from layerlab.values import changed

PROBLEM_CODES: Mapping[str, int] = {"missing": 127, "denied": 126, "directory": 126}


def launch(caller: Process, argv: Sequence[str], found: Found | Problem | None = None) -> int:
    """Run a program with a caller's descriptors, environment and directory.

    Args:
        caller: Who runs it.
        argv: The program and its arguments.
        found: What `find` said of it, where the caller has asked already.

    Returns:
        Its exit code; 127 if it isn't there, 126 if it can't be run, with no message of any kind.
    """
    if found is None:
        found = find(caller.fs, argv[0], caller.env.get("PATH", DEFAULT_PATH), caller.cwd)
    if isinstance(found, Found):
        return execute(caller, found, argv)
    if found == "murky":
        return unmodelled(caller, argv[0])
    return PROBLEM_CODES[found]


def execute(caller: Process, found: Found, argv: Sequence[str]) -> int:
    """Run a file that was found."""
    caller.budget.step()
    caller.flush()
    program = classify(caller.fs, found, argv[0], table())
    child = changed(caller, argv0=argv[0], args=tuple(argv[1:]), fds=dict(caller.fds), program=found.path)
    code = run_program(child, program, found)
    caller.missing_interpreter = child.missing_interpreter
    return code


def run_program(process: Process, program: Program, found: Found) -> int:
    """Do what a program does."""
    match program:
        case ShellProgram(kind):
            return run_shell(process, kind)
        case ScriptFile():
            return _run_script(process, program, found)
        case Unmodelled(name):
            return unmodelled(process, name)
        case Known(body, flavour):
            process.flavour = flavour
            return run_body(process, body)


def run_body(process: Process, body: object) -> int:
    """Run a command function; bytes that aren't known make its output unknown, never wrong."""
    assert callable(body)
    try:
        code: int = body(process)
    except UnknownInputError as unknown:
        process.note("unknown", "shell.unknown_input", command=process.name, file=unknown.what)
        process.taint_output(unknown.what)
        code = 0
    except UsageError as refusal:
        code = refusal.code
        if refusal.text != "\0usage":
            process.error(refusal.text)
        elif process.busybox:
            process.out(f"BusyBox v1.35.0 multi-call binary.\n\nUsage: {process.name}\n", 2)
    except FileSystemError as error:
        code = process.error(f"{error.path}: {error.message}")
    process.flush()
    process.check_tree()
    return code


def unmodelled(process: Process, name: str) -> int:
    """A program that isn't simulated: it is taken to succeed and to do nothing, and that is said."""
    process.note("unknown", "shell.unmodelled", command=name)
    process.taint_output(name)
    return 0


def busybox(process: Process) -> int:
    """`busybox APPLET …`."""
    if not process.args:
        process.note("unknown", "shell.unmodelled", command="busybox")
        return 0
    program = applet(process.args[0], table())
    process.argv0, process.args = process.args[0], process.args[1:]
    match program:
        case ShellProgram(kind):
            return run_shell(process, kind)
        case Known(body, _):
            return run_body(process, body)
        case _:
            process.out(f"{process.argv0}: applet not found\n", 2)
            return 127


def _run_script(process: Process, script: ScriptFile, found: Found) -> int:
    if script.interpreter is None:
        # execve fails with ENOEXEC and the calling shell reads the file itself.
        process.args = (found.path, *process.args)
        return run_shell(process, "dash", script=(found.path, script.text))
    name = script.interpreter
    arguments = [script.argument] if script.argument else []
    if name.rpartition("/")[2] == "env":
        words = [word for word in script.argument.split() if word != "-S"]
        name, arguments = (words[0], words[1:]) if words else (name, [])
    target = find(process.fs, name, process.env.get("PATH", DEFAULT_PATH), process.cwd)
    if not isinstance(target, Found):
        if target == "murky":
            return unmodelled(process, process.name)
        process.missing_interpreter = True
        return PROBLEM_CODES[target]
    program = classify(process.fs, target, name, table())
    if isinstance(program, ShellProgram) or name.rpartition("/")[2] in SHELLS:
        kind = program.kind if isinstance(program, ShellProgram) else SHELLS[name.rpartition("/")[2]]
        process.args = (*arguments, process.argv0 if "/" in process.argv0 else found.path, *process.args)
        process.argv0 = name
        return run_shell(process, kind, script=(process.args[len(arguments)], script.text))
    if isinstance(program, Known):
        process.args = (*arguments, found.path, *process.args)
        process.argv0 = name
        return run_program(process, program, target)
    return unmodelled(process, process.name)
