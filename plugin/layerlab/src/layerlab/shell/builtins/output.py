"""Built-ins that print or test: `echo`, `printf`, `test`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerlab.shell.commands.echoing import echo_bytes
from layerlab.shell.commands.printing import PrintfFailure, format_printf
from layerlab.shell.testing import Files, TestFailure, evaluate_test, report

if TYPE_CHECKING:
    from layerlab.shell.interpreter import Interpreter


def applet(shell: Interpreter) -> str:
    """What busybox's built-in applets call themselves: the name the shell was started by."""
    return shell.state.arg0.rpartition("/")[2]


def echo(shell: Interpreter, name: str, args: list[str]) -> int:
    """`echo`: dash interprets backslashes, the others with `-e`."""
    style = "dash" if shell.state.kind == "dash" else "gnu"
    if shell.write(1, echo_bytes(args, style)):
        return 0
    if shell.state.kind == "ash":
        shell.complain_raw(f"{applet(shell)}: write error: Bad file descriptor\n")
    elif shell.state.kind == "bash":
        shell.complain("write error: Bad file descriptor", name)
    else:
        shell.complain("echo: I/O error", name)
    return 1


def printf(shell: Interpreter, name: str, args: list[str]) -> int:
    """`printf format args`."""
    kind = shell.state.kind
    if args[:1] == ["--"]:
        args = args[1:]
    if kind == "bash" and args[:1] == ["-v"] and len(args) > 2:
        output, failures = format_printf(args[2], args[3:], kind)
        shell.state.set(args[1], output.decode("utf-8", "surrogateescape"))
        return int(bool(failures))
    if not args:
        return _usage(shell, name)
    try:
        output, failures = format_printf(args[0], args[1:], kind)
    except PrintfFailure as failure:
        shell.write(1, failure.output)
        _complain(shell, name, failure.text)
        return 2 if kind == "dash" else 1
    shell.write(1, output)
    for failure_text in failures:
        _complain(shell, name, failure_text)
    return int(bool(failures))


def _complain(shell: Interpreter, name: str, text: str) -> None:
    if shell.state.kind == "ash":
        shell.complain_raw(f"{applet(shell)}: {text}\n")
    else:
        shell.complain(text, name)


def _usage(shell: Interpreter, name: str) -> int:
    if shell.state.kind == "dash":
        shell.complain("usage: printf format [arg ...]", name)
    elif shell.state.kind == "ash":
        shell.complain_raw(f"{applet(shell)}: usage: printf FORMAT [ARGUMENT...]\n")
    elif shell.state.kind == "bash":
        shell.complain_raw("printf: usage: printf [-v var] format [arguments]\n")
    return 2


def test(shell: Interpreter, name: str, args: list[str]) -> int:
    """`test` and `[`."""
    state = shell.state
    closing = {"[": "]", "[[": "]]"}.get(name)
    if closing is not None:
        if args[-1:] != [closing]:
            missing = {"dash": "missing ]", "ash": f"missing {closing}", "bash": "missing `]'"}[state.kind]
            if state.kind == "ash":
                shell.complain_raw(f"{applet(shell)}: {missing}\n")
            else:
                shell.complain(missing, name)
            return 2
        args = args[:-1]
    if name == "[[":
        args = [{"&&": "-a", "||": "-o"}.get(word, word) for word in args]
    if state.kind == "bash" and args[:1] == ["-v"] and len(args) == 2:
        return int(state.get(args[1]) is None)
    try:
        value = evaluate_test(Files(state.fs, state.cwd), args, double_equals=state.kind != "dash")
    except TestFailure as failure:
        text = report(failure, state.kind)
        if state.kind == "ash":
            shell.complain_raw(f"{applet(shell)}: {text}\n")
        else:
            shell.complain(text, name)
        return 2
    return int(not value)
