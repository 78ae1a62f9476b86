"""What file descriptors lead to: the log, files of the tree, pipes, nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from layerlab.filesystem import Bytes, Content, Editor, FileSystemError, Unknown, size_of
from layerlab.shell.model import Journal, LimitError, UnknownInputError

PIPE_CAPACITY = 65_536
"""What Linux holds in a pipe nobody reads; a writer that is beyond it when the reader ends gets SIGPIPE."""


class PipeFullError(Exception):
    """A pipe has taken all it may hold; its writer has to wait for the reader."""


class Source:
    """Something to read from; the position is shared by all that hold it, as an open file's is."""

    def __init__(
        self,
        data: bytes = b"",
        *,
        unknown: str | None = None,
        on_starved: Callable[[], None] | None = None,
        filler: bytes = b"",
    ) -> None:
        self.data = data
        self.position = 0
        self.unknown = unknown
        self._on_starved = on_starved
        self._filler = filler

    def read(self, count: int | None = None) -> bytes:
        """The next bytes, all that are left by default; an endless source gives all that was asked for.

        Raises:
            UnknownInputError: The bytes aren't known.
            LimitError: The writer was stopped before it could write what is asked for.
        """
        self._check()
        if count is None:
            taken = self.data[self.position :]
            self.position = len(self.data)
            if self._filler:
                raise LimitError("pipe_bytes", 0)
            self._starved()
            return taken
        taken = self.data[self.position : self.position + count]
        self.position += len(taken)
        if len(taken) < count:
            if self._filler:
                return self._filler * count
            self._starved()
        return taken

    def readline(self) -> bytes:
        """The next line with its newline; empty at the end."""
        self._check()
        end = self.data.find(b"\n", self.position)
        if end < 0:
            return self.read()
        line = self.data[self.position : end + 1]
        self.position = end + 1
        return line

    def lines(self) -> Iterator[bytes]:
        """The lines that are left, each with its newline."""
        while line := self.readline():
            yield line

    @property
    def rest(self) -> int:
        """How many known bytes nobody has read."""
        return len(self.data) - self.position

    def _check(self) -> None:
        if self.unknown is not None:
            raise UnknownInputError(self.unknown)

    def _starved(self) -> None:
        if self._on_starved is not None:
            self._on_starved()


@dataclass(slots=True)
class Log:
    """The build log."""

    journal: Journal
    fd: int

    def write(self, data: bytes) -> None:
        """Add bytes to the log."""
        self.journal.write(self.fd, data)

    def taint(self, _what: str) -> None:
        """What can't be known isn't shown; the note says so."""


@dataclass(slots=True)
class Null:
    """`/dev/null`."""

    def write(self, data: bytes) -> None:
        """Drop bytes."""

    def taint(self, _what: str) -> None:
        """Nothing to do."""


@dataclass(slots=True)
class Pipe:
    """A pipe or a command substitution, filled before its reader starts."""

    limit: int
    data: bytearray = field(default_factory=bytearray)
    unknown: str | None = None

    def write(self, data: bytes) -> None:
        """Add bytes. Raises `PipeFullError`."""
        self.data += data
        if len(self.data) > self.limit:
            raise PipeFullError

    def taint(self, what: str) -> None:
        """What follows in the pipe isn't known."""
        if self.unknown is None:
            self.unknown = what


class FileSink:
    """An open file of the tree. Bytes are gathered and written to the tree by `flush`."""

    def __init__(self, fs: Editor, path: str, *, append: bool, check: Callable[[], None]) -> None:
        self.fs = fs
        self.path = path
        self.append = append
        self._check = check
        self.offset = 0
        self.pending = bytearray()
        self.unknown: str | None = None

    def write(self, data: bytes) -> None:
        """Add bytes at the position of the open file."""
        self.pending += data
        if len(self.pending) > 1 << 18:
            self.flush()
            self._check()

    def taint(self, what: str) -> None:
        """The file's content isn't known from here on."""
        self.flush()
        self.unknown = what
        try:
            self.fs.write(self.path, Unknown("shell.unknown_content"))
        except FileSystemError:
            return

    def put(self, content: Content) -> bool:
        """Write a content whose bytes may not be known; only at the start of an empty file."""
        if self.offset or self.pending or (self.append and size_of(self.fs.read(self.path)) != 0):
            return False
        self.fs.write(self.path, content)
        self.offset = size_of(content) or 0
        return True

    def flush(self) -> None:
        """Bring what was gathered into the tree."""
        if not self.pending:
            return
        data = bytes(self.pending)
        self.pending.clear()
        node = self.fs.lookup(self.path)
        if node is None:
            return
        if self.append:
            self.fs.append(self.path, data)
            return
        content = self.fs.read(self.path)
        if not isinstance(content, Bytes):
            self.fs.append(self.path, data)
            return
        known = content.data
        # What was in the file before isn't written again.
        self.fs.written -= len(known)
        if self.offset > len(known):
            known += bytes(self.offset - len(known))
        end = self.offset + len(data)
        self.fs.write(self.path, Bytes(known[: self.offset] + data + known[end:]))
        self.offset = end


Sink: TypeAlias = Log | Null | Pipe | FileSink
Stream: TypeAlias = Source | Sink
