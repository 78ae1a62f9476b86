"""What a run is given and what it answers: user, limits, output, notes, and the two ways it can end early."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from layerlab.catalogue.packages import PackageFacts

Fidelity: TypeAlias = Literal["exact", "estimated", "unknown"]
Flavour: TypeAlias = Literal["gnu", "busybox"]
ShellKind: TypeAlias = Literal["dash", "ash", "bash"]

_RANK: Mapping[Fidelity, int] = {"exact": 0, "estimated": 1, "unknown": 2}


@dataclass(frozen=True, slots=True)
class User:
    """Whose process it is.

    Attributes:
        uid: 0 may do everything.
        gid: Primary group.
        groups: Further groups.
    """

    uid: int = 0
    gid: int = 0
    groups: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one run may do before it is stopped.

    Attributes:
        steps: Commands run, loop rounds and other units of work.
        output_bytes: Bytes written to the log.
        pipe_bytes: Bytes a pipe or a command substitution holds.
        files: Entries made in the tree.
        tree_bytes: Bytes of known length written to the tree.
        recursion: Nested functions, subshells, scripts and sourced files.
        glob_results: Names one pattern may expand to, brace expansion included.
    """

    steps: int = 200_000
    output_bytes: int = 2_000_000
    pipe_bytes: int = 8_000_000
    files: int = 50_000
    tree_bytes: int = 256_000_000
    recursion: int = 60
    glob_results: int = 20_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that reached the log.

    Attributes:
        fd: 1 for standard output, 2 for standard error.
        data: As written.
    """

    fd: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """Something the reader should know about an effect.

    Attributes:
        fidelity: How far the effect can be trusted.
        key: Key of the sentence in the messages.
        params: Its placeholders as pairs, in the order they were given.
    """

    fidelity: Fidelity
    key: str
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did, but for the tree, which is in the editor.

    Attributes:
        exit_code: As the process gives it; 137 for a run stopped by a limit.
        output: Log bytes in the order they were written.
        fidelity: The worst of the notes'.
        notes: In the order they arose, each once.
        limit: Name of the field of `Limits` that stopped the run, or None.
        start_error: The runtime's words if the program couldn't be started at all (then nothing ran), or None.
    """

    exit_code: int
    output: tuple[Chunk, ...] = ()
    fidelity: Fidelity = "exact"
    notes: tuple[Note, ...] = ()
    limit: str | None = None
    start_error: str | None = None


class LimitError(Exception):
    """A budget is used up.

    Attributes:
        name: Field of `Limits`.
        limit: Its value.
    """

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(f"limit of {name} ({limit}) reached")
        self.name = name
        self.limit = limit


class UnknownInputError(Exception):
    """A command would need bytes that aren't known; what it writes can't be known either.

    Attributes:
        what: The file or stream, as the command calls it.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(slots=True)
class Budget:
    """Counts down what `Limits` allows."""

    limits: Limits
    steps: int = 0
    output: int = 0
    depth: int = 0
    ceiling: int | None = field(default=None)

    def step(self, count: int = 1) -> None:
        """Count units of work. Raises `LimitError`."""
        self.steps += count
        if self.steps > (self.limits.steps if self.ceiling is None else self.ceiling):
            raise LimitError("steps", self.limits.steps)

    def wrote(self, count: int) -> None:
        """Count bytes of the log. Raises `LimitError`."""
        self.output += count
        if self.output > self.limits.output_bytes:
            raise LimitError("output_bytes", self.limits.output_bytes)

    def enter(self) -> None:
        """Go one level deeper. Raises `LimitError`."""
        self.depth += 1
        if self.depth > self.limits.recursion:
            raise LimitError("recursion", self.limits.recursion)

    def leave(self) -> None:
        """Come back from a level."""
        self.depth -= 1


@dataclass(slots=True)
class Journal:
    """Collects the log and the notes of one run; what all its processes share.

    Attributes:
        budget: What is left of the limits.
        chunks: The log.
        notes: Remarks on effects.
        facts: What is recorded of packages, for package managers; None if nothing is.
    """

    budget: Budget
    chunks: list[Chunk] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    facts: PackageFacts | None = None

    def write(self, fd: int, data: bytes) -> None:
        """Add to the log."""
        if not data:
            return
        self.budget.wrote(len(data))
        if self.chunks and self.chunks[-1].fd == fd:
            self.chunks[-1] = Chunk(fd, self.chunks[-1].data + data)
        else:
            self.chunks.append(Chunk(fd, data))

    def note(self, note: Note) -> None:
        """Add a note, once."""
        if note not in self.notes:
            self.notes.append(note)

    @property
    def fidelity(self) -> Fidelity:
        """The worst fidelity of all notes."""
        return max((note.fidelity for note in self.notes), key=_RANK.__getitem__, default="exact")
