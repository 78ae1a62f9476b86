"""A terminal on the simulated host: a shell with the files of a build context, `docker`, and shells in containers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from layerlab.build.record import Note
from layerlab.docker.edge import Output
from layerlab.docker.lines import LineError, Redirection, closing, pieces, redirections, words
from layerlab.docker.lookup import maybe_container
from layerlab.docker.starting import put, without
from layerlab.docker.toolbox import with_tools
from layerlab.filesystem import Bytes, Directory, Editor, File, FileSystemError, Tree
from layerlab.filesystem.paths import join
from layerlab.host import Host
from layerlab.shell import User, run

HOME = "/work"
"""Where the files of the build context lie."""

USER = User(0, 0)
MAX_HISTORY = 200
MAX_DEPTH = 5
"""Command substitutions in each other."""


class NestingError(Exception):
    """More substitutions in each other than are followed."""


class DockerPort(Protocol):
    """The docker command with builder and registry behind it."""

    def __call__(
        self,
        host: Host,
        words: Sequence[str],
        *,
        stdin: bytes,
        files: Mapping[str, bytes],
        here: Tree,
        redirected: bool,
    ) -> tuple[Host, Output]:
        """Do a command.

        Args:
            host: Before it.
            words: What follows `docker`.
            stdin: What is piped in.
            files: Files of the working directory, by relative path.
            here: The working directory as a tree.
            redirected: Whether standard output goes into a file or to another program.
        """
        ...


@dataclass(frozen=True, slots=True)
class Inside:
    """A shell in a container.

    Attributes:
        container: Its id.
        cwd: Working directory there.
        ends: Whether the container ends with the shell (`run -it`).
    """

    container: str
    cwd: str
    ends: bool


@dataclass(frozen=True, slots=True)
class Terminal:
    """One state of a terminal.

    Attributes:
        files: The client's files; `docker build .` sees those of the working directory.
        cwd: Working directory.
        variables: Shell variables.
        inside: The container whose shell reads the lines, or None.
        history: Lines typed, oldest first.
        last: Exit code of the last command.
    """

    files: Tree
    cwd: str = HOME
    variables: Mapping[str, str] = field(default_factory=dict)
    inside: Inside | None = None
    history: tuple[str, ...] = ()
    last: int = 0

    @property
    def prompt(self) -> str:
        """What stands before the next line."""
        return f"{self.inside.cwd} # " if self.inside else "$ "


def opened(context: Tree, now: int) -> Terminal:
    """A new terminal with a build context's files in its working directory."""
    return Terminal(with_tools(context, HOME, now))


def here(terminal: Terminal) -> Tree:
    """The working directory as a tree of its own: what `docker build .` takes."""
    node = terminal.files.lookup(terminal.cwd)
    return Tree(node) if isinstance(node, Directory) else Tree(terminal.files.root)


def enter(terminal: Terminal, host: Host, line: str, docker: DockerPort) -> tuple[Terminal, Host, Output]:
    """Type a line.

    Args:
        terminal: Before it.
        host: Before it.
        line: As typed.
        docker: The docker command.

    Returns:
        Terminal and host after it, and what was written; `files` are those that docker wrote, by absolute path, `notes`
        those of all its commands.
    """
    if line.strip():
        terminal = replace(terminal, history=(*terminal.history, line)[-MAX_HISTORY:])
    session = _Session(terminal, host, docker)
    try:
        output = session.in_container(line) if terminal.inside else session.line(line, 0)
    except LineError as error:
        output = Output("", f"sh: 1: Syntax error: {error}\n", 2)
    except NestingError:
        session.notes.append(Note("docker.note.nested", (("count", str(MAX_DEPTH)),)))
        output = Output("", "", 2)
    output = replace(output, files=session.written, notes=tuple(session.notes))
    return replace(session.terminal, last=output.exit_code), session.host, output


class _Session:
    def __init__(self, terminal: Terminal, host: Host, docker: DockerPort) -> None:
        self.terminal, self.host, self.docker = terminal, host, docker
        self.written: dict[str, bytes] = {}
        self.notes: list[Note] = []

    def line(self, line: str, depth: int) -> Output:
        """A list of pipelines."""
        stdout = stderr = ""
        code, carried, skipping = self.terminal.last, b"", False
        todo = list(pieces(line))
        for at, piece in enumerate(todo):
            if piece.after != "|":
                skipping = (piece.after == "&&" and code != 0) or (piece.after == "||" and code == 0)
                carried = b""
            if not piece.text or skipping:
                continue
            piped = at + 1 < len(todo) and todo[at + 1].after == "|"
            output = self.command(self.substituted(piece.text, depth), carried, piped=piped)
            code = output.exit_code
            stderr += output.stderr
            if piped:
                carried = output.stdout.encode("utf-8", "surrogateescape")
            else:
                stdout += output.stdout
        return Output(stdout, stderr, code)

    def substituted(self, text: str, depth: int) -> str:
        """`$(docker …)` replaced by what it prints; other substitutions are the shell's."""
        at = text.find("$(docker")
        while at >= 0:
            if depth >= MAX_DEPTH:
                raise NestingError
            end = closing(text, at + 2)
            inner = self.line(text[at + 2 : end], depth + 1).stdout.rstrip("\n")
            text = text[:at] + " ".join(inner.split()) + text[end + 1 :]
            at = text.find("$(docker")
        return text

    def command(self, text: str, stdin: bytes, *, piped: bool) -> Output:
        name = text.split(maxsplit=1)[0]
        if name == "docker":
            return self.docker_command(text, stdin, piped=piped)
        if name == "cd":
            return self.change_directory(words(text, self.terminal.variables)[1:])
        if name == "history":
            lines = enumerate(self.terminal.history, 1)
            return Output("".join(f"{number:5}  {line}\n" for number, line in lines))
        if name == "edit":
            return self.edit(words(text, self.terminal.variables)[1:])
        if name == "export" or ("=" in name and name.partition("=")[0].isidentifier() and name == text):
            return self.assign(words(text, self.terminal.variables))
        return self.shell(text, stdin)

    def shell(self, text: str, stdin: bytes) -> Output:
        view = Editor(self.terminal.files, self.host.now)
        variables = {"HOME": HOME, "PATH": "/usr/bin:/bin", "PWD": self.terminal.cwd, **self.terminal.variables}
        outcome = run(view, ["sh", "-c", text], env=variables, cwd=self.terminal.cwd, user=USER, stdin=stdin)
        self.terminal = replace(self.terminal, files=view.finish().after)
        self.notes += [Note(note.key, note.params) for note in outcome.notes]
        streams = {1: b"", 2: b""}
        for chunk in outcome.output:
            streams[chunk.fd] += chunk.data
        shown = {fd: data.decode("utf-8", "surrogateescape") for fd, data in streams.items()}
        return Output(shown[1], shown[2], outcome.exit_code)

    def docker_command(self, text: str, stdin: bytes, *, piped: bool) -> Output:
        text, targets = redirections(text)
        for target in targets:
            if target.fd == 0:
                stdin = self.read(target.path)
        argv = words(text, self.terminal.variables)[1:]
        files, place = self.relative_files(), here(self.terminal)
        redirected = piped or any(target.fd in (1, 3) and not target.path.startswith("&") for target in targets)
        self.host, output = self.docker(
            self.host, argv, stdin=stdin, files=files, here=place, redirected=redirected
        )
        self.notes += output.notes
        for path, data in output.files.items():
            self.write(path, data, appends=False)
            self.written[join(self.terminal.cwd, path)] = data
        if output.opens is not None:
            container = maybe_container(self.host, output.opens)
            where = container.config.working_dir if container is not None else ""
            ends = "exec" not in argv[:2]
            self.terminal = replace(self.terminal, inside=Inside(output.opens, where or "/", ends))
        return self.redirected(output, targets)

    def redirected(self, output: Output, targets: Sequence[Redirection]) -> Output:
        streams = {1: output.stdout, 2: output.stderr}
        for target in targets:
            if target.fd == 2 and target.path == "&1":
                streams[1], streams[2] = streams[1] + streams[2], ""
            elif target.fd == 1 and target.path == "&2":
                streams[2], streams[1] = streams[1] + streams[2], ""
            elif target.fd:
                sources = (1, 2) if target.fd == 3 else (target.fd,)
                data = "".join(streams[fd] for fd in sources).encode("utf-8", "surrogateescape")
                if target.path != "/dev/null":
                    self.write(target.path, data, appends=target.appends)
                if b"\0" in data and target.path != "/dev/null":  # an archive, which the reader may want to have
                    self.written[join(self.terminal.cwd, target.path)] = data
                streams |= dict.fromkeys(sources, "")
        return replace(output, stdout=streams[1], stderr=streams[2])

    def change_directory(self, arguments: Sequence[str]) -> Output:
        target = join(self.terminal.cwd, arguments[0]) if arguments else HOME
        if not isinstance(self.terminal.files.lookup(target), Directory):
            return Output("", f"sh: 1: cd: can't cd to {arguments[0]}\n", 2)
        self.terminal = replace(self.terminal, cwd=self.terminal.files.resolve(target))
        return Output()

    def edit(self, arguments: Sequence[str]) -> Output:
        r"""`edit FILE TEXT…`: a file's whole content in one line, `\n` for line breaks."""
        if len(arguments) < 2:
            self.notes.append(Note("docker.note.edit"))
            return Output("", "", 2)
        text = " ".join(arguments[1:]).replace("\\n", "\n") + "\n"
        return self.write(arguments[0], text.encode(), appends=False)

    def assign(self, pairs: Sequence[str]) -> Output:
        given = dict(pair.partition("=")[::2] for pair in pairs if "=" in pair)
        self.terminal = replace(self.terminal, variables={**self.terminal.variables, **given})
        return Output()

    def relative_files(self) -> Mapping[str, bytes]:
        root = here(self.terminal)
        return {
            path.lstrip("/"): node.content.data
            for path, node in root.walk()
            if isinstance(node, File) and isinstance(node.content, Bytes)
        }

    def read(self, path: str) -> bytes:
        node = self.terminal.files.lookup(join(self.terminal.cwd, path))
        if not isinstance(node, File) or not isinstance(node.content, Bytes):
            raise LineError(f"cannot open {path}: No such file")
        return node.content.data

    def write(self, path: str, data: bytes, *, appends: bool) -> Output:
        view = Editor(self.terminal.files, self.host.now)
        target = join(self.terminal.cwd, path)
        try:
            if appends and view.exists(target):
                view.append(target, data)
            else:
                view.write(target, Bytes(data), 0o644)
        except FileSystemError as error:
            return Output("", f"sh: 1: cannot create {path}: {error.message}\n", 2)
        self.terminal = replace(self.terminal, files=view.finish().after)
        return Output()

    def in_container(self, line: str) -> Output:
        """A line for the shell of a container."""
        inside = self.terminal.inside
        assert inside is not None
        container = maybe_container(self.host, inside.container)
        text = line.strip()
        if container is None or not container.is_running or text.split()[:1] in (["exit"], ["logout"]):
            return self.leave(inside, text)
        if text.split()[:1] == ["cd"] and len(text.split()) < 3:
            return self.cd_inside(inside, [*text.split(), "/root"][1])
        argv = ["exec", "-w", inside.cwd, container.id, "sh", "-c", line]
        place = here(self.terminal)
        self.host, output = self.docker(self.host, argv, stdin=b"", files={}, here=place, redirected=False)
        self.notes += output.notes
        return output

    def leave(self, inside: Inside, text: str) -> Output:
        self.terminal = replace(self.terminal, inside=None)
        container = maybe_container(self.host, inside.container)
        code = int(text.split()[1]) % 256 if len(text.split()) > 1 and text.split()[1].isdigit() else 0
        if container is not None and inside.ends and container.is_running:
            ended = replace(container, state="exited", exit_code=code, finished=self.host.now)
            gone = container.auto_remove
            self.host = without(self.host, container, volumes=True) if gone else put(self.host, ended)
        return Output(exit_code=code)

    def cd_inside(self, inside: Inside, path: str) -> Output:
        target = join(inside.cwd, path)
        container = maybe_container(self.host, inside.container)
        node = container.tree.lookup(target) if container is not None else None
        if container is None or not isinstance(node, Directory):
            return Output("", f"sh: cd: can't cd to {path}\n", 2)
        moved = replace(inside, cwd=container.tree.resolve(target))
        self.terminal = replace(self.terminal, inside=moved)
        return Output()
