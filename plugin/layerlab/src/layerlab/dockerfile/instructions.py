"""The eighteen instructions of a Dockerfile as typed values, as they are written.

Nothing in here is expanded: where a field's docstring says *expanded later*, `layerlab.plan` replaces its variables
with the scope of that moment (`layerlab.dockerfile.expansion` has the rules). Grammar: BuildKit `dockerfile/1.26`.

Every instruction has the same six first fields:

    span: From the keyword to the last character of the last line, heredoc terminators included.
    keyword: Name as spelled in the file (`run`, `RUN`).
    original: Logical line: continuations joined, comments and blank lines dropped, heredoc bodies left out.
    comments: Texts of the comment lines directly above, first to last, without `#`.
    index: Position among the file's instructions, from 0.
    flags: All flags as written, in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from layerlab.dockerfile.span import Span, Word


@dataclass(frozen=True, slots=True)
class Flag:
    """A `--name` or `--name=value` before the arguments.

    Attributes:
        name: Without the dashes.
        value: After `=`, quotes and escapes taken off; None without `=`.
        span: Where it stands.
    """

    name: str
    value: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A here-document.

    Attributes:
        name: Delimiter without its quotes.
        content: Body as written, line endings and leading tabs kept.
        expand: Whether no part of the delimiter was quoted.
        chomp: Whether it was opened with `<<-`: leading tabs are removed on use.
        raw: Opening word as written, such as `<<-"EOF"`.
        span: Lines of the body and its terminator; columns from 0 to the end of the terminator.
    """

    name: str
    content: str
    expand: bool
    chomp: bool
    raw: str
    span: Span

    @property
    def body(self) -> str:
        """The content as it is used: without leading tabs if `<<-` opened it."""
        if not self.chomp:
            return self.content
        return "".join(line.lstrip("\t") for line in self.content.splitlines(keepends=True)) if self.content else ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A `name=value` of ENV or LABEL, or an item of ARG.

    Attributes:
        name: Raw name. Expanded later for ENV and LABEL, literal for ARG.
        value: Raw value with its quotes; None for an ARG without `=`. Expanded later.
        span: Where the item stands.
    """

    name: str
    value: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class MountField:
    """One `key=value` of a `--mount`.

    Attributes:
        key: As written; compared in lower case.
        value: After `=`, None for a bare key. Expanded later.
    """

    key: str
    value: str | None


@dataclass(frozen=True, slots=True)
class MountSpec:
    """One `--mount` of RUN as written: its meaning is only fixed after expansion, in `plan`.

    Attributes:
        text: The whole value.
        fields: Its comma-separated fields, in order.
        span: Of the flag.
    """

    text: str
    fields: tuple[MountField, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class From:
    """`FROM [--platform=…] image [AS name]`.

    Attributes:
        image: Expanded later, with global ARGs and platform arguments only.
        alias: The name as written after AS, or None.
        as_keyword: `AS` as spelled, or None.
        platform: Value of `--platform`, or None. Expanded later, like `image`.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    image: Word
    alias: Word | None = None
    as_keyword: Word | None = None
    platform: Word | None = None

    @property
    def name(self) -> str:
        """The stage's name in lower case, as Docker keeps it; empty without AS."""
        return self.alias.text.lower() if self.alias else ""


@dataclass(frozen=True, slots=True)
class Run:
    """`RUN [flags] command` or `RUN ["program", "argument"]`.

    Attributes:
        arguments: The exec form's strings, or the one text of the shell form (without flags). Never expanded.
        is_exec: Whether it has the JSON form.
        heredocs: In order of their opening; bodies are never expanded.
        mounts: `--mount` values. Expanded later.
        network: `default`, `none` or `host`.
        security: `sandbox` or `insecure`.
        devices: `--device` values.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    arguments: tuple[str, ...]
    is_exec: bool
    heredocs: tuple[Heredoc, ...] = ()
    mounts: tuple[MountSpec, ...] = ()
    network: str = "default"
    security: str = "sandbox"
    devices: tuple[str, ...] = ()

    @property
    def is_shell_form(self) -> bool:
        """Whether the shell runs it."""
        return not self.is_exec


@dataclass(frozen=True, slots=True)
class Cmd:
    """`CMD command` or `CMD ["program", "argument"]`.

    Attributes:
        arguments: The exec form's strings, or the one text of the shell form. Never expanded.
        is_exec: Whether it has the JSON form.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    arguments: tuple[str, ...]
    is_exec: bool

    @property
    def is_shell_form(self) -> bool:
        """Whether the shell runs it."""
        return not self.is_exec


@dataclass(frozen=True, slots=True)
class Entrypoint:
    """`ENTRYPOINT command` or `ENTRYPOINT ["program", "argument"]`.

    Attributes:
        arguments: The exec form's strings, or the one text of the shell form. Never expanded.
        is_exec: Whether it has the JSON form.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    arguments: tuple[str, ...]
    is_exec: bool

    @property
    def is_shell_form(self) -> bool:
        """Whether the shell runs it."""
        return not self.is_exec


@dataclass(frozen=True, slots=True)
class Label:
    """`LABEL name=value …`, or the legacy `LABEL name value`.

    Attributes:
        pairs: Names and values. Both expanded later, with the scope at the start of the instruction.
        is_legacy: Whether it has the form with a blank.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    pairs: tuple[Pair, ...]
    is_legacy: bool = False


@dataclass(frozen=True, slots=True)
class Env:
    """`ENV name=value …`, or the legacy `ENV name value`.

    Attributes:
        pairs: Names and values. Both expanded later, with the scope at the start of the instruction.
        is_legacy: Whether it has the form with a blank.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    pairs: tuple[Pair, ...]
    is_legacy: bool = False


@dataclass(frozen=True, slots=True)
class Maintainer:
    """`MAINTAINER text` (deprecated).

    Attributes:
        author: Never expanded.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    author: str


@dataclass(frozen=True, slots=True)
class Expose:
    """`EXPOSE port[/protocol] …`.

    Attributes:
        ports: Tokens sorted as strings, as BuildKit keeps them. Expanded later, in words mode.
        words: The same tokens in the order of the file.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    ports: tuple[str, ...]
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Add:
    """`ADD [flags] source… destination`.

    Attributes:
        sources: Paths, patterns, URLs and git references; heredocs are not among them. Expanded later.
        destination: Expanded later.
        heredocs: Inline files, copied after the sources. Bodies are expanded later if `expand`.
        is_exec: Whether it has the JSON form (elements are expanded all the same).
        chown: Value, or None. Expanded later.
        chmod: Value, or None. Expanded later.
        checksum: Value, or None. Expanded later.
        link: Whether `--link` is on.
        keep_git_dir: Of `--keep-git-dir`, or None without it.
        unpack: Of `--unpack`, or None without it.
        exclude: Patterns. Never expanded.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    sources: tuple[Word, ...]
    destination: Word
    heredocs: tuple[Heredoc, ...] = ()
    is_exec: bool = False
    chown: str | None = None
    chmod: str | None = None
    checksum: str | None = None
    link: bool = False
    keep_git_dir: bool | None = None
    unpack: bool | None = None
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Copy:
    """`COPY [flags] source… destination`.

    Attributes:
        sources: Paths and patterns; heredocs are not among them. Expanded later.
        destination: Expanded later.
        heredocs: Inline files, copied after the sources. Bodies are expanded later if `expand`.
        is_exec: Whether it has the JSON form (elements are expanded all the same).
        from_: Value of `--from`, or None. Never expanded: a variable in it is an error.
        chown: Value, or None. Expanded later.
        chmod: Value, or None. Expanded later.
        link: Whether `--link` is on.
        parents: Whether `--parents` is on.
        exclude: Patterns. Never expanded.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    sources: tuple[Word, ...]
    destination: Word
    heredocs: tuple[Heredoc, ...] = ()
    is_exec: bool = False
    from_: str | None = None
    chown: str | None = None
    chmod: str | None = None
    link: bool = False
    parents: bool = False
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Volume:
    """`VOLUME path…` or `VOLUME ["path"]`.

    Attributes:
        paths: Expanded later.
        is_exec: Whether it has the JSON form.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    paths: tuple[Word, ...]
    is_exec: bool = False


@dataclass(frozen=True, slots=True)
class User:
    """`USER user[:group]`.

    Attributes:
        user: The whole text. Expanded later.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    user: Word


@dataclass(frozen=True, slots=True)
class Workdir:
    """`WORKDIR path`.

    Attributes:
        path: The whole text. Expanded later.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    path: Word


@dataclass(frozen=True, slots=True)
class Arg:
    """`ARG name[=default] …`.

    Attributes:
        items: Names (literal) and defaults (None without `=`). Defaults are expanded later, one item after another.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    items: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class OnBuild:
    """`ONBUILD instruction`.

    Attributes:
        expression: The trigger as Docker stores it: the logical line without ONBUILD, plus heredoc bodies. It is
            parsed (see `parse_trigger`) and expanded when a child is built.
        heredocs: Of the wrapped instruction.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    expression: str
    heredocs: tuple[Heredoc, ...] = ()


@dataclass(frozen=True, slots=True)
class StopSignal:
    """`STOPSIGNAL signal`.

    Attributes:
        signal: Expanded later, then checked.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    signal: Word


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """`HEALTHCHECK [flags] CMD command` or `HEALTHCHECK NONE`.

    Attributes:
        test: `("NONE",)`, `("CMD", …)` for the exec form, `("CMD-SHELL", text)` for the shell form. Never expanded.
        interval: Nanoseconds; 0 for unset.
        timeout: Nanoseconds; 0 for unset.
        start_period: Nanoseconds; 0 for unset.
        start_interval: Nanoseconds; 0 for unset.
        retries: 0 for unset.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    test: tuple[str, ...]
    interval: int = 0
    timeout: int = 0
    start_period: int = 0
    start_interval: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class Shell:
    """`SHELL ["program", "argument"]`.

    Attributes:
        arguments: Never expanded.
    """

    span: Span
    keyword: str
    original: str
    comments: tuple[str, ...]
    index: int
    flags: tuple[Flag, ...]
    arguments: tuple[str, ...]


Instruction: TypeAlias = (
    From
    | Run
    | Cmd
    | Label
    | Maintainer
    | Expose
    | Env
    | Add
    | Copy
    | Entrypoint
    | Volume
    | User
    | Workdir
    | Arg
    | OnBuild
    | StopSignal
    | HealthCheck
    | Shell
)
"""Any instruction; `match` on the class."""
