"""A running program as its command function sees it: arguments, environment, descriptors, tree, notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from layerlab.catalogue.packages import PackageFacts
from layerlab.filesystem import Bytes, Content, Directory, Editor, FileSystemError, Special
from layerlab.filesystem.paths import join
from layerlab.shell.model import Budget, Fidelity, Flavour, Journal, LimitError, Note, UnknownInputError
from layerlab.shell.streams import FileSink, Pipe, Source, Stream

if TYPE_CHECKING:
    from layerlab.shell.programs import Found, Problem


class Launch(Protocol):
    """Runs a program; see `launch.launch`."""

    def __call__(self, caller: Process, argv: Sequence[str], found: Found | Problem | None = None, /) -> int:
        """Answers the exit code."""
        ...


def encode(text: str) -> bytes:
    """The bytes of a text of the simulated machine."""
    return text.encode("utf-8", "surrogateescape")


def decode(data: bytes) -> str:
    """The text of bytes; what isn't UTF-8 survives the way back."""
    return data.decode("utf-8", "surrogateescape")


@dataclass(slots=True)
class Process:
    """One call of a program.

    Attributes:
        argv0: The name it was called by.
        args: Arguments without the name.
        env: Exported variables.
        cwd: Working directory, absolute.
        fs: The tree under change; its `who` is the process's user, `now` its clock.
        fds: What the descriptors lead to.
        flavour: Whose version of the program it is.
        journal: Where notes go.
        launch: Runs another program on the same descriptors; see `run`.
        program: Path of the file that is run.
        network: `none` or `default`; our programs never reach one.
        missing_interpreter: Set by `launch` when the program was there but the interpreter of its `#!` line wasn't.
    """

    argv0: str
    args: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    fs: Editor
    fds: dict[int, Stream]
    flavour: Flavour
    journal: Journal
    launch: Launch
    program: str = ""
    network: str = "none"
    missing_interpreter: bool = False

    @property
    def name(self) -> str:
        """Base name of what was called."""
        return self.argv0.rpartition("/")[2]

    @property
    def busybox(self) -> bool:
        """Whether it is busybox's version."""
        return self.flavour == "busybox"

    @property
    def budget(self) -> Budget:
        """Counts the work; call `budget.step()` in loops of unbounded length."""
        return self.journal.budget

    @property
    def facts(self) -> PackageFacts | None:
        """What is recorded of packages."""
        return self.journal.facts

    @property
    def stdin(self) -> Source:
        """Standard input; empty if it is closed."""
        stream = self.fds.get(0)
        return stream if isinstance(stream, Source) else Source()

    def out(self, data: bytes | str, fd: int = 1) -> None:
        """Write to a descriptor; nothing happens if it is closed."""
        stream = self.fds.get(fd)
        if stream is not None and not isinstance(stream, Source):
            stream.write(encode(data) if isinstance(data, str) else data)

    def error(self, text: str, *, prefix: str | None = None) -> int:
        """Write `name: text` to standard error; answers 1 for use as exit code. GNU prints `argv[0]` as called."""
        name = self.name if self.busybox else self.argv0
        self.out(f"{name if prefix is None else prefix}: {text}\n", 2)
        return 1

    def path(self, name: str) -> str:
        """The absolute path of an operand."""
        return join(self.cwd, name)

    def content(self, name: str) -> Content:
        """What is known of an operand's bytes; `-` is standard input. Raises `FileSystemError`, `UnknownInputError`."""
        if name == "-" or self.path(name) in {"/dev/stdin", "/proc/self/fd/0", "/dev/fd/0"}:
            return Bytes(self.stdin.read())
        path = self.path(name)
        if path.startswith(("/dev/fd/", "/proc/self/fd/")):
            stream = self.fds.get(int(number)) if (number := path.rpartition("/")[2]).isdigit() else None
            return Bytes(stream.read() if isinstance(stream, Source) else b"")
        if path == "/dev/null":
            return Bytes(b"")
        self.flush()
        return self.fs.read(self.path(name))

    def read(self, name: str) -> bytes:
        """The bytes of an operand; `-` is standard input. Raises `FileSystemError`, `UnknownInputError`."""
        content = self.content(name)
        if isinstance(content, Bytes):
            return content.data
        raise UnknownInputError(name)

    def write(self, name: str, content: Content | bytes, mode: int = 0o666) -> None:
        """Write a whole file; `/dev/stdout` and `/dev/null` are what they say. Raises `FileSystemError`."""
        path = self.path(name)
        known = Bytes(content) if isinstance(content, bytes) else content
        fd = {"/dev/stdout": 1, "/dev/stderr": 2}.get(path)
        if fd is not None:
            self.out(known.data if isinstance(known, Bytes) else b"", fd)
        elif path != "/dev/null" and not isinstance(self.fs.lookup(path), Special):
            self.fs.write(path, known, mode)
        self.check_tree()

    def put_out(self, content: Content) -> bool:
        """Write a content whose bytes may be unknown to standard output; whether that could be done."""
        stream = self.fds.get(1)
        if isinstance(content, Bytes):
            self.out(content.data)
            return True
        return isinstance(stream, FileSink) and stream.put(content)

    def note(self, fidelity: Fidelity, key: str, **params: str) -> None:
        """Say something about the effect."""
        self.journal.note(Note(fidelity, key, tuple(params.items())))

    def taint_output(self, what: str) -> None:
        """What standard output leads to isn't known from here on."""
        stream = self.fds.get(1)
        if stream is not None and not isinstance(stream, Source):
            stream.taint(what)

    def run(self, argv: Sequence[str], *, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> int:
        """Run another program on the same descriptors; answers its exit code (126 and 127 included, no message)."""
        fds = dict(self.fds)
        if stdin is not None:
            fds[0] = Source(stdin)
        child = Process(
            self.argv0, self.args, self.env if env is None else env, self.cwd, self.fs, fds,
            self.flavour, self.journal, self.launch, self.program, self.network,
        )  # fmt: skip
        return self.launch(child, argv)

    def capture(self, argv: Sequence[str], *, stdin: bytes = b"") -> tuple[int, bytes]:
        """Run another program and answer its exit code and standard output."""
        pipe = Pipe(self.budget.limits.pipe_bytes)
        kept = self.fds
        self.fds = {**kept, 1: pipe}
        try:
            code = self.run(argv, stdin=stdin)
        finally:
            self.fds = kept
        return code, bytes(pipe.data)

    def flush(self) -> None:
        """Bring what was written to open files into the tree, so that it can be read."""
        for stream in list(self.fds.values()):
            if isinstance(stream, FileSink):
                stream.flush()

    def check_tree(self) -> None:
        """Hold the tree's growth to the limits. Raises `LimitError`."""
        check_tree(self.fs, self.budget)

    def is_directory(self, name: str) -> bool:
        """Whether an operand leads to a directory."""
        return isinstance(self.fs.lookup(self.path(name)), Directory)

    def guard(self, text: Callable[[FileSystemError], str], action: Callable[[], object]) -> bool:
        """Do something; on a file system error print the text and answer False."""
        try:
            action()
        except FileSystemError as failure:
            self.error(text(failure))
            return False
        return True


def check_tree(fs: Editor, budget: Budget) -> None:
    """Hold a tree's growth to the limits. Raises `LimitError`."""
    if fs.created > budget.limits.files:
        raise LimitError("files", budget.limits.files)
    if fs.written > budget.limits.tree_bytes:
        raise LimitError("tree_bytes", budget.limits.tree_bytes)
