"""pip's requirement files and specifiers (pip 23): names, files they include, options, and what pip refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

NAME = re.compile(r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?P<rest>.*)", re.DOTALL)
EXTRAS = re.compile(r"\[[A-Za-z0-9._,\s-]*\]\s*")
VERSIONS = re.compile(r"\(?\s*(?:(?:===|==|~=|!=|<=|>=|<|>)\s*[A-Za-z0-9.*+!_-]+\s*,?\s*)*\)?")
PIN = re.compile(r"={2,3}\s*([A-Za-z0-9.+!_-]+)(?![*A-Za-z0-9.+!_-])")
DIRECT = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^]]*\])?\s*@\s*\S+://")
COMMENT = re.compile(r"(^|\s+)#.*$")
DEEPEST = 8

OPTIONS_ALONE = frozenset({"--no-index", "--pre", "--prefer-binary", "--require-hashes", "--use-pep517", "--no-binary"})
OPTIONS_WITH_VALUE = frozenset(
    {
        "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--trusted-host", "--no-binary",
        "--only-binary", "--use-feature",
    }
)  # fmt: skip


class RequirementError(Exception):
    """What pip refuses; the message is its own, without `ERROR: `."""


@dataclass(slots=True)
class Requirements:
    """What is to be installed.

    Attributes:
        names: Projects, as written, in order.
        local: Paths and addresses: `.`, `./x.whl`, `git+…`.
        pins: Project → the one version that is allowed (`==`).
    """

    names: list[str] = field(default_factory=list)
    local: list[str] = field(default_factory=list)
    pins: dict[str, str] = field(default_factory=dict)

    def add(self, text: str, source: str = "") -> None:
        """Add what a specifier asks for. Raises `RequirementError`."""
        project = parse_specifier(text, source)
        if project is None:
            self.local.append(text)
            return
        self.names.append(project)
        pin = PIN.search(text.partition(";")[0])
        if pin:
            self.pins[project] = pin[1]

    def include(self, other: Requirements) -> None:
        """Add all of another file's."""
        self.names += other.names
        self.local += other.local
        self.pins |= other.pins


def parse_specifier(text: str, source: str = "") -> str | None:
    """The project a specifier names; None for paths and addresses.

    Args:
        text: Such as `flask[async]>=2,<3 ; python_version > "3.8"`.
        source: `(from line 3 of requirements.txt)` for the error, or empty.

    Raises:
        RequirementError: It is no requirement.
    """
    plain = text.partition(" --hash")[0].partition(";")[0].strip()
    if (direct := DIRECT.match(plain)) is not None:
        return direct["name"]
    if is_local(plain):
        return None
    found = NAME.fullmatch(plain)
    if found is not None:
        rest = EXTRAS.sub("", found["rest"], count=1) if found["rest"].startswith("[") else found["rest"]
        if VERSIONS.fullmatch(rest):
            return found["name"]
    raise RequirementError(f"Invalid requirement: {plain!r}{' ' + source if source else ''}")


def is_local(text: str) -> bool:
    """Whether a word is a path or an address rather than a name."""
    return text.startswith((".", "/")) or "://" in text or text.endswith((".whl", ".tar.gz", ".zip")) or "/" in text


def read_requirements(path: str, read: Callable[[str], str | None], depth: int = 0) -> Requirements:
    """Read a requirements file and those it includes.

    Args:
        path: As it was named.
        read: From a name to the text; None if there is no such file.
        depth: How many files this one is included by.

    Raises:
        RequirementError: With pip's message.
    """
    text = read(path)
    if text is None or depth > DEEPEST:
        raise RequirementError(f"Could not open requirements file: [Errno 2] No such file or directory: '{path}'")
    found = Requirements()
    for number, line in joined_lines(text):
        _line(found, line, f"(from line {number} of {path})", path, read, depth)
    return found


def joined_lines(text: str) -> list[tuple[int, str]]:
    """The lines that say something, comments and continuations resolved, with the number they begin at."""
    lines: list[tuple[int, str]] = []
    pending, start = "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        start = start or number
        if raw.endswith("\\") and not raw.lstrip().startswith("#"):
            pending += raw[:-1]
            continue
        whole = COMMENT.sub("", pending + raw).strip()
        if whole:
            lines.append((start, whole))
        pending, start = "", 0
    return lines


def _line(
    found: Requirements, line: str, source: str, path: str, read: Callable[[str], str | None], depth: int
) -> None:
    option, equals, value = line.partition("=") if line.startswith("--") else (line, "", "")
    word, _, rest = line.partition(" ")
    if word in {"-r", "--requirement", "-c", "--constraint"} or option in {"--requirement", "--constraint"}:
        target = (value if equals and " " not in option else rest).strip()
        folder = path.rpartition("/")[0]
        inner = target if target.startswith("/") or not folder else f"{folder}/{target}"
        included = read_requirements(inner, read, depth + 1)
        if word in {"-r", "--requirement"} or option == "--requirement":
            found.include(included)
    elif word in {"-e", "--editable"}:
        found.local.append(rest.strip())
    elif line.startswith("-"):
        name = option if equals and " " not in option else word
        if name not in OPTIONS_ALONE | OPTIONS_WITH_VALUE:
            raise RequirementError(f"Invalid requirement: {line}\npip: error: no such option: {name}")
    else:
        found.add(line, source)
