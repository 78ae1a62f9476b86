"""Simple commands: assignments, look-up of functions, built-ins and programs, `set -x`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerlab.shell import builtins, wording
from layerlab.shell.builtins.control import KEYWORDS
from layerlab.shell.programs import DEFAULT_PATH, Found, find
from layerlab.shell.redirection import RedirectFailure, flush_all, redirected
from layerlab.shell.state import Leave, Return, ShellFailure, State, Variable
from layerlab.shell.syntax import Assignment, Literal, Simple, Word

if TYPE_CHECKING:
    from layerlab.shell.interpreter import Interpreter
    from layerlab.shell.streams import Stream


def run_simple(shell: Interpreter, command: Simple) -> None:
    """Run a simple command."""
    state = shell.state
    state.line = command.line
    state.substituted = False
    argv = _arguments(shell, command)
    if not argv:
        _only_assignments(shell, command)
        shell._errexit()  # noqa: SLF001  (one machine in two files)
        return
    try:
        fds = redirected(shell.expander, command.redirects) if command.redirects else state.fds
    except RedirectFailure as failure:
        shell.complain(failure.text)
        state.status = failure.code
        if argv[0] in builtins.SPECIAL and argv[0] not in state.functions and state.kind != "bash":
            raise Leave(failure.code) from None
        shell._errexit()  # noqa: SLF001
        return
    _dispatch(shell, command, argv, fds)
    shell._errexit()  # noqa: SLF001


def _arguments(shell: Interpreter, command: Simple) -> list[str]:
    if not command.words:
        return []
    first = shell.expander.fields(command.words[:1])
    if first and first[0] in builtins.DECLARING and len(command.words) > 1:
        return [*first, *_declarations(shell, command.words[1:])]
    return [*first, *shell.expander.fields(command.words[1:])]


def _declarations(shell: Interpreter, words: tuple[Word, ...]) -> list[str]:
    """Arguments of `export` and its like: what looks like an assignment is neither split nor a pattern."""
    found: list[str] = []
    for word in words:
        head = word[0].text if word and isinstance(word[0], Literal) and not word[0].quoted else ""
        name, equals, _ = head.partition("=")
        if equals and name.rstrip("+").isidentifier():
            found.append(shell.expander.text(word, assignment=True))
        else:
            found.extend(shell.expander.fields([word]))
    return found


def _only_assignments(shell: Interpreter, command: Simple) -> None:
    state = shell.state
    traced = [assign(shell, assignment) for assignment in command.assignments]
    if "x" in state.options and traced:
        shell.trace(" ".join(traced))
    if not state.substituted:
        state.status = 0
    if command.redirects:
        try:
            flush_all(redirected(shell.expander, command.redirects))
        except RedirectFailure as failure:
            shell.complain(failure.text)
            state.status = failure.code


def assign(shell: Interpreter, assignment: Assignment) -> str:
    """Make an assignment; answers it as `set -x` shows it."""
    from layerlab.shell.arithmetic import evaluate  # noqa: PLC0415

    state, expander = shell.state, shell.expander
    name = assignment.name
    if assignment.array is not None:
        values = expander.fields(assignment.array)
        old = list(state.elements(name)) if assignment.append else []
        start = max((index for index, _ in old), default=-1) + 1
        state.set_array(name, [*old, *((start + index, value) for index, value in enumerate(values))])
        return f"{name}=({' '.join(values)})"
    value = expander.text(assignment.word, assignment=True)
    if assignment.index is not None:
        index = evaluate(expander.subscript(assignment.index), state)
        if assignment.append:
            value = dict(state.elements(name)).get(index, "") + value
        state.set_element(name, index, value)
        return f"{name}[{assignment.index}]={value}"
    if assignment.append:
        value = (state.get(name) or "") + value
    state.set(name, value)
    return f"{name}={traced_word(state, value)}"


def traced_word(state: State, text: str) -> str:
    """A word as `set -x` prints it: dash as it is, the others quoted where needed."""
    if state.kind == "dash":
        return text
    if state.kind == "ash":
        safe = (
            text
            and text not in KEYWORDS
            and all(char.isascii() and (char.isalnum() or char in "+,-./:@]^_") for char in text)
        )
        return text if safe else "'" + text.replace("'", "'\"'\"'") + "'"
    plain = text and all(char.isalnum() or char in "_-+=./:,@%^" for char in text)
    return text if plain else "'" + text.replace("'", "'\\''") + "'"


def _dispatch(shell: Interpreter, command: Simple, argv: list[str], fds: dict[int, Stream]) -> None:
    state = shell.state
    name = argv[0]
    function = state.functions.get(name)
    builtin = builtins.find(name, state.kind)
    if "x" in state.options:
        _trace(shell, command, argv)
    if name in builtins.SPECIAL and function is None:
        for assignment in command.assignments:
            assign(shell, assignment)
        _builtin(shell, argv, fds, keep=name == "exec" and len(argv) == 1)
        return
    saved = {assignment.name: state.variables.get(assignment.name) for assignment in command.assignments}
    try:
        for assignment in command.assignments:
            assign(shell, assignment)
            state.export(assignment.name)
        if function is not None:
            call(shell, argv, fds)
        elif builtin is not None:
            _builtin(shell, argv, fds)
        else:
            external(shell, argv, fds)
    finally:
        for variable, value in saved.items():
            if value is None:
                state.variables.pop(variable, None)
            else:
                state.variables[variable] = value


def _trace(shell: Interpreter, command: Simple, argv: list[str]) -> None:
    words = [
        f"{assignment.name}={traced_word(shell.state, shell.expander.text(assignment.word, assignment=True))}"
        for assignment in command.assignments
    ]
    words.extend(traced_word(shell.state, word) for word in argv)
    shell.trace(" ".join(words))


def _builtin(shell: Interpreter, argv: list[str], fds: dict[int, Stream], *, keep: bool = False) -> None:
    state = shell.state
    kept, state.fds = state.fds, fds
    body = builtins.find(argv[0], state.kind)
    assert body is not None
    try:
        state.status = body(shell, argv[0], argv[1:])
    except ShellFailure as failure:
        # Said while the command's own redirections are in force.
        if failure.text is not None:
            shell.complain(failure.text, failure.builtin)
        raise ShellFailure(None, failure.code) from failure
    finally:
        if state.fds is fds and fds is not kept:
            flush_all(fds)
        if not keep:
            state.fds = kept


def call(shell: Interpreter, argv: list[str], fds: dict[int, Stream]) -> None:
    """Call a function."""
    state = shell.state
    body = state.functions[argv[0]]
    kept_fds, kept_arguments, kept_loops = state.fds, state.positional, state.loops
    state.journal.budget.enter()
    state.fds, state.positional, state.loops = fds, list(argv[1:]), 0
    state.frames.append({})
    try:
        shell.command(body)
    except Return as returned:
        state.status = returned.code
    finally:
        for name, value in state.frames.pop().items():
            _restore(state, name, value)
        if fds is not kept_fds:
            flush_all(fds)
        state.fds, state.positional, state.loops = kept_fds, kept_arguments, kept_loops
        state.journal.budget.leave()


def _restore(state: State, name: str, value: Variable | None) -> None:
    if value is None:
        state.variables.pop(name, None)
    else:
        state.variables[name] = value


def external(shell: Interpreter, argv: list[str], fds: dict[int, Stream]) -> None:
    """Run a program."""
    state = shell.state
    path = state.get("PATH")
    found = find(state.fs, argv[0], DEFAULT_PATH if path is None else path, state.cwd)
    env = state.environment()
    if state.kind == "bash":
        env["_"] = found.path if isinstance(found, Found) else argv[0]
    process = shell.process(argv, env, fds)
    kept, state.fds = state.fds, fds
    try:
        if isinstance(found, Found) or found == "murky":
            state.status = state.launch(process, argv, found)
            if isinstance(found, Found) and state.status == 127 and process.missing_interpreter:
                shell.complain(wording.not_found(state.kind, argv[0]))
        elif found == "missing":
            shell.complain(wording.not_found(state.kind, argv[0]))
            state.status = 127
        else:
            shell.complain(wording.not_executable(state.kind, argv[0], directory=found == "directory"))
            state.status = 126
    finally:
        if fds is not kept:
            flush_all(fds)
        state.fds = kept
