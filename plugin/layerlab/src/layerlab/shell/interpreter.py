"""Running syntax trees: lists, pipelines, compound commands, functions and simple commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from layerlab.shell import wording
from layerlab.shell.conditions import Conditions
from layerlab.shell.expansion import Expander
from layerlab.shell.grammar import Parser
from layerlab.shell.lexer import ShellSyntaxError
from layerlab.shell.model import LimitError, Note, ShellKind
from layerlab.shell.patterns import matches
from layerlab.shell.process import Process, check_tree, decode, encode
from layerlab.shell.redirection import RedirectFailure, flush_all, redirected
from layerlab.shell.state import Leave, LoopExit, Return, ShellFailure, State
from layerlab.shell.streams import PIPE_CAPACITY, Pipe, PipeFullError, Source, Stream
from layerlab.shell.syntax import (
    AndOr,
    ArithmeticCommand,
    Case,
    Command,
    Condition,
    For,
    ForArithmetic,
    Function,
    Group,
    If,
    Item,
    Pipeline,
    Redirect,
    Script,
    Simple,
    Subshell,
    While,
)

SIGPIPE_CODE = 141


class Interpreter:
    """Runs commands in one shell or subshell."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.expander = Expander(state, capture)
        self.last_substitution: int | None = None

    # Scripts

    def run_text(self, text: str, *, line: int = 1) -> int:
        """Read and run a script line by line. Raises `Leave`, `ShellFailure` and control flow."""
        parser = Parser(text, self.state.kind, line)
        ran = False
        while True:
            try:
                script = parser.next_line()
            except ShellSyntaxError as error:
                raise self._syntax_failure(error, text) from error
            if script is None:
                if not ran:
                    self.state.status = 0
                return self.state.status
            ran = True
            self.script(script)

    def _syntax_failure(self, error: ShellSyntaxError, text: str) -> ShellFailure:
        state = self.state
        state.line = error.line
        if error.found == "end of file" and state.kind == "bash" and not text.endswith("\n"):
            error.line += 1
        if state.kind == "bash":
            where = "" if state.script else "-c: "
            words = f"{state.arg0}: {where}line {error.line}: {wording.syntax_error('bash', error)}\n"
            if "token" in words:
                lines = text.split("\n")
                words += f"{state.arg0}: {where}line {error.line}: `{lines[min(error.line, len(lines)) - 1]}'\n"
            self.complain_raw(words)
            return ShellFailure(None, 2)
        return ShellFailure(wording.syntax_error(state.kind, error), 2)

    def script(self, script: Script) -> int:
        """Run a list."""
        for item in script.items:
            self.item(item)
        return self.state.status

    def item(self, item: Item) -> None:
        """Run one member of a list; what is in the background runs at once, too."""
        if not item.background:
            self.and_or(item.command)
            return
        child = Interpreter(self.state.fork())
        child.state.fds[0] = Source()
        code = contained(child, lambda: child.and_or(item.command))
        self.state.job = max(self.state.job, 1) + 1
        self.state.jobs[self.state.job] = code
        self.state.status = 0

    def and_or(self, command: AndOr) -> int:
        """Run `&&` and `||`."""
        if not command.rest:
            return self.pipeline(command.first)
        links = [("", command.first), *command.rest]
        for position, (operator, pipeline) in enumerate(links):
            if (operator == "&&" and self.state.status != 0) or (operator == "||" and self.state.status == 0):
                continue
            if position == len(links) - 1:
                self.pipeline(pipeline)
            else:
                with self._tested():
                    self.pipeline(pipeline)
        return self.state.status

    def pipeline(self, pipeline: Pipeline) -> int:
        """Run a pipeline."""
        if pipeline.negated:
            with self._tested():
                self._pipeline(pipeline)
            self.state.status = int(self.state.status == 0)
        else:
            self._pipeline(pipeline)
        return self.state.status

    def _pipeline(self, pipeline: Pipeline) -> None:
        if len(pipeline.commands) == 1:
            self.command(pipeline.commands[0])
            return
        codes: list[int] = []
        source: Source | None = None
        for position, command in enumerate(pipeline.commands):
            last = position == len(pipeline.commands) - 1
            pipe = None if last else Pipe(self.state.journal.budget.limits.pipe_bytes)
            code, stop = self._stage(command, source, pipe)
            codes.append(code)
            if source is not None and source.rest > PIPE_CAPACITY and codes[position - 1] == 0:
                codes[position - 1] = SIGPIPE_CODE
            if pipe is not None:
                source = Source(bytes(pipe.data), unknown=pipe.unknown, on_starved=stop)
        failed = [code for code in codes if code]
        if self.state.kind == "bash":
            self.state.set_array("PIPESTATUS", [(index, str(code)) for index, code in enumerate(codes)])
        self.state.status = failed[-1] if "pipefail" in self.state.options and failed else codes[-1]
        self._errexit()

    def _stage(
        self, command: Command, source: Source | None, pipe: Pipe | None
    ) -> tuple[int, Callable[[], None] | None]:
        """Run one stage; a writer that fills its pipe or uses its share of the steps waits for the reader."""
        child = Interpreter(self.state.fork())
        child.state.tested = max(child.state.tested, 0)
        budget = self.state.journal.budget
        if source is not None:
            child.state.fds[0] = source
        if pipe is None:
            return contained(child, lambda: child.command(command)), None
        child.state.fds[1] = pipe
        kept, depth = budget.ceiling, budget.depth
        whole = budget.limits.steps if kept is None else kept
        budget.ceiling = budget.steps + (whole - budget.steps) // 2
        try:
            return contained(child, lambda: child.command(command)), None
        except PipeFullError:
            return SIGPIPE_CODE, _starver(LimitError("pipe_bytes", pipe.limit))
        except LimitError as error:
            if error.name != "steps" or not pipe.data:
                raise
            return SIGPIPE_CODE, _starver(error)
        finally:
            budget.ceiling, budget.depth = kept, depth

    # Commands

    def command(self, command: Command) -> int:
        """Run one command."""
        state = self.state
        state.journal.budget.step()
        if "n" in state.options:
            return state.status
        match command:
            case Simple():
                from layerlab.shell.simple import run_simple  # noqa: PLC0415

                run_simple(self, command)
            case Function(name, body):
                state.functions[name] = body
                state.status = 0
            case Subshell(body, redirects):
                self._with_redirects(redirects, lambda: self._subshell(body))
                self._errexit()
            case Condition(line=line):
                state.line = line
                self._with_redirects(command.redirects, lambda: self._condition(command))
                self._errexit()
            case ArithmeticCommand(expression, redirects):
                self._with_redirects(redirects, lambda: self._arithmetic(lambda: self.expander.arithmetic(expression)))
                self._errexit()
            case _:
                self._with_redirects(command.redirects, lambda: self._compound(command))
        return state.status

    def _compound(self, command: Command) -> None:
        match command:
            case Group(body):
                self.script(body)
            case If():
                self._if(command)
            case While():
                self._while(command)
            case For():
                self._for(command)
            case ForArithmetic():
                self._for_arithmetic(command)
            case Case():
                self._case(command)
            case _:
                raise AssertionError(command)

    def _with_redirects(self, redirects: tuple[Redirect, ...], action: Callable[[], object]) -> None:
        if not redirects:
            action()
            return
        kept = self.state.fds
        try:
            self.state.fds = redirected(self.expander, redirects)
        except RedirectFailure as failure:
            self.complain(failure.text)
            self.state.status = failure.code
            self._errexit()
            return
        try:
            action()
        finally:
            flush_all(self.state.fds)
            check_tree(self.state.fs, self.state.journal.budget)
            self.state.fds = kept

    def _subshell(self, body: Script) -> None:
        child = Interpreter(self.state.fork())
        self.state.status = contained(child, lambda: child.script(body))

    def _if(self, command: If) -> None:
        for condition, body in command.branches:
            with self._tested():
                self.script(condition)
            if self.state.status == 0:
                self.script(body)
                return
        self.state.status = 0
        if command.otherwise is not None:
            self.script(command.otherwise)

    def _while(self, command: While) -> None:
        state = self.state
        status = 0
        state.loops += 1
        try:
            while True:
                state.journal.budget.step()
                if not self._goes_on(command):
                    break
                go_on = self._body(command.body)
                status = state.status
                if not go_on:
                    break
        finally:
            state.loops -= 1
        state.status = status

    def _goes_on(self, command: While) -> bool:
        with self._tested():
            go_on = self._body(command.condition)
        return go_on and (self.state.status == 0) != command.until

    def _body(self, body: Script) -> bool:
        """Run a loop's body; whether the loop goes on."""
        try:
            self.script(body)
        except LoopExit as loop_exit:
            if loop_exit.levels > 1:
                raise LoopExit(loop_exit.levels - 1, again=loop_exit.again) from None
            return loop_exit.again
        return True

    def _for(self, command: For) -> None:
        state = self.state
        state.line = command.line or state.line
        names = list(state.positional) if command.words is None else self.expander.fields(command.words)
        status = 0
        state.loops += 1
        try:
            for name in names:
                state.journal.budget.step()
                state.set(command.name, name)
                go_on = self._body(command.body)
                status = state.status
                if not go_on:
                    break
        finally:
            state.loops -= 1
        state.status = status

    def _for_arithmetic(self, command: ForArithmetic) -> None:
        state = self.state
        self.expander.arithmetic(command.start)
        state.loops += 1
        status = 0
        try:
            while not command.condition or self.expander.arithmetic(command.condition):
                state.journal.budget.step()
                go_on = self._body(command.body)
                status = state.status
                if not go_on:
                    break
                self.expander.arithmetic(command.step)
        finally:
            state.loops -= 1
        state.status = status

    def _case(self, command: Case) -> None:
        text = self.expander.text(command.word)
        self.state.status = 0
        falling = False
        for patterns, body, ending in command.branches:
            if not falling and not any(matches(self.expander.pattern(pattern), text) for pattern in patterns):
                continue
            self.script(body)
            falling = ending == ";&"
            if ending in {";;", ""}:
                return

    def _condition(self, command: Condition) -> None:
        try:
            self.state.status = int(not Conditions(self.expander, command.words).value())
        except ValueError as error:
            self.complain(str(error))
            self.state.status = 2

    def _arithmetic(self, action: Callable[[], int]) -> None:
        try:
            self.state.status = int(action() == 0)
        except ShellFailure as failure:
            self.complain(f"((: {failure.text}")
            self.state.status = 1

    # Errors and options

    def complain(self, text: str, builtin: str | None = None) -> None:
        """Print an error with the shell's prefix."""
        state = self.state
        self.complain_raw(
            wording.prefix(state.kind, state.arg0, state.line, builtin, script=state.script) + text + "\n"
        )

    def complain_raw(self, text: str) -> None:
        """Print to standard error."""
        self.write(2, encode(text))

    def write(self, fd: int, data: bytes) -> bool:
        """Write to a descriptor; whether it is open."""
        stream = self.state.fds.get(fd)
        if stream is None or isinstance(stream, Source):
            return False
        stream.write(data)
        return True

    def trace(self, text: str) -> None:
        """Print a line of `set -x`."""
        prompt = self.state.get("PS4")
        self.complain_raw(("+ " if prompt is None else prompt) + text + "\n")

    def _errexit(self) -> None:
        state = self.state
        if not state.status or state.tested:
            return
        command = state.traps.get("ERR") if state.kind == "bash" and not state.inside_trap else None
        if command is not None:
            code, state.inside_trap = state.status, True
            self.run_text(command)
            state.status, state.inside_trap = code, False
        if "e" in state.options:
            raise Leave(state.status)

    @contextmanager
    def _tested(self) -> Iterator[None]:
        self.state.tested += 1
        try:
            yield
        finally:
            self.state.tested -= 1

    def process(self, argv: list[str], env: dict[str, str], fds: dict[int, Stream]) -> Process:
        """A process of this shell's."""
        state = self.state
        return Process(
            argv[0], tuple(argv[1:]), env, state.cwd, state.fs, fds,
            "busybox" if state.kind == "ash" else "gnu", state.journal, state.launch, network=state.network,
        )  # fmt: skip


def _starver(error: LimitError) -> Callable[[], None]:
    def starve() -> None:
        raise error

    return starve


def contained(child: Interpreter, action: Callable[[], object]) -> int:
    """Run something in a subshell and answer its exit code; control flow doesn't leave it."""
    state = child.state
    budget = state.journal.budget
    budget.enter()
    umask, who = state.fs.umask, state.fs.who
    try:
        code = guarded(child, action)
    finally:
        state.fs.umask, state.fs.who = umask, who
        flush_all(state.fds)
        budget.leave()
    return code


def guarded(interpreter: Interpreter, action: Callable[[], object]) -> int:
    """Run something to its end, EXIT trap included; answers the exit code."""
    state = interpreter.state
    replaced = False
    try:
        action()
    except Leave as leave:
        state.status, replaced = leave.code, leave.replaced
    except Return as returned:
        state.status = returned.code
    except LoopExit:
        pass
    except ShellFailure as failure:
        if failure.text is not None:
            interpreter.complain(failure.text, failure.builtin)
        state.status = failure.code
    command = None if replaced else state.traps.pop("EXIT", None)
    if command is not None:
        code = state.status
        state.tested = 0
        state.inside_trap = True
        state.status = guarded(interpreter, lambda: _trap(interpreter, command, code))
    return state.status & 0xFF


def _trap(interpreter: Interpreter, command: str, code: int) -> None:
    interpreter.run_text(command)
    interpreter.state.status = code


def capture(state: State, body: Script) -> str:
    """The output of a command substitution, without trailing newlines."""
    if len(body.items) == 1 and (shortcut := _file_shortcut(state, body)) is not None:
        return shortcut
    pipe = Pipe(state.journal.budget.limits.pipe_bytes)
    child = Interpreter(state.fork())
    child.state.fds[1] = pipe
    child.state.tested = state.tested
    if state.kind == "bash":
        child.state.options.discard("e")
    try:
        state.status = contained(child, lambda: child.script(body))
    except PipeFullError:
        raise LimitError("pipe_bytes", pipe.limit) from None
    if pipe.unknown is not None:
        state.journal.note(Note("unknown", "shell.unknown_substitution", (("file", pipe.unknown),)))
    state.substituted = True
    return decode(bytes(pipe.data).replace(b"\0", b"")).rstrip("\n")


def _file_shortcut(state: State, body: Script) -> str | None:
    """`$(<file)`, which bash and ash read without a command."""
    first = body.items[0].command
    if first.rest or len(first.first.commands) != 1 or state.kind == "dash":
        return None
    command = first.first.commands[0]
    if not isinstance(command, Simple) or command.words or command.assignments or len(command.redirects) != 1:
        return None
    if command.redirects[0].operator != "<":
        return None
    try:
        fds = redirected(Expander(state, capture), command.redirects)
    except RedirectFailure as failure:
        Interpreter(state).complain(failure.text)
        state.status = failure.code
        return ""
    source = fds[command.redirects[0].fd or 0]
    return decode(source.read()).rstrip("\n") if isinstance(source, Source) else ""


def run_shell(process: Process, kind: ShellKind, *, script: tuple[str, str] | None = None) -> int:
    """A shell as a program; see `startup`."""
    from layerlab.shell.startup import start  # noqa: PLC0415

    return start(process, kind, script)
