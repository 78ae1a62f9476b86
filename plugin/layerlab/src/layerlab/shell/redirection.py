"""Redirections: what a descriptor leads to after `<`, `>`, `>&` and their like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerlab.filesystem import NO_BYTES, Bytes, Directory, FileSystemError, Node, Special
from layerlab.filesystem.paths import join
from layerlab.shell import wording
from layerlab.shell.process import check_tree, encode
from layerlab.shell.state import State
from layerlab.shell.streams import FileSink, Null, Sink, Source, Stream
from layerlab.shell.syntax import Redirect

if TYPE_CHECKING:
    from layerlab.shell.expansion import Expander

STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2, "/proc/1/fd/1": 1, "/proc/1/fd/2": 2}
ZERO = (1, 5)
RANDOM = ((1, 8), (1, 9))


class RedirectFailure(Exception):  # noqa: N818  (worded by the shell, not a defect)
    """A redirection that failed.

    Attributes:
        text: Message without prefix.
        code: Status of the command.
    """

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.text = text
        self.code = code


def redirected(expander: Expander, redirects: tuple[Redirect, ...]) -> dict[int, Stream]:
    """The descriptors of the present state after some redirections. Raises `RedirectFailure`."""
    state = expander.state
    fds = dict(state.fds)
    for redirect in redirects:
        _apply(expander, redirect, fds)
    return fds


def flush_all(fds: dict[int, Stream]) -> None:
    """Bring what was written to open files into the tree."""
    for stream in fds.values():
        if isinstance(stream, FileSink):
            stream.flush()


def _apply(expander: Expander, redirect: Redirect, fds: dict[int, Stream]) -> None:
    state = expander.state
    operator = redirect.operator
    if operator in {"<<", "<<<"}:
        text = expander.text(redirect.target) + ("\n" if operator == "<<<" else "")
        fds[redirect.fd or 0] = Source(encode(text))
        return
    target = expander.text(redirect.target)
    if operator in {">&", "<&"}:
        fd = redirect.fd if redirect.fd is not None else (1 if operator == ">&" else 0)
        if target == "-":
            fds.pop(fd, None)
        elif target.isdigit():
            if int(target[:9]) not in fds:
                words = f"{target}: Bad file descriptor"
                raise RedirectFailure(words, wording.redirect_code(state.kind))
            fds[fd] = fds[int(target)]
        elif state.kind == "dash" or operator == "<&":
            raise RedirectFailure("Syntax error: Bad fd number", 2)
        else:
            fds[1] = fds[2] = _open_write(state, target, fds, append=False)
        return
    if operator in {"&>", "&>>"}:
        fds[1] = fds[2] = _open_write(state, target, fds, append=operator == "&>>")
        return
    fd = redirect.fd if redirect.fd is not None else (0 if operator[0] == "<" else 1)
    if operator == "<":
        fds[fd] = _open_read(state, target, fds)
    elif operator == "<>":
        if not state.fs.exists(join(state.cwd, target)):
            _open_write(state, target, fds, append=True)
        fds[fd] = _open_read(state, target, fds)
    else:
        fds[fd] = _open_write(state, target, fds, append=operator == ">>", clobber=operator == ">|")


def _inherited(path: str, fds: dict[int, Stream]) -> Stream | None:
    number = STANDARD.get(path)
    if number is None:
        for base in ("/dev/fd/", "/proc/self/fd/"):
            if path.startswith(base) and path[len(base) :].isdigit():
                number = int(path[len(base) :])
    return fds.get(number) if number is not None else None


def _open_read(state: State, name: str, fds: dict[int, Stream]) -> Source:
    path = join(state.cwd, name)
    stream = _inherited(path, {**state.fds, **fds})
    if isinstance(stream, Source):
        return stream
    if path == "/dev/null":
        return Source()
    flush_all(fds)
    flush_all(state.fds)
    try:
        node = state.fs.stat(path)
        if isinstance(node, Directory):
            return Source()
        content = state.fs.read(path)
    except FileSystemError as error:
        raise _failure(state, name, error, create=False) from error
    if isinstance(node, Special) or path == "/dev/zero":
        device = node.device if isinstance(node, Special) else ZERO
        if device == ZERO:
            return Source(filler=b"\0")
        return Source(unknown=name) if device in RANDOM else Source()
    return Source(content.data) if isinstance(content, Bytes) else Source(unknown=name)


def _open_write(state: State, name: str, fds: dict[int, Stream], *, append: bool, clobber: bool = False) -> Sink:
    path = join(state.cwd, name)
    stream = _inherited(path, fds)
    if stream is not None and not isinstance(stream, Source):
        return stream
    if path in {"/dev/null", "/dev/tty"} or path in STANDARD:
        return Null()
    flush_all(fds)
    flush_all(state.fds)
    try:
        node = _target(state, name, path, free=append or clobber)
        if isinstance(node, Special):
            state.fs.write(path, NO_BYTES)
            return Null()
        if node is None or not append:
            state.fs.write(path, NO_BYTES)
        else:
            state.fs.check_writable(path)
        check_tree(state.fs, state.journal.budget)
        canonical = state.fs.resolve(path)
    except FileSystemError as error:
        raise _failure(state, name, error, create=True) from error
    return FileSink(state.fs, canonical, append=append, check=lambda: check_tree(state.fs, state.journal.budget))


def _target(state: State, name: str, path: str, *, free: bool) -> Node | None:
    """What a redirection would write to; refused where `set -C` keeps it. Raises `FileSystemError`."""
    if not name:
        raise FileSystemError("ENOENT", name)
    node = state.fs.lookup(path)
    if node is not None and "C" in state.options and not free and not isinstance(node, Special):
        if state.kind == "bash":
            raise RedirectFailure(f"{name}: cannot overwrite existing file", 1)
        raise FileSystemError("EEXIST", name)
    if isinstance(node, Directory):
        raise FileSystemError("EISDIR", path)
    return node


def _failure(state: State, name: str, error: FileSystemError, *, create: bool) -> RedirectFailure:
    text = wording.open_failure(state.kind, name, error.code, error.message, create=create)
    return RedirectFailure(text, wording.redirect_code(state.kind))
